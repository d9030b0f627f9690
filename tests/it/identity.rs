//! Schools, their people, and how these come in.

mod accounts;
mod activity_logs;
mod closing;
mod guardianships;
mod impersonation;
mod me;
mod passwords;
mod schools;
mod sessions;
mod settings;
mod sign_in;
mod subscriptions;
mod usage;

use resource::{
    audit::entity::{Column, Entity, Model},
    tenant_guard::{Principal, SchoolId},
};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{Answer, App, Caller, PASSWORD};

const USERS: &str = "/api/users/";

/// A name that no other test has.
fn unique(what: &str) -> String {
    format!("{what}-{}", Uuid::now_v7().simple())
}

/// An attempt to sign in, at the school of `domain` where there is one.
async fn attempt(app: &App, domain: Option<&str>, username: &str, password: &str) -> Answer {
    let caller = app.anonymous();
    let caller = domain.map_or_else(
        || caller.clone(),
        |domain| caller.with("X-Tenant-ID", domain),
    );
    let body = json!({"username": username, "password": password});
    caller.post("/api/token/", &body).await
}

/// The tokens of an account of the school of `domain`, with the harness's password.
async fn session(app: &App, domain: &str, username: &str) -> Value {
    let answer = attempt(app, Some(domain), username, PASSWORD).await;
    answer.expect(200)
}

/// The caller that a pair of tokens, or an impersonation, makes.
fn bearer(app: &App, tokens: &Value) -> Caller {
    let access = tokens["access"].as_str().unwrap();
    app.anonymous()
        .with("Authorization", &format!("Bearer {access}"))
}

/// Presents the refresh token of a pair.
async fn renewed(app: &App, tokens: &Value) -> Answer {
    let body = json!({"refresh": tokens["refresh"]});
    app.anonymous().post("/api/token/refresh/", &body).await
}

/// Path of an account.
fn at(user: &Value) -> String {
    format!("{USERS}{}/", user["id"])
}

/// A new account of the school of `admin`, with the harness's password.
async fn account(admin: &Caller, username: &str, role: &str) -> Value {
    let body = json!({"username": username, "role": role, "password": PASSWORD});
    admin.post(USERS, &body).await.expect(201)
}

/// The trail of a school: the acts on `resource`, oldest first.
async fn acts(app: &App, school: i64, resource: &'static str) -> Vec<Model> {
    app.beside(move |state| async move {
        let school = SchoolId(school);
        let scope = state.database.scope(school, Principal::system(school));
        let query = scope.find::<Entity>().filter(Column::Resource.eq(resource));
        scope.all(query.order_by_asc(Column::Id)).await.unwrap()
    })
    .await
}
