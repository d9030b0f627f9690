//! The way back from an outage: deliver what is owed, then let reads ask again.

use deadpool_redis::redis::cmd;
use tokio::{runtime::Handle, time::MissedTickBehavior};

use super::{Fault, Redis, versions};

/// A recovery under way; one that is dropped with its runtime leaves the part to another.
struct Recovery {
    redis: Redis,
    succeeded: bool,
}

impl Drop for Recovery {
    fn drop(&mut self) {
        if !self.succeeded {
            self.redis.shared.trust.give_up();
        }
    }
}

impl Redis {
    /// The school's versions must be dropped before any read asks Redis again.
    pub(crate) fn owe(&self, school: i64) {
        // Owed first: a recovery that ends in between must see it.
        self.shared.trust.owe(school);
        self.suspend("a write's end was not delivered");
    }

    /// Reads go to the database until Redis answers and nothing is owed.
    pub(super) fn suspend(&self, cause: &str) {
        if self.shared.trust.suspend(cause) {
            self.recover();
        }
    }

    /// Takes up a recovery that stopped with its worker.
    pub(super) fn resume_abandoned(&self) {
        if self.shared.trust.abandoned() {
            self.recover();
        }
    }

    fn recover(&self) {
        let mut recovery = Recovery {
            redis: self.clone(),
            succeeded: false,
        };
        // Outside a runtime the next read takes it up.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move {
                let mut pause = tokio::time::interval(recovery.redis.shared.config.retry);
                pause.set_missed_tick_behavior(MissedTickBehavior::Delay);
                while !recovery.succeeded {
                    pause.tick().await;
                    recovery.succeeded = recovery.redis.deliver().await.unwrap_or(false);
                }
            });
        }
    }

    /// Drops the versions of every school owed; answers whether reads may ask again.
    async fn deliver(&self) -> Result<bool, Fault> {
        let trust = &self.shared.trust;
        let doubts = trust.doubts();
        // A server out of memory, or that became a replica, answers a ping and takes no version.
        let probe = |_: &str| {
            let mut command = cmd("SET");
            command.arg("termbook:probe").arg("").arg("PX").arg(1_000);
            command
        };
        self.link.ask(probe, || ()).await?;
        while let Some((school, doubt)) = trust.first_owed() {
            let hash = versions(school);
            let drop_versions = |_: &str| {
                let mut command = cmd("DEL");
                command.arg(&hash);
                command
            };
            self.link.ask(drop_versions, || ()).await?;
            trust.delivered(school, doubt);
        }
        Ok(trust.resume(doubts))
    }
}
