//! Somebody who sends requests.

use std::sync::Arc;

use reqwest::{Client, Method};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use super::Answer;

/// An account's way in; it signs in once, when it is first needed.
struct Account {
    username: String,
    password: String,
    domain: Option<String>,
    access: OnceCell<String>,
}

/// Sends requests to one gateway, signed in or not.
#[derive(Clone)]
pub struct Caller {
    client: Client,
    base: String,
    account: Option<Arc<Account>>,
    headers: Vec<(String, String)>,
}

impl Caller {
    pub(super) fn new(client: Client, base: String) -> Self {
        Self {
            client,
            base,
            account: None,
            headers: Vec::new(),
        }
    }

    /// The same, signed in as an account; `domain` chooses the school.
    pub fn signed_in(mut self, username: &str, password: &str, domain: Option<&str>) -> Self {
        self.account = Some(Arc::new(Account {
            username: username.into(),
            password: password.into(),
            domain: domain.map(Into::into),
            access: OnceCell::new(),
        }));
        self
    }

    /// The same, with one more header on every request.
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut same = self.clone();
        same.headers.push((name.into(), value.into()));
        same
    }

    /// The access token of the account.
    pub async fn token(&self) -> String {
        let account = self.account.as_ref().expect("an account");
        let access = account.access.get_or_init(|| async {
            let mut caller = Self::new(self.client.clone(), self.base.clone());
            if let Some(domain) = &account.domain {
                caller = caller.with("X-Tenant-ID", domain);
            }
            let body = json!({"username": account.username, "password": account.password});
            let signed_in = caller.post("/api/token/", &body).await.expect(200);
            signed_in["access"]
                .as_str()
                .expect("an access token")
                .to_owned()
        });
        access.await.clone()
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    /// POST of JSON.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, Some(body)).await
    }

    /// PUT of JSON.
    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::PUT, path, Some(body)).await
    }

    /// PATCH of JSON.
    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::PATCH, path, Some(body)).await
    }

    /// DELETE.
    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None).await
    }

    /// Any method, with JSON or with nothing.
    pub async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let bytes = body.map(|body| (serde_json::to_vec(body).unwrap(), "application/json"));
        self.send_bytes(method, path, bytes).await
    }

    /// Any method, with any bytes said to be of any type.
    pub async fn send_bytes(
        &self,
        method: Method,
        path: &str,
        body: Option<(Vec<u8>, &str)>,
    ) -> Answer {
        let said = format!("{method} {path}");
        let mut request = self.client.request(method, format!("{}{path}", self.base));
        if self.account.is_some() {
            // Signing in is itself a request, by a caller without an account.
            request = request.bearer_auth(Box::pin(self.token()).await);
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some((bytes, media)) = body {
            request = request.header("content-type", media).body(bytes);
        }
        let response = request
            .send()
            .await
            .unwrap_or_else(|error| panic!("{said}: {error}"));
        Answer::of(said, response).await
    }
}
