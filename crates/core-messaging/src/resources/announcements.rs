//! `announcements/`: what the school tells a part of itself, or a class.

use chrono::{DateTime, Datelike, Timelike, Utc};
use identity::{
    entities::user,
    services::audience::{AUDIENCES, Audience},
};
use resource::{
    ApiError, FieldErrors, Pk, Reference, Resource,
    pagination::{Kind, Listing, Viewer},
    tenant_guard::{Role, Rows, Scope},
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, FromQueryResult, JoinType, QuerySelect, QueryTrait, RelationTrait,
    Select,
    sea_query::{Alias, Expr, ExprTrait},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    entities::announcement::{ActiveModel, Column, Entity, Model, Relation},
    services::{news, noticeboard},
};

const PRIORITIES: &[&str] = &["low", "normal", "high", "urgent"];

/// How much an announcement matters.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum Priority {
    /// Good to know.
    Low,
    /// As most are.
    Normal,
    /// Not to be missed.
    High,
    /// To be acted on at once.
    Urgent,
}

fn all() -> String {
    "all".into()
}

fn normal() -> String {
    "normal".into()
}

/// An announcement to make.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct AnnouncementInput {
    /// Title.
    #[schema(min_length = 1, max_length = 255)]
    pub title: String,
    /// Text.
    #[schema(min_length = 1, max_length = 10_000)]
    pub content: String,
    /// The part of the school it is for.
    #[serde(default = "all")]
    #[schema(value_type = Audience)]
    pub target: String,
    /// How much it matters.
    #[serde(default = "normal")]
    #[schema(value_type = Priority)]
    pub priority: String,
    /// The class it is for: its pupils, their parents and its teacher; none is the whole school. A
    /// teacher announces to classes of their own.
    #[serde(default)]
    pub class_id: Option<Pk>,
    /// Whether it comes before those that are not.
    #[serde(default)]
    pub is_pinned: bool,
    /// When its readers stop seeing it, at the latest a minute later; a moment to come, of the years to
    /// 9999. None is never.
    #[serde(default)]
    pub expires_at: Option<DateTime<Utc>>,
}

impl AnnouncementInput {
    /// When it is over, as it is kept: to the microsecond.
    fn expiry(&self) -> Option<DateTime<Utc>> {
        // A leap second counts up to two thousand million nanoseconds, and has no column to be kept in.
        let micros = |at: DateTime<Utc>| Ord::min(at.nanosecond(), 999_999_999) / 1_000;
        self.expires_at
            .and_then(|at| at.with_nanosecond(micros(at) * 1_000))
    }
}

/// An announcement.
#[derive(Debug, Serialize, ToSchema)]
pub struct Announcement {
    /// Id.
    pub id: i64,
    /// Title.
    pub title: String,
    /// Text.
    pub content: String,
    /// The part of the school it is for.
    #[schema(value_type = Audience)]
    pub target: String,
    /// How much it matters.
    #[schema(value_type = Priority)]
    pub priority: String,
    /// Id of the class it is for.
    pub class_id: Option<i64>,
    /// Name of the class it is for.
    pub class_name: Option<String>,
    /// Whether it comes before those that are not.
    pub is_pinned: bool,
    /// When its readers stop seeing it.
    pub expires_at: Option<DateTime<Utc>>,
    /// Whether the caller has read it.
    pub is_read: bool,
    /// Id of the account that wrote it.
    pub created_by: Option<i64>,
    /// Name of who wrote it.
    pub created_by_name: Option<String>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// An announcement with the names of its class and of who wrote it.
#[derive(Debug, FromQueryResult)]
pub struct AnnouncementRow {
    #[sea_orm(nested)]
    row: Model,
    class_name: Option<String>,
    created_by_name: Option<String>,
}

impl AnnouncementRow {
    fn shown(self, is_read: bool) -> Announcement {
        let row = self.row;
        Announcement {
            id: row.id,
            title: row.title,
            content: row.content,
            target: row.target,
            priority: row.priority,
            class_id: row.class_id,
            class_name: self.class_name,
            is_pinned: row.is_pinned,
            expires_at: row.expires_at,
            is_read,
            created_by: row.created_by,
            created_by_name: self.created_by_name,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// The collection.
#[derive(Debug)]
pub struct Announcements;

impl Resource for Announcements {
    const PATH: &'static str = "announcements";
    const ITEM: &'static str = "announcement";
    const READS: &'static [&'static str] = &[
        "announcements",
        "announcement_reads",
        "users",
        "classes",
        "teachers",
        "students",
        "guardianships",
    ];
    // What is over leaves answers that are kept, which no write tells.
    const TTL: u64 = 60;
    const REFERENCES: &'static [Reference] = &[Reference {
        field: "class_id",
        table: "classes",
    }];

    type Entity = Entity;
    type Input = AnnouncementInput;
    type Row = AnnouncementRow;
    type Output = Announcement;

