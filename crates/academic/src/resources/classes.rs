//! `classes/`: the classes of the school, each with the subjects it takes by name.

use chrono::{DateTime, Utc};
use resource::{
    ApiError, Dependent, Pk, Reference, Resource, Unique,
    pagination::{Kind, Listing},
    tenant_guard::Scope,
};
use sea_orm::{
    ActiveValue::Set, FromQueryResult, JoinType, QuerySelect, RelationTrait, Select,
    sea_query::Expr,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    entities::{
        class::{ActiveModel, Column, Entity, Model, Relation},
        teacher,
    },
    services::class_subjects,
};

/// How many pupils a class has at present.
const STUDENT_COUNT: &str = "(SELECT COUNT(*) FROM students WHERE students.school_id = classes.school_id \
                             AND students.class_id = classes.id)";

/// Name of a subject.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(min_length = 1, max_length = 100)]
pub struct SubjectName(pub String);

/// A class to write.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ClassInput {
    /// Name, unique in the school whatever its case.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// The class teacher, who writes its marks.
    #[serde(default)]
    pub class_teacher_id: Option<Pk>,
    /// Names of the subjects it takes. A name the school does not know becomes a subject; absent
    /// leaves them as they are, an empty list clears them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 100)]
    pub subjects: Option<Vec<SubjectName>>,
}

/// A class of the school.
#[derive(Debug, Serialize, ToSchema)]
pub struct Class {
    /// Id.
    pub id: i64,
    /// Name.
    pub name: String,
    /// Name of the class teacher.
    pub class_teacher: Option<String>,
    /// Id of the class teacher.
    pub class_teacher_id: Option<i64>,
    /// Names of the subjects it takes, in alphabetical order.
    pub subjects: Vec<String>,
    /// Pupils it has at present.
    pub student_count: i64,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// A class with the name of its teacher and the number of its pupils.
#[derive(Debug, FromQueryResult)]
pub struct ClassRow {
    #[sea_orm(nested)]
    class: Model,
    class_teacher: Option<String>,
    student_count: i64,
}

/// The collection.
#[derive(Debug)]
pub struct Classes;

impl Resource for Classes {
    const PATH: &'static str = "classes";
    const ITEM: &'static str = "class";
    const READS: &'static [&'static str] = &[
        "classes",
        "teachers",
        "class_subjects",
        "subjects",
        "students",
    ];
    const TTL: u64 = 1_800;
    const REFERENCES: &'static [Reference] = &[Reference {
        field: "class_teacher_id",
        table: "teachers",
    }];
    const UNIQUES: &'static [Unique] = &[Unique {
        field: "name",
        column: "name",
    }];
    const DEPENDENTS: &'static [Dependent] = &[
        Dependent {
            table: "students",
            column: "class_id",
            name: "students",
        },
        Dependent {
            table: "enrolments",
            column: "class_id",
            name: "enrolments",
        },
        Dependent {
            table: "report_cards",
            column: "class_id",
            name: "report cards",
        },
        Dependent {
            table: "subject_teachers",
            column: "class_id",
            name: "subject teachers",
        },
        Dependent {
            table: "attendance_sessions",
            column: "class_id",
            name: "registers",
        },
        Dependent {
            table: "events",
            column: "class_id",
            name: "events",
        },
        Dependent {
            table: "fee_items",
            column: "class_id",
            name: "fee items",
        },
        Dependent {
            table: "billing_runs",
            column: "class_id",
            name: "billing runs",
        },
        Dependent {
            table: "announcements",
            column: "class_id",
            name: "announcements",
        },
    ];

    type Entity = Entity;
    type Input = ClassInput;
    type Row = ClassRow;
    type Output = Class;

    fn listing() -> Listing<Entity> {
        Listing::standard()
            .ordering("name", Column::Name)
            .default_order("name")
            .search([Column::Name])
            .filter("class_teacher_id", Column::ClassTeacherId, Kind::Pk)
    }

    fn select(query: Select<Entity>) -> Select<Entity> {
        query
            .join(JoinType::LeftJoin, Relation::Teacher.def())
            .column_as(teacher::Column::Name, "class_teacher")
            .expr_as(Expr::cust(STUDENT_COUNT), "student_count")
    }

    async fn output(scope: &Scope, rows: Vec<ClassRow>) -> Result<Vec<Class>, ApiError> {
        let ids: Vec<i64> = rows.iter().map(|row| row.class.id).collect();
        let mut subjects = class_subjects::names_of(scope, &ids).await?;
        let shown = |row: ClassRow| Class {
            id: row.class.id,
            name: row.class.name,
            class_teacher: row.class_teacher,
            class_teacher_id: row.class.class_teacher_id,
            subjects: subjects.remove(&row.class.id).unwrap_or_default(),
            student_count: row.student_count,
            created_at: row.class.created_at,
            updated_at: row.class.updated_at,
        };
        Ok(rows.into_iter().map(shown).collect())
    }

    async fn input(scope: &Scope, row: &Model) -> Result<ClassInput, ApiError> {
        let subjects = class_subjects::names_of(scope, &[row.id])
            .await?
            .remove(&row.id);
        Ok(ClassInput {
            name: row.name.clone(),
            class_teacher_id: row.class_teacher_id.map(Pk),
            subjects: Some(
                subjects
                    .unwrap_or_default()
                    .into_iter()
                    .map(SubjectName)
                    .collect(),
            ),
        })
    }

    fn assign(input: &ClassInput, row: &mut ActiveModel) {
        let ClassInput {
            name,
            class_teacher_id,
            subjects: _,
        } = input;
        row.name = Set(name.clone());
        row.class_teacher_id = Set(class_teacher_id.map(|teacher| teacher.0));
    }

    async fn saved(scope: &Scope, row: &Model, input: ClassInput) -> Result<bool, ApiError> {
        let Some(subjects) = input.subjects else {
            return Ok(false);
        };
        let names: Vec<String> = subjects.into_iter().map(|subject| subject.0).collect();
        class_subjects::set(scope, row.id, &names).await
    }
}

#[cfg(test)]
mod tests {
    use resource::shape::Shape;
    use serde_json::json;

    use super::*;
    use crate::testing::{student, world};

    #[test]
    fn a_bad_subject_name_is_named_by_its_place() {
        let mut body =
            json!({ "name": "Age 15", "subjects": ["Mathematics", "", "x".repeat(101)] });
        let errors = Shape::of::<ClassInput>().check(&mut body);
        let fields: Vec<&String> = errors.0.keys().collect();
        assert_eq!(fields, ["subjects.1", "subjects.2"]);
    }

    #[tokio::test]
    async fn a_class_shows_its_subjects_by_name_and_counts_its_pupils() {
        let world = world().await;
        let scope = &world.scope;
        let input = json!({ "name": "Age 15", "subjects": ["Portuguese", "Mathematics"] });
        let input = serde_json::from_value(input).unwrap();
        let (row, _) = Classes::create(scope, input).await.unwrap();
        student(scope, 1, row.id).await;
        let rows = scope
            .rows(Classes::select(scope.find::<Entity>()))
            .await
            .unwrap();
        let shown = Classes::output(scope, rows).await.unwrap().remove(0);
        assert_eq!(
            (shown.subjects, shown.student_count),
            (vec!["Mathematics".into(), "Portuguese".into()], 1)
        );
        let input = json!({ "name": "Age 15", "subjects": ["Portuguese"] });
        let after = Classes::update(scope, &row, serde_json::from_value(input).unwrap())
            .await
            .unwrap();
        assert_eq!(after.row_version, row.row_version + 1);
    }
}
