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
struct Act {
    process: usize,
    pauses: [u8; 3],
    deed: Deed,
}

#[derive(Debug, Clone, Copy)]
enum Deed {
    Read,
    Write,
    RollBack,
    CommitAndDrop,
}

fn act() -> impl Strategy<Value = Act> {
    let deed = prop_oneof![
        6 => Just(Deed::Read),
        4 => Just(Deed::Write),
        1 => Just(Deed::RollBack),
        1 => Just(Deed::CommitAndDrop),
    ];
    (0..2_usize, (0..12_u8, 0..4_u8, 0..4_u8), deed).prop_map(|(process, pauses, deed)| Act {
        process,
        pauses: pauses.into(),
        deed,
    })
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
    let (cache, [before, first, second]) = (&caches[act.process], act.pauses);
    dawdle(before).await;
    if matches!(act.deed, Deed::Read) {
        let floor = acknowledged.load(SeqCst);
        let load = async || {
            dawdle(first).await;
            let found = school.query();
            dawdle(second).await;
            found
        };
        let (seen, outcome) = school.read_slowly(cache, load).await;
        let stale = format!("saw {seen} ({outcome:?}) after {floor} was acknowledged");
        return if seen < floor { Err(stale) } else { Ok(()) };
    }
    let lease = school.lease(cache).await;
    dawdle(first).await;
    if matches!(act.deed, Deed::RollBack) {
        lease.finish().await;
        return Ok(());
    }
    let number = school.commit();
    dawdle(second).await;
    if matches!(act.deed, Deed::Write) {
        lease.finish().await;
        acknowledged.fetch_max(number, SeqCst);
    }
    Ok(())
}

fn in_waves(acts: &[Act], caches: &[Cache; 2]) -> Result<(), TestCaseError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let (school, acknowledged) = (School::new(), AtomicI64::new(0));
    runtime.block_on(async {
        // In waves: connecting takes longer than any dawdling, so later acts need earlier ones behind them.
        for wave in acts.chunks(5) {
            let wave = wave.iter().cloned();
            let wave = wave.map(|act| play(act, caches, &school, &acknowledged));
            for seen in futures::future::join_all(wave).await {
                seen.map_err(TestCaseError::fail)?;
            }
        }
        Ok(())
    })
}

#[test]
fn no_order_of_readers_and_writers_in_one_process_makes_a_stale_answer() {
    proptest!(ProptestConfig::with_cases(512), |(acts in prop::collection::vec(act(), 1..40))| {
        let cache = Cache::in_process(config());
        in_waves(&acts, &[cache.clone(), cache])?;
    });
}

#[test]
fn no_order_of_readers_and_writers_in_two_processes_makes_a_stale_answer() {
    let redis = Shared::open();
    proptest!(ProptestConfig::with_cases(64), |(acts in prop::collection::vec(act(), 1..40))| {
        in_waves(&acts, &[process(&redis.url()), process(&redis.url())])?;
    });
}

/// What the workers of a test do until `stop`.
#[derive(Default)]
struct Work {
    school: School,
    acknowledged: AtomicI64,
    reads: AtomicU64,
    stop: AtomicBool,
}

impl Work {
    async fn go(&self, cache: &Cache, turn: u64) {
        let school = &self.school;
        for round in turn.. {
            if self.stop.load(SeqCst) {
                return;
            }
            if round.is_multiple_of(7) {
                let number = school.write(cache).await;
                self.acknowledged.fetch_max(number, SeqCst);
            }
            let floor = self.acknowledged.load(SeqCst);
            let (seen, outcome) = school.read(cache).await;
            assert!(
                seen >= floor,
                "saw {seen} ({outcome:?}) after {floor} was acknowledged"
            );
            self.reads.fetch_add(1, SeqCst);
        }
    }
}

/// Two workers in each of two processes read and write a school while `meanwhile` runs.
fn under_load(url: &str, meanwhile: impl FnOnce(&AtomicU64)) {
    let processes = [process(url), process(url)];
    let (work, start) = (Work::default(), Barrier::new(5));
    std::thread::scope(|scope| {
        for turn in 0..4_u64 {
            let cache = processes[usize::from(turn > 1)].for_worker();
            let (work, start) = (&work, &start);
            scope.spawn(move || {
                start.wait();
                let worker = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build();
                worker.unwrap().block_on(work.go(&cache, turn));
            });
        }
        start.wait();
        // Stops the workers also when `meanwhile` fails, which would otherwise wait for them for ever.
        let _stop = Stop(&work.stop);
        meanwhile(&work.reads);
    });
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
    under_load(&redis.url(), |reads| await_reads(reads, 4_000));
}

#[test]
fn a_redis_killed_again_and_again_under_load_costs_no_error_and_no_stale_answer() {
    let mut server = Server::start();
    let url = server.url();
    under_load(&url, |reads| {
        for _ in 0..5 {
            await_reads(reads, 300);
            server.kill();
            await_reads(reads, 300);
            server.restart();
        }
        await_reads(reads, 300);
    });
}
