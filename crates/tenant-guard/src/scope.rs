//! The only door to a school's rows.

use std::{
    collections::BTreeSet,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, DbBackend, DbErr, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter,
    QuerySelect, QueryTrait, Select, Value,
};

use crate::{
    Database, Links, Principal, SchoolId, TenantEntity, TrailKey,
    database::{Executor, Open, on},
};

/// One school's rows as one caller reaches them, on the pool or inside a transaction.
///
/// Every read starts from [`Scope::find`], which adds the school; every write sets or filters by
/// it and records the table, so that caches learn of it without being told.
#[derive(Clone)]
pub struct Scope {
    database: Database,
    pub(crate) executor: Executor,
    school: SchoolId,
    principal: Arc<Principal>,
    request_id: Option<Arc<str>>,
    pub(crate) touched: Touched,
}

pub(crate) type Touched = Arc<Mutex<BTreeSet<&'static str>>>;

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope")
            .field("school", &self.school)
            .field("role", &self.principal.role)
            .finish_non_exhaustive()
    }
}

impl Scope {
    pub(crate) fn new(
        database: Database,
        executor: Executor,
        school: SchoolId,
        principal: Arc<Principal>,
    ) -> Self {
        Self {
            database,
            executor,
            school,
            principal,
            request_id: None,
            touched: Touched::default(),
        }
    }

    /// The same scope, its writes marked in the audit trail as those of one request.
    #[must_use]
    pub fn of_request(mut self, id: Arc<str>) -> Self {
        self.request_id = Some(id);
        self
    }

    /// The request this scope works for, where there is one.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// The school every row of this scope belongs to.
    #[must_use]
    pub fn school(&self) -> SchoolId {
        self.school
    }

    /// The caller.
    #[must_use]
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// The present moment, as rows are stamped with it.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.database.clock().now()
    }

    /// The key that signs the audit trail.
    #[must_use]
    pub fn trail_key(&self) -> &TrailKey {
        self.database.trail_key()
    }

    /// What makes and checks the links to files.
    #[must_use]
    pub fn links(&self) -> &Links {
        self.database.links()
    }

    /// Which engine answers, for the few statements whose text differs.
    #[must_use]
    pub fn backend(&self) -> DbBackend {
        self.database.backend()
    }

    /// A query over the school's rows of `E`.
    #[must_use]
    #[allow(
        clippy::disallowed_methods,
        reason = "the one place that starts a query, with the school on it"
    )]
    pub fn find<E: TenantEntity>(&self) -> Select<E> {
        E::find().filter(E::SCHOOL_ID.eq(self.school.0))
    }

    /// Every row of a query.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn all<E: EntityTrait>(&self, query: Select<E>) -> Result<Vec<E::Model>, DbErr> {
        on!(self.executor, conn => query.all(conn).await)
    }

    /// The first row of a query.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn one<E: EntityTrait>(&self, query: Select<E>) -> Result<Option<E::Model>, DbErr> {
        on!(self.executor, conn => query.one(conn).await)
    }

    /// Every row of a query, read as `T`.
    ///
    /// # Errors
    /// When the database fails or a column does not fit `T`.
    pub async fn rows<E: EntityTrait, T: FromQueryResult + Send + Sync>(
        &self,
        query: Select<E>,
    ) -> Result<Vec<T>, DbErr> {
        on!(self.executor, conn => query.into_model::<T>().all(conn).await)
    }

    /// Number of rows of a query.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count<E: EntityTrait>(&self, query: Select<E>) -> Result<u64, DbErr>
    where
        E::Model: Send + Sync,
    {
        on!(self.executor, conn => query.count(conn).await)
    }

    /// One row by its key; another school's key finds nothing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn get<E: TenantEntity>(&self, id: i64) -> Result<Option<E::Model>, DbErr> {
        self.one(self.find::<E>().filter(E::ID.eq(id))).await
    }

    /// One row by its key, held against other writers until the transaction ends.
    ///
    /// SQLite needs no lock: its transactions write one at a time.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lock<E: TenantEntity>(&self, id: i64) -> Result<Option<E::Model>, DbErr> {
        let query = self.find::<E>().filter(E::ID.eq(id));
        let query = match self.backend() {
            DbBackend::Postgres => query.lock_exclusive(),
            _ => query,
        };
        self.one(query).await
    }

    /// Rows of a written query. `$1` is the school; `rest` binds `$2` and on, so a query that leaves
    /// the school out does not run.
    ///
    /// # Errors
    /// When the database fails, a column does not fit `T`, or the text never names `$1`.
    pub async fn query<T: FromQueryResult>(
        &self,
        sql: &str,
        rest: Vec<Value>,
    ) -> Result<Vec<T>, DbErr> {
        let statement = self.executor.statement(sql, self.bind(sql, rest)?);
        self.executor
            .query(statement)
            .await?
            .iter()
            .map(|row| T::from_query_result(row, ""))
            .collect()
    }

    /// The text of a query as the engine would get it, for tests that ask for its plan.
    #[must_use]
    pub fn explainable<E: EntityTrait>(&self, query: &Select<E>) -> String {
        query.build(self.backend()).to_string()
    }

    pub(crate) fn bind(&self, sql: &str, rest: Vec<Value>) -> Result<Vec<Value>, DbErr> {
        if !sql.contains("$1") {
            return Err(DbErr::Custom(
                "a scoped statement must name its school as $1".into(),
            ));
        }
        let mut values = Vec::with_capacity(rest.len() + 1);
        values.push(Value::from(self.school.0));
        values.extend(rest);
        Ok(values)
    }

    pub(crate) fn touch(&self, table: &'static str) {
        self.touched
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(table);
    }

    /// Begins a transaction; SQLite waits here for its turn to write.
    ///
    /// # Errors
    /// When no connection is free in time or the database fails.
    pub async fn begin(&self) -> Result<Transaction, DbErr> {
        let open = self.database.begin().await?;
        let mut scope = self.clone();
        scope.executor = open.executor();
        scope.touched = Touched::default();
        Ok(Transaction { scope, open })
    }
}

/// A transaction and the scope that works inside it; dropped without [`Transaction::commit`], it rolls back.
pub struct Transaction {
    scope: Scope,
    open: Open,
}

impl Transaction {
    /// The scope inside the transaction.
    #[must_use]
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Tables written so far.
    #[must_use]
    pub fn touched(&self) -> BTreeSet<&'static str> {
        self.scope
            .touched
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Makes the writes lasting.
    ///
    /// # Errors
    /// When the database fails; nothing was written then.
    pub async fn commit(self) -> Result<(), DbErr> {
        drop(self.scope);
        self.open.commit().await
    }

    /// Takes the writes back.
    ///
    /// # Errors
    /// When the database fails; the engine takes them back all the same.
    pub async fn rollback(self) -> Result<(), DbErr> {
        drop(self.scope);
        self.open.rollback().await
    }
}
