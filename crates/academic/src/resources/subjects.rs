//! `subjects/`: what the school teaches.

use chrono::{DateTime, Utc};
use resource::{ApiError, Dependent, Resource, Unique, pagination::Listing, tenant_guard::Scope};
use sea_orm::ActiveValue::Set;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::entities::subject::{ActiveModel, Column, Entity, Model};

/// A subject to write.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct SubjectInput {
    /// Name, unique in the school whatever its case.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
}

/// A subject the school teaches.
#[derive(Debug, Serialize, ToSchema)]
pub struct Subject {
    /// Id.
    pub id: i64,
    /// Id of the school.
    pub school: i64,
    /// Name.
    pub name: String,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// The collection.
#[derive(Debug)]
pub struct Subjects;

impl Resource for Subjects {
    const PATH: &'static str = "subjects";
    const ITEM: &'static str = "subject";
    const READS: &'static [&'static str] = &["subjects"];
    const TTL: u64 = 3_600;
    const UNIQUES: &'static [Unique] = &[Unique {
        field: "name",
        column: "name",
    }];
    const DEPENDENTS: &'static [Dependent] = &[
        Dependent {
            table: "class_subjects",
            column: "subject_id",
            name: "classes",
        },
        Dependent {
            table: "scores",
            column: "subject_id",
            name: "marks",
        },
        Dependent {
            table: "subject_teachers",
            column: "subject_id",
            name: "subject teachers",
        },
    ];

    type Entity = Entity;
    type Input = SubjectInput;
    type Row = Model;
    type Output = Subject;

    fn listing() -> Listing<Entity> {
        Listing::standard()
            .ordering("name", Column::Name)
            .default_order("name")
            .search([Column::Name])
    }

    async fn output(_: &Scope, rows: Vec<Model>) -> Result<Vec<Subject>, ApiError> {
        let shown = |row: Model| Subject {
            id: row.id,
            school: row.school_id,
            name: row.name,
            created_at: row.created_at,
            updated_at: row.updated_at,
        };
        Ok(rows.into_iter().map(shown).collect())
    }

    async fn input(_: &Scope, row: &Model) -> Result<SubjectInput, ApiError> {
        Ok(SubjectInput {
            name: row.name.clone(),
        })
    }

    fn assign(input: &SubjectInput, row: &mut ActiveModel) {
        let SubjectInput { name } = input;
        row.name = Set(name.clone());
    }
}
