//! Business operations on a scope; no HTTP here.

pub mod assigned_fees;
pub mod billing;
pub mod category_named;
pub mod expenses;
pub mod fee_spelling;
pub mod fees_owed;
pub mod late_fees;
pub mod ledger;
pub mod online;
pub mod owing;
pub mod payment_plans;
pub mod payments;
pub mod receipts;
pub mod reminders;
pub mod statement;
pub mod summary;
pub mod turn;

#[cfg(test)]
mod histories;
