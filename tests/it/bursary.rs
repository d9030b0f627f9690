//! What a school charges, and what it spends.

mod expenses;
mod fees;
