//! A world for unit tests: the real schema in memory, and a clock that is moved by hand.

use std::sync::{Arc, Mutex};

use chrono::{DateTime, Duration, TimeZone, Utc};
use migrations::{Migrator, sea_orm_migration::MigratorTrait};
use resource::{
    ApiError,
    tenant_guard::{
        Clock, ConnectOptions, Database, Links, Platform, Principal, Role, SchoolId, Scope,
        TokenConfig, Tokens, TrailKey,
    },
};

use crate::{
    entities::user,
    password::Hasher,
    services::{
        self,
        accounts::{Account, NewUser},
        create_school, create_user,
        demo_accounts::DemoAccounts,
        families::Pair,
        sign_in::{self, Credentials},
    },
};

/// Password of every user of the world.
pub(crate) const PASSWORD: &str = "correct horse battery";

pub(crate) struct World {
    pub database: Database,
    pub tokens: Tokens,
    pub hasher: Hasher,
    now: Arc<Mutex<DateTime<Utc>>>,
}

pub(crate) async fn world() -> World {
    let now = Arc::new(Mutex::new(
        Utc.with_ymd_and_hms(2026, 1, 5, 8, 0, 0).unwrap(),
    ));
    let told = now.clone();
    let options = ConnectOptions {
        url: "sqlite::memory:".into(),
        pool: 1,
        acquire_timeout: std::time::Duration::from_secs(5),
        trail_key: TrailKey::of(b"only ever signs the trails of tests"),
        links: Links::new(
            b"only ever signs the links of tests",
            "http://school.test",
            3_600,
        ),
    };
    let database = Database::connect(&options, Clock::by(move || *told.lock().unwrap()))
        .await
        .unwrap();
    Migrator::up(database.for_migrations(), None).await.unwrap();
    let tokens = Tokens::new(TokenConfig {
        algorithm: jsonwebtoken::Algorithm::HS256,
        secret: vec![7; 32],
        issuer: "termbook".into(),
        audience: "termbook".into(),
        access_life: Duration::minutes(60),
        refresh_life: Duration::days(7),
    });
    World {
        database,
        tokens,
        hasher: Hasher::with_cost(4, 8, 1),
        now,
    }
}

impl World {
    pub(crate) fn platform(&self) -> Platform {
        self.database.platform()
    }

    pub(crate) fn scope(&self, school: SchoolId) -> Scope {
        self.database.scope(school, Principal::system(school))
    }

    /// Lets time pass.
    pub(crate) fn pass(&self, time: Duration) {
        *self.now.lock().unwrap() += time;
    }

    pub(crate) async fn school(&self, domain: &str) -> SchoolId {
        let school = create_school(&self.platform(), &domain.to_uppercase(), domain, "active")
            .await
            .unwrap();
        SchoolId(school.id)
    }

    /// A user of that name, and of the e-mail `name@school.demo`.
    pub(crate) async fn user(&self, school: SchoolId, name: &str, role: Role) -> user::Model {
        let hash = self.hasher.hash(PASSWORD.into()).await.unwrap();
        let email = format!("{name}@{}.demo", self.domain(school).await);
        let new = NewUser {
            username: name,
            email: &email,
            name,
            role,
            password_hash: &hash,
        };
        create_user(&self.scope(school), &new).await.unwrap()
    }

    pub(crate) async fn sign_in(
        &self,
        name: &str,
        password: &str,
    ) -> Result<(Account, Pair), ApiError> {
        let credentials = Credentials {
            name: name.into(),
            password: password.into(),
            domain: None,
            address: None,
        };
        let demo = DemoAccounts::Welcome;
        sign_in::sign_in(
            &self.platform(),
            &self.tokens,
            &self.hasher,
            demo,
            credentials,
        )
        .await
    }

    pub(crate) async fn set_status(&self, school: i64, status: &str) {
        let sql = "UPDATE schools SET status = $1 WHERE id = $2";
        self.platform()
            .execute(sql, vec![status.into(), school.into()])
            .await
            .unwrap();
    }

    async fn domain(&self, school: SchoolId) -> String {
        services::schools::school(&self.platform(), school.0)
            .await
            .unwrap()
            .domain
    }
}
