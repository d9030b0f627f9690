//! `teachers/`, also `staff/`: the people who work at the school.

use actix_web::HttpRequest;
use chrono::{DateTime, Utc};
use files::{Named, Purpose, claim};
use resource::{
    ApiError, Ctx, Dependent, FieldErrors, Pk, Reference, Resource, Unique,
    pagination::{Kind, Listing},
    tenant_guard::{Rows, Scope},
};
use sea_orm::ActiveValue::Set;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::entities::teacher::{ActiveModel, Column, Entity, Model};

const PORTRAIT: &str = "passport_url";

/// What a person does at the school.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum TeacherKind {
    /// Teaches.
    #[default]
    Teacher,
    /// Works without teaching.
    Staff,
}

impl TeacherKind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Teacher => "teacher",
            Self::Staff => "staff",
        }
    }
}

/// A teacher or member of staff to write.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct TeacherInput {
    /// Full name.
    #[schema(min_length = 1, max_length = 255)]
    pub name: String,
    /// Whether the person teaches.
    #[serde(default)]
    pub kind: TeacherKind,
    /// Postal address.
    #[serde(default)]
    #[schema(max_length = 1000)]
    pub address: String,
    /// Telephone.
    #[serde(default)]
    #[schema(max_length = 50)]
    pub phone: String,
    /// E-mail.
    #[serde(default)]
    #[schema(max_length = 254)]
    pub email: String,
    /// Portrait: a link that `upload/` or this collection gave, any other address of an image, or the image
    /// itself as a `data:image/…;base64,` address, which is kept as an uploaded one is.
    #[serde(default)]
    #[schema(max_length = 4_200_000)]
    pub passport_url: String,
    /// The person's account, one to one.
    #[serde(default)]
    pub user: Option<Pk>,
}

/// A person who works at the school.
#[derive(Debug, Serialize, ToSchema)]
pub struct Teacher {
    /// Id.
    pub id: i64,
    /// Full name.
    pub name: String,
    /// Whether the person teaches.
    #[schema(value_type = TeacherKind)]
    pub kind: String,
    /// Postal address.
    pub address: String,
    /// Telephone.
    pub phone: String,
    /// E-mail.
    pub email: String,
    /// Where the portrait is; of an image of this server a link that is good for an hour or so.
    pub passport_url: String,
    /// Id of the person's account.
    pub user: Option<i64>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// The collection.
#[derive(Debug)]
pub struct Teachers;

impl Resource for Teachers {
    const PATH: &'static str = "teachers";
    const ITEM: &'static str = "teacher";
    const READS: &'static [&'static str] = &["teachers"];
    const TTL: u64 = 1_800;
    const PICTURES: bool = true;
    const REFERENCES: &'static [Reference] = &[Reference {
        field: "user",
        table: "users",
    }];
    const UNIQUES: &'static [Unique] = &[Unique {
        field: "user",
        column: "user_id",
    }];
    const DEPENDENTS: &'static [Dependent] = &[
        Dependent {
            table: "classes",
            column: "class_teacher_id",
            name: "classes",
        },
        Dependent {
            table: "subject_teachers",
            column: "teacher_id",
            name: "subject teachers",
        },
    ];

    type Entity = Entity;
    type Input = TeacherInput;
    type Row = Model;
    type Output = Teacher;

    fn listing() -> Listing<Entity> {
        Listing::standard()
            .ordering("name", Column::Name)
            .default_order("name")
            .search([Column::Name, Column::Email])
            .filter("kind", Column::Kind, Kind::Choice(&["teacher", "staff"]))
            .filter("user", Column::UserId, Kind::Pk)
    }

    async fn output(scope: &Scope, rows: Vec<Model>) -> Result<Vec<Teacher>, ApiError> {
        let shown = |row: Model| Teacher {
            id: row.id,
            name: row.name,
            kind: row.kind,
            address: row.address,
            phone: row.phone,
            email: row.email,
            passport_url: files::shown(scope, row.passport_url),
            user: row.user_id,
            created_at: row.created_at,
            updated_at: row.updated_at,
        };
        Ok(rows.into_iter().map(shown).collect())
    }

    async fn input(_: &Scope, row: &Model) -> Result<TeacherInput, ApiError> {
        let kind = if row.kind == "staff" {
            TeacherKind::Staff
        } else {
            TeacherKind::Teacher
        };
        Ok(TeacherInput {
            name: row.name.clone(),
            kind,
            address: row.address.clone(),
            phone: row.phone.clone(),
            email: row.email.clone(),
            passport_url: row.passport_url.clone(),
            user: row.user_id.map(Pk),
        })
    }

    async fn prepare(
        ctx: &Ctx,
        request: &HttpRequest,
        body: &mut Value,
    ) -> Result<FieldErrors, ApiError> {
        files::take_in(ctx, request, body, &[PORTRAIT]).await
    }

    async fn check(
        scope: &Scope,
        _: Rows,
        input: &TeacherInput,
        before: Option<&Model>,
    ) -> Result<FieldErrors, ApiError> {
        let portrait = Named {
            field: PORTRAIT,
            now: &input.passport_url,
            before: before.map(|row| row.passport_url.as_str()),
        };
        claim(scope, Purpose::Picture, &[portrait]).await
    }

    fn assign(input: &TeacherInput, row: &mut ActiveModel) {
        let TeacherInput {
            name,
            kind,
            address,
            phone,
            email,
            passport_url,
            user,
        } = input;
        row.name = Set(name.clone());
        row.kind = Set(kind.as_str().into());
        row.address = Set(address.clone());
        row.phone = Set(phone.clone());
        row.email = Set(email.clone());
        row.passport_url = Set(passport_url.clone());
        row.user_id = Set(user.map(|user| user.0));
    }
}
