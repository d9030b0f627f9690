//! The audit trail, as a school's administrators read it.

use resource::tenant_guard::Role;
use serde_json::{Value, json};

use super::bearer;
use crate::harness::Caller;

const LOGS: &str = "/api/activity-logs/";

/// Three acts on one subject, under request ids that name them; answers its id.
async fn acted(admin: &Caller) -> Value {
    let by = |request: &str| admin.with("X-Request-ID", request);
    let made = by("first")
        .post("/api/subjects/", &json!({"name": "Biology"}))
        .await
        .expect(201);
    let path = format!("/api/subjects/{}/", made["id"]);
    by("second")
        .patch(&path, &json!({"name": "Botany"}))
        .await
        .expect(200);
    by("third").delete(&path).await.expect(204);
    made["id"].clone()
}

async fn found(caller: &Caller, query: &str) -> Vec<Value> {
    let page = caller.get(&format!("{LOGS}?{query}")).await.expect(200);
    page["results"].as_array().unwrap().clone()
}

fn requests(rows: &[Value]) -> Vec<&str> {
    rows.iter()
        .map(|row| row["request_id"].as_str().unwrap_or_default())
        .collect()
}

both! {
    async fn an_administrator_reads_who_did_what_newest_first(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        let subject = acted(&admin).await;
        let rows = found(&admin, "").await;
        assert_eq!(requests(&rows), ["third", "second", "first"]);
        let change = &rows[1];
        assert_eq!(
            json!([change["action"], change["resource"], change["resource_id"], change["actor_id"], change["actor_name"], change["actor_role"]]),
            json!(["update", "subjects", subject, school.user(Role::SchoolAdmin), "SCHOOL_ADMIN", "SCHOOL_ADMIN"])
        );
        assert_eq!((&change["before"]["name"], &change["after"]["name"]), (&json!("Biology"), &json!("Botany")));
        assert!(rows[2]["before"].is_null() && rows[0]["after"].is_null());
        assert!(change["impersonator_id"].is_null() && change["impersonator_name"].is_null());
        assert_eq!(admin.get(&format!("{LOGS}{}/", change["id"])).await.expect(200), *change);
        // Signatures are for the verifier; nobody else has a use for them.
        assert!(change.get("proof").is_none());
    }

    async fn the_trail_narrows_by_actor_row_action_and_time(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        let subject = acted(&admin).await;
        let all = found(&admin, "ordering=at").await;
        let (second, third) = (all[1]["at"].as_str().unwrap(), all[2]["at"].as_str().unwrap());
        let actor = school.user(Role::SchoolAdmin);
        for (query, expected) in [
            (format!("resource=subjects&resource_id={subject}"), vec!["third", "second", "first"]),
            ("action=update".to_owned(), vec!["second"]),
            ("action__in=create,delete".to_owned(), vec!["third", "first"]),
            (format!("actor_id={actor}&actor_role=SCHOOL_ADMIN&action=delete"), vec!["third"]),
            (format!("at__gte={second}&at__lte={second}"), vec!["second"]),
            (format!("at__gte={third}"), vec!["third"]),
            (format!("actor_id={}", actor + 1), vec![]),
            ("resource=students".to_owned(), vec![]),
        ] {
            assert_eq!(requests(&found(&admin, &query).await), expected, "{query}");
        }
        admin.get(&format!("{LOGS}?actor=1")).await.problem(400, "invalid");
        admin.get(&format!("{LOGS}?at__gte=yesterday")).await.problem(400, "invalid");
    }

    async fn a_cursor_walks_the_trail_once_while_it_grows(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        for n in 0..7 {
            let by = admin.with("X-Request-ID", &format!("act-{n}"));
            by.post("/api/subjects/", &json!({"name": format!("Subject {n}")})).await.expect(201);
        }
        let mut seen = Vec::new();
        let mut next = format!("{LOGS}?cursor=&page_size=3");
        loop {
            let page = admin.get(&next).await.expect(200);
            let rows = page["results"].as_array().unwrap();
            seen.extend(rows.iter().map(|row| row["request_id"].as_str().unwrap().to_owned()));
            let Some(url) = page["next"].as_str() else { break };
            url.find("/api/").map(|at| &url[at..]).unwrap().clone_into(&mut next);
            admin.post("/api/classes/", &json!({"name": format!("Class {}", seen.len())})).await.expect(201);
        }
        assert_eq!(seen, ["act-6", "act-5", "act-4", "act-3", "act-2", "act-1", "act-0"]);
    }

    async fn a_page_of_the_trail_costs_three_statements_however_long_it_is(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        for n in 0..8 {
            admin.post("/api/subjects/", &json!({"name": format!("Subject {n}")})).await.expect(201);
        }
        assert_eq!(admin.get(&format!("{LOGS}?page_size=2")).await.statements(), 3);
        assert_eq!(admin.get(&format!("{LOGS}?page_size=7")).await.statements(), 2);
        assert_eq!(admin.get(&format!("{LOGS}?cursor=")).await.statements(), 2);
    }

    async fn an_impersonation_shows_the_operator_behind_the_user(app: App) {
        let school = app.school().await;
        let there = app.operator().await.with("X-Tenant-ID", &school.domain);
        let operator = there.get("/api/users/me/").await.expect(200)["id"].clone();
        let body = json!({"user_id": school.user(Role::SchoolAdmin)});
        let token = there.post("/api/users/impersonate/", &body).await.expect(200);
        bearer(&app, &token).post("/api/subjects/", &json!({"name": "Biology"})).await.expect(201);
        // The operator reads the trail of the school that was chosen.
        let rows = found(&there, "").await;
        let facts = |row: &Value| json!([row["action"], row["actor_name"], row["actor_role"], row["impersonator_id"], row["impersonator_name"]]);
        assert_eq!(facts(&rows[0]), json!(["create", "SCHOOL_ADMIN", "SCHOOL_ADMIN", operator, "Operator"]));
        assert_eq!(facts(&rows[1]), json!(["impersonate", "Operator", "SUPER_ADMIN", null, null]));
    }

    async fn what_an_operator_does_to_a_school_shows_at_once(app: App) {
        let school = app.school().await;
        let there = app.operator().await.with("X-Tenant-ID", &school.domain);
        assert!(found(&there, "").await.is_empty());
        for (act, body) in [("suspend", json!({})), ("activate", json!({}))] {
            there.post(&format!("/api/schools/{}/{act}/", school.id), &body).await.expect(200);
            assert_eq!(found(&there, "").await[0]["action"], act);
        }
        let plan = json!({"plan_name": "Basic"});
        there.put(&format!("/api/schools/{}/subscription/", school.id), &plan).await.expect(200);
        assert_eq!(found(&there, "").await[0]["action"], "subscribe");
    }

    async fn the_trail_is_the_schools_own_and_nobody_writes_it(app: App) {
        let (school, other) = (app.school().await, app.school().await);
        let (admin, stranger) = (school.as_(Role::SchoolAdmin), other.as_(Role::SchoolAdmin));
        acted(&admin).await;
        let row = &found(&admin, "").await[0];
        let path = format!("{LOGS}{}/", row["id"]);
        assert!(found(&stranger, "").await.is_empty());
        stranger.get(&path).await.problem(404, "not_found");
        admin.post(LOGS, &json!({})).await.problem(405, "method_not_allowed");
        for method in ["PUT", "PATCH", "DELETE"] {
            let refused = admin.send(method.parse().unwrap(), &path, Some(&json!({}))).await;
            refused.problem(405, "method_not_allowed");
        }
        for role in [Role::Bursar, Role::Teacher, Role::Staff, Role::Parent, Role::Student] {
            school.as_(role).get(LOGS).await.problem(403, "permission_denied");
        }
    }
}
