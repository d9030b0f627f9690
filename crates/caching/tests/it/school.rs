//! A school with one number in its database, and processes that cache it.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use caching::{Cache, CacheConfig, Lease, Outcome};

use crate::server::Shared;

pub const TTL: Duration = Duration::from_mins(10);
pub const STUDENTS: &[&str] = &["classes", "students"];

/// Patient with a busy machine, quick to come back, and slow to let a lease go.
pub fn config() -> CacheConfig {
    CacheConfig {
        patience: Duration::from_secs(2),
        retry: Duration::from_millis(10),
        lease: Duration::from_mins(1),
        ..CacheConfig::default()
    }
}

pub fn process(url: &str) -> Cache {
    Cache::redis(url, config()).unwrap()
}

/// Runs a claim over a cache in process and over one with Redis.
pub async fn both(claim: impl AsyncFn(Cache, School)) {
    claim(Cache::in_process(config()), School::new()).await;
    let redis = Shared::open();
    claim(process(&redis.url()), School::new()).await;
}

#[derive(Clone)]
pub struct School {
    pub id: i64,
    number: Arc<AtomicI64>,
    loads: Arc<AtomicI64>,
}

impl Default for School {
    fn default() -> Self {
        Self::new()
    }
}

impl School {
    pub fn new() -> Self {
        let (high, low) = uuid::Uuid::now_v7().as_u64_pair();
        Self {
            id: (high ^ low).cast_signed() & i64::MAX,
            number: Arc::default(),
            loads: Arc::default(),
        }
    }

    /// What the database holds.
    pub fn number(&self) -> i64 {
        self.number.load(SeqCst)
    }

    /// Queries so far.
    pub fn loads(&self) -> i64 {
        self.loads.load(SeqCst)
    }

    /// A query: what a caller without a cache reads.
    pub fn query(&self) -> Bytes {
        self.loads.fetch_add(1, SeqCst);
        self.number().to_string().into()
    }

    /// Changes the row, as a commit does.
    pub fn commit(&self) -> i64 {
        self.number.fetch_add(1, SeqCst) + 1
    }

    pub async fn read(&self, cache: &Cache) -> (i64, Outcome) {
        self.read_slowly(cache, async || self.query()).await
    }

    pub async fn read_slowly(
        &self,
        cache: &Cache,
        load: impl AsyncFnOnce() -> Bytes,
    ) -> (i64, Outcome) {
        let load = async || Ok::<_, std::convert::Infallible>(load().await);
        let Ok((entry, outcome)) = cache.fetch(self.id, STUDENTS, "list", TTL, load).await;
        let text = entry.body();
        (
            std::str::from_utf8(&text).unwrap().parse().unwrap(),
            outcome,
        )
    }

    pub async fn lease(&self, cache: &Cache) -> Lease {
        cache
            .begin_write(self.id, &BTreeSet::from(["students"]))
            .await
    }

    /// A whole write; it is acknowledged when this returns.
    pub async fn write(&self, cache: &Cache) -> i64 {
        let lease = self.lease(cache).await;
        let number = self.commit();
        lease.finish().await;
        number
    }
}

/// Reads until the cache keeps what it reads; each read must see `number` or a later one.
pub async fn until_kept(school: &School, cache: &Cache, number: i64) {
    let end = Instant::now() + Duration::from_secs(20);
    loop {
        let (seen, outcome) = school.read(cache).await;
        assert!(seen >= number, "saw {seen} after {number} was acknowledged");
        if outcome == Outcome::Hit {
            return;
        }
        assert!(Instant::now() < end, "the cache did not come back");
        tokio::task::yield_now().await;
    }
}
