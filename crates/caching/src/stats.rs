//! Counts of what the cache did, for health and metrics.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::Outcome;

/// What a cache did since its process started, all workers together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// Answers found in this process.
    pub hits: u64,
    /// Answers that came through Redis or from a caller who asked at the same time.
    pub shared: u64,
    /// Answers loaded and stored.
    pub misses: u64,
    /// Answers loaded and not stored.
    pub bypasses: u64,
    /// Questions Redis did not answer, or answered with an error.
    pub faults: u64,
    /// Times the cache was suspended because Redis failed.
    pub outages: u64,
    /// Schools whose versions must still be dropped from Redis; not zero only while it is away.
    pub owed: usize,
}

#[derive(Debug, Default)]
pub(crate) struct Counts {
    hits: AtomicU64,
    shared: AtomicU64,
    misses: AtomicU64,
    bypasses: AtomicU64,
}

impl Counts {
    pub(crate) fn count(&self, outcome: Outcome) {
        let counter = match outcome {
            Outcome::Hit => &self.hits,
            Outcome::Shared => &self.shared,
            Outcome::Miss => &self.misses,
            Outcome::Bypass => &self.bypasses,
        };
        counter.fetch_add(1, Relaxed);
    }

    pub(crate) fn stats(&self) -> Stats {
        Stats {
            hits: self.hits.load(Relaxed),
            shared: self.shared.load(Relaxed),
            misses: self.misses.load(Relaxed),
            bypasses: self.bypasses.load(Relaxed),
            ..Stats::default()
        }
    }
}
