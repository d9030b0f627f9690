//! `users/`: the accounts of a school; to all but its administrators, a directory to address messages.

use actix_web::HttpRequest;
use chrono::{DateTime, Utc};
use resource::{
    ApiError, Ctx, Dependent, FieldErrors, Resource, Unique,
    pagination::{Kind, Listing},
    tenant_guard::{Role, Rows, Scope},
    unused,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, IntoActiveModel};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    entities::{
        guardianship,
        user::{ActiveModel, Column, Entity, Model},
    },
    password,
    services::{
        accounts::{self, NO_EMAIL, is_email},
        directory, families,
    },
};

const ROLES: &[&str] = &[
    "SCHOOL_ADMIN",
    "BURSAR",
    "TEACHER",
    "STAFF",
    "PARENT",
    "STUDENT",
];

/// What a person is to a school.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SchoolRole {
    /// Head or administrator.
    SchoolAdmin,
    /// Keeps the school's money.
    Bursar,
    /// Teaches.
    Teacher,
    /// Works at the school without teaching.
    Staff,
    /// Guardian of linked pupils.
    Parent,
    /// A pupil.
    Student,
}

const fn yes() -> bool {
    true
}

/// An account to write.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct UserInput {
    /// User name, unique in the school whatever its case.
    #[schema(min_length = 1, max_length = 150)]
    pub username: String,
    /// E-mail, unique in the school unless empty; it signs in as well as the user name.
    #[serde(default)]
    #[schema(max_length = 254)]
    pub email: String,
    /// Full name; the user name where it is left out.
    #[serde(default)]
    #[schema(max_length = 255)]
    pub name: String,
    /// What the person is to the school.
    #[schema(value_type = SchoolRole)]
    pub role: String,
    /// Sets the password; "" changes nothing. An account without one is signed in to by nobody.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schema(write_only, format = Password, max_length = 128)]
    pub password: String,
    /// Whether its holder may sign in.
    #[serde(default = "yes")]
    pub is_active: bool,
}

/// An account; only administrators see more of it than `id`, `name` and `role`.
#[derive(Debug, Serialize, ToSchema)]
pub struct User {
    /// Id.
    pub id: i64,
    /// Full name.
    pub name: String,
    /// What the person is to the school.
    #[schema(value_type = SchoolRole)]
    pub role: String,
    /// Id of the school; to administrators.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub school: Option<i64>,
    /// User name; to administrators.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// E-mail; to administrators.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Whether its holder may sign in; to administrators.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_active: Option<bool>,
    /// When it was created; to administrators.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<DateTime<Utc>>,
    /// When it last changed; to administrators.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<DateTime<Utc>>,
}

/// The collection.
#[derive(Debug)]
pub struct Users;

impl Users {
    /// Deletes the account `id` with the row it is the login of, which is gone already.
    ///
    /// # Errors
    /// 409 naming what else relies on the account; else when the database fails.
    pub async fn remove(scope: &Scope, id: i64) -> Result<(), ApiError> {
        let Some(login) = scope.lock::<Entity>(id).await? else {
            return Ok(());
        };
        unused(scope, Self::ITEM, Self::DEPENDENTS, id).await?;
        Self::delete(scope, &login).await
    }
}