    fn listing() -> Listing<Entity> {
        Listing::standard()
            .ordering("is_pinned", Column::IsPinned)
            .ordering("created_at", Column::CreatedAt)
            .ordering("title", Column::Title)
            .default_order("-is_pinned,-created_at")
            .search([Column::Title, Column::Content])
            .filter("target", Column::Target, Kind::Choice(AUDIENCES))
            .filter("priority", Column::Priority, Kind::Choice(PRIORITIES))
            .filter("class_id", Column::ClassId, Kind::Pk)
            .filter("is_pinned", Column::IsPinned, Kind::Boolean)
            .personal(
                "is_read",
                Kind::Boolean,
                "Those that the caller has read, or has not.",
                is_read,
            )
            .personal(
                "expired",
                Kind::Boolean,
                "Those that are over, or are not; both where it is left out. Readers are shown none that is over, but their own.",
                expired,
            )
    }

    fn select(query: Select<Entity>) -> Select<Entity> {
        // Classes are the academic crate's: their table is named, not imported.
        let classes = |column: &'static str| Expr::col((Alias::new("classes"), Alias::new(column)));
        let mut query = query
            .join(JoinType::LeftJoin, Relation::Creator.def())
            .column_as(user::Column::Name, "created_by_name")
            .column_as(classes("name"), "class_name");
        let of_the_class = Condition::all()
            .add(classes("school_id").eq(Expr::col(Column::SchoolId.as_column_ref())))
            .add(classes("id").eq(Expr::col(Column::ClassId.as_column_ref())));
        QueryTrait::query(&mut query).join(JoinType::LeftJoin, Alias::new("classes"), of_the_class);
        query
    }

    fn visible(scope: &Scope, rows: Rows) -> Condition {
        noticeboard::visible(scope, rows)
    }

    async fn output(
        scope: &Scope,
        rows: Vec<AnnouncementRow>,
    ) -> Result<Vec<Announcement>, ApiError> {
        let keys = rows.iter().map(|one| one.row.id);
        let read = noticeboard::read_by_caller(scope, keys).await?;
        let shown = rows.into_iter().map(|one| {
            let is_read = read.contains(&one.row.id);
            one.shown(is_read)
        });
        Ok(shown.collect())
    }

    async fn input(_: &Scope, row: &Model) -> Result<AnnouncementInput, ApiError> {
        Ok(AnnouncementInput {
            title: row.title.clone(),
            content: row.content.clone(),
            target: row.target.clone(),
            priority: row.priority.clone(),
            class_id: row.class_id.map(Pk),
            is_pinned: row.is_pinned,
            expires_at: row.expires_at,
        })
    }

    async fn check(
        scope: &Scope,
        rows: Rows,
        input: &AnnouncementInput,
        before: Option<&Model>,
    ) -> Result<FieldErrors, ApiError> {
        noticeboard::may_announce(scope, rows, input.class_id.map(|class| class.0)).await?;
        let mut errors = FieldErrors::default();
        let expiry = input.expiry();
        // One that is over can still be changed, or told anew.
        let moved = before.is_none_or(|before| before.expires_at != expiry);
        match expiry {
            Some(at) if moved && at <= scope.now() => {
                errors.add("expires_at", "Must be a moment to come.");
            }
            Some(at) if at.year() > 9999 => {
                errors.add("expires_at", "Must be of the years to 9999.");
            }
            _ => {}
        }
        Ok(errors)
    }

    fn assign(input: &AnnouncementInput, row: &mut ActiveModel) {
        row.title = Set(input.title.clone());
        row.content = Set(input.content.clone());
        row.target = Set(input.target.clone());
        row.priority = Set(input.priority.clone());
        row.class_id = Set(input.class_id.map(|class| class.0));
        row.is_pinned = Set(input.is_pinned);
        row.expires_at = Set(input.expiry());
    }

    async fn create(scope: &Scope, input: AnnouncementInput) -> Result<(Model, bool), ApiError> {
        // An operator is no user of the school.
        let principal = scope.principal();
        let by = (principal.role != Role::SuperAdmin).then_some(principal.user_id);
        let mut row = ActiveModel {
            created_by: Set(by),
            ..Default::default()
        };
        Self::assign(&input, &mut row);
        let row = scope.insert::<Entity, _>(row).await?;
        news::announced(scope, &row).await?;
        Ok((row, true))
    }

    async fn delete(scope: &Scope, row: &Model) -> Result<(), ApiError> {
        noticeboard::forget_readers(scope, row.id).await?;
        scope.delete::<Entity>(row.id).await?;
        Ok(())
    }
}

#[allow(
    clippy::unnecessary_wraps,
    reason = "the listing asks for this signature; the value is sound by then"
)]
fn is_read(is: &str, viewer: &Viewer) -> Result<Condition, String> {
    let marks = noticeboard::read_by(viewer.school_id, viewer.user_id);
    let read = Column::Id.in_subquery(marks);
    Ok(Condition::all().add(if is == "true" { read } else { read.not() }))
}

#[allow(
    clippy::unnecessary_wraps,
    reason = "the listing asks for this signature; the value is sound by then"
)]
fn expired(is: &str, viewer: &Viewer) -> Result<Condition, String> {
    Ok(if is == "true" {
        noticeboard::expired(viewer.now)
    } else {
        noticeboard::current(viewer.now)
    })
}
