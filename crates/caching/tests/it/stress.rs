//! Readers and writers in any order: no read sees less than what was acknowledged before it started.

use std::sync::{
    Barrier,
    atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::SeqCst},
};

use caching::Cache;
use proptest::prelude::*;

use crate::{
    school::{School, config, process},
    server::{Server, Shared},
};

/// One act: in which process, and how long it dawdles at each point where others may come between.
#[derive(Debug, Clone)]
enum Act {
    Read {
        process: usize,
        before: u8,
        asked: u8,
        read: u8,
    },
    Write {
        process: usize,
        before: u8,
        leased: u8,
        committed: u8,
        end: End,
    },
}

#[derive(Debug, Clone, Copy)]
enum End {
    Acknowledged,
    RolledBack,
    Dropped,
}

fn act() -> impl Strategy<Value = Act> {
    let end = prop_oneof![4 => Just(End::Acknowledged), 1 => Just(End::RolledBack), 1 => Just(End::Dropped)];
    prop_oneof![
        (0..2_usize, 0..12_u8, 0..4_u8, 0..4_u8).prop_map(|(process, before, asked, read)| {
            Act::Read {
                process,
                before,
                asked,
                read,
            }
        }),
        (0..2_usize, 0..12_u8, 0..4_u8, 0..4_u8, end).prop_map(
            |(process, before, leased, committed, end)| Act::Write {
                process,
                before,
                leased,
                committed,
                end
            }
        ),
    ]
}

async fn dawdle(steps: u8) {
    for _ in 0..steps {
        tokio::task::yield_now().await;
    }
}

async fn play(
    act: Act,
    caches: &[Cache; 2],
    school: &School,
    acknowledged: &AtomicI64,
) -> Result<(), String> {
    match act {
        Act::Read {
            process,
            before,
            asked,
            read,
        } => {
            dawdle(before).await;
            let floor = acknowledged.load(SeqCst);
            let load = async || {
                dawdle(asked).await;
                let found = school.query();
                dawdle(read).await;
                found
            };
            let (seen, outcome) = school.read_slowly(&caches[process], load).await;
            if seen < floor {
                return Err(format!(
                    "saw {seen} ({outcome:?}) after {floor} was acknowledged"
                ));
            }
        }
        Act::Write {
            process,
            before,
            leased,
            committed,
            end,
        } => {
            dawdle(before).await;
            let lease = school.lease(&caches[process]).await;
            dawdle(leased).await;
            if matches!(end, End::RolledBack) {
                lease.finish().await;
                return Ok(());
            }
            let number = school.commit();
            dawdle(committed).await;
            if matches!(end, End::Acknowledged) {
                lease.finish().await;
                acknowledged.fetch_max(number, SeqCst);
            }
        }
    }
    Ok(())
}

fn all_at_once(acts: Vec<Act>, caches: &[Cache; 2]) -> Result<(), TestCaseError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let (school, acknowledged) = (School::new(), AtomicI64::new(0));
    runtime.block_on(async {
        let acts = acts
            .into_iter()
            .map(|act| play(act, caches, &school, &acknowledged));
        for seen in futures::future::join_all(acts).await {
            seen.map_err(TestCaseError::fail)?;
        }
        Ok(())
    })
}

#[test]
fn no_order_of_readers_and_writers_in_one_process_makes_a_stale_answer() {
    proptest!(ProptestConfig::with_cases(512), |(acts in prop::collection::vec(act(), 1..40))| {
        let cache = Cache::in_process(config());
        all_at_once(acts, &[cache.clone(), cache])?;
    });
}

#[test]
fn no_order_of_readers_and_writers_in_two_processes_makes_a_stale_answer() {
    let redis = Shared::open();
    proptest!(ProptestConfig::with_cases(64), |(acts in prop::collection::vec(act(), 1..40))| {
        all_at_once(acts, &[process(&redis.url()), process(&redis.url())])?;
    });
}

/// Two workers in each of two processes, reading and writing `school` until `stop`; answers the number of reads.
fn under_load(url: &str, school: &School, meanwhile: impl FnOnce(&AtomicU64)) -> u64 {
    let processes = [process(url), process(url)];
    let (acknowledged, reads, stop) =
        (AtomicI64::new(0), AtomicU64::new(0), AtomicBool::new(false));
    let start = Barrier::new(5);
    let work = |cache: Cache, turn: u64| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        start.wait();
        runtime.block_on(async {
            let mut round = turn;
            while !stop.load(SeqCst) {
                round += 1;
                if round.is_multiple_of(7) {
                    let number = school.write(&cache).await;
                    acknowledged.fetch_max(number, SeqCst);
                }
                let floor = acknowledged.load(SeqCst);
                let (seen, outcome) = school.read(&cache).await;
                assert!(
                    seen >= floor,
                    "saw {seen} ({outcome:?}) after {floor} was acknowledged"
                );
                reads.fetch_add(1, SeqCst);
            }
        });
    };
    std::thread::scope(|scope| {
        for turn in 0..4_u64 {
            let cache = processes[usize::from(turn > 1)].for_worker();
            let work = &work;
            scope.spawn(move || work(cache, turn));
        }
        start.wait();
        // Stops the workers also when `meanwhile` fails, which would otherwise wait for them for ever.
        let _stop = Stop(&stop);
        meanwhile(&reads);
    });
    reads.load(SeqCst)
}

struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, SeqCst);
    }
}

fn await_reads(reads: &AtomicU64, more: u64) {
    let (until, end) = (
        reads.load(SeqCst) + more,
        std::time::Instant::now() + std::time::Duration::from_mins(1),
    );
    while reads.load(SeqCst) < until {
        assert!(std::time::Instant::now() < end, "the readers stand still");
        std::thread::yield_now();
    }
}

#[test]
fn two_processes_of_two_workers_never_serve_a_stale_answer() {
    let redis = Shared::open();
    let reads = under_load(&redis.url(), &School::new(), |reads| {
        await_reads(reads, 4_000);
    });
    assert!(reads >= 4_000);
}

#[test]
fn a_redis_killed_again_and_again_under_load_costs_no_error_and_no_stale_answer() {
    let mut server = Server::start();
    let url = server.url();
    under_load(&url, &School::new(), |reads| {
        for _ in 0..5 {
            await_reads(reads, 300);
            server.kill();
            await_reads(reads, 300);
            server.restart();
        }
        await_reads(reads, 300);
    });
}
