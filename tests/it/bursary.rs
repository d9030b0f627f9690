//! What a school charges.

mod fees;