impl Resource for Users {
    const PATH: &'static str = "users";
    const ITEM: &'static str = "user";
    // Beside the accounts, what decides which of them parents and pupils are shown.
    const READS: &'static [&'static str] = &[
        "users",
        "school_settings",
        "students",
        "guardianships",
        "teachers",
        "classes",
        "subject_teachers",
    ];
    const UNIQUES: &'static [Unique] = &[
        Unique {
            field: "username",
            column: "username",
        },
        Unique {
            field: "email",
            column: "email",
        },
    ];
    const DEPENDENTS: &'static [Dependent] = &[
        Dependent {
            table: "teachers",
            column: "user_id",
            name: "teachers",
        },
        Dependent {
            table: "students",
            column: "user_id",
            name: "students",
        },
        Dependent {
            table: "messages",
            column: "sender_id",
            name: "sent messages",
        },
        Dependent {
            table: "messages",
            column: "recipient_id",
            name: "received messages",
        },
        Dependent {
            table: "events",
            column: "created_by",
            name: "events",
        },
        Dependent {
            table: "files",
            column: "uploaded_by",
            name: "files",
        },
        Dependent {
            table: "expenses",
            column: "recorded_by",
            name: "recorded expenses",
        },
        Dependent {
            table: "expenses",
            column: "approved_by",
            name: "approved expenses",
        },
        Dependent {
            table: "expenses",
            column: "voided_by",
            name: "voided expenses",
        },
        Dependent {
            table: "payments",
            column: "recorded_by",
            name: "recorded payments",
        },
        Dependent {
            table: "payments",
            column: "voided_by",
            name: "voided payments",
        },
        Dependent {
            table: "payment_refunds",
            column: "recorded_by",
            name: "refunds",
        },
        Dependent {
            table: "payment_intents",
            column: "payer_id",
            name: "online payments",
        },
        Dependent {
            table: "ledger_entries",
            column: "recorded_by",
            name: "ledger entries",
        },
        Dependent {
            table: "billing_runs",
            column: "recorded_by",
            name: "billing runs",
        },
        Dependent {
            table: "billing_runs",
            column: "undone_by",
            name: "undone billing runs",
        },
        Dependent {
            table: "announcements",
            column: "created_by",
            name: "announcements",
        },
    ];

    type Entity = Entity;
    type Input = UserInput;
    type Row = Model;
    type Output = User;

    // Nothing here asks by user name or e-mail, which would tell them to the directory's readers.
    fn listing() -> Listing<Entity> {
        Listing::standard()
            .ordering("name", Column::Name)
            .ordering("created_at", Column::CreatedAt)
            .default_order("name")
            .search([Column::Name])
            .filter("role", Column::Role, Kind::Choice(ROLES))
            .filter("is_active", Column::IsActive, Kind::Boolean)
    }

    fn visible(scope: &Scope, rows: Rows) -> Condition {
        match rows {
            Rows::All => Condition::all(),
            Rows::Own => Condition::any()
                .add(directory::addressable(scope))
                .add(Column::Id.eq(scope.principal().user_id)),
            Rows::Assigned | Rows::None => resource::pagination::nothing(),
        }
    }

    async fn output(scope: &Scope, rows: Vec<Model>) -> Result<Vec<User>, ApiError> {
        let administers = matches!(scope.principal().role, Role::SuperAdmin | Role::SchoolAdmin);
        let shown = |row: Model| User {
            id: row.id,
            name: row.name,
            role: row.role,
            school: administers.then_some(row.school_id),
            username: administers.then_some(row.username),
            email: administers.then_some(row.email),
            is_active: administers.then_some(row.is_active),
            created_at: administers.then_some(row.created_at),
            updated_at: administers.then_some(row.updated_at),
        };
        Ok(rows.into_iter().map(shown).collect())
    }

    async fn input(_: &Scope, row: &Model) -> Result<UserInput, ApiError> {
        Ok(UserInput {
            username: row.username.clone(),
            email: row.email.clone(),
            name: row.name.clone(),
            role: row.role.clone(),
            password: String::new(),
            is_active: row.is_active,
        })
    }

    async fn prepare(
        ctx: &Ctx,
        request: &HttpRequest,
        body: &mut Value,
    ) -> Result<FieldErrors, ApiError> {
        let id = request
            .match_info()
            .get("id")
            .and_then(|id| id.parse().ok());
        let known = match id {
            Some(id) if body.get("password").is_some() => ctx.scope.get::<Entity>(id).await?,
            _ => None,
        };
        let known = known.map_or_else(Vec::new, |row| vec![row.username, row.email, row.name]);
        let names = ["username", "email", "name"];
        let mut errors = password::prepare_against(request, body, &names, &known).await?;
        let email = body
            .get("email")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .trim();
        if !email.is_empty() && !is_email(email) {
            errors.add("email", NO_EMAIL);
        }
        Ok(errors)
    }

    fn assign(input: &UserInput, row: &mut ActiveModel) {
        let UserInput {
            username,
            email,
            name,
            role,
            password,
            is_active,
        } = input;
        row.username = Set(username.clone());
        row.email = Set(email.clone());
        row.name = Set(if name.is_empty() {
            username.clone()
        } else {
            name.clone()
        });
        row.role = Set(role.clone());
        row.is_active = Set(*is_active);
        if !password.is_empty() {
            row.password_hash = Set(password.clone());
        }
    }

    async fn update(scope: &Scope, before: &Model, input: UserInput) -> Result<Model, ApiError> {
        if runs_the_school(before) && !(input.is_active && input.role == before.role) {
            accounts::keep_an_administrator(scope, before.id).await?;
        }
        let mut row = before.clone().into_active_model();
        Self::assign(&input, &mut row);
        let after = scope.update::<Entity, _>(before, row).await?;
        let same = |row: &Model| (row.role.clone(), row.is_active, row.password_hash.clone());
        if same(before) != same(&after) {
            families::end_all_of(scope, before.id, None).await?;
        }
        Ok(after)
    }

    async fn delete(scope: &Scope, row: &Model) -> Result<(), ApiError> {
        if runs_the_school(row) {
            accounts::keep_an_administrator(scope, row.id).await?;
        }
        families::end_all_of(scope, row.id, None).await?;
        // The database would let these links go too, but caches would not learn of it.
        let links = Condition::all().add(guardianship::Column::UserId.eq(row.id));
        scope.delete_where::<guardianship::Entity>(links).await?;
        scope.delete::<Entity>(row.id).await?;
        Ok(())
    }
}

fn runs_the_school(user: &Model) -> bool {
    user.is_active && user.role == Role::SchoolAdmin.as_str()
}

#[cfg(test)]
mod tests;
