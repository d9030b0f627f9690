//! Collections of this crate.

pub mod expenses;
pub mod fee_categories;
pub mod fee_items;
pub mod payments;
