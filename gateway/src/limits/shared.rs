//! Counts common to all gateways, in windows of Redis that open with a caller's first request.
//!
//! A gateway draws a few requests at a time and lets that many through by itself, so that most requests
//! ask Redis nothing. What it drew and did not use before the window closes is lost to the caller:
//! at most one draw, a fiftieth of the limit, for each gateway.

use std::{
    num::NonZeroU32,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use moka::sync::Cache as Kept;
use resource::caching::{Cache, Share, Window};

use super::{Standing, Subject, WINDOW};

/// Most callers remembered at once; one takes some hundred bytes.
const CALLERS: u64 = 100_000;
/// Part of a limit that is drawn at once.
const PARTS: u32 = 50;

pub(super) struct Shared {
    most: NonZeroU32,
    purses: Kept<Subject, Arc<Purse>>,
}

/// What one caller may still spend here.
#[derive(Default)]
struct Purse {
    drawn: Mutex<Drawn>,
    /// Held by the one request that draws for all who wait: each drawing for itself, a crowd at one gateway
    /// would take everything and leave the others none.
    drawing: tokio::sync::Mutex<()>,
}

/// What this gateway drew of a caller's window.
#[derive(Default)]
struct Drawn {
    closes: Option<Instant>,
    own: u32,
    /// What was left for all when this gateway drew last.
    left: u32,
}

impl Shared {
    pub(super) fn new(most: NonZeroU32) -> Self {
        Self {
            most,
            purses: Kept::builder()
                .max_capacity(CALLERS)
                .time_to_idle(WINDOW * 2)
                .build(),
        }
    }

    /// The standing of a caller; none when Redis cannot be asked.
    pub(super) async fn take(&self, cache: &Cache, subject: Subject) -> Option<Standing> {
        if cache.kind() != "redis" {
            return None;
        }
        let purse = self.purses.get_with(subject, Arc::default);
        if let Some(standing) = self.own(&purse.drawn) {
            return Some(standing);
        }
        let _drawing = purse.drawing.lock().await;
        if let Some(standing) = self.own(&purse.drawn) {
            return Some(standing);
        }
        let name = match subject {
            Subject::User(school, user) => format!("user:{school}:{user}"),
            Subject::Address(address) => format!("address:{address}"),
        };
        let window = Window {
            name: &name,
            most: self.most.get(),
            length: WINDOW,
        };
        let share = cache.draw(window, (self.most.get() / PARTS).max(1)).await?;
        Some(self.after(&purse.drawn, share))
    }

    /// What is known without asking: a request of one's own, or that nothing is left for anybody.
    fn own(&self, drawn: &Mutex<Drawn>) -> Option<Standing> {
        let mut drawn = drawn.lock().unwrap_or_else(PoisonError::into_inner);
        let closes_in = drawn.open()?;
        (drawn.own > 0 || drawn.left == 0).then(|| self.spend(&mut drawn, closes_in))
    }

    fn after(&self, drawn: &Mutex<Drawn>, share: Share) -> Standing {
        let mut drawn = drawn.lock().unwrap_or_else(PoisonError::into_inner);
        if drawn.open().is_none() {
            *drawn = Drawn::default();
        }
        drawn.closes = Instant::now().checked_add(share.closes_in);
        drawn.own += share.granted;
        drawn.left = share.left;
        self.spend(&mut drawn, share.closes_in)
    }

    fn spend(&self, drawn: &mut Drawn, closes_in: Duration) -> Standing {
        let within = drawn.own > 0;
        drawn.own = drawn.own.saturating_sub(1);
        Standing {
            limit: self.most.get(),
            remaining: if within { drawn.own + drawn.left } else { 0 },
            within,
            reset: closes_in,
        }
    }
}

impl Drawn {
    /// Time until the window closes, while it is open.
    fn open(&self) -> Option<Duration> {
        let left = self.closes?.checked_duration_since(Instant::now())?;
        (!left.is_zero()).then_some(left)
    }
}
