//! A world for unit tests: the real schema in memory, and one school with a few rows.

use std::time::Duration;

use identity::entities::user;
use migrations::{Migrator, sea_orm_migration::MigratorTrait};
use resource::{
    Pk, Resource,
    tenant_guard::{
        Clock, ConnectOptions, Database, Links, Principal, Role, SchoolId, Scope, TrailKey,
    },
};
use sea_orm::ActiveValue::Set;
use serde_json::{Value, json};

use crate::{
    entities::report_card,
    resources::{
        classes::{ClassInput, Classes},
        reports::{ReportCard, ReportCardInput, Reports},
        students::{StudentInput, Students},
    },
    services::class_subjects::subjects_named,
};

pub(crate) const SESSION: &str = "2025/2026";
pub(crate) const TERM: &str = "First Term";

pub(crate) struct World {
    database: Database,
    pub scope: Scope,
}

/// A school, the first.
pub(crate) async fn world() -> World {
    let options = ConnectOptions {
        url: "sqlite::memory:".into(),
        pool: 1,
        acquire_timeout: Duration::from_secs(5),
        trail_key: TrailKey::of(b"only ever signs the trails of tests"),
        links: Links::new(
            b"only ever signs the links of tests",
            "http://school.test",
            3_600,
        ),
    };
    let database = Database::connect(&options, Clock::system()).await.unwrap();
    Migrator::up(database.for_migrations(), None).await.unwrap();
    let now = database.clock().now();
    let schools = "INSERT INTO schools (id, name, domain, status, created_at, updated_at) \
                   VALUES (1, 'GP', 'gp', 'active', $1, $1), (2, 'MS', 'ms', 'active', $1, $1)";
    database
        .platform()
        .execute(schools, vec![now.into()])
        .await
        .unwrap();
    let scope = database.scope(SchoolId(1), Principal::system(SchoolId(1)));
    World { database, scope }
}

impl World {
    /// The school as one of its users sees it.
    pub(crate) fn seen_by(&self, user_id: i64, role: Role) -> Scope {
        let principal = Principal {
            user_id,
            role,
            ..Principal::system(SchoolId(1))
        };
        self.database.scope(SchoolId(1), principal)
    }

    /// The rows of the other school.
    pub(crate) fn elsewhere(&self) -> Scope {
        self.database
            .scope(SchoolId(2), Principal::system(SchoolId(2)))
    }

    pub(crate) async fn user(&self, name: &str, role: Role) -> i64 {
        let row = user::ActiveModel {
            username: Set(name.into()),
            email: Set(String::new()),
            name: Set(name.into()),
            role: Set(role.as_str().into()),
            password_hash: Set(String::new()),
            is_active: Set(true),
            ..Default::default()
        };
        self.scope.insert::<user::Entity, _>(row).await.unwrap().id
    }
}

pub(crate) async fn class(scope: &Scope, name: &str) -> i64 {
    let input = ClassInput {
        name: name.into(),
        class_teacher_id: None,
        subjects: None,
    };
    Classes::create(scope, input).await.unwrap().0.id
}

pub(crate) async fn subjects(scope: &Scope, names: &[&str]) -> Vec<i64> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    subjects_named(scope, &names)
        .await
        .unwrap()
        .into_iter()
        .collect()
}

pub(crate) async fn student(scope: &Scope, number: usize, class_id: i64) -> i64 {
    let input: StudentInput = serde_json::from_value(json!({
        "student_no": format!("GP-{number:04}"), "names": format!("Pupil {number}"), "gender": "Female",
        "class_id": class_id,
    }))
    .unwrap();
    Students::<()>::create(scope, input).await.unwrap().0.id
}

/// A body of `reports/` for the session and term of this world, with `more` fields.
pub(crate) fn body(student_id: i64, class_id: i64, more: &Value) -> ReportCardInput {
    let mut body = json!({
        "student_id": Pk(student_id), "class_id": Pk(class_id), "session": SESSION, "term": TERM,
    });
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    serde_json::from_value(body).unwrap()
}

/// The school's cards as `reports/` shows them, by id.
pub(crate) async fn cards(scope: &Scope) -> Vec<ReportCard> {
    use sea_orm::QueryOrder;
    let query =
        Reports::select(scope.find::<report_card::Entity>()).order_by_asc(report_card::Column::Id);
    Reports::output(scope, scope.rows(query).await.unwrap())
        .await
        .unwrap()
}
