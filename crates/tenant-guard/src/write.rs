//! Writes of a [`Scope`]: the school is set or filtered by, times and version are stamped, and the table is recorded.

use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, Condition, DbErr, EntityTrait, FromQueryResult,
    IntoActiveModel, Iterable, ModelTrait, PrimaryKeyToColumn, QueryFilter, Value,
    sea_query::{Expr, ExprTrait, SimpleExpr},
};

use crate::{Scope, TenantEntity, database::on};

/// Rows of one INSERT: SQLite binds at most 32 766 values and PostgreSQL 65 535.
const ROWS_PER_INSERT: usize = 500;

impl Scope {
    /// Inserts one row; school, times and version are set here, whatever `row` says of them.
    ///
    /// # Errors
    /// When a constraint refuses the row or the database fails.
    #[allow(
        clippy::disallowed_methods,
        reason = "the school is set on the row just above"
    )]
    pub async fn insert<E, A>(&self, mut row: A) -> Result<E::Model, DbErr>
    where
        E: TenantEntity<ActiveModel = A>,
        A: ActiveModelTrait<Entity = E> + sea_orm::ActiveModelBehavior + Send,
        E::Model: IntoActiveModel<A>,
    {
        self.stamp_new::<E, A>(&mut row);
        self.touch(E::TABLE);
        on!(self.executor, conn => row.insert(conn).await)
    }

    /// Inserts many rows in as few statements as the engine allows.
    ///
    /// # Errors
    /// As [`Scope::insert`].
    #[allow(
        clippy::disallowed_methods,
        reason = "the school is set on every row just above"
    )]
    pub async fn insert_many<E, A>(&self, rows: Vec<A>) -> Result<(), DbErr>
    where
        E: TenantEntity<ActiveModel = A>,
        A: ActiveModelTrait<Entity = E> + Send,
    {
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            let mut batch: Vec<A> = rows.by_ref().take(ROWS_PER_INSERT).collect();
            for row in &mut batch {
                self.stamp_new::<E, A>(row);
            }
            let insert = E::insert_many(batch);
            on!(self.executor, conn => insert.exec_without_returning(conn).await)?;
        }
        self.touch(E::TABLE);
        Ok(())
    }

    /// Writes what differs between `before` and `after`, both the same row; answers the row as it
    /// is now. Nothing is sent when nothing differs.
    ///
    /// # Errors
    /// [`DbErr::RecordNotUpdated`] when the row is gone, else as [`Scope::insert`].
    pub async fn update<E, A>(&self, before: &E::Model, mut after: A) -> Result<E::Model, DbErr>
    where
        E: TenantEntity<ActiveModel = A>,
        A: ActiveModelTrait<Entity = E> + Send,
        E::Model: IntoActiveModel<A> + Clone,
    {
        keep_changes::<E, A>(before, &mut after);
        if !after.is_changed() {
            return Ok(before.clone());
        }
        self.send(before, after).await
    }

    /// Sends what is set on `after`, with the row's next version.
    #[allow(
        clippy::disallowed_methods,
        reason = "the key, school included, is set just here"
    )]
    async fn send<E, A>(&self, before: &E::Model, mut after: A) -> Result<E::Model, DbErr>
    where
        E: TenantEntity<ActiveModel = A>,
        A: ActiveModelTrait<Entity = E> + Send,
        E::Model: IntoActiveModel<A>,
    {
        let version = match before.get(E::ROW_VERSION) {
            Value::BigInt(Some(version)) => version,
            _ => 0,
        };
        after.set(E::ROW_VERSION, (version + 1).into());
        after.set(E::UPDATED_AT, self.now().into());
        after.set(E::SCHOOL_ID, self.school().0.into());
        after.set(E::ID, before.get(E::ID));
        self.touch(E::TABLE);
        // Both columns of the key are set above, so the statement names this school's row and no other.
        let update = E::update(after);
        on!(self.executor, conn => update.exec(conn).await)
    }

    /// Moves a row's version on when what belongs to it changed and the row itself did not, so that
    /// its entity tag tells; `after` is the row as it is now.
    ///
    /// # Errors
    /// As [`Scope::update`].
    pub async fn advance<E: TenantEntity>(
        &self,
        before: &E::Model,
        after: E::Model,
    ) -> Result<E::Model, DbErr> {
        if before.get(E::ROW_VERSION) != after.get(E::ROW_VERSION) {
            return Ok(after);
        }
        self.send(&after, after.clone().into_active_model()).await
    }

    /// Sets columns of every row that meets `which`; answers how many there were.
    ///
    /// # Errors
    /// As [`Scope::insert`].
    #[allow(
        clippy::disallowed_methods,
        reason = "filtered by the school just here"
    )]
    pub async fn update_where<E: TenantEntity>(
        &self,
        columns: Vec<(E::Column, SimpleExpr)>,
        which: Condition,
    ) -> Result<u64, DbErr> {
        self.touch(E::TABLE);
        let mut update = E::update_many()
            .filter(E::SCHOOL_ID.eq(self.school().0))
            .filter(which)
            .col_expr(E::ROW_VERSION, Expr::col(E::ROW_VERSION).add(1))
            .col_expr(E::UPDATED_AT, Expr::value(self.now()));
        for (column, value) in columns {
            update = update.col_expr(column, value);
        }
        let done = on!(self.executor, conn => update.exec(conn).await)?;
        Ok(done.rows_affected)
    }

    /// Deletes every row that meets `which`; answers how many there were.
    ///
    /// # Errors
    /// When another row relies on one of them, or the database fails.
    #[allow(
        clippy::disallowed_methods,
        reason = "filtered by the school just here"
    )]
    pub async fn delete_where<E: TenantEntity>(&self, which: Condition) -> Result<u64, DbErr> {
        self.touch(E::TABLE);
        let delete = E::delete_many()
            .filter(E::SCHOOL_ID.eq(self.school().0))
            .filter(which);
        let done = on!(self.executor, conn => delete.exec(conn).await)?;
        Ok(done.rows_affected)
    }

    /// Deletes one row; `false` when there was none.
    ///
    /// # Errors
    /// As [`Scope::delete_where`].
    pub async fn delete<E: TenantEntity>(&self, id: i64) -> Result<bool, DbErr> {
        let which = Condition::all().add(E::ID.eq(id));
        Ok(self.delete_where::<E>(which).await? > 0)
    }

    /// Runs a written statement that changes `tables`. `$1` is the school; `rest` binds `$2` and on.
    /// Answers the number of rows changed.
    ///
    /// # Errors
    /// As [`Scope::query`] and [`Scope::insert`].
    pub async fn execute(
        &self,
        tables: &[&'static str],
        sql: &str,
        rest: Vec<Value>,
    ) -> Result<u64, DbErr> {
        let statement = self.executor.statement(sql, self.bind(sql, rest)?);
        for table in tables {
            self.touch(table);
        }
        Ok(self.executor.execute(statement).await?.rows_affected())
    }

    /// As [`Scope::execute`], answering the rows that the statement returns.
    ///
    /// # Errors
    /// As [`Scope::query`] and [`Scope::insert`].
    pub async fn execute_returning<T: FromQueryResult>(
        &self,
        tables: &[&'static str],
        sql: &str,
        rest: Vec<Value>,
    ) -> Result<Vec<T>, DbErr> {
        for table in tables {
            self.touch(table);
        }
        self.query(sql, rest).await
    }

    fn stamp_new<E, A>(&self, row: &mut A)
    where
        E: TenantEntity,
        A: ActiveModelTrait<Entity = E>,
    {
        let now = self.now();
        row.set(E::SCHOOL_ID, self.school().0.into());
        row.set(E::CREATED_AT, now.into());
        row.set(E::UPDATED_AT, now.into());
        row.set(E::ROW_VERSION, 1_i64.into());
    }
}

fn keep_changes<E, A>(before: &E::Model, after: &mut A)
where
    E: EntityTrait,
    A: ActiveModelTrait<Entity = E>,
{
    for column in E::Column::iter() {
        let same = match after.get(column) {
            ActiveValue::Set(value) => value == before.get(column),
            ActiveValue::Unchanged(_) | ActiveValue::NotSet => true,
        };
        if same && E::PrimaryKey::from_column(column).is_none() {
            after.not_set(column);
        }
    }
}
