//! What every refusal looks like, and what it never tells.

use resource::CODES;
use resource::tenant_guard::Role;
use serde_json::json;

use super::document::operations;
use crate::harness::Answer;

/// Words of the engine room.
const NEVER_TOLD: &[&str] = &[
    "select ",
    "insert ",
    "sqlx",
    "sqlite",
    "postgres",
    "constraint",
    "syntax",
    "panicked",
    "backtrace",
    ".rs",
    "redis",
    "stack",
    "unwrap",
];
const HEADERS: &[(&str, &str)] = &[
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
];

/// Holds an error against the documented form.
#[track_caller]
pub fn assert_sound(answer: &Answer) {
    let body = String::from_utf8(answer.body.clone()).unwrap();
    let problem = answer.problem(
        answer.status,
        answer.json()["code"].as_str().unwrap_or_default(),
    );
    let mut keys: Vec<&str> = problem
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    keys.retain(|key| *key != "errors");
    assert_eq!(
        keys,
        ["code", "detail", "error", "request_id", "status", "title"],
        "{body}"
    );
    let code = problem["code"].as_str().unwrap();
    let documented = CODES.iter().find(|(known, ..)| *known == code);
    assert!(
        documented.is_none_or(|(_, status, _)| *status == answer.status),
        "{body}"
    );
    if let Some(errors) = problem.get("errors") {
        let told = errors.as_object().unwrap().values();
        assert!(
            told.flat_map(|all| all.as_array().unwrap())
                .all(serde_json::Value::is_string),
            "{body}"
        );
    }
    assert_secure(answer);
}

/// Holds any answer against what all carry.
#[track_caller]
pub fn assert_secure(answer: &Answer) {
    for (name, value) in HEADERS {
        assert_eq!(answer.header(name), Some(*value), "{name}");
    }
    assert!(
        answer
            .header("x-request-id")
            .is_some_and(|id| !id.is_empty())
    );
    assert_eq!(answer.header("server"), None);
}

/// That an error says nothing of what is behind it, where the caller's own words are not in it.
#[track_caller]
pub fn assert_discreet(answer: &Answer) {
    let body = String::from_utf8_lossy(&answer.body).to_lowercase();
    for word in NEVER_TOLD {
        assert!(!body.contains(word), "{word}: {body}");
    }
}

both! {
    async fn an_unknown_path_is_a_problem(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        for path in [
            "/", "/api/", "/api/nothing/", "/api/nothing", "/api/subjects/7/nothing/", "/api/subjects/x/", "/api/subjects/-1/",
            "/api/subjects/0/", "/api/subjects/1.0/", "/api/subjects/99999999999999999999/", "/api/subjects/%00/", "/api/subjects/%ff/",
            "/api/subjects/7%20or%201=1/", "/api/subjects/../../health/nothing", "/api//subjects/", "/admin.php", "/%2e%2e/etc/passwd",
        ] {
            let answer = admin.get(path).await;
            assert_eq!(answer.status, 404, "{path}");
            assert_sound(&answer);
            assert_discreet(&answer);
        }
    }

    async fn a_method_that_a_path_does_not_serve_is_a_problem_that_says_which_it_does(app: App) {
        let school = app.school().await;
        let (admin, operator) = (school.as_(Role::SchoolAdmin), app.operator().await);
        let operations = operations();
        let paths: std::collections::BTreeSet<_> = operations.iter().map(|one| one.path.as_str()).collect();
        for path in paths {
            let served: Vec<_> = operations.iter().filter(|one| one.path == path).map(|one| one.method.as_str()).collect();
            let caller = if path.starts_with("/api/schools/") { &operator } else { &admin };
            for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "A"] {
                if served.contains(&method) {
                    continue;
                }
                let address = path.replace("{id}", "1");
                let answer = caller.send(method.parse().unwrap(), &address, Some(&json!({}))).await;
                answer.problem(405, "method_not_allowed");
                assert_sound(&answer);
                let mut allowed: Vec<_> = answer.header("allow").unwrap().split(", ").filter(|one| *one != "HEAD").collect();
                let mut expected = served.clone();
                allowed.sort_unstable();
                expected.sort_unstable();
                assert_eq!(allowed, expected, "{method} {path}");
            }
        }
    }

    async fn a_stranger_is_refused_by_every_operation_that_is_not_public(app: App) {
        let stranger = app.anonymous();
        for one in gateway::mounts().operations() {
            if one.access != resource::Access::Guarded {
                continue;
            }
            let path = one.path.replace("{id}", "1");
            let answer = stranger.send(one.permission.method.as_str().parse().unwrap(), &path, None).await;
            answer.problem(401, "not_authenticated");
            assert_sound(&answer);
            assert_discreet(&answer);
            assert_eq!(answer.header("www-authenticate"), Some("Bearer"), "{path}");
        }
    }

    async fn a_request_id_is_kept_where_it_is_sound(app: App) {
        let long = "x".repeat(64);
        for id in ["abc-DEF_1.2", &long] {
            let answer = app.anonymous().with("X-Request-ID", id).get("/api/subjects/").await;
            answer.problem(401, "not_authenticated");
            assert_eq!(answer.header("x-request-id"), Some(id));
        }
        let too_long = "x".repeat(65);
        for id in ["a b", "a\"b", "<script>", "a,b", "", &too_long] {
            let answer = app.anonymous().with("X-Request-ID", id).get("/api/subjects/").await;
            let given = answer.header("x-request-id").unwrap();
            assert!(given != id && given.len() == 36, "{id}: {given}");
            assert_sound(&answer);
        }
    }

    async fn every_answer_carries_the_headers_of_safety(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        for path in ["/api/subjects/", "/api/users/me/", "/health/live", "/health/ready", "/api/schema/", "/api/settings/"] {
            let answer = admin.get(path).await;
            answer.expect(200);
            assert_secure(&answer);
        }
        assert_secure(&admin.post("/api/subjects/", &json!({"name": "Latin"})).await);
    }
}
