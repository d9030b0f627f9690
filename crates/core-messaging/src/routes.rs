//! Actions that are not CRUD.

pub mod unread_count;
