//! `attendance-records/`: one pupil's line in a register.

use chrono::{DateTime, NaiveDate, Utc};
use resource::{
    ApiError, FieldErrors, Pk, Reference, Resource,
    fields::NON_FIELD,
    pagination::{Kind, Listing},
    tenant_guard::{Rows, Scope},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, FromQueryResult, IntoActiveModel, JoinType,
    QueryFilter, QuerySelect, RelationTrait, Select,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    attendance::Status,
    entities::{
        attendance_record::{ActiveModel, Column, Entity, Model, Relation},
        attendance_session, student,
    },
    services::{
        own,
        registers::{self, FIXED},
    },
};

/// A pupil to mark in a register.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct AttendanceRecordInput {
    /// The register; it does not change afterwards.
    pub attendance_session: Pk,
    /// The pupil, who is in the class; it does not change afterwards.
    pub student: Pk,
    /// How the pupil is marked.
    pub status: Status,
    /// Why.
    #[serde(default)]
    #[schema(max_length = 255)]
    pub remark: String,
}

/// A pupil as marked in a register.
#[derive(Debug, Serialize, ToSchema)]
pub struct AttendanceRecord {
    /// Id.
    pub id: i64,
    /// Id of the register.
    pub attendance_session: i64,
    /// The day of the register.
    pub date: NaiveDate,
    /// Id of the class of the register.
    pub student_class: i64,
    /// Id of the pupil.
    pub student: i64,
    /// Full name of the pupil.
    pub student_name: String,
    /// How the pupil is marked.
    pub status: Status,
    /// Why.
    pub remark: String,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// A line with the register and the name it shows.
#[derive(Debug, FromQueryResult)]
pub struct AttendanceRecordRow {
    #[sea_orm(nested)]
    record: Model,
    date: NaiveDate,
    student_class: i64,
    student_name: String,
}

impl From<AttendanceRecordRow> for AttendanceRecord {
    fn from(row: AttendanceRecordRow) -> Self {
        let record = row.record;
        Self {
            id: record.id,
            attendance_session: record.attendance_session_id,
            date: row.date,
            student_class: row.student_class,
            student: record.student_id,
            student_name: row.student_name,
            status: record.status,
            remark: record.remark,
            created_at: record.created_at,
            updated_at: record.updated_at,
        }
    }
}

/// The collection.
#[derive(Debug)]
pub struct AttendanceRecords;

impl AttendanceRecords {
    /// The register of a line being written, held against other writers.
    async fn register(scope: &Scope, id: i64) -> Result<attendance_session::Model, ApiError> {
        let register = scope.lock::<attendance_session::Entity>(id).await?;
        register.ok_or_else(ApiError::not_found)
    }

