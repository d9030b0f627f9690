//! Actions that are not CRUD.

pub mod attendance;
pub mod broadsheet;
pub mod bulk_promote;
pub mod enrolments;
pub mod feed;
pub mod history;
pub mod occurrences;
pub mod promotion_preview;
pub mod publish;
mod query;
pub mod recompute;
pub mod rows;
pub mod versions;
