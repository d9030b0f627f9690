//! `subject-teachers/`, also `subject_teachers/`: who teaches what in which class.

use chrono::{DateTime, Utc};
use resource::{
    ApiError, FieldErrors, Pk, Reference, Resource,
    fields::NON_FIELD,
    pagination::{Kind, Listing},
    tenant_guard::{Rows, Scope},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, FromQueryResult, JoinType, QueryFilter, QuerySelect,
    RelationTrait, Select,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    entities::{
        class, subject,
        subject_teacher::{ActiveModel, Column, Entity, Model, Relation},
        teacher,
    },
    services::report_rows,
};

/// A teacher of a subject to write.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct SubjectTeacherInput {
    /// The teacher.
    pub teacher: Pk,
    /// The class.
    pub class: Pk,
    /// The subject, which the class takes.
    pub subject: Pk,
    /// School year, as `2025/2026`; blank for every one.
    #[serde(default)]
    #[schema(max_length = 20)]
    pub session: String,
}

/// A teacher of a subject in a class.
#[derive(Debug, Serialize, ToSchema)]
pub struct SubjectTeacher {
    /// Id.
    pub id: i64,
    /// Id of the teacher.
    pub teacher: i64,
    /// Name of the teacher.
    pub teacher_name: String,
    /// Id of the class.
    pub class: i64,
    /// Name of the class.
    pub class_name: String,
    /// Id of the subject.
    pub subject: i64,
    /// Name of the subject.
    pub subject_name: String,
    /// School year; blank for every one.
    pub session: String,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// A row with the names it shows.
#[derive(Debug, FromQueryResult)]
pub struct SubjectTeacherRow {
    #[sea_orm(nested)]
    row: Model,
    teacher_name: String,
    class_name: String,
    subject_name: String,
}

/// The collection.
#[derive(Debug)]
pub struct SubjectTeachers;

impl Resource for SubjectTeachers {
    const PATH: &'static str = "subject-teachers";
    const ITEM: &'static str = "subject teacher";
    const READS: &'static [&'static str] = &["subject_teachers", "teachers", "classes", "subjects"];
    const TTL: u64 = 1_800;
    const REFERENCES: &'static [Reference] = &[
        Reference {
            field: "teacher",
            table: "teachers",
        },
        Reference {
            field: "class",
            table: "classes",
        },
        Reference {
            field: "subject",
            table: "subjects",
        },
    ];

    type Entity = Entity;
    type Input = SubjectTeacherInput;
    type Row = SubjectTeacherRow;
    type Output = SubjectTeacher;

    fn listing() -> Listing<Entity> {
        Listing::standard()
            .filter("teacher", Column::TeacherId, Kind::Pk)
            .filter("class", Column::ClassId, Kind::Pk)
            .filter("subject", Column::SubjectId, Kind::Pk)
            .filter("session", Column::Session, Kind::Text)
    }

    fn select(query: Select<Entity>) -> Select<Entity> {
        query
            .join(JoinType::InnerJoin, Relation::Teacher.def())
            .join(JoinType::InnerJoin, Relation::Class.def())
            .join(JoinType::InnerJoin, Relation::Subject.def())
            .column_as(teacher::Column::Name, "teacher_name")
            .column_as(class::Column::Name, "class_name")
            .column_as(subject::Column::Name, "subject_name")
    }

    async fn output(
        _: &Scope,
        rows: Vec<SubjectTeacherRow>,
    ) -> Result<Vec<SubjectTeacher>, ApiError> {
        let shown = |shown: SubjectTeacherRow| SubjectTeacher {
            id: shown.row.id,
            teacher: shown.row.teacher_id,
            teacher_name: shown.teacher_name,
            class: shown.row.class_id,
            class_name: shown.class_name,
            subject: shown.row.subject_id,
            subject_name: shown.subject_name,
            session: shown.row.session,
            created_at: shown.row.created_at,
            updated_at: shown.row.updated_at,
        };
        Ok(rows.into_iter().map(shown).collect())
    }

    async fn input(_: &Scope, row: &Model) -> Result<SubjectTeacherInput, ApiError> {
        Ok(SubjectTeacherInput {
            teacher: Pk(row.teacher_id),
            class: Pk(row.class_id),
            subject: Pk(row.subject_id),
            session: row.session.clone(),
        })
    }

    async fn check(
        scope: &Scope,
        _: Rows,
        input: &SubjectTeacherInput,
        before: Option<&Model>,
    ) -> Result<FieldErrors, ApiError> {
        let mut errors = FieldErrors::default();
        if !report_rows::takes(scope, input.class.0, input.subject.0).await? {
            errors.add("subject", "The class does not take this subject.");
        }
        let same = scope
            .find::<Entity>()
            .filter(Column::TeacherId.eq(input.teacher.0))
            .filter(Column::ClassId.eq(input.class.0))
            .filter(Column::SubjectId.eq(input.subject.0))
            .filter(Column::Session.eq(input.session.as_str()))
            .filter(Column::Id.ne(before.map_or(0, |row| row.id)));
        if scope.one(same).await?.is_some() {
            errors.add(
                NON_FIELD,
                "The fields teacher, class, subject, session must make a unique set.",
            );
        }
        Ok(errors)
    }

    fn assign(input: &SubjectTeacherInput, row: &mut ActiveModel) {
        let SubjectTeacherInput {
            teacher,
            class,
            subject,
            session,
        } = input;
        row.teacher_id = Set(teacher.0);
        row.class_id = Set(class.0);
        row.subject_id = Set(subject.0);
        row.session = Set(session.clone());
    }
}
