//! Collections.

pub mod guardianships;
pub mod users;
