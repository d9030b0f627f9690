//! Collections of this crate.

pub mod billing_runs;
pub mod expenses;
pub mod fee_categories;
pub mod fee_items;
pub mod ledger_entries;
pub mod payment_plans;
pub mod payments;
pub mod scholarships;
pub mod student_fees;
