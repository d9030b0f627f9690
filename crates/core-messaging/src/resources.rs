//! Collections of this crate.

pub mod announcements;
pub mod messages;
pub mod newsletters;
pub mod outbox;
pub mod webhook_endpoints;
