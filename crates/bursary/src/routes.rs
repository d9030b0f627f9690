//! Actions that are not CRUD.

pub mod billing_runs;
pub mod expenses;
pub mod late_fees;
pub mod ledger_entries;
pub mod online;
pub mod owing;
pub mod payments;
pub mod receipts;
pub mod reminders;
pub mod statement;
pub mod summary;
