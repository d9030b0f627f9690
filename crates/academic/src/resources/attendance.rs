//! `attendance/`: the register of a class on a day as one document. A POST finds the class's register
//! of that day or opens it; pupils who are not named stay as they are.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use resource::{
    ApiError, FieldErrors, Pk, Reference, Resource,
    pagination::{Kind, Listing},
    tenant_guard::{Rows, Scope},
};
use sea_orm::{
    ActiveValue::Set, Condition, FromQueryResult, IntoActiveModel, JoinType, QuerySelect,
    RelationTrait, Select,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    attendance::Status,
    entities::{
        attendance_session::{ActiveModel, Column, Entity, Model, Relation},
        class,
    },
    services::{
        own,
        registers::{self, Entry, Head},
    },
};

/// A pupil to mark.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct RegisterRecordInput {
    /// The pupil, who is in the class.
    pub student_id: Pk,
    /// How the pupil is marked.
    pub status: Status,
    /// Why.
    #[serde(default)]
    #[schema(max_length = 255)]
    pub remark: String,
}

/// A register to write.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct RegisterInput {
    /// The day, not beyond today in the school's time zone.
    pub date: NaiveDate,
    /// The class; it does not change afterwards.
    pub class_id: Pk,
    /// School year, as `2025/2026`.
    #[schema(min_length = 1, max_length = 20)]
    pub session: String,
    /// Term, as `First Term`.
    #[schema(min_length = 1, max_length = 50)]
    pub term: String,
    /// Pupils to mark; those not named stay as they are.
    #[serde(default)]
    #[schema(max_items = 500)]
    pub records: Vec<RegisterRecordInput>,
}

impl RegisterInput {
    fn head(&self) -> Head<'_> {
        Head {
            class_id: self.class_id.0,
            date: self.date,
            session: &self.session,
        }
    }

    fn entries(&self) -> Vec<Entry> {
        let entry = |record: &RegisterRecordInput| Entry {
            student_id: record.student_id.0,
            status: record.status,
            remark: record.remark.clone(),
        };
        self.records.iter().map(entry).collect()
    }
}

/// A pupil as marked.
#[derive(Debug, Serialize, ToSchema)]
pub struct RegisterRecord {
    /// Id of the pupil.
    pub student_id: i64,
    /// How the pupil is marked.
    pub status: Status,
    /// Why.
    pub remark: String,
}

