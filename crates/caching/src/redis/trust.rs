//! What this process may believe of Redis after a failure, and what it still owes it.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicU64, Ordering::SeqCst},
    },
};

/// Doubt is counted: a school is trusted while its versions were dropped since the last failure.
#[derive(Debug, Default)]
pub(super) struct Trust {
    doubts: AtomicU64,
    dropped: RwLock<HashMap<i64, u64>>,
    suspended: AtomicBool,
    outages: AtomicU64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Schools whose versions must be dropped, each with the doubt at which it was last owed.
    owed: BTreeMap<i64, u64>,
    recovering: bool,
}

/// A school's standing, as of one number of doubts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Standing {
    pub(super) trusted: bool,
    doubts: u64,
}

impl Trust {
    /// Whether reads must not ask Redis.
    pub(super) fn suspended(&self) -> bool {
        self.suspended.load(SeqCst)
    }

    /// Something failed: what any school's versions say may be out of date.
    pub(super) fn doubt(&self) -> u64 {
        self.doubts.fetch_add(1, SeqCst) + 1
    }

    /// Failures so far.
    pub(super) fn doubts(&self) -> u64 {
        self.doubts.load(SeqCst)
    }

    pub(super) fn standing(&self, school: i64) -> Standing {
        let doubts = self.doubts();
        let dropped = self.dropped.read().unwrap_or_else(PoisonError::into_inner);
        Standing {
            trusted: dropped.get(&school).copied().unwrap_or_default() == doubts,
            doubts,
        }
    }

    /// The school's versions were dropped after `standing` was taken.
    pub(super) fn restore(&self, school: i64, standing: Standing) {
        let mut dropped = self.dropped.write().unwrap_or_else(PoisonError::into_inner);
        let at = dropped.entry(school).or_default();
        *at = standing.doubts.max(*at);
    }

    /// Reads stop asking Redis; answers whether the caller is to start the recovery.
    pub(super) fn suspend(&self, cause: &str) -> bool {
        let mut state = self.state();
        self.doubt();
        if !self.suspended.swap(true, SeqCst) {
            self.outages.fetch_add(1, SeqCst);
            tracing::warn!(
                cause,
                "the cache is suspended: answers come from the database"
            );
        }
        !std::mem::replace(&mut state.recovering, true)
    }

    /// A recovery ended without success, as when its runtime stopped; the next failure starts another.
    pub(super) fn give_up(&self) {
        self.state().recovering = false;
    }

    /// Whether a suspended cache has nobody who tries to bring it back; claims that part if so.
    pub(super) fn abandoned(&self) -> bool {
        let mut state = self.state();
        self.suspended() && !std::mem::replace(&mut state.recovering, true)
    }

    /// Reads ask Redis again, unless something is owed or failed since `doubts`.
    pub(super) fn resume(&self, doubts: u64) -> bool {
        let mut state = self.state();
        let well = state.owed.is_empty() && self.doubts() == doubts;
        if well {
            state.recovering = false;
            self.suspended.store(false, SeqCst);
            tracing::info!("the cache is back");
        }
        well
    }

    /// The school's versions must be dropped before any read asks Redis again.
    pub(super) fn owe(&self, school: i64) {
        let mut state = self.state();
        let doubt = self.doubt();
        state.owed.insert(school, doubt);
    }

    /// Times reads stopped asking.
    pub(super) fn outages(&self) -> u64 {
        self.outages.load(SeqCst)
    }

    /// Number of schools owed.
    pub(super) fn owed(&self) -> usize {
        self.state().owed.len()
    }

    pub(super) fn first_owed(&self) -> Option<(i64, u64)> {
        self.state()
            .owed
            .first_key_value()
            .map(|(school, doubt)| (*school, *doubt))
    }

    /// What was owed at `doubt` is delivered; what came since is still owed.
    pub(super) fn delivered(&self, school: i64, doubt: u64) {
        let mut state = self.state();
        if state.owed.get(&school) == Some(&doubt) {
            state.owed.remove(&school);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_ends_the_trust_in_every_school_until_its_versions_are_dropped() {
        let trust = Trust::default();
        assert!(trust.standing(1).trusted);
        trust.doubt();
        let standing = trust.standing(1);
        assert!(!standing.trusted);
        trust.restore(1, standing);
        assert!(trust.standing(1).trusted);
        assert!(!trust.standing(2).trusted);
    }

    #[test]
    fn versions_dropped_before_another_failure_restore_nothing() {
        let trust = Trust::default();
        trust.doubt();
        let before = trust.standing(1);
        trust.doubt();
        trust.restore(1, before);
        assert!(!trust.standing(1).trusted);
    }

    #[test]
    fn the_cache_stays_suspended_while_anything_is_owed() {
        let trust = Trust::default();
        trust.owe(1);
        assert!(trust.suspend("test"));
        let doubts = trust.doubts();
        assert!(!trust.resume(doubts));
        let (school, doubt) = trust.first_owed().unwrap();
        trust.delivered(school, doubt);
        assert!(trust.resume(doubts));
        assert!(!trust.suspended());
    }

    #[test]
    fn what_is_owed_again_during_its_delivery_stays_owed() {
        let trust = Trust::default();
        trust.owe(1);
        let (school, doubt) = trust.first_owed().unwrap();
        trust.owe(1);
        trust.delivered(school, doubt);
        assert_eq!(trust.owed(), 1);
    }

    #[test]
    fn a_failure_during_recovery_keeps_the_cache_suspended() {
        let trust = Trust::default();
        trust.suspend("test");
        let doubts = trust.doubts();
        trust.suspend("test");
        assert!(!trust.resume(doubts));
        assert!(trust.suspended());
    }

    #[test]
    fn one_recovery_runs_at_a_time_and_an_abandoned_one_is_taken_up() {
        let trust = Trust::default();
        assert!(trust.suspend("test"));
        assert!(!trust.suspend("test"));
        assert!(!trust.abandoned());
        trust.give_up();
        assert!(trust.abandoned());
        assert!(!trust.abandoned());
    }
}
