//! Several processes on one Redis, and writers that die.

use std::time::Duration;

use caching::{Cache, CacheConfig, Outcome};

use crate::{
    school::{STUDENTS, School, TTL, config, process, until_kept},
    server::{Server, Shared},
};

#[tokio::test]
async fn a_write_in_one_process_shows_at_once_in_another() {
    let redis = Shared::open();
    let (one, other, school) = (process(&redis.url()), process(&redis.url()), School::new());
    for _ in 0..100 {
        let number = school.write(&one).await;
        assert_eq!(school.read(&other).await.0, number);
        let number = school.write(&other).await;
        assert_eq!(school.read(&one).await.0, number);
        assert_eq!(school.read(&one).await, (number, Outcome::Hit));
    }
}

#[tokio::test]
async fn a_body_made_by_one_process_serves_another() {
    let redis = Shared::open();
    let (one, other, school) = (process(&redis.url()), process(&redis.url()), School::new());
    assert_eq!(school.read(&one).await, (0, Outcome::Miss));
    assert_eq!(school.read(&other).await, (0, Outcome::Shared));
    assert_eq!(school.read(&other).await, (0, Outcome::Hit));
}

#[tokio::test]
async fn a_large_body_stays_in_the_process_that_made_it() {
    let redis = Shared::open();
    let config = CacheConfig {
        shared_bytes: 10,
        ..config()
    };
    let [one, other] = [(); 2].map(|()| Cache::redis(&redis.url(), config).unwrap());
    let school = School::new();
    for cache in [&one, &other] {
        let load = async || Ok::<_, ()>("eleven bytes".into());
        let (_, outcome) = cache
            .fetch(school.id, STUDENTS, "list", TTL, load)
            .await
            .unwrap();
        assert_eq!(outcome, Outcome::Miss);
    }
}

#[tokio::test]
async fn a_hit_costs_one_command() {
    let server = Server::start();
    let (cache, school) = (process(&server.url()), School::new());
    school.read(&cache).await;
    school.read(&cache).await;
    let processed = || -> u64 {
        let told: String = server.run(&["INFO", "commandstats"]);
        let calls = told
            .lines()
            .filter_map(|line| line.strip_prefix("cmdstat_")?.split_once(":calls="));
        let calls =
            calls.filter(|(name, _)| !name.starts_with("info") && !name.starts_with("client"));
        calls
            .map(|(_, rest)| rest.split(',').next().unwrap().parse::<u64>().unwrap())
            .sum()
    };
    let before = processed();
    for _ in 0..10 {
        assert_eq!(school.read(&cache).await.1, Outcome::Hit);
    }
    assert_eq!(processed() - before, 10);
}

#[tokio::test]
async fn nothing_is_kept_or_served_while_a_table_is_written() {
    let redis = Shared::open();
    let (one, other, school) = (process(&redis.url()), process(&redis.url()), School::new());
    school.read(&other).await;
    let lease = school.lease(&one).await;
    for cache in [&one, &other, &other] {
        assert_eq!(school.read(cache).await, (0, Outcome::Bypass));
    }
    lease.finish().await;
    assert_eq!(school.read(&other).await, (0, Outcome::Miss));
}

#[tokio::test]
async fn one_writers_end_does_not_end_anothers_lease() {
    let redis = Shared::open();
    let (one, other, school) = (process(&redis.url()), process(&redis.url()), School::new());
    let (first, second) = (school.lease(&one).await, school.lease(&other).await);
    first.finish().await;
    assert_eq!(school.read(&one).await.1, Outcome::Bypass);
    let number = school.commit();
    second.finish().await;
    assert_eq!(school.read(&one).await, (number, Outcome::Miss));
}

#[tokio::test]
async fn a_load_made_during_a_write_is_not_shared_with_a_caller_who_came_later() {
    let redis = Shared::open();
    let (cache, school) = (process(&redis.url()), School::new());
    let second = school.lease(&cache).await;
    let early = school.read_slowly(&cache, async || {
        let old = school.query();
        let number = school.write(&cache).await;
        // Another lease is still alive, and this caller came after an acknowledged write.
        assert_eq!(school.read(&cache).await, (number, Outcome::Bypass));
        old
    });
    assert_eq!(early.await, (0, Outcome::Bypass));
    second.finish().await;
}

