//! Sends what the outbox holds, beside the requests of a gateway.
//!
//! Any number of gateways deliver at once. A batch is claimed by a lease, in one statement that passes over
//! what another holds; who dies with a batch in hand loses the lease with time, and the batch is sent
//! again under the same dedupe keys.

mod address;
mod backoff;
mod carrier;
mod desk;
mod hooks;
mod live;
mod mail;
mod quiet;

use std::time::Duration;

use actix_web::rt::{spawn, task::JoinHandle};
use resource::{Kernel, caching::Bell};
use tokio::sync::watch;

pub(crate) use self::live::concerns;
use self::{carrier::Carrier, desk::Desk, live::place};
pub use self::{
    hooks::{Hooks, HooksError},
    mail::{MailError, Mailer},
};

/// How the outbox is delivered.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Longest wait before the outbox is looked at without being told to.
    pub poll: Duration,
    /// How long a batch belongs to who claimed it.
    pub lease: Duration,
    /// Wait after the first failure; it doubles with each further one, up to six hours.
    pub retry: Duration,
    /// Tries before a parcel is given up as dead.
    pub attempts: i64,
}

/// Delivery under way; dropped without [`Delivery::stop`], it ends with its runtime.
#[derive(Debug)]
pub struct Delivery {
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Delivery {
    /// Begins to deliver: events of the live stream and calls of webhooks always, e-mail where there is a
    /// `mailer`.
    #[must_use]
    pub fn start(
        kernel: &Kernel,
        bell: &Bell,
        hooks: Hooks,
        mailer: Option<Mailer>,
        pace: Pace,
    ) -> Self {
        let stop = watch::Sender::new(false);
        let (placing, rung) = (kernel.for_worker(), bell.clone());
        let mut tasks = vec![spawn(rounds(
            kernel.posted.subscribe(),
            stop.subscribe(),
            pace.poll,
            async move || place(&placing.database, &rung).await,
        ))];
        let carried = bell.clone();
        let mut ended = stop.subscribe();
        tasks.push(spawn(async move {
            tokio::select! {
                () = carried.carry() => {}
                _ = ended.wait_for(|stop| *stop) => {}
            }
        }));
        tasks.push(at_a_desk(kernel, hooks, pace, &stop));
        tasks.extend(mailer.map(|mailer| at_a_desk(kernel, mailer, pace, &stop)));
        Self { stop, tasks }
    }

    /// Claims no more, finishes what is in hand, and ends.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        for task in self.tasks {
            // A task that panicked has said so; the others still end in order.
            let _ = task.await;
        }
    }
}

/// Clears the desk of a carrier, round by round.
fn at_a_desk(
    kernel: &Kernel,
    carrier: impl Carrier + 'static,
    pace: Pace,
    stop: &watch::Sender<bool>,
) -> JoinHandle<()> {
    let desk = Desk::new(kernel.for_worker(), carrier, pace, stop.subscribe());
    spawn(rounds(
        kernel.posted.subscribe(),
        stop.subscribe(),
        pace.poll,
        async move || desk.clear().await,
    ))
}

/// Runs `round` now, whenever something was posted, and at the latest after `poll`.
async fn rounds(
    mut posted: watch::Receiver<()>,
    mut stop: watch::Receiver<bool>,
    poll: Duration,
    round: impl AsyncFn(),
) {
    while !*stop.borrow() {
        posted.mark_unchanged();
        round().await;
        tokio::select! {
            _ = stop.changed() => {}
            _ = posted.changed() => {}
            () = tokio::time::sleep(poll) => {}
        }
    }
}
