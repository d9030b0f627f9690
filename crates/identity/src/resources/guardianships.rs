//! `guardianships/`: which pupils a parent's account is linked to.

use chrono::{DateTime, Utc};
use resource::{
    ApiError, FieldErrors, Pk, Reference, Resource,
    fields::NON_FIELD,
    pagination::{Kind, Listing},
    tenant_guard::{Role, Rows, Scope},
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, FromQueryResult, JoinType, QueryFilter, QuerySelect, QueryTrait,
    RelationTrait, Select,
    sea_query::{Alias, Expr, ExprTrait},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::entities::{
    guardianship::{ActiveModel, Column, Entity, Model, Relation},
    user,
};

/// A guardianship to write.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct GuardianshipInput {
    /// Account of the parent, whose role is `PARENT`.
    pub user: Pk,
    /// The pupil.
    pub student: Pk,
    /// What the parent is to the pupil.
    #[serde(default)]
    #[schema(max_length = 50)]
    pub relationship: String,
}

/// A parent's account linked to a pupil.
#[derive(Debug, Serialize, FromQueryResult, ToSchema)]
pub struct Guardianship {
    /// Id.
    pub id: i64,
    /// Id of the parent's account.
    #[sea_orm(from_alias = "user_id")]
    pub user: i64,
    /// Name of the parent.
    pub user_name: String,
    /// Id of the pupil.
    #[sea_orm(from_alias = "student_id")]
    pub student: i64,
    /// Name of the pupil.
    pub student_name: String,
    /// What the parent is to the pupil.
    pub relationship: String,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// The collection.
#[derive(Debug)]
pub struct Guardianships;

impl Resource for Guardianships {
    const PATH: &'static str = "guardianships";
    const ITEM: &'static str = "guardianship";
    const READS: &'static [&'static str] = &["guardianships", "users", "students"];
    const REFERENCES: &'static [Reference] = &[
        Reference {
            field: "user",
            table: "users",
        },
        Reference {
            field: "student",
            table: "students",
        },
    ];

    type Entity = Entity;
    type Input = GuardianshipInput;
    type Row = Guardianship;
    type Output = Guardianship;

    fn listing() -> Listing<Entity> {
        Listing::standard()
            .filter("user", Column::UserId, Kind::Pk)
            .filter("student", Column::StudentId, Kind::Pk)
    }

    fn select(query: Select<Entity>) -> Select<Entity> {
        // Pupils are the academic crate's, which stands on this one: their table is named, not imported.
        let students =
            |column: &'static str| Expr::col((Alias::new("students"), Alias::new(column)));
        let mut query = query
            .join(JoinType::InnerJoin, Relation::User.def())
            .column_as(user::Column::Name, "user_name")
            .column_as(students("names"), "student_name");
        let of_the_pupil = Condition::all()
            .add(students("school_id").eq(Expr::col(Column::SchoolId.as_column_ref())))
            .add(students("id").eq(Expr::col(Column::StudentId.as_column_ref())));
        QueryTrait::query(&mut query).join(
            JoinType::InnerJoin,
            Alias::new("students"),
            of_the_pupil,
        );
        query
    }

    fn visible(scope: &Scope, rows: Rows) -> Condition {
        match rows {
            Rows::All => Condition::all(),
            Rows::Own => Condition::all().add(Column::UserId.eq(scope.principal().user_id)),
            Rows::Assigned | Rows::None => resource::pagination::nothing(),
        }
    }

    async fn output(_: &Scope, rows: Vec<Guardianship>) -> Result<Vec<Guardianship>, ApiError> {
        Ok(rows)
    }

    async fn input(_: &Scope, row: &Model) -> Result<GuardianshipInput, ApiError> {
        Ok(GuardianshipInput {
            user: Pk(row.user_id),
            student: Pk(row.student_id),
            relationship: row.relationship.clone(),
        })
    }

    async fn check(
        scope: &Scope,
        _: Rows,
        input: &GuardianshipInput,
        before: Option<&Model>,
    ) -> Result<FieldErrors, ApiError> {
        let mut errors = FieldErrors::default();
        let parent = scope.get::<user::Entity>(input.user.0).await?;
        if parent.is_some_and(|user| user.role != Role::Parent.as_str()) {
            errors.add("user", "This user is not a parent.");
        }
        let same = scope
            .find::<Entity>()
            .filter(Column::UserId.eq(input.user.0))
            .filter(Column::StudentId.eq(input.student.0))
            .filter(Column::Id.ne(before.map_or(0, |row| row.id)));
        if scope.one(same).await?.is_some() {
            errors.add(
                NON_FIELD,
                "The fields user, student must make a unique set.",
            );
        }
        Ok(errors)
    }

    fn assign(input: &GuardianshipInput, row: &mut ActiveModel) {
        let GuardianshipInput {
            user,
            student,
            relationship,
        } = input;
        row.user_id = Set(user.0);
        row.student_id = Set(student.0);
        row.relationship = Set(relationship.clone());
    }
}
