//! The cache as its callers see it: fetch, and the lease of a write.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use bytes::Bytes;

use crate::{
    CacheConfig, Entry, Fault, Lease, Outcome, Stats,
    counters::Counters,
    flight::{Flights, Load},
    memory::Memory,
    redis::Redis,
    stats::Counts,
};

/// A cache; cloning shares it.
#[derive(Debug, Clone)]
pub struct Cache {
    pub(crate) source: Source,
    store: Arc<Store>,
}

/// Where the versions are.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    Off,
    Process(Arc<Counters>),
    Redis(Redis),
}

#[derive(Debug)]
struct Store {
    memory: Memory,
    flights: Flights,
    counts: Counts,
}

impl Cache {
    /// A cache that keeps nothing.
    #[must_use]
    pub fn off() -> Self {
        Self::new(Source::Off, 0)
    }

    /// A cache of this process alone: right only while no other process writes to the database.
    #[must_use]
    pub fn in_process(config: CacheConfig) -> Self {
        Self::new(Source::Process(Arc::default()), config.memory_bytes)
    }

    /// A cache shared through the Redis at `url` (`redis://…`). It connects when first used, so a server
    /// that is away is no error here.
    ///
    /// # Errors
    /// When `url` is not the address of a Redis.
    pub fn redis(url: &str, config: CacheConfig) -> Result<Self, Fault> {
        Ok(Self::new(
            Source::Redis(Redis::open(url, config)?),
            config.memory_bytes,
        ))
    }

    fn new(source: Source, memory_bytes: u64) -> Self {
        Self {
            source,
            store: Arc::new(Store {
                memory: Memory::new(memory_bytes),
                flights: Flights::default(),
                counts: Counts::default(),
            }),
        }
    }

    /// The same cache with a connection of its own. A connection lives on the runtime that first used it, so
    /// every worker needs one.
    #[must_use]
    pub fn for_worker(&self) -> Self {
        let source = match &self.source {
            Source::Redis(redis) => Source::Redis(redis.for_worker()),
            other => other.clone(),
        };
        Self {
            source,
            store: self.store.clone(),
        }
    }

    /// Answers from the cache, else from `load`, whose bytes are kept for at most `ttl` and only while no
    /// table of `reads` is written.
    ///
    /// `key` says everything the answer depends on besides the school's rows: address, query, and what
    /// the caller may see. One `key` always comes with the same `reads`.
    ///
    /// # Errors
    /// Those of `load`, which are not kept. The cache itself never fails.
    pub async fn fetch<E>(
        &self,
        school: i64,
        reads: &'static [&'static str],
        key: &str,
        ttl: Duration,
        load: impl AsyncFnOnce() -> Result<Bytes, E>,
    ) -> Result<(Arc<Entry>, Outcome), E> {
        let found = match self.lookup(school, reads, key).await {
            Some(lookup) => match self.store.memory.get(&lookup) {
                Some(entry) => Ok((entry, Outcome::Hit)),
                // Boxed, so that a hit does not carry the room a miss needs.
                None => Box::pin(self.join(school, &lookup, ttl, load)).await,
            },
            // Nor is this load shared: who joined it could have started after a write it has not seen.
            None => load()
                .await
                .map(|body| (Arc::new(Entry::new(body, ttl)), Outcome::Bypass)),
        };
        if let Ok((_, outcome)) = &found {
            self.store.counts.count(*outcome);
        }
        found
    }

    /// The whole key of an entry: school, versions, then the caller's key. `None` when nothing may be stored.
    async fn lookup(
        &self,
        school: i64,
        reads: &'static [&'static str],
        key: &str,
    ) -> Option<Vec<u8>> {
        let mut lookup = Vec::with_capacity(16 * (reads.len() + 1) + key.len());
        lookup.extend_from_slice(&school.to_le_bytes());
        lookup.extend_from_slice(&reads.len().to_le_bytes());
        match &self.source {
            Source::Off => return None,
            Source::Process(counters) => counters.append(school, reads, &mut lookup),
            Source::Redis(redis) => redis.append(school, reads, &mut lookup).await?,
        }
        lookup.extend_from_slice(key.as_bytes());
        Some(lookup)
    }

    async fn join<E>(
        &self,
        school: i64,
        lookup: &[u8],
        ttl: Duration,
        load: impl AsyncFnOnce() -> Result<Bytes, E>,
    ) -> Result<(Arc<Entry>, Outcome), E> {
        let seat = self.store.flights.join(lookup);
        let mut flight = seat.load().await;
        match &*flight {
            Load::Done(entry) => return Ok((entry.clone(), Outcome::Shared)),
            Load::Failed => {
                drop(flight);
                return self.load(school, lookup, ttl, load).await;
            }
            Load::Open => {}
        }
        let found = self.load(school, lookup, ttl, load).await;
        *flight = if let Ok((entry, _)) = &found {
            Load::Done(entry.clone())
        } else {
            seat.retire();
            Load::Failed
        };
        found
    }

    async fn load<E>(
        &self,
        school: i64,
        lookup: &[u8],
        ttl: Duration,
        load: impl AsyncFnOnce() -> Result<Bytes, E>,
    ) -> Result<(Arc<Entry>, Outcome), E> {
        // Another flight may have landed between the look at memory and the start of this one.
        if let Some(entry) = self.store.memory.get(lookup) {
            return Ok((entry, Outcome::Hit));
        }
        if let Source::Redis(redis) = &self.source
            && let Some(entry) = redis.body(school, lookup, ttl).await
        {
            let entry = Arc::new(entry);
            self.store.memory.keep(lookup, entry.clone());
            return Ok((entry, Outcome::Shared));
        }
        let entry = Arc::new(Entry::new(load().await?, ttl));
        self.store.memory.keep(lookup, entry.clone());
        if let Source::Redis(redis) = &self.source {
            redis.keep(school, lookup, &entry).await;
        }
        Ok((entry, Outcome::Miss))
    }

    /// Opens the lease of a write to `tables`, before its commit. Never fails; see the crate's page for what
    /// Redis being away means.
    pub async fn begin_write(&self, school: i64, tables: &BTreeSet<&'static str>) -> Lease {
        let tables = tables.iter().copied().collect();
        Lease::begin(self.source.clone(), school, tables).await
    }

    /// What the cache did so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let stats = self.store.counts.stats();
        match &self.source {
            Source::Redis(redis) => redis.stats(stats),
            Source::Off | Source::Process(_) => stats,
        }
    }

    /// Asks Redis for a sign of life; a cache without one is always well.
    ///
    /// # Errors
    /// When Redis does not answer in time.
    pub async fn ping(&self) -> Result<(), Fault> {
        match &self.source {
            Source::Redis(redis) => redis.ping().await,
            Source::Off | Source::Process(_) => Ok(()),
        }
    }

    /// The kind of cache: `off`, `in-process` or `redis`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match &self.source {
            Source::Off => "off",
            Source::Process(_) => "in-process",
            Source::Redis(_) => "redis",
        }
    }
}
