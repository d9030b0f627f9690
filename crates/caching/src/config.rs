//! The settings of a cache.

use std::time::Duration;

/// Settings of a cache; the defaults suit one gateway of a few hundred schools.
#[derive(Debug, Clone, Copy)]
pub struct CacheConfig {
    /// Most memory the entries of this process take, in bytes: keys, bodies and compressed bodies.
    pub memory_bytes: u64,
    /// Largest body shared through Redis, in bytes; larger ones stay in the process that made them.
    pub shared_bytes: usize,
    /// How long a write may be between its lease and its commit before readers store again.
    pub lease: Duration,
    /// Longest wait for any one answer of Redis, connecting included.
    pub patience: Duration,
    /// How often Redis is tried while it is away.
    pub retry: Duration,
}

impl Default for CacheConfig {
    fn default() -> Self {
        Self {
            memory_bytes: 64 << 20,
            shared_bytes: 1 << 20,
            lease: Duration::from_secs(10),
            patience: Duration::from_millis(250),
            retry: Duration::from_millis(200),
        }
    }
}
