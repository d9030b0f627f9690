//! Throwaway servers for tests: a private PostgreSQL and a private Redis on free ports.
//!
//! They are started from the installed binaries, which are installed first where that is allowed,
//! and they die with the process that started them, however it dies.

mod binaries;
mod keeper;
mod mail;
mod redis;
mod servers;

pub use binaries::find;
pub use keeper::Folder;
pub use mail::{MailServer, Taken};
pub use redis::Redis;
pub use servers::{DATABASE_URL, REDIS_URL, Servers};
