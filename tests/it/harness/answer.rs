//! What came back.

use std::collections::BTreeMap;

use reqwest::{Response, header::HeaderMap};
use serde_json::Value;

/// An answer, wholly read.
#[derive(Debug, Clone)]
pub struct Answer {
    asked: String,
    /// HTTP status.
    pub status: u16,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, as sent.
    pub body: Vec<u8>,
}

impl Answer {
    pub(super) async fn of(asked: String, response: Response) -> Self {
        Self {
            asked,
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.bytes().await.unwrap().to_vec(),
        }
    }

    /// The JSON of the body; null where there is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The JSON of an answer that must have `status`.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(
            self.status,
            status,
            "{}: {}",
            self.asked,
            String::from_utf8_lossy(&self.body)
        );
        self.json()
    }

    /// The error of an answer that must be a problem of `status` and `code`.
    #[track_caller]
    pub fn problem(&self, status: u16, code: &str) -> Value {
        let problem = self.expect(status);
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json"),
            "{}",
            self.asked
        );
        assert_eq!(problem["code"], code, "{}: {problem}", self.asked);
        assert_eq!(problem["status"], status, "{}: {problem}", self.asked);
        assert_eq!(
            problem["error"], problem["detail"],
            "{}: {problem}",
            self.asked
        );
        assert_eq!(
            problem["request_id"].as_str(),
            self.header("x-request-id"),
            "{}",
            self.asked
        );
        problem
    }

    /// The field errors of an answer that must be a 400 with some.
    #[track_caller]
    pub fn field_errors(&self) -> BTreeMap<String, Vec<String>> {
        let mut problem = self.problem(400, "invalid");
        serde_json::from_value(problem["errors"].take()).unwrap()
    }

    /// One header, where it is there and text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// How many statements the database was sent.
    #[track_caller]
    pub fn statements(&self) -> u32 {
        let timing = self.header("server-timing").unwrap_or_default();
        let count = timing
            .split("desc=\"")
            .nth(1)
            .and_then(|rest| rest.split(' ').next()?.parse().ok());
        count.unwrap_or_else(|| panic!("{}: Server-Timing: {timing}", self.asked))
    }

    /// What the cache had to say: `hit`, `miss`, …
    pub fn cache(&self) -> Option<&str> {
        let timing = self.header("server-timing")?;
        timing
            .split(", ")
            .find_map(|part| part.strip_prefix("cache;desc="))
    }
}
