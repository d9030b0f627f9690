//! Actions that are not CRUD.

pub mod expenses;
