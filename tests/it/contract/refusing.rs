//! Other schools' rows, and methods that are not served.

use std::collections::BTreeSet;

use resource::tenant_guard::Role;
use serde_json::{Value, json};

use super::{case::every, published::Published};

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/// A problem without what every request has of its own.
fn anonymous(mut problem: Value) -> Value {
    problem["request_id"] = Value::Null;
    problem
}

both! {
    async fn another_schools_row_answers_as_one_that_never_was(app: App) {
        let theirs = every(&app).await;
        for (case, their) in every(&app).await.iter().zip(&theirs) {
            let foreign = their.make(0).await;
            let before = their.read(&foreign).await;
            for method in case.published.methods(&case.path("{id}/")) {
                let ask = async |path: &str| {
                    let body = (method != "GET").then(|| case.body(0));
                    let answer = case.admin.send(method.parse().unwrap(), path, body.as_ref()).await;
                    anonymous(answer.problem(404, "not_found"))
                };
                let (known, unknown) = (ask(&case.row(&foreign)).await, ask(&case.path("999999999/")).await);
                assert_eq!(known, unknown, "{} {method}", case.line.name);
            }
            case.admin.get(&case.path("not-a-number/")).await.problem(404, "not_found");
            assert_eq!(their.read(&foreign).await.body, before.body, "{}", case.line.name);
            assert!(!case.all("").await.contains(&foreign), "{}", case.line.name);
        }
    }

    async fn another_schools_key_in_a_body_answers_as_an_unknown_one(app: App) {
        let theirs = every(&app).await;
        for (case, their) in every(&app).await.iter().zip(&theirs) {
            let (body, foreign) = (case.body(0), their.body(0));
            for field in case.published.references(case.line.name) {
                let Some(key) = foreign.get(&field) else {
                    continue;
                };
                for unknown in [key.clone(), json!(999_999_999)] {
                    let mut body = body.clone();
                    body[&field] = unknown.clone();
                    let errors = case.post(&body).await.field_errors();
                    let expected = format!("Invalid pk \"{unknown}\" - object does not exist.");
                    assert_eq!(json!(errors), json!({&field: [expected]}), "{}", case.line.name);
                }
            }
        }
    }

    async fn what_a_path_does_not_serve_it_refuses_by_naming_what_it_does(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        let published = Published::read();
        let paths: BTreeSet<String> = published.operations().into_iter().map(|one| one.path).collect();
        for path in paths {
            let mut served = published.methods(&path);
            if served.contains("GET") {
                served.insert("HEAD".into());
            }
            for method in METHODS.into_iter().filter(|method| !served.contains(*method)) {
                let answer = admin.send(method.parse().unwrap(), &path.replace("{id}", "1"), None).await;
                answer.problem(405, "method_not_allowed");
                let allow = answer.header("allow").unwrap().split(", ").map(str::to_owned);
                assert_eq!(allow.collect::<BTreeSet<_>>(), served, "{method} {path}");
            }
        }
    }
}
