//! `attendance-sessions/`: the registers themselves, with how many pupils are marked how.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use resource::{
    ApiError, FieldErrors, Pk, Reference, Resource,
    pagination::{Kind, Listing},
    tenant_guard::{Rows, Scope},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, FromQueryResult, JoinType, QueryFilter, QuerySelect,
    RelationTrait, Select,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    attendance::Status,
    entities::{
        attendance_record,
        attendance_session::{ActiveModel, Column, Entity, Model, Relation},
        class,
    },
    services::{
        own,
        registers::{self, Head},
    },
};

/// A register to open.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct AttendanceSessionInput {
    /// The day, not beyond today in the school's time zone.
    pub date: NaiveDate,
    /// The class; it does not change afterwards.
    pub student_class: Pk,
    /// School year, as `2025/2026`.
    #[schema(min_length = 1, max_length = 20)]
    pub session: String,
    /// Term, as `First Term`.
    #[schema(min_length = 1, max_length = 50)]
    pub term: String,
}

/// A register, counted.
#[derive(Debug, Serialize, ToSchema)]
pub struct AttendanceSession {
    /// Id, the same in `attendance/`.
    pub id: i64,
    /// How many times the register was written.
    pub row_version: i64,
    /// The day.
    pub date: NaiveDate,
    /// Id of the class.
    pub student_class: i64,
    /// Name of the class.
    pub class_name: String,
    /// School year.
    pub session: String,
    /// Term.
    pub term: String,
    /// Pupils marked present.
    pub present: i64,
    /// Pupils marked absent.
    pub absent: i64,
    /// Pupils marked late.
    pub late: i64,
    /// Pupils marked excused.
    pub excused: i64,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// A register with the name of its class.
#[derive(Debug, FromQueryResult)]
pub struct AttendanceSessionRow {
    #[sea_orm(nested)]
    register: Model,
    class_name: String,
}

#[derive(FromQueryResult)]
struct Counted {
    register: i64,
    status: Status,
    pupils: i64,
}

/// The collection.
#[derive(Debug)]
pub struct AttendanceSessions;

impl AttendanceSessions {
    async fn counts(scope: &Scope, ids: Vec<i64>) -> Result<BTreeMap<i64, Vec<Counted>>, ApiError> {
        use attendance_record::{Column, Entity};
        let mut counts: BTreeMap<i64, Vec<Counted>> = BTreeMap::new();
        if ids.is_empty() {
            return Ok(counts);
        }
        let query = scope
            .find::<Entity>()
            .filter(Column::AttendanceSessionId.is_in(ids))
            .select_only()
            .column_as(Column::AttendanceSessionId, "register")
            .column(Column::Status)
            .column_as(Column::Id.count(), "pupils")
            .group_by(Column::AttendanceSessionId)
            .group_by(Column::Status);
        for one in scope.rows::<_, Counted>(query).await? {
            counts.entry(one.register).or_default().push(one);
        }
        Ok(counts)
    }
}

impl AttendanceSessionRow {
    fn shown(self, counts: &[Counted]) -> AttendanceSession {
        let of = |status: Status| {
            let pupils = counts.iter().filter(|one| one.status == status);
            pupils.map(|one| one.pupils).sum()
        };
        AttendanceSession {
            id: self.register.id,
            row_version: self.register.row_version,
            date: self.register.date,
            student_class: self.register.class_id,
            class_name: self.class_name,
            present: of(Status::Present),
            absent: of(Status::Absent),
            late: of(Status::Late),
            excused: of(Status::Excused),
            session: self.register.session,
            term: self.register.term,
            created_at: self.register.created_at,
            updated_at: self.register.updated_at,
        }
    }
}

impl Resource for AttendanceSessions {
    const PATH: &'static str = "attendance-sessions";
    const ITEM: &'static str = "attendance session";
    const READS: &'static [&'static str] =
        &["attendance_sessions", "attendance_records", "classes"];
    const TTL: u64 = 600;
    const REFERENCES: &'static [Reference] = &[Reference {
        field: "student_class",
        table: "classes",
    }];

    type Entity = Entity;
    type Input = AttendanceSessionInput;
    type Row = AttendanceSessionRow;
    type Output = AttendanceSession;

    fn listing() -> Listing<Entity> {
        Listing::standard()
            .ordering("date", Column::Date)
            .default_order("-date")
            .filter("student_class", Column::ClassId, Kind::Pk)
            .filter("date", Column::Date, Kind::Date)
            .filter("session", Column::Session, Kind::Text)
            .filter("term", Column::Term, Kind::Text)
    }

    fn select(query: Select<Entity>) -> Select<Entity> {
        query
            .join(JoinType::InnerJoin, Relation::Class.def())
            .column_as(class::Column::Name, "class_name")
    }

    fn visible(scope: &Scope, rows: Rows) -> Condition {
        own::registers(scope, rows)
    }

    async fn output(
        scope: &Scope,
        rows: Vec<AttendanceSessionRow>,
    ) -> Result<Vec<AttendanceSession>, ApiError> {
        let ids = rows.iter().map(|row| row.register.id).collect();
        let counts = Self::counts(scope, ids).await?;
        let shown = |row: AttendanceSessionRow| {
            let counted = counts.get(&row.register.id);
            row.shown(counted.map_or(&[], Vec::as_slice))
        };
        Ok(rows.into_iter().map(shown).collect())
    }

    async fn input(_: &Scope, row: &Model) -> Result<AttendanceSessionInput, ApiError> {
        Ok(AttendanceSessionInput {
            date: row.date,
            student_class: Pk(row.class_id),
            session: row.session.clone(),
            term: row.term.clone(),
        })
    }

    async fn check(
        scope: &Scope,
        _: Rows,
        input: &AttendanceSessionInput,
        before: Option<&Model>,
    ) -> Result<FieldErrors, ApiError> {
        let head = Head {
            class_id: input.student_class.0,
            date: input.date,
            session: &input.session,
        };
        let mut errors = registers::head_errors(scope, head, before, "student_class").await?;
        errors.merge(registers::taken(scope, head, before, "student_class, date").await?);
        Ok(errors)
    }

    fn assign(input: &AttendanceSessionInput, row: &mut ActiveModel) {
        let AttendanceSessionInput {
            date,
            student_class,
            session,
            term,
        } = input;
        row.date = Set(*date);
        row.class_id = Set(student_class.0);
        row.session = Set(session.clone());
        row.term = Set(term.clone());
    }

    async fn delete(scope: &Scope, row: &Model) -> Result<(), ApiError> {
        registers::delete(scope, row.id).await
    }
}
