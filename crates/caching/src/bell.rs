//! Tells every gateway, now, that something of a school is new. It carries no news itself: whoever hears it
//! reads the database, and a bell that is not heard only makes that later.

use std::{sync::Arc, time::Duration};

use deadpool_redis::redis::{Client, RedisError, aio::MultiplexedConnection, cmd};
use futures::StreamExt;
use tokio::sync::{Mutex, broadcast};

/// The channel of Redis.
const CHANNEL: &str = "termbook:bell";
/// Rings kept for who is slow to hear; one who misses some is told so and reads everything.
const KEPT: usize = 1_024;
/// Longest wait for Redis, and the wait before it is asked again.
const PATIENCE: Duration = Duration::from_secs(1);

/// A bell that all gateways hear; cloning shares it.
#[derive(Clone)]
pub struct Bell {
    heard: broadcast::Sender<Arc<str>>,
    redis: Option<Arc<Line>>,
}

struct Line {
    client: Client,
    live: Mutex<Option<MultiplexedConnection>>,
}

impl std::fmt::Debug for Bell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The address may hold a password.
        f.write_str("Bell")
    }
}

impl Default for Bell {
    /// A bell of this process alone.
    fn default() -> Self {
        Self {
            heard: broadcast::Sender::new(KEPT),
            redis: None,
        }
    }
}

impl Bell {
    /// A bell that gateways share through the Redis at `url`; it connects when first used.
    ///
    /// # Errors
    /// When `url` is not the address of a Redis.
    pub fn redis(url: &str) -> Result<Self, crate::Fault> {
        let line = Line {
            client: Client::open(url)?,
            live: Mutex::default(),
        };
        Ok(Self {
            redis: Some(Arc::new(line)),
            ..Self::default()
        })
    }

    /// Rings: everyone who listens, at whichever gateway, hears `what`. Without Redis those of this process do.
    pub async fn ring(&self, what: &str) {
        if let Some(line) = &self.redis {
            match tokio::time::timeout(PATIENCE, line.publish(what)).await {
                Ok(Ok(())) => return,
                Ok(Err(error)) => {
                    tracing::debug!(%error, "the bell is heard in this process alone");
                }
                Err(_) => tracing::debug!("the bell is heard in this process alone"),
            }
        }
        self.tell(what);
    }

    /// What is rung from now on. An empty text means that rings may have been missed.
    #[must_use]
    pub fn listen(&self) -> broadcast::Receiver<Arc<str>> {
        self.heard.subscribe()
    }

    /// Passes on what is rung through Redis, for as long as it is awaited.
    pub async fn carry(&self) {
        let Some(line) = &self.redis else {
            return std::future::pending().await;
        };
        loop {
            if let Err(error) = self.carried(line).await {
                tracing::debug!(%error, "the bell of other gateways is not heard");
            }
            tokio::time::sleep(PATIENCE).await;
        }
    }

    async fn carried(&self, line: &Line) -> Result<(), RedisError> {
        let mut subscribed = line.client.get_async_pubsub().await?;
        subscribed.subscribe(CHANNEL).await?;
        // Nothing was heard until now.
        self.tell("");
        let mut rings = subscribed.on_message();
        while let Some(ring) = rings.next().await {
            self.tell(&ring.get_payload::<String>()?);
        }
        Ok(())
    }

    fn tell(&self, what: &str) {
        // Nobody listens: nobody needs to be told.
        let _ = self.heard.send(what.into());
    }
}

impl Line {
    async fn publish(&self, what: &str) -> Result<(), RedisError> {
        let mut live = self.live.lock().await;
        let mut connection = match live.take() {
            Some(connection) => connection,
            None => self.client.get_multiplexed_async_connection().await?,
        };
        let mut command = cmd("PUBLISH");
        command.arg(CHANNEL).arg(what);
        let _: i64 = command.query_async(&mut connection).await?;
        *live = Some(connection);
        Ok(())
    }
}
