//! One worker's connection: made when first needed, cloned by every request, made anew after a failure.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use deadpool_redis::{
    Manager, Pool, PoolError,
    redis::{AsyncConnectionConfig, Cmd, RedisError, Value, aio::MultiplexedConnection, cmd},
};

/// Why Redis gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The address is wrong, or Redis answered with an error, or the connection broke.
    #[error("Redis: {0}")]
    Redis(#[from] RedisError),
    /// No connection could be made.
    #[error("Redis: {0}")]
    Connect(#[from] PoolError),
    /// The connection could not be set up.
    #[error("Redis: {0}")]
    Setup(#[from] deadpool_redis::BuildError),
    /// No answer came in time.
    #[error("Redis did not answer within {0:?}")]
    Silent(Duration),
}

/// What Redis answered, and in which run of the server.
pub(super) struct Answer {
    pub(super) value: Value,
    pub(super) run: Arc<str>,
}

/// A pool of one: it makes the connection, checks it before it is used again after a failure, and
/// replaces it. Requests send over clones of that one, which pipelines them; a checkout per request would cost
/// most of the throughput.
pub(super) struct Link {
    url: Box<str>,
    pool: Pool,
    patience: Duration,
    live: Mutex<Option<Live>>,
}

#[derive(Clone)]
struct Live {
    connection: MultiplexedConnection,
    run: Arc<str>,
}

impl Link {
    pub(super) fn open(url: &str, patience: Duration) -> Result<Self, Fault> {
        // One clock bounds the whole of a question, so the library's own are off.
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(None)
            .set_response_timeout(None);
        let manager = Manager::new_with_config(url, config)?;
        Ok(Self {
            url: url.into(),
            pool: Pool::builder(manager).max_size(1).build()?,
            patience,
            live: Mutex::default(),
        })
    }

    /// Another connection to the same server.
    pub(super) fn another(&self) -> Result<Self, Fault> {
        Self::open(&self.url, self.patience)
    }

    /// Asks once, and once more over a new connection when the one at hand failed; `failed` hears of the
    /// first failure also when the second try succeeds. `command` is made for the run of the server it is sent to.
    pub(super) async fn ask(
        &self,
        command: impl Fn(&str) -> Cmd,
        failed: impl Fn(),
    ) -> Result<Answer, Fault> {
        let tries = async {
            if let Some(live) = self.live() {
                match answer(&live, &command).await {
                    Ok(answer) => return Ok(answer),
                    Err(_) => failed(),
                }
                self.discard(&live);
            }
            let live = Box::pin(self.connect()).await?;
            let answered = answer(&live, &command).await;
            if answered.is_err() {
                self.discard(&live);
            }
            answered
        };
        let answered = tokio::time::timeout(self.patience, tries).await;
        answered.unwrap_or_else(|_| {
            *self.slot() = None;
            Err(Fault::Silent(self.patience))
        })
    }

    async fn connect(&self) -> Result<Live, Fault> {
        // Whoever holds the one connection of the pool sets up the clone that all others use.
        let pooled = self.pool.get().await?;
        if let Some(live) = self.live() {
            return Ok(live);
        }
        let mut connection = (*pooled).clone();
        let told: String = cmd("INFO")
            .arg("server")
            .query_async(&mut connection)
            .await?;
        let run = told.lines().find_map(|line| line.strip_prefix("run_id:"));
        let live = Live {
            connection,
            // A server that will not say is trusted no further than this connection.
            run: run.map_or_else(|| uuid::Uuid::now_v7().to_string().into(), Into::into),
        };
        *self.slot() = Some(live.clone());
        Ok(live)
    }

    fn live(&self) -> Option<Live> {
        self.slot().clone()
    }

    /// Lets go of a connection that failed, unless another took its place already.
    fn discard(&self, failed: &Live) {
        self.slot()
            .take_if(|live| Arc::ptr_eq(&live.run, &failed.run));
    }

    fn slot(&self) -> MutexGuard<'_, Option<Live>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn answer(live: &Live, command: impl Fn(&str) -> Cmd) -> Result<Answer, Fault> {
    let mut connection = live.connection.clone();
    let value = command(&live.run).query_async(&mut connection).await?;
    Ok(Answer {
        value,
        run: live.run.clone(),
    })
}
