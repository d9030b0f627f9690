//! The door to rows of no school: schools themselves, operators, and look-ups that find out whose
//! school a caller is of. Identity alone uses it; no collection does.

use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, DbBackend, DbErr, FromQueryResult, IntoActiveModel,
    PaginatorTrait, Select, Value,
};

use crate::{
    Database, PlatformEntity, Principal, SchoolId, Scope,
    database::{Executor, Open, on},
};

/// Rows of the platform, on the pool or inside a transaction.
#[derive(Clone)]
pub struct Platform {
    database: Database,
    executor: Executor,
}

impl Platform {
    pub(crate) fn new(database: Database, executor: Executor) -> Self {
        Self { database, executor }
    }

    /// The database behind this door.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Which engine answers.
    #[must_use]
    pub fn backend(&self) -> DbBackend {
        self.database.backend()
    }

    /// The rows of `school` on the same connection, so that a school and its first rows are written together.
    #[must_use]
    pub fn scope(&self, school: SchoolId, principal: Principal) -> Scope {
        Scope::new(
            self.database.clone(),
            self.executor.clone(),
            school,
            principal.into(),
        )
    }

    /// A query over platform rows.
    #[must_use]
    #[allow(
        clippy::disallowed_methods,
        reason = "platform entities belong to no school"
    )]
    pub fn find<E: PlatformEntity>(&self) -> Select<E> {
        E::find()
    }

    /// Every row of a query.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn all<E: PlatformEntity>(&self, query: Select<E>) -> Result<Vec<E::Model>, DbErr> {
        on!(self.executor, conn => query.all(conn).await)
    }

    /// The first row of a query.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn one<E: PlatformEntity>(
        &self,
        query: Select<E>,
    ) -> Result<Option<E::Model>, DbErr> {
        on!(self.executor, conn => query.one(conn).await)
    }

    /// Every row of a query, read as `T`.
    ///
    /// # Errors
    /// When the database fails or a column does not fit `T`.
    pub async fn rows<E: PlatformEntity, T: FromQueryResult + Send + Sync>(
        &self,
        query: Select<E>,
    ) -> Result<Vec<T>, DbErr> {
        on!(self.executor, conn => query.into_model::<T>().all(conn).await)
    }

    /// Number of rows of a query.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count<E: PlatformEntity>(&self, query: Select<E>) -> Result<u64, DbErr>
    where
        E::Model: Send + Sync,
    {
        on!(self.executor, conn => query.count(conn).await)
    }

    /// Inserts one row.
    ///
    /// # Errors
    /// When a constraint refuses it or the database fails.
    #[allow(
        clippy::disallowed_methods,
        reason = "platform entities belong to no school"
    )]
    pub async fn insert<E, A>(&self, row: A) -> Result<E::Model, DbErr>
    where
        E: PlatformEntity<ActiveModel = A>,
        A: ActiveModelTrait<Entity = E> + ActiveModelBehavior + Send,
        E::Model: IntoActiveModel<A>,
    {
        on!(self.executor, conn => row.insert(conn).await)
    }

    /// Updates one row by its key.
    ///
    /// # Errors
    /// When the row is gone, a constraint refuses it or the database fails.
    #[allow(
        clippy::disallowed_methods,
        reason = "platform entities belong to no school"
    )]
    pub async fn update<E, A>(&self, row: A) -> Result<E::Model, DbErr>
    where
        E: PlatformEntity<ActiveModel = A>,
        A: ActiveModelTrait<Entity = E> + ActiveModelBehavior + Send,
        E::Model: IntoActiveModel<A>,
    {
        on!(self.executor, conn => row.update(conn).await)
    }

    /// Rows of a written query across schools; `$1` and on are `values`.
    ///
    /// # Errors
    /// When the database fails or a column does not fit `T`.
    pub async fn query<T: FromQueryResult>(
        &self,
        sql: &str,
        values: Vec<Value>,
    ) -> Result<Vec<T>, DbErr> {
        let statement = self.executor.statement(sql, values);
        self.executor
            .query(statement)
            .await?
            .iter()
            .map(|row| T::from_query_result(row, ""))
            .collect()
    }

    /// Runs a written statement; answers the number of rows changed.
    ///
    /// # Errors
    /// When a constraint refuses it or the database fails.
    pub async fn execute(&self, sql: &str, values: Vec<Value>) -> Result<u64, DbErr> {
        let statement = self.executor.statement(sql, values);
        Ok(self.executor.execute(statement).await?.rows_affected())
    }

    /// The school of a domain, whatever its status.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn school_of(&self, domain: &str) -> Result<Option<SchoolId>, DbErr> {
        #[derive(FromQueryResult)]
        struct Key {
            id: i64,
        }
        let sql = "SELECT id FROM schools WHERE domain = $1";
        let found: Vec<Key> = self.query(sql, vec![domain.to_lowercase().into()]).await?;
        Ok(found.first().map(|key| SchoolId(key.id)))
    }

    /// Begins a transaction.
    ///
    /// # Errors
    /// When no connection is free in time or the database fails.
    pub async fn begin(&self) -> Result<PlatformTransaction, DbErr> {
        let open = self.database.begin().await?;
        let platform = Self::new(self.database.clone(), open.executor());
        Ok(PlatformTransaction { platform, open })
    }
}

/// A transaction over platform rows; dropped without commit, it rolls back.
pub struct PlatformTransaction {
    platform: Platform,
    open: Open,
}

impl PlatformTransaction {
    /// The door inside the transaction.
    #[must_use]
    pub fn platform(&self) -> &Platform {
        &self.platform
    }

    /// Makes the writes lasting.
    ///
    /// # Errors
    /// When the database fails; nothing was written then.
    pub async fn commit(self) -> Result<(), DbErr> {
        drop(self.platform);
        self.open.commit().await
    }
}
