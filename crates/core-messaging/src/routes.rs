//! Actions that are not CRUD.

pub mod read_announcement;
pub mod unread_count;
