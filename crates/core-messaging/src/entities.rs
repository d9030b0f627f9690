//! Tables of this crate, one entity each.

#![allow(
    clippy::disallowed_methods,
    reason = "the entity macro writes calls that nothing here makes"
)]

pub mod announcement;
pub mod announcement_read;
pub mod message;
pub mod newsletter;
pub mod user_preference;
pub mod webhook_endpoint;
