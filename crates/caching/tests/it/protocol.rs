//! What holds for every kind of cache.

use std::{collections::BTreeSet, time::Duration};

use caching::{Cache, CacheConfig, Outcome};
use tokio::sync::oneshot;

use crate::school::{STUDENTS, School, TTL, both};

#[tokio::test]
async fn a_second_read_is_a_hit_without_a_query() {
    both(async |cache, school| {
        assert_eq!(school.read(&cache).await, (0, Outcome::Miss));
        assert_eq!(school.read(&cache).await, (0, Outcome::Hit));
        assert_eq!(school.loads(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_read_after_a_write_sees_it() {
    both(async |cache, school| {
        school.read(&cache).await;
        let number = school.write(&cache).await;
        assert_eq!(school.read(&cache).await, (number, Outcome::Miss));
    })
    .await;
}

#[tokio::test]
async fn a_write_leaves_other_tables_and_other_schools_alone() {
    both(async |cache, school| {
        let other = School::new();
        school.read(&cache).await;
        other.read(&cache).await;
        cache
            .begin_write(school.id, &BTreeSet::from(["payments"]))
            .await
            .finish()
            .await;
        other.write(&cache).await;
        assert_eq!(school.read(&cache).await, (0, Outcome::Hit));
        assert_eq!(other.read(&cache).await, (1, Outcome::Miss));
    })
    .await;
}

#[tokio::test]
async fn a_reader_overtaken_by_a_write_leaves_nothing_old_behind() {
    both(async |cache, school| {
        let read = school.read_slowly(&cache, async || {
            let old = school.query();
            school.write(&cache).await;
            old
        });
        assert_eq!(read.await.0, 0);
        assert_eq!(school.read(&cache).await, (1, Outcome::Miss));
    })
    .await;
}

#[tokio::test]
async fn a_write_under_way_before_a_reader_leaves_nothing_old_behind() {
    both(async |cache, school| {
        school.read(&cache).await;
        let lease = school.lease(&cache).await;
        assert_eq!(school.read(&cache).await.0, 0);
        let number = school.commit();
        lease.finish().await;
        assert_eq!(school.read(&cache).await, (number, Outcome::Miss));
    })
    .await;
}

#[tokio::test]
async fn a_lease_whose_task_is_dropped_ends_too() {
    both(async |cache, school| {
        school.read(&cache).await;
        let lease = school.lease(&cache).await;
        let number = school.commit();
        drop(lease);
        assert_eq!(school.read(&cache).await.0, number);
    })
    .await;
}

#[tokio::test]
async fn schools_with_the_same_key_never_share() {
    both(async |cache, school| {
        let other = School::new();
        let number = other.commit();
        assert_eq!(school.read(&cache).await, (0, Outcome::Miss));
        assert_eq!(other.read(&cache).await, (number, Outcome::Miss));
    })
    .await;
}

#[tokio::test]
async fn callers_with_different_keys_never_share() {
    both(async |cache, school| {
        for key in ["list TEACHER 1", "list TEACHER 2"] {
            let load = async || Ok::<_, ()>(key.into());
            let (entry, outcome) = cache
                .fetch(school.id, STUDENTS, key, TTL, load)
                .await
                .unwrap();
            assert_eq!((&*entry.body(), outcome), (key.as_bytes(), Outcome::Miss));
        }
    })
    .await;
}

#[tokio::test]
async fn who_asks_while_a_load_is_under_way_shares_it() {
    both(async |cache, school| {
        let (open, gate) = oneshot::channel::<()>();
        let leader = school.read_slowly(&cache, async || {
            gate.await.unwrap();
            school.query()
        });
        let followers = async {
            let reads = [
                school.read(&cache),
                school.read(&cache),
                school.read(&cache),
            ];
            let open = async {
                open.send(()).unwrap();
            };
            let (reads, ()) = tokio::join!(futures::future::join_all(reads), open);
            reads
        };
        let (led, followed) = tokio::join!(leader, followers);
        assert_eq!(led, (0, Outcome::Miss));
        assert!(
            followed
                .iter()
                .all(|read| matches!(read, (0, Outcome::Shared | Outcome::Hit))),
            "{followed:?}"
        );
        assert_eq!(school.loads(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_load_too_large_to_keep_is_shared_with_who_waits_for_it() {
    let config = CacheConfig {
        memory_bytes: 0,
        ..CacheConfig::default()
    };
    let (cache, school) = (Cache::in_process(config), School::new());
    let (open, gate) = oneshot::channel::<()>();
    let leader = school.read_slowly(&cache, async || {
        gate.await.unwrap();
        school.query()
    });
    let (led, followed, ()) = tokio::join!(leader, school.read(&cache), async {
        open.send(()).unwrap();
    });
    assert_eq!((led, followed), ((0, Outcome::Miss), (0, Outcome::Shared)));
}

#[tokio::test]
async fn who_waited_for_a_load_that_failed_does_not_wait_in_line_to_fail() {
    let (cache, school) = (Cache::in_process(CacheConfig::default()), School::new());
    let together = tokio::sync::Barrier::new(2);
    let failing = |gate: Option<oneshot::Receiver<()>>| {
        let (cache, id, together) = (&cache, school.id, &together);
        async move {
            let load = async || {
                match gate {
                    Some(gate) => gate.await.unwrap(),
                    None => _ = together.wait().await,
                }
                Err("the database is away")
            };
            cache
                .fetch(id, STUDENTS, "list", TTL, load)
                .await
                .unwrap_err()
        }
    };
    let (open, gate) = oneshot::channel();
    let all = async {
        tokio::join!(failing(Some(gate)), failing(None), failing(None), async {
            open.send(()).unwrap();
        })
    };
    // One after the other they would never meet at the barrier.
    tokio::time::timeout(Duration::from_secs(10), all)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_follower_takes_over_from_a_leader_who_went_away() {
    both(async |cache, school| {
        let (started, leading) = oneshot::channel::<()>();
        let leader = school.read_slowly(&cache, async || {
            started.send(()).unwrap();
            std::future::pending().await
        });
        let mut leader = Box::pin(leader);
        tokio::select! {
            _ = &mut leader => unreachable!("the leader waits for ever"),
            started = leading => started.unwrap(),
        }
        let followers = futures::future::join(school.read(&cache), school.read(&cache));
        let leave = async {
            tokio::task::yield_now().await;
            drop(leader);
        };
        let ((first, second), ()) = tokio::join!(followers, leave);
        assert_eq!((first.0, second.0), (0, 0));
        assert_eq!(school.loads(), 1);
    })
    .await;
}

#[tokio::test]
async fn an_error_is_the_leaders_alone_and_is_not_kept() {
    both(async |cache, school| {
        let (open, gate) = oneshot::channel::<()>();
        let failing = cache.fetch(school.id, STUDENTS, "list", TTL, async || {
            gate.await.unwrap();
            Err("the database is away")
        });
        let followers = async {
            let open = async {
                open.send(()).unwrap();
            };
            tokio::join!(school.read(&cache), school.read(&cache), open)
        };
        let (failed, (first, second, ())) = tokio::join!(failing, followers);
        assert_eq!(failed.unwrap_err(), "the database is away");
        assert_eq!((first.0, second.0), (0, 0));
        assert_eq!(school.read(&cache).await, (0, Outcome::Hit));
    })
    .await;
}

#[tokio::test]
async fn an_answer_with_no_time_to_live_is_not_kept() {
    both(async |cache, school| {
        for _ in 0..2 {
            let load = async || Ok::<_, ()>(school.query());
            let (_, outcome) = cache
                .fetch(school.id, STUDENTS, "list", Duration::ZERO, load)
                .await
                .unwrap();
            assert_eq!(outcome, Outcome::Miss);
        }
    })
    .await;
}

#[tokio::test]
async fn a_cache_that_is_off_keeps_nothing_and_is_well() {
    let (cache, school) = (Cache::off(), School::new());
    for _ in 0..2 {
        assert_eq!(school.read(&cache).await, (0, Outcome::Bypass));
    }
    school.write(&cache).await;
    assert_eq!(school.read(&cache).await, (1, Outcome::Bypass));
    cache.ping().await.unwrap();
    assert_eq!((cache.kind(), cache.stats().bypasses), ("off", 3));
}

#[tokio::test]
async fn every_answer_is_counted_once() {
    both(async |cache, school| {
        school.read(&cache).await;
        school.read(&cache).await;
        school.write(&cache).await;
        school.read(&cache.for_worker()).await;
        cache.ping().await.unwrap();
        let stats = cache.stats();
        assert_eq!(
            (stats.hits, stats.misses, stats.bypasses, stats.faults),
            (1, 2, 0, 0)
        );
    })
    .await;
}

#[test]
fn an_address_that_is_none_is_refused() {
    let error = Cache::redis("memcached://x", CacheConfig::default()).unwrap_err();
    assert!(error.to_string().starts_with("Redis: "), "{error}");
}
