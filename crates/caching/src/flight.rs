//! One load per key at a time: who comes while it is under way waits for it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::Entry;

/// How a load stands. Who holds its lock while it is [`Load::Open`] is the one who loads; dropped
/// before the end, it leaves the next in line an open load.
#[derive(Debug, Default)]
pub(crate) enum Load {
    /// Nobody has brought it to an end.
    #[default]
    Open,
    /// It brought this.
    Done(Arc<Entry>),
    /// It failed: who waited loads for itself, all at once, since taking turns at a failing database
    /// would add up their time-outs.
    Failed,
}

/// The loads under way.
#[derive(Debug, Default)]
pub(crate) struct Flights(Mutex<HashMap<Arc<[u8]>, Flight>>);

#[derive(Debug)]
struct Flight {
    load: Arc<tokio::sync::Mutex<Load>>,
    aboard: usize,
}

/// A place in one flight; the last to leave takes the flight off the list.
#[derive(Debug)]
pub(crate) struct Seat<'a> {
    flights: &'a Flights,
    key: Arc<[u8]>,
    load: Arc<tokio::sync::Mutex<Load>>,
}

impl Flights {
    /// Takes a place in the flight of `key`, the first one opening it.
    pub(crate) fn join(&self, key: &[u8]) -> Seat<'_> {
        let key: Arc<[u8]> = key.into();
        let mut flights = self.list();
        let flight = flights.entry(key.clone()).or_insert_with(|| Flight {
            load: Arc::default(),
            aboard: 0,
        });
        flight.aboard += 1;
        Seat {
            flights: self,
            key,
            load: flight.load.clone(),
        }
    }

    fn list(&self) -> MutexGuard<'_, HashMap<Arc<[u8]>, Flight>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat<'_> {
    /// Waits for the load to end, or for one's turn to make it.
    pub(crate) async fn load(&self) -> tokio::sync::MutexGuard<'_, Load> {
        self.load.lock().await
    }

    /// Takes a failed flight off the list, so that who comes now starts afresh.
    pub(crate) fn retire(&self) {
        self.leave(|_| true);
    }

    fn leave(&self, last: impl FnOnce(&mut Flight) -> bool) {
        let mut flights = self.flights.list();
        let mine = flights
            .get_mut(&self.key)
            .filter(|flight| Arc::ptr_eq(&flight.load, &self.load));
        if mine.is_some_and(last) {
            flights.remove(&self.key);
        }
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        self.leave(|flight| {
            flight.aboard -= 1;
            flight.aboard == 0
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_to_leave_takes_the_flight_off_the_list() {
        let flights = Flights::default();
        let (first, second) = (flights.join(b"key"), flights.join(b"key"));
        drop(first);
        assert_eq!(flights.list().len(), 1);
        drop(second);
        assert!(flights.list().is_empty());
    }

    #[tokio::test]
    async fn who_comes_after_a_failure_starts_afresh_while_others_still_leave() {
        let flights = Flights::default();
        let (failed, waiting) = (flights.join(b"key"), flights.join(b"key"));
        *failed.load().await = Load::Failed;
        failed.retire();
        let fresh = flights.join(b"key");
        assert!(matches!(*waiting.load().await, Load::Failed));
        assert!(matches!(*fresh.load().await, Load::Open));
        drop((failed, waiting));
        assert_eq!(flights.list().len(), 1);
        drop(fresh);
        assert!(flights.list().is_empty());
    }
}
