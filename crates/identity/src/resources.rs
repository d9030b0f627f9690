//! Collections.

pub mod activity_logs;
pub mod guardianships;
pub mod users;
