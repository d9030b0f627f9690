//! Redis that dies, hangs, or comes back with a past of its own.

use std::time::Duration;

use caching::{Cache, CacheConfig, Outcome};

use crate::{
    school::{School, config, process, until_kept},
    server::Server,
};

/// Soon out of patience, and with short leases: one that was sent to a hanging server opens when it goes on.
fn hasty() -> CacheConfig {
    CacheConfig {
        patience: Duration::from_millis(100),
        lease: Duration::from_millis(300),
        ..config()
    }
}

fn hasty_process(server: &Server) -> Cache {
    Cache::redis(&server.url(), hasty()).unwrap()
}

#[tokio::test]
async fn a_redis_that_was_never_there_costs_no_error() {
    let mut server = Server::start();
    server.kill();
    let (cache, school) = (process(&server.url()), School::new());
    for number in 0..5 {
        assert_eq!(school.read(&cache).await, (number, Outcome::Bypass));
        school.write(&cache).await;
    }
    cache.ping().await.unwrap_err();
    assert_eq!((cache.stats().outages, cache.stats().owed), (1, 1));
}

#[tokio::test]
async fn a_redis_that_is_killed_and_started_again_costs_no_error_and_no_stale_answer() {
    let mut server = Server::start();
    let (one, other, school) = (
        process(&server.url()),
        process(&server.url()),
        School::new(),
    );
    school.read(&one).await;
    school.read(&other).await;
    server.kill();
    let number = school.write(&one).await;
    assert_eq!(school.read(&one).await, (number, Outcome::Bypass));
    assert_eq!(school.read(&other).await, (number, Outcome::Bypass));
    server.restart();
    until_kept(&school, &one, number).await;
    until_kept(&school, &other, number).await;
    assert_eq!(one.stats().owed, 0);
}

#[tokio::test]
async fn a_write_while_redis_hangs_is_delivered_before_anything_is_served() {
    let server = Server::start();
    let (writer, reader, school) = (
        hasty_process(&server),
        hasty_process(&server),
        School::new(),
    );
    school.read(&writer).await;
    school.read(&reader).await;
    server.freeze();
    let number = school.write(&writer).await;
    assert_eq!(school.read(&writer).await, (number, Outcome::Bypass));
    assert_eq!(school.read(&reader).await, (number, Outcome::Bypass));
    server.thaw();
    // Whoever of the two hears of Redis first.
    tokio::join!(
        until_kept(&school, &writer, number),
        until_kept(&school, &reader, number)
    );
}

#[tokio::test]
async fn a_reader_that_saw_the_outage_does_not_wait_for_the_writer_to_be_back() {
    let server = Server::start();
    let config = CacheConfig {
        retry: Duration::from_hours(1),
        ..hasty()
    };
    let writer = Cache::redis(&server.url(), config).unwrap();
    let (reader, school) = (hasty_process(&server), School::new());
    school.read(&reader).await;
    server.freeze();
    let number = school.write(&writer).await;
    assert_eq!(school.read(&reader).await.1, Outcome::Bypass);
    server.thaw();
    until_kept(&school, &reader, number).await;
}

#[tokio::test]
async fn what_is_owed_is_delivered_without_another_request() {
    let server = Server::start();
    let (writer, reader, school) = (
        hasty_process(&server),
        process(&server.url()),
        School::new(),
    );
    school.read(&reader).await;
    server.freeze();
    let number = school.write(&writer).await;
    assert_eq!(writer.stats().owed, 1);
    server.thaw();
    while writer.stats().owed > 0 {
        tokio::task::yield_now().await;
    }
    until_kept(&school, &reader, number).await;
}

#[tokio::test]
async fn a_write_whose_beginning_arrived_is_safe_though_its_end_is_lost() {
    let server = Server::start();
    let config = CacheConfig {
        retry: Duration::from_hours(1),
        ..hasty()
    };
    let writer = Cache::redis(&server.url(), config).unwrap();
    let (reader, school) = (process(&server.url()), School::new());
    school.read(&reader).await;
    let lease = school.lease(&writer).await;
    let number = school.commit();
    server.freeze();
    lease.finish().await;
    assert_eq!(writer.stats().owed, 1);
    server.thaw();
    // This one noticed nothing, and nobody has told Redis yet.
    until_kept(&school, &reader, number).await;
}

#[tokio::test]
async fn versions_of_a_snapshot_from_before_a_write_are_not_believed() {
    let mut server = Server::start();
    let (writer, school) = (process(&server.url()), School::new());
    school.read(&writer).await;
    server.run::<()>(&["SAVE"]);
    let number = school.write(&writer).await;
    server.kill();
    server.restart();
    assert_eq!(
        server.run::<Vec<String>>(&["KEYS", "*"]).len(),
        2,
        "the snapshot was read"
    );
    // A process that saw nothing of all this.
    assert_eq!(
        school.read(&process(&server.url())).await,
        (number, Outcome::Miss)
    );
    until_kept(&school, &writer, number).await;
}

#[tokio::test]
async fn one_outage_is_one_outage_however_many_ask() {
    let mut server = Server::start();
    let (cache, school) = (process(&server.url()), School::new());
    let workers = [cache.for_worker(), cache.for_worker()];
    for worker in &workers {
        school.read(worker).await;
    }
    server.kill();
    for worker in &workers {
        assert_eq!(school.read(worker).await.1, Outcome::Bypass);
        assert_eq!(school.read(worker).await.1, Outcome::Bypass);
    }
    assert_eq!(cache.stats().outages, 1);
    server.restart();
    for worker in &workers {
        until_kept(&school, worker, 0).await;
    }
    assert_eq!(
        cache.stats().outages,
        1,
        "a broken connection is made anew without another outage"
    );
}

#[tokio::test]
async fn a_redis_without_memory_left_is_one_outage_until_it_has() {
    let server = Server::start();
    let (cache, school) = (process(&server.url()), School::new());
    server.run::<()>(&["CONFIG", "SET", "maxmemory", "1"]);
    assert_eq!(school.read(&cache).await.0, 0);
    let refused = || {
        let told: String = server.run(&["INFO", "errorstats"]);
        let count = told
            .lines()
            .find_map(|line| line.strip_prefix("errorstat_OOM:count="));
        count.map_or(0, |count| count.parse::<u64>().unwrap())
    };
    // Reads are refused at most once; the rest are the recovery's attempts.
    while refused() < 4 {
        assert_eq!(school.read(&cache).await, (0, Outcome::Bypass));
        tokio::task::yield_now().await;
    }
    server.run::<()>(&["CONFIG", "SET", "maxmemory", "0"]);
    until_kept(&school, &cache, 0).await;
    assert_eq!(cache.stats().outages, 1);
}

#[test]
fn a_recovery_that_stopped_with_its_worker_is_taken_up_by_another() {
    let mut server = Server::start();
    let (cache, school) = (process(&server.url()), School::new());
    let worker = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
    };
    server.kill();
    worker().block_on(async { school.write(&cache.for_worker()).await });
    server.restart();
    worker().block_on(until_kept(&school, &cache.for_worker(), 1));
    assert_eq!(cache.stats().owed, 0);
}
