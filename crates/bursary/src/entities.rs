//! Tables of this crate, one entity each.

pub mod fee_category;
pub mod fee_item;
