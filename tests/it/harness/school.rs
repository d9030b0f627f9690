//! A school of a test's own.

use std::{collections::HashMap, sync::Mutex};

use gateway::State;
use identity::services::{
    accounts::{NewUser, create_operator, create_user},
    create_school,
};
use resource::tenant_guard::{Principal, Role, SchoolId};
use uuid::Uuid;

use super::{App, Caller};

/// Password of every account the harness opens.
pub const PASSWORD: &str = "cheap-to-hash-in-tests";

/// One school, with one user of each role, whose user name is the role in lower case.
pub struct School {
    /// Its key.
    pub id: i64,
    /// Its domain.
    pub domain: String,
    users: HashMap<Role, i64>,
    app: App,
    callers: Mutex<HashMap<Role, Caller>>,
}

impl School {
    pub(super) async fn open(app: &App) -> Self {
        let domain = format!("t{}", Uuid::now_v7().simple());
        let named = domain.clone();
        let (id, users) = app
            .beside(move |state| async move { found(&state, &named).await })
            .await;
        Self {
            id,
            domain,
            users,
            app: app.clone(),
            callers: Mutex::default(),
        }
    }

    /// The user of a role; an operator belongs to no school and is made by [`App::operator`].
    pub fn as_(&self, role: Role) -> Caller {
        let mut callers = self.callers.lock().unwrap();
        let caller = callers.entry(role).or_insert_with(|| {
            self.app
                .anonymous()
                .signed_in(&username(role), PASSWORD, Some(&self.domain))
        });
        caller.clone()
    }

    /// Key of the user of a role.
    pub fn user(&self, role: Role) -> i64 {
        self.users[&role]
    }
}

impl App {
    /// A new operator of the platform; `with("X-Tenant-ID", domain)` chooses a school.
    pub async fn operator(&self) -> Caller {
        let email = format!("{}@operators.test", Uuid::now_v7().simple());
        let named = email.clone();
        self.beside(move |state| async move {
            let hash = state.hasher.hash(PASSWORD.into()).await.unwrap();
            let made = create_operator(&state.database.platform(), &named, "Operator", &hash).await;
            made.unwrap();
        })
        .await;
        self.anonymous().signed_in(&email, PASSWORD, None)
    }
}

fn username(role: Role) -> String {
    role.as_str().to_lowercase()
}

async fn found(state: &State, domain: &str) -> (i64, HashMap<Role, i64>) {
    let hash = state.hasher.hash(PASSWORD.into()).await.unwrap();
    let transaction = state.database.platform().begin().await.unwrap();
    let school = create_school(transaction.platform(), domain, domain, "active")
        .await
        .unwrap();
    let id = SchoolId(school.id);
    let scope = transaction.platform().scope(id, Principal::system(id));
    let mut users = HashMap::new();
    for role in Role::ALL
        .into_iter()
        .filter(|role| *role != Role::SuperAdmin)
    {
        let username = username(role);
        let email = format!("{username}@{domain}.test");
        let new = NewUser {
            username: &username,
            email: &email,
            name: role.as_str(),
            role,
            password_hash: &hash,
        };
        users.insert(role, create_user(&scope, &new).await.unwrap().id);
    }
    drop(scope);
    transaction.commit().await.unwrap();
    (school.id, users)
}
