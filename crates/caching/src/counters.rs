//! Versions of a cache that has its process to itself: counters that only go up.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{PoisonError, RwLock},
};

/// Schools are spread over this many locks, so that workers seldom wait for each other.
const SHARDS: usize = 16;

type Schools = HashMap<i64, BTreeMap<&'static str, u64>>;

/// A version per school and table; a table never written is at zero.
#[derive(Debug, Default)]
pub(crate) struct Counters([RwLock<Schools>; SHARDS]);

impl Counters {
    /// Appends the versions of `tables`, all of one moment, to `key`.
    pub(crate) fn append(&self, school: i64, tables: &[&'static str], key: &mut Vec<u8>) {
        let schools = self
            .shard(school)
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        let versions = schools.get(&school);
        for table in tables {
            let version = versions.and_then(|versions| versions.get(table)).copied();
            key.extend_from_slice(&version.unwrap_or_default().to_le_bytes());
        }
    }

    /// Moves every one of `tables` to a version never used before.
    pub(crate) fn advance(&self, school: i64, tables: &[&'static str]) {
        let mut schools = self
            .shard(school)
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let versions = schools.entry(school).or_default();
        for table in tables {
            *versions.entry(table).or_default() += 1;
        }
    }

    fn shard(&self, school: i64) -> &RwLock<Schools> {
        let [first, ..] = &self.0;
        let place = school.unsigned_abs() % SHARDS as u64;
        usize::try_from(place)
            .ok()
            .and_then(|place| self.0.get(place))
            .unwrap_or(first)
    }
}
