//! Actions that are not CRUD.

pub mod bulk_promote;
pub mod publish;
