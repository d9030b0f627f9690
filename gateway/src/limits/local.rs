//! Counts in this process, by the generic cell rate algorithm: a caller who was quiet may send a whole
//! minute's requests at once, and then one whenever one becomes due.

use std::{
    num::NonZeroU32,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

use governor::{
    Quota, RateLimiter, clock, middleware::StateInformationMiddleware, nanos::Nanos,
    state::keyed::DashMapStateStore,
};
use resource::tenant_guard::Clock;

use super::{Standing, Subject, WINDOW};

/// Callers who are back to a whole limit are forgotten once in so many requests.
const SWEEP: u64 = 4_096;

pub(super) struct Local {
    limiter: RateLimiter<Subject, DashMapStateStore<Subject>, Ticks, StateInformationMiddleware>,
    clock: Ticks,
    most: NonZeroU32,
    asked: AtomicU64,
}

/// Our clock, as the algorithm reads it.
#[derive(Clone)]
struct Ticks(Clock);

impl clock::Clock for Ticks {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        let micros = u64::try_from(self.0.now().timestamp_micros()).unwrap_or_default();
        Duration::from_micros(micros).into()
    }
}

impl Local {
    pub(super) fn new(most: NonZeroU32, clock: Clock) -> Self {
        let clock = Ticks(clock);
        let limiter = RateLimiter::dashmap_with_clock(Quota::per_minute(most), clock.clone());
        Self {
            limiter: limiter.with_middleware(),
            clock,
            most,
            asked: AtomicU64::default(),
        }
    }

    pub(super) fn take(&self, subject: Subject) -> Standing {
        if self.asked.fetch_add(1, Relaxed) % SWEEP == SWEEP - 1 {
            self.limiter.retain_recent();
        }
        let limit = self.most.get();
        match self.limiter.check_key(&subject) {
            Ok(state) => {
                let remaining = state.remaining_burst_capacity();
                Standing {
                    limit,
                    remaining,
                    within: true,
                    reset: WINDOW * limit.saturating_sub(remaining) / limit,
                }
            }
            Err(until) => Standing {
                limit,
                remaining: 0,
                within: false,
                reset: until.wait_time_from(clock::Clock::now(&self.clock)),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use chrono::{DateTime, TimeDelta, Utc};

    use super::*;

    #[test]
    fn a_minutes_requests_pass_at_once_and_then_one_whenever_one_is_due() {
        let now = Arc::new(Mutex::new(DateTime::<Utc>::UNIX_EPOCH));
        let told = now.clone();
        let clock = Clock::by(move || *told.lock().unwrap());
        let local = Local::new(NonZeroU32::new(6).unwrap(), clock);
        let (one, other) = (Subject::User(1, 7), Subject::User(2, 7));
        for left in (0..6).rev() {
            let standing = local.take(one);
            assert_eq!((standing.within, standing.remaining), (true, left));
        }
        let refused = local.take(one);
        assert!(!refused.within);
        assert_eq!(refused.seconds(), 10);
        assert!(local.take(other).within);
        *now.lock().unwrap() += TimeDelta::seconds(10);
        assert!(local.take(one).within);
        assert!(!local.take(one).within);
    }
}
