//! Actions that are not CRUD.

pub mod attendance;
pub mod broadsheet;
pub mod bulk_promote;
pub mod feed;
pub mod publish;
mod query;
