//! The tier in process: entries by their whole key, bounded by weight, each with its own end.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use moka::{Expiry, sync::Cache};

use crate::Entry;

/// What the map itself takes per entry, in bytes, about.
const OVERHEAD: usize = 256;

/// The entries of one process. Keys are compared byte by byte: a hash that collides must not show one
/// caller another's answer.
#[derive(Debug, Clone)]
pub(crate) struct Memory(Cache<Box<[u8]>, Arc<Entry>>);

impl Memory {
    pub(crate) fn new(bytes: u64) -> Self {
        let entries = Cache::<Box<[u8]>, Arc<Entry>>::builder()
            .max_capacity(bytes)
            .weigher(|key, entry| {
                u32::try_from(key.len() + entry.weight() + OVERHEAD).unwrap_or(u32::MAX)
            })
            .expire_after(OwnEnd)
            .build();
        Self(entries)
    }

    pub(crate) fn get(&self, key: &[u8]) -> Option<Arc<Entry>> {
        self.0.get(key)
    }

    pub(crate) fn keep(&self, key: &[u8], entry: Arc<Entry>) {
        self.0.insert(key.into(), entry);
    }
}

struct OwnEnd;

impl Expiry<Box<[u8]>, Arc<Entry>> for OwnEnd {
    fn expire_after_create(
        &self,
        _: &Box<[u8]>,
        entry: &Arc<Entry>,
        _: Instant,
    ) -> Option<Duration> {
        Some(entry.lasts())
    }

    fn expire_after_update(
        &self,
        _: &Box<[u8]>,
        entry: &Arc<Entry>,
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(entry.lasts())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_stays_within_its_bound() {
        let memory = Memory::new(100_000);
        for key in 0..1_000_u32 {
            let entry = Entry::new(vec![0; 2_048].into(), Duration::from_mins(1));
            memory.keep(&key.to_le_bytes(), Arc::new(entry));
        }
        memory.0.run_pending_tasks();
        assert!(memory.0.weighted_size() <= 100_000);
        assert!(memory.0.entry_count() > 10);
    }

    #[test]
    fn an_entry_is_gone_when_its_time_is_over() {
        let memory = Memory::new(100_000);
        memory.keep(b"now", Arc::new(Entry::new("x".into(), Duration::ZERO)));
        memory.keep(
            b"later",
            Arc::new(Entry::new("x".into(), Duration::from_mins(1))),
        );
        assert!(memory.get(b"now").is_none());
        assert!(memory.get(b"later").is_some());
    }
}
