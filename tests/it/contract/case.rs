//! One collection in a school.

use std::sync::Arc;

use resource::tenant_guard::Role;
use serde_json::Value;

use super::{
    collections::{COLLECTIONS, Collection},
    fixture::Fixture,
    published::Published,
};
use crate::harness::{Answer, App, Caller};

/// A collection, the school a claim tries it in, and its administrator.
pub struct Case {
    /// Its line.
    pub line: &'static Collection,
    /// The school.
    pub fixture: Arc<Fixture>,
    /// The document.
    pub published: Arc<Published>,
    /// Who asks.
    pub admin: Caller,
    /// Who creates: the administrator, but of messages, which nobody writes to themselves.
    pub author: Caller,
}

/// Every collection whose rows may be changed, in one new school.
pub async fn cases(app: &App) -> Vec<Case> {
    let mut all = every(app).await;
    all.retain(|case| case.line.changes);
    all
}

/// Every collection, in one new school.
pub async fn every(app: &App) -> Vec<Case> {
    let fixture = Arc::new(Fixture::of(app).await);
    let published = Arc::new(Published::read());
    let of = |line: &'static Collection| Case {
        line,
        fixture: fixture.clone(),
        published: published.clone(),
        admin: fixture.school.as_(Role::SchoolAdmin),
        author: fixture.school.as_(line.author),
    };
    COLLECTIONS.iter().map(of).collect()
}

impl Case {
    /// Path of the collection, followed by `rest`.
    pub fn path(&self, rest: &str) -> String {
        format!("/api/{}/{rest}", self.line.name)
    }

    /// Path of a row.
    pub fn row(&self, row: &Value) -> String {
        self.path(&format!("{}/", row["id"]))
    }

    /// The body of number `n`.
    pub fn body(&self, n: usize) -> Value {
        (self.line.body)(&self.fixture, n)
    }

    /// Creates the row of number `n`.
    pub async fn make(&self, n: usize) -> Value {
        self.post(&self.body(n)).await.expect(201)
    }

    /// Creates the rows of the numbers below `count`.
    pub async fn make_all(&self, count: usize) -> Vec<Value> {
        let mut made = Vec::new();
        for n in 0..count {
            made.push(self.make(n).await);
        }
        made
    }

    /// POST on the collection.
    pub async fn post(&self, body: &Value) -> Answer {
        self.author.post(&self.path(""), body).await
    }

    /// GET on the collection.
    pub async fn list(&self, query: &str) -> Answer {
        self.admin.get(&self.path(query)).await
    }

    /// GET of a row that must be there.
    pub async fn read(&self, row: &Value) -> Answer {
        let answer = self.admin.get(&self.row(row)).await;
        answer.expect(200);
        answer
    }

    /// Every row that `query` leaves.
    pub async fn all(&self, query: &str) -> Vec<Value> {
        let page = self.list(&format!("?page_size=200&{query}")).await;
        let page = page.expect(200);
        assert!(page["next"].is_null(), "{}", self.line.name);
        page["results"].as_array().unwrap().clone()
    }

    /// Whether the collection serves a method on its rows.
    pub fn serves(&self, method: &str) -> bool {
        let methods = self.published.methods(&self.path("{id}/"));
        methods.contains(method)
    }
}
