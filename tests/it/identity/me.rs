//! What somebody is told about itself.

use std::collections::BTreeMap;

use resource::tenant_guard::{Role, Verb, matrix};
use serde_json::{Value, json};

use super::{bearer, session};
use crate::harness::{Caller, PASSWORD};

const ME: &str = "/api/users/me/";

async fn created(admin: &Caller, collection: &str, body: &Value) -> Value {
    admin
        .post(&format!("/api/{collection}/"), body)
        .await
        .expect(201)["id"]
        .clone()
}

async fn pupil(admin: &Caller, number: &str) -> Value {
    let body =
        json!({"student_no": number, "names": number, "gender": "Male", "password": PASSWORD});
    created(admin, "students", &body).await
}

/// What the matrix lets a role do, as the client reads it.
fn permissions(role: Role) -> Value {
    let reached = |resource| {
        let verbs = [("read", Verb::Read), ("write", Verb::Write)];
        let verbs = verbs.map(|(name, verb)| (name, matrix::rows(role, verb, resource)));
        let verbs = verbs.into_iter().filter(|(_, rows)| rows.some());
        verbs
            .map(|(name, rows)| (name, rows.as_str()))
            .collect::<BTreeMap<_, _>>()
    };
    let all = matrix::MATRIX
        .iter()
        .map(|rule| (rule.resource, reached(rule.resource)));
    json!(
        all.filter(|(_, verbs)| !verbs.is_empty())
            .collect::<BTreeMap<_, _>>()
    )
}

both! {
    async fn each_role_is_told_who_it_is_and_what_it_may_do(app: App) {
        let school = app.school().await;
        for role in Role::ALL.into_iter().filter(|role| *role != Role::SuperAdmin) {
            let answer = school.as_(role).get(ME).await;
            let name = role.as_str().to_lowercase();
            let expected = json!({
                "id": school.user(role), "username": name, "email": format!("{name}@{}.test", school.domain),
                "name": role.as_str(), "role": role.as_str(), "school": school.domain, "school_id": school.id,
                "subscription": null, "teacher_id": null, "student_id": null, "student_ids": [],
                "permissions": permissions(role),
            });
            assert_eq!(answer.expect(200), expected);
            assert_eq!(answer.header("cache-control"), Some("private, no-cache"));
        }
    }

    async fn people_are_told_which_rows_of_the_school_they_are(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        let teacher = json!({"name": "Teacher", "user": school.user(Role::Teacher)});
        let teacher = created(&admin, "teachers", &teacher).await;
        let (first, second) = (pupil(&admin, "S-1").await, pupil(&admin, "S-2").await);
        for pupil in [&second, &first] {
            let link = json!({"user": school.user(Role::Parent), "student": pupil});
            created(&admin, "guardianships", &link).await;
        }
        assert_eq!(school.as_(Role::Teacher).get(ME).await.expect(200)["teacher_id"], teacher);
        let parent = school.as_(Role::Parent).get(ME).await.expect(200);
        assert_eq!(parent["student_ids"], json!([first, second]));
        let me = bearer(&app, &session(&app, &school.domain, "S-1").await).get(ME).await.expect(200);
        assert_eq!((&me["role"], &me["student_id"]), (&json!("STUDENT"), &first));
        assert_eq!(me["student_ids"], json!([]));
    }

    async fn an_operator_is_told_the_school_it_chose(app: App) {
        let school = app.school().await;
        let operator = app.operator().await;
        let me = operator.get(ME).await.expect(200);
        assert_eq!((&me["school"], &me["school_id"]), (&Value::Null, &Value::Null));
        let there = operator.with("X-Tenant-ID", &school.domain).get(ME).await.expect(200);
        assert_eq!((&there["school"], &there["school_id"]), (&json!(school.domain), &json!(school.id)));
        assert_eq!((&there["id"], &there["permissions"]), (&me["id"], &permissions(Role::SuperAdmin)));
    }
}
