//! Actions that are not CRUD.

pub mod preferences;
pub mod read_announcement;
pub mod replay;
pub mod send_to_groups;
pub mod stream;
pub mod thread;
pub mod unread_count;
pub mod webhook_secret;
