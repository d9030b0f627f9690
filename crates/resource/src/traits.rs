//! What a collection says of itself.

use actix_web::HttpRequest;
use pagination::Listing;
use sea_orm::{Condition, EntityTrait, FromQueryResult, IntoActiveModel, Select};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use tenant_guard::{Rows, Scope, TenantEntity};
use utoipa::ToSchema;

use crate::{ApiError, Ctx, Dependent, FieldErrors, Reference, Unique};

/// The verbs a collection serves beyond list and retrieve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verbs {
    /// POST on the collection.
    pub create: bool,
    /// PUT and PATCH on a row.
    pub update: bool,
    /// DELETE on a row.
    pub delete: bool,
}

impl Verbs {
    /// All of them.
    pub const ALL: Self = Self {
        create: true,
        update: true,
        delete: true,
    };
    /// None of them.
    pub const READ_ONLY: Self = Self {
        create: false,
        update: false,
        delete: false,
    };
}

/// Input of a collection that takes none.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct NoBody {}

/// Row of an entity.
pub type ModelOf<R> = <<R as Resource>::Entity as EntityTrait>::Model;
/// Row of an entity, being written.
pub type ActiveModelOf<R> = <<R as Resource>::Entity as EntityTrait>::ActiveModel;

/// One collection: its rows, its wire types and its rules. The kernel does the rest.
#[allow(
    async_fn_in_trait,
    reason = "handlers run on one worker thread; no future crosses threads"
)]
pub trait Resource: Sized + 'static {
    /// Path under `/api/`, and name in the permission matrix.
    const PATH: &'static str;
    /// One row of it, in people's words.
    const ITEM: &'static str;
    /// Every table that decides what an answer says.
    const READS: &'static [&'static str];
    /// Longest life of a cached answer, in seconds; freshness rests on versions, not on this.
    const TTL: u64 = 300;
    /// The verbs served.
    const VERBS: Verbs = Verbs::ALL;
    /// Whether DELETE keeps the row, voided: [`Resource::delete`] then refuses a second time with 409, and
    /// writes the act down in the audit trail itself.
    const VOIDS: bool = false;
    /// Whether a POST may find the row it describes and change it, answering 200.
    const UPSERTS: bool = false;
    /// Whether a body may hold an image, and so be longer than others.
    const PICTURES: bool = false;
    /// Fields holding keys of other rows.
    const REFERENCES: &'static [Reference] = &[];
    /// Fields no two rows of a school share.
    const UNIQUES: &'static [Unique] = &[];
    /// Rows that keep a row from being deleted.
    const DEPENDENTS: &'static [Dependent] = &[];

    /// The table.
    type Entity: TenantEntity;
    /// A body of POST and PUT; PATCH merges into it.
    type Input: DeserializeOwned + Serialize + ToSchema + 'static;
    /// A row as the list query reads it.
    type Row: FromQueryResult + Send + Sync;
    /// A row on the wire.
    type Output: Serialize + ToSchema;

    /// Page sizes, orderings, search and filters.
    #[must_use]
    fn listing() -> Listing<Self::Entity>;

    /// Adds joins and columns to the query of [`Resource::Row`].
    #[must_use]
    fn select(query: Select<Self::Entity>) -> Select<Self::Entity> {
        query
    }

    /// The rows a caller reaches who does not reach all of them. Nothing, unless a collection says more.
    #[must_use]
    fn visible(_scope: &Scope, _rows: Rows) -> Condition {
        pagination::nothing()
    }

    /// What the rows look like on the wire, in the same order.
    async fn output(scope: &Scope, rows: Vec<Self::Row>) -> Result<Vec<Self::Output>, ApiError>;

    /// The body that would write `row` as it is; secrets are left out.
    async fn input(scope: &Scope, row: &ModelOf<Self>) -> Result<Self::Input, ApiError>;

    /// Work that must not hold a transaction open, done on the body before it begins: a `password` is
    /// checked and replaced by its hash here. The body has been held against the schema; a PATCH is
    /// seen as sent, before it is merged. Its messages join those of the other rules.
    async fn prepare(
        _ctx: &Ctx,
        _request: &HttpRequest,
        _body: &mut Value,
    ) -> Result<FieldErrors, ApiError> {
        Ok(FieldErrors::default())
    }

    /// Rules beyond the declared ones; `before` is the row being changed, `rows` what the caller may write.
    async fn check(
        _scope: &Scope,
        _rows: Rows,
        _input: &Self::Input,
        _before: Option<&ModelOf<Self>>,
    ) -> Result<FieldErrors, ApiError> {
        Ok(FieldErrors::default())
    }

    /// Takes the locks that come before the row's own when it is changed or deleted: writers of rows
    /// that hang together queue in one order, parent first, and cannot wait for each other in a ring.
    #[allow(
        clippy::must_use_candidate,
        reason = "a future and a result must be used already"
    )]
    async fn lock_first(_scope: &Scope, _id: i64) -> Result<(), ApiError> {
        Ok(())
    }

    /// Puts every field of the body on the row.
    fn assign(input: &Self::Input, row: &mut ActiveModelOf<Self>);

    /// Writes what the row's own table does not hold; answers whether that changed anything.
    async fn saved(
        _scope: &Scope,
        _row: &ModelOf<Self>,
        _input: Self::Input,
    ) -> Result<bool, ApiError> {
        Ok(false)
    }

    /// Creates a row; answers it, and whether it is new (an upsert may have found it).
    async fn create(scope: &Scope, input: Self::Input) -> Result<(ModelOf<Self>, bool), ApiError> {
        let mut row = <ActiveModelOf<Self> as Default>::default();
        Self::assign(&input, &mut row);
        let row = scope.insert::<Self::Entity, _>(row).await?;
        Self::saved(scope, &row, input).await?;
        Ok((row, true))
    }

    /// Changes a row; answers it as it is now.
    async fn update(
        scope: &Scope,
        before: &ModelOf<Self>,
        input: Self::Input,
    ) -> Result<ModelOf<Self>, ApiError> {
        let mut row = before.clone().into_active_model();
        Self::assign(&input, &mut row);
        let after = scope.update::<Self::Entity, _>(before, row).await?;
        if Self::saved(scope, &after, input).await? {
            return Ok(scope.advance::<Self::Entity>(before, after).await?);
        }
        Ok(after)
    }

    /// Deletes a row that no other relies on, or voids it where the collection [`Resource::VOIDS`].
    async fn delete(scope: &Scope, row: &ModelOf<Self>) -> Result<(), ApiError> {
        scope
            .delete::<Self::Entity>(crate::etag::row_id::<Self::Entity>(row))
            .await?;
        Ok(())
    }
}