    /// Moves the version of a register on, which shows its lines.
    async fn advance(scope: &Scope, register: attendance_session::Model) -> Result<(), ApiError> {
        let after = register.clone();
        scope
            .advance::<attendance_session::Entity>(&register, after)
            .await?;
        Ok(())
    }
}

impl Resource for AttendanceRecords {
    const PATH: &'static str = "attendance-records";
    const ITEM: &'static str = "attendance record";
    const READS: &'static [&'static str] = &[
        "attendance_records",
        "attendance_sessions",
        "students",
        "guardianships",
    ];
    const TTL: u64 = 600;
    const REFERENCES: &'static [Reference] = &[
        Reference {
            field: "attendance_session",
            table: "attendance_sessions",
        },
        Reference {
            field: "student",
            table: "students",
        },
    ];

    type Entity = Entity;
    type Input = AttendanceRecordInput;
    type Row = AttendanceRecordRow;
    type Output = AttendanceRecord;

    fn listing() -> Listing<Entity> {
        Listing::large()
            .filter("attendance_session", Column::AttendanceSessionId, Kind::Pk)
            .filter("student", Column::StudentId, Kind::Pk)
            .filter(
                "status",
                Column::Status,
                Kind::Choice(&["present", "absent", "late", "excused"]),
            )
            .filter(
                "student_class",
                attendance_session::Column::ClassId,
                Kind::Pk,
            )
            .filter("date", attendance_session::Column::Date, Kind::Date)
    }

    fn select(query: Select<Entity>) -> Select<Entity> {
        query
            .join(JoinType::InnerJoin, Relation::AttendanceSession.def())
            .join(JoinType::InnerJoin, Relation::Student.def())
            .column_as(attendance_session::Column::Date, "date")
            .column_as(attendance_session::Column::ClassId, "student_class")
            .column_as(student::Column::Names, "student_name")
    }

    fn visible(scope: &Scope, rows: Rows) -> Condition {
        own::records(scope, rows)
    }

    async fn output(
        _: &Scope,
        rows: Vec<AttendanceRecordRow>,
    ) -> Result<Vec<AttendanceRecord>, ApiError> {
        Ok(rows.into_iter().map(AttendanceRecord::from).collect())
    }

    async fn input(_: &Scope, row: &Model) -> Result<AttendanceRecordInput, ApiError> {
        Ok(AttendanceRecordInput {
            attendance_session: Pk(row.attendance_session_id),
            student: Pk(row.student_id),
            status: row.status,
            remark: row.remark.clone(),
        })
    }

    async fn check(
        scope: &Scope,
        _: Rows,
        input: &AttendanceRecordInput,
        before: Option<&Model>,
    ) -> Result<FieldErrors, ApiError> {
        let mut errors = FieldErrors::default();
        if let Some(before) = before {
            for (field, is, was) in [
                (
                    "attendance_session",
                    input.attendance_session.0,
                    before.attendance_session_id,
                ),
                ("student", input.student.0, before.student_id),
            ] {
                if is != was {
                    errors.add(field, FIXED);
                }
            }
            return Ok(errors);
        }
        let register = Self::register(scope, input.attendance_session.0).await?;
        own::may_register(scope, register.class_id, &register.session).await?;
        let pupil = [input.student.0];
        let refused =
            registers::pupil_errors(scope, register.class_id, register.date, &pupil).await?;
        for message in refused.0.into_values().flatten() {
            errors.add("student", message);
        }
        let same = scope
            .find::<Entity>()
            .filter(Column::AttendanceSessionId.eq(register.id))
            .filter(Column::StudentId.eq(input.student.0));
        if scope.one(same).await?.is_some() {
            errors.add(
                NON_FIELD,
                "The fields attendance_session, student must make a unique set.",
            );
        }
        Ok(errors)
    }

    async fn lock_first(scope: &Scope, id: i64) -> Result<(), ApiError> {
        if let Some(row) = scope.get::<Entity>(id).await? {
            Self::register(scope, row.attendance_session_id).await?;
        }
        Ok(())
    }

    fn assign(input: &AttendanceRecordInput, row: &mut ActiveModel) {
        let AttendanceRecordInput {
            attendance_session,
            student,
            status,
            remark,
        } = input;
        row.attendance_session_id = Set(attendance_session.0);
        row.student_id = Set(student.0);
        row.status = Set(*status);
        row.remark = Set(remark.clone());
    }

    async fn create(
        scope: &Scope,
        input: AttendanceRecordInput,
    ) -> Result<(Model, bool), ApiError> {
        let register = Self::register(scope, input.attendance_session.0).await?;
        let mut row = ActiveModel::default();
        Self::assign(&input, &mut row);
        let row = scope.insert::<Entity, _>(row).await?;
        Self::advance(scope, register).await?;
        Ok((row, true))
    }

    async fn update(
        scope: &Scope,
        before: &Model,
        input: AttendanceRecordInput,
    ) -> Result<Model, ApiError> {
        let mut row = before.clone().into_active_model();
        Self::assign(&input, &mut row);
        let after = scope.update::<Entity, _>(before, row).await?;
        if after.row_version != before.row_version {
            let register = Self::register(scope, before.attendance_session_id).await?;
            Self::advance(scope, register).await?;
        }
        Ok(after)
    }

    async fn delete(scope: &Scope, row: &Model) -> Result<(), ApiError> {
        let register = Self::register(scope, row.attendance_session_id).await?;
        scope.delete::<Entity>(row.id).await?;
        Self::advance(scope, register).await
    }
}
