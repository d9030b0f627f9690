//! What a school charges, what comes in, and what it spends.

mod bad_money;
pub mod books;
mod expenses;
mod fees;
mod online;
mod payments;
mod receipts;