#[tokio::test]
async fn a_writer_that_dies_leaves_nothing_stale_and_its_lease_expires() {
    let redis = Shared::open();
    let config = CacheConfig {
        lease: Duration::from_millis(300),
        ..config()
    };
    let dying = Cache::redis(&redis.url(), config).unwrap();
    for committed in [false, true] {
        let (other, school) = (process(&redis.url()), School::new());
        school.read(&other).await;
        // Forgotten, the lease ends as that of a killed process does: not at all.
        std::mem::forget(school.lease(&dying).await);
        let number = if committed { school.commit() } else { 0 };
        assert_eq!(school.read(&other).await, (number, Outcome::Bypass));
        until_kept(&school, &other, number).await;
    }
}

#[tokio::test]
async fn a_dead_writers_lease_expires_though_others_go_on_writing() {
    let redis = Shared::open();
    let config = CacheConfig {
        lease: Duration::from_millis(1),
        ..config()
    };
    let (dying, other, school) = (
        Cache::redis(&redis.url(), config).unwrap(),
        process(&redis.url()),
        School::new(),
    );
    let long = school.lease(&other).await;
    std::mem::forget(school.lease(&dying).await);
    a_millisecond(&redis.url()).await;
    long.finish().await;
    assert_eq!(school.read(&other).await.1, Outcome::Miss);
}

/// Waits until the server's clock has gone past a lease of a millisecond.
async fn a_millisecond(url: &str) {
    let config = CacheConfig {
        lease: Duration::from_millis(1),
        ..config()
    };
    let (cache, school) = (Cache::redis(url, config).unwrap(), School::new());
    std::mem::forget(school.lease(&cache).await);
    until_kept(&school, &cache, 0).await;
}

#[tokio::test]
async fn a_commit_that_outlasts_its_lease_leaves_nothing_stale() {
    let redis = Shared::open();
    let config = CacheConfig {
        lease: Duration::from_millis(1),
        ..config()
    };
    let (slow, other, school) = (
        Cache::redis(&redis.url(), config).unwrap(),
        process(&redis.url()),
        School::new(),
    );
    let lease = school.lease(&slow).await;
    until_kept(&school, &other, 0).await;
    let number = school.commit();
    lease.finish().await;
    assert_eq!(school.read(&other).await, (number, Outcome::Miss));
}

#[tokio::test]
async fn a_short_lease_does_not_cut_a_long_one() {
    let redis = Shared::open();
    let config = CacheConfig {
        lease: Duration::from_millis(1),
        ..config()
    };
    let (short, long, school) = (
        Cache::redis(&redis.url(), config).unwrap(),
        process(&redis.url()),
        School::new(),
    );
    let lease = school.lease(&long).await;
    for _ in 0..20 {
        school.write(&short).await;
        assert_eq!(school.read(&long).await.1, Outcome::Bypass);
    }
    lease.finish().await;
}

#[tokio::test]
async fn versions_that_were_lost_never_come_round_again() {
    let server = Server::start();
    let (one, other, school) = (
        process(&server.url()),
        process(&server.url()),
        School::new(),
    );
    for _ in 0..10 {
        school.read(&one).await;
        school.read(&other).await;
        let lease = school.lease(&one).await;
        server.run::<()>(&["FLUSHALL"]);
        school.read(&other).await;
        let number = school.commit();
        lease.finish().await;
        server.run::<()>(&["FLUSHALL"]);
        assert_eq!(school.read(&other).await, (number, Outcome::Miss));
        assert_eq!(school.read(&one).await.0, number);
    }
}

#[tokio::test]
async fn every_key_of_a_school_is_in_one_slot_and_under_one_prefix() {
    let server = Server::start();
    let (cache, school) = (process(&server.url()), School::new());
    school.read(&cache).await;
    let lease = school.lease(&cache).await;
    let keys: Vec<String> = server.run(&["KEYS", "*"]);
    assert_eq!(keys.len(), 3, "{keys:?}");
    let prefix = format!("termbook:{{{}}}:", school.id);
    assert!(keys.iter().all(|key| key.starts_with(&prefix)), "{keys:?}");
    for key in &keys {
        assert!(server.run::<i64>(&["PTTL", key]) > 0, "{key} never expires");
    }
    lease.finish().await;
}
