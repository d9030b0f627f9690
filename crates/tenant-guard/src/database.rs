//! The database, with its connections out of reach: rows are reached through a [`Scope`] or a [`Platform`].

use std::{fmt, sync::Arc, time::Duration};

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult,
    QueryResult, Statement, TransactionOptions, TransactionTrait, sqlx::sqlite,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{Clock, Links, Platform, Principal, SchoolId, Scope, TrailKey, statements};

/// How to reach the database.
#[derive(Clone)]
pub struct ConnectOptions {
    /// `sqlite://path` or `postgres://…`.
    pub url: String,
    /// Most connections held at once.
    pub pool: u32,
    /// Longest wait for a free connection before the request is answered 503.
    pub acquire_timeout: Duration,
    /// Signs the rows of the audit trail.
    pub trail_key: TrailKey,
    /// Makes and checks the links to files.
    pub links: Links,
}

/// A pool of connections to one database; cloning shares it.
#[derive(Clone)]
pub struct Database(Arc<Inner>);

struct Inner {
    pool: DatabaseConnection,
    clock: Clock,
    trail_key: TrailKey,
    links: Links,
    // SQLite has one writer at a time; queueing here is fair and free of its busy-wait.
    writer: Option<Arc<Semaphore>>,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Database")
    }
}

impl Database {
    /// Opens the pool. SQLite files are created when missing and run in WAL mode with foreign keys
    /// on and full synchronisation, so an acknowledged write survives a power cut.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn connect(options: &ConnectOptions, clock: Clock) -> Result<Self, DbErr> {
        let mut connect = sea_orm::ConnectOptions::new(&options.url);
        connect
            .max_connections(options.pool)
            .acquire_timeout(options.acquire_timeout)
            .connect_timeout(options.acquire_timeout)
            .sqlx_logging(false)
            .test_before_acquire(false)
            .map_sqlx_sqlite_opts(|sqlite| {
                sqlite
                    .create_if_missing(true)
                    .foreign_keys(true)
                    .journal_mode(sqlite::SqliteJournalMode::Wal)
                    .synchronous(sqlite::SqliteSynchronous::Full)
                    .busy_timeout(Duration::from_secs(10))
            });
        let mut pool = sea_orm::Database::connect(connect).await?;
        pool.set_metric_callback(|info| statements::record(info.elapsed));
        let sqlite = pool.get_database_backend() == DbBackend::Sqlite;
        Ok(Self(Arc::new(Inner {
            pool,
            clock,
            trail_key: options.trail_key.clone(),
            links: options.links.clone(),
            writer: sqlite.then(|| Arc::new(Semaphore::new(1))),
        })))
    }

    /// Which engine answers.
    #[must_use]
    pub fn backend(&self) -> DbBackend {
        self.0.pool.get_database_backend()
    }

    /// The clock that stamps rows.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// The key that signs the audit trail.
    #[must_use]
    pub fn trail_key(&self) -> &TrailKey {
        &self.0.trail_key
    }

    /// What makes and checks the links to files.
    #[must_use]
    pub fn links(&self) -> &Links {
        &self.0.links
    }

    /// The rows of `school`, as `principal` acts on them.
    #[must_use]
    pub fn scope(&self, school: SchoolId, principal: Principal) -> Scope {
        Scope::new(
            self.clone(),
            Executor::Pool(self.clone()),
            school,
            Arc::new(principal),
        )
    }

    /// The rows that belong to no school.
    #[must_use]
    pub fn platform(&self) -> Platform {
        Platform::new(self.clone(), Executor::Pool(self.clone()))
    }

    /// The bare connection, for the migrator alone: everything else goes through a scope.
    #[must_use]
    pub fn for_migrations(&self) -> &DatabaseConnection {
        &self.0.pool
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<(), DbErr> {
        self.0.pool.ping().await
    }

    /// Closes every connection, after the work in flight.
    ///
    /// # Errors
    /// When the pool cannot be closed.
    pub async fn close(self) -> Result<(), DbErr> {
        self.0.pool.close_by_ref().await
    }

    /// The bare pool, for the executor alone.
    pub(crate) fn pool(&self) -> &DatabaseConnection {
        &self.0.pool
    }

    pub(crate) async fn begin(&self) -> Result<Open, DbErr> {
        let permit = match &self.0.writer {
            Some(writer) => writer.clone().acquire_owned().await.ok(),
            None => None,
        };
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(sea_orm::SqliteTransactionMode::Immediate),
            ..Default::default()
        };
        let transaction = Arc::new(self.0.pool.begin_with_options(options).await?);
        Ok(Open {
            transaction,
            permit,
        })
    }
}

/// A transaction that has begun, and SQLite's turn to write.
pub(crate) struct Open {
    transaction: Arc<DatabaseTransaction>,
    permit: Option<OwnedSemaphorePermit>,
}

impl Open {
    pub(crate) fn executor(&self) -> Executor {
        Executor::Transaction(self.transaction.clone())
    }

    pub(crate) async fn commit(self) -> Result<(), DbErr> {
        let done = owned(self.transaction)?.commit().await;
        drop(self.permit);
        done
    }

    pub(crate) async fn rollback(self) -> Result<(), DbErr> {
        let done = owned(self.transaction)?.rollback().await;
        drop(self.permit);
        done
    }
}

fn owned(transaction: Arc<DatabaseTransaction>) -> Result<DatabaseTransaction, DbErr> {
    Arc::try_unwrap(transaction)
        .map_err(|_| DbErr::Custom("a scope outlived its transaction".into()))
}

/// Where statements go: the pool, or one transaction.
#[derive(Clone)]
pub(crate) enum Executor {
    Pool(Database),
    Transaction(Arc<DatabaseTransaction>),
}

/// Evaluates `$body` with `$conn` bound to whichever connection `$executor` holds.
macro_rules! on {
    ($executor:expr, $conn:ident => $body:expr) => {
        match &$executor {
            $crate::database::Executor::Pool(database) => {
                let $conn = database.pool();
                $body
            }
            $crate::database::Executor::Transaction(transaction) => {
                let $conn = transaction.as_ref();
                $body
            }
        }
    };
}
pub(crate) use on;

impl Executor {
    pub(crate) fn backend(&self) -> DbBackend {
        on!(self, conn => conn.get_database_backend())
    }

    pub(crate) fn statement(&self, sql: &str, values: Vec<sea_orm::Value>) -> Statement {
        Statement::from_sql_and_values(self.backend(), sql, values)
    }

    pub(crate) async fn query(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        on!(self, conn => conn.query_all_raw(statement).await)
    }

    pub(crate) async fn execute(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        on!(self, conn => conn.execute_raw(statement).await)
    }
}
