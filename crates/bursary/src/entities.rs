//! Tables of this crate, one entity each.

#![allow(
    clippy::disallowed_methods,
    reason = "the entity macro writes calls that nothing here makes"
)]

pub mod allocation;
pub mod billing_run;
pub mod billing_run_pupil;
pub mod expense;
pub mod fee_category;
pub mod fee_item;
pub mod ledger_entry;
pub mod payment;
pub mod payment_intent;
pub mod payment_line;
pub mod payment_plan;
pub mod payment_plan_part;
pub mod payment_refund;
pub mod scholarship;
pub mod student_fee;
