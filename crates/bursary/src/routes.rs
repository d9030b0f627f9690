//! Actions that are not CRUD.

pub mod expenses;
pub mod online;
pub mod payments;
pub mod receipts;
