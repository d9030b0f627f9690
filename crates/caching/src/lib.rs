//! Finished answers, kept while what they were made of is unchanged.
//!
//! Freshness does not rest on deleting entries. Each school has a **version per table**; the versions
//! of every table an answer reads are part of its key. A write gives the tables it touched new
//! versions, and no key made of the old ones is ever asked for again.
//!
//! - **Read** ([`Cache::fetch`]): versions first, then the entry; on a miss the database, and the
//!   result is stored under the versions fetched *before* the query. A reader overtaken by a write
//!   fills a dead key. Concurrent misses of one key run one query per process.
//! - **Write** ([`Cache::begin_write`], [`Lease::finish`]): the lease opens before the commit and ends
//!   after it, whatever became of the commit, and before the writer is answered.
//!
//! The promise: a read that starts after a write was acknowledged never sees what was before it.
//!
//! # In process
//! Versions are counters of this process. A lease's end counts up, also when its task is dropped; a
//! process that dies takes its entries along.
//!
//! # Redis
//! One hash per school holds the versions as unique tokens (UUID v7), never as numbers that could
//! come round again: a version that was lost, evicted or flushed is replaced by one nobody has seen.
//! A lease removes the versions of its tables and enters itself in a set per table, with its own
//! expiry by the server's clock; while any lease of a table lives, the table has no version, and
//! an answer that reads it is neither stored, served nor shared with another caller. The end of a lease
//! removes the versions again (its set may have expired meanwhile) and its own entry only.
//! - A writer that dies before its commit changed nothing; one that dies after it left no version
//!   behind, and the first one made after the lease expired is younger than the commit.
//! - A commit that outlasts its lease can be overtaken by a reader, whose entry dies with the lease's end.
//! - A server that restarts from a snapshot may hold versions removed before. The hash names the run
//!   of the server it was made in, every connection knows the run it reached, and a hash of another
//!   run is dropped.
//! - A lease that reaches a hung server only after its writer gave up keeps readers from storing until it
//!   expires, and does nothing worse.
//!
//! # Redis away
//! Slower, never an error: every call is bounded by [`CacheConfig::patience`], reads go to the
//! database and store nothing, one line is logged per outage and one at its end. A lease whose
//! end could not be delivered is owed: its school's versions are dropped as soon as the
//! server answers again, and this process asks the cache nothing before that. After a failure,
//! a process trusts no school's versions until it has dropped them itself, because another gateway
//! may have written while neither reached the server.
//!
//! What remains, exactly. A gateway can serve an answer that is too old only when *both* ends of a writer's
//! lease were lost (one delivered end suffices) while *that* gateway reached Redis without
//! any failure of its own or asked nothing during the outage. It lasts until the writer's process
//! reaches Redis again ([`CacheConfig::retry`] after the server does), or, if that process dies first, until
//! the entry's time to live ends. Likewise for a writer that dies with its commit still on the way for longer than
//! [`CacheConfig::lease`]; that write was never acknowledged. Redis should run without persistence and
//! with `maxmemory-policy allkeys-lru`: there is nothing in it to keep.

mod bell;
mod cache;
mod config;
mod counters;
mod entry;
mod flight;
mod lease;
mod memory;
mod quota;
mod redis;
mod stats;

pub use bell::Bell;
pub use cache::Cache;
pub use config::CacheConfig;
pub use entry::{Entry, Outcome};
pub use lease::Lease;
pub use quota::{Share, Window};
pub use redis::Fault;
pub use stats::Stats;
