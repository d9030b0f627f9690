//! Tables of this crate, one entity each.

#![allow(
    clippy::disallowed_methods,
    reason = "the entity macro writes calls that nothing here makes"
)]

pub mod expense;
pub mod fee_category;
pub mod fee_item;