/// The register of a class on a day.
#[derive(Debug, Serialize, ToSchema)]
pub struct Register {
    /// Id, the same in `attendance-sessions/`.
    pub id: i64,
    /// How many times the register was written.
    pub row_version: i64,
    /// The day.
    pub date: NaiveDate,
    /// Id of the class.
    pub class_id: i64,
    /// Name of the class.
    pub class_name: String,
    /// School year.
    pub session: String,
    /// Term.
    pub term: String,
    /// Pupils, in the order they were first marked.
    pub records: Vec<RegisterRecord>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// A register with the name of its class.
#[derive(Debug, FromQueryResult)]
pub struct RegisterRow {
    #[sea_orm(nested)]
    register: Model,
    class_name: String,
}

impl RegisterRow {
    fn shown(self, entries: Vec<Entry>) -> Register {
        let Self {
            register,
            class_name,
        } = self;
        let record = |entry: Entry| RegisterRecord {
            student_id: entry.student_id,
            status: entry.status,
            remark: entry.remark,
        };
        Register {
            id: register.id,
            row_version: register.row_version,
            date: register.date,
            class_id: register.class_id,
            class_name,
            session: register.session,
            term: register.term,
            records: entries.into_iter().map(record).collect(),
            created_at: register.created_at,
            updated_at: register.updated_at,
        }
    }
}

/// The collection.
#[derive(Debug)]
pub struct Attendance;

impl Attendance {
    async fn entries(scope: &Scope, row: &Model) -> Result<Vec<Entry>, ApiError> {
        let mut held = registers::held(scope, vec![row.id]).await?;
        Ok(held.remove(&row.id).unwrap_or_default())
    }
}

impl Resource for Attendance {
    const PATH: &'static str = "attendance";
    const ITEM: &'static str = "register";
    const READS: &'static [&'static str] =
        &["attendance_sessions", "attendance_records", "classes"];
    const TTL: u64 = 600;
    const UPSERTS: bool = true;
    const REFERENCES: &'static [Reference] = &[Reference {
        field: "class_id",
        table: "classes",
    }];

    type Entity = Entity;
    type Input = RegisterInput;
    type Row = RegisterRow;
    type Output = Register;

    fn listing() -> Listing<Entity> {
        Listing::standard()
            .ordering("date", Column::Date)
            .default_order("-date")
            .filter("class_id", Column::ClassId, Kind::Pk)
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

    async fn output(scope: &Scope, rows: Vec<RegisterRow>) -> Result<Vec<Register>, ApiError> {
        let ids = rows.iter().map(|row| row.register.id).collect();
        let mut held: BTreeMap<i64, Vec<Entry>> = registers::held(scope, ids).await?;
        let shown = |row: RegisterRow| {
            let entries = held.remove(&row.register.id).unwrap_or_default();
            row.shown(entries)
        };
        Ok(rows.into_iter().map(shown).collect())
    }

    async fn input(scope: &Scope, row: &Model) -> Result<RegisterInput, ApiError> {
        let record = |entry: Entry| RegisterRecordInput {
            student_id: Pk(entry.student_id),
            status: entry.status,
            remark: entry.remark,
        };
        let entries = Self::entries(scope, row).await?.into_iter();
        Ok(RegisterInput {
            date: row.date,
            class_id: Pk(row.class_id),
            session: row.session.clone(),
            term: row.term.clone(),
            records: entries.map(record).collect(),
        })
    }

    async fn check(
        scope: &Scope,
        _: Rows,
        input: &RegisterInput,
        before: Option<&Model>,
    ) -> Result<FieldErrors, ApiError> {
        let head = input.head();
        let mut errors = registers::head_errors(scope, head, before, "class_id").await?;
        if before.is_some_and(|row| row.date != head.date) {
            errors.merge(registers::taken(scope, head, before, "class_id, date").await?);
        }
        let students: Vec<i64> = input.records.iter().map(|one| one.student_id.0).collect();
        let day = before.map_or(head.date, |row| row.date);
        errors.merge(registers::pupil_errors(scope, head.class_id, day, &students).await?);
        Ok(errors)
    }

    fn assign(input: &RegisterInput, row: &mut ActiveModel) {
        row.class_id = Set(input.class_id.0);
        row.date = Set(input.date);
        row.session = Set(input.session.clone());
        row.term = Set(input.term.clone());
    }

    async fn create(scope: &Scope, input: RegisterInput) -> Result<(Model, bool), ApiError> {
        // The class is held first, so that two writers cannot both find no register.
        scope.lock::<class::Entity>(input.class_id.0).await?;
        let found = registers::of_day(scope, input.class_id.0, input.date).await?;
        if let Some(before) = registers::locked(scope, found).await? {
            own::may_register(scope, before.class_id, &before.session).await?;
            return Ok((Self::update(scope, &before, input).await?, false));
        }
        let entries = input.entries();
        let mut row = ActiveModel::default();
        Self::assign(&input, &mut row);
        let row = scope.insert::<Entity, _>(row).await?;
        registers::mark(scope, row.id, &[], &entries).await?;
        Ok((row, true))
    }

    async fn update(
        scope: &Scope,
        before: &Model,
        input: RegisterInput,
    ) -> Result<Model, ApiError> {
        let held = Self::entries(scope, before).await?;
        let mut row = before.clone().into_active_model();
        Self::assign(&input, &mut row);
        let after = scope.update::<Entity, _>(before, row).await?;
        if registers::mark(scope, before.id, &held, &input.entries()).await? {
            return Ok(scope.advance::<Entity>(before, after).await?);
        }
        Ok(after)
    }

    async fn delete(scope: &Scope, row: &Model) -> Result<(), ApiError> {
        registers::delete(scope, row.id).await
    }
}
