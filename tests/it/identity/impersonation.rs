//! An operator who acts as a user.

use resource::tenant_guard::Role;
use serde_json::json;

use super::{account, acts, at, bearer};
use crate::harness::PASSWORD;

const ACT_AS: &str = "/api/users/impersonate/";

both! {
    async fn an_operator_acts_as_a_user_and_the_trail_names_both(app: App) {
        let school = app.school().await;
        let operator = app.operator().await;
        let actor = operator.get("/api/users/me/").await.expect(200)["id"].as_i64();
        let subject = school.user(Role::SchoolAdmin);
        let there = operator.with("X-Tenant-ID", &school.domain);
        let answer = there.post(ACT_AS, &json!({"user_id": subject})).await;
        let token = answer.expect(200);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!((&token["role"], &token["school_id"]), (&json!("SCHOOL_ADMIN"), &json!(school.id)));
        assert!(token.get("refresh").is_none());
        let begun = acts(&app, school.id, "users").await.pop().unwrap();
        assert_eq!((begun.action.as_str(), begun.actor_id, begun.resource_id), ("impersonate", actor, Some(subject)));
        assert_eq!(begun.actor_role, "SUPER_ADMIN");

        let as_admin = bearer(&app, &token);
        assert_eq!(as_admin.get("/api/users/me/").await.expect(200)["id"], subject);
        as_admin.post("/api/subjects/", &json!({"name": "Biology"})).await.expect(201);
        let written = acts(&app, school.id, "subjects").await.pop().unwrap();
        assert_eq!((written.actor_id, written.impersonator_id), (Some(subject), actor));
        school.as_(Role::SchoolAdmin).post("/api/subjects/", &json!({"name": "History"})).await.expect(201);
        let own = acts(&app, school.id, "subjects").await.pop().unwrap();
        assert_eq!((own.actor_id, own.impersonator_id), (Some(subject), None));
    }

    async fn who_acts_as_a_user_has_the_users_rights_and_not_its_password(app: App) {
        let school = app.school().await;
        let there = app.operator().await.with("X-Tenant-ID", &school.domain);
        let token = there.post(ACT_AS, &json!({"user_id": school.user(Role::Teacher)})).await.expect(200);
        let as_teacher = bearer(&app, &token);
        as_teacher.post("/api/subjects/", &json!({"name": "Biology"})).await.problem(403, "permission_denied");
        as_teacher.post(ACT_AS, &json!({"user_id": school.user(Role::Bursar)})).await.problem(403, "permission_denied");
        let change = json!({"old_password": PASSWORD, "new_password": "another-cheap-one-to-hash"});
        as_teacher.post("/api/users/me/password/", &change).await.problem(403, "permission_denied");
    }

    async fn only_an_operator_at_the_users_school_acts_as_somebody(app: App) {
        let (school, other) = (app.school().await, app.school().await);
        let admin = school.as_(Role::SchoolAdmin);
        let operator = app.operator().await;
        let there = operator.with("X-Tenant-ID", &school.domain);
        let body = json!({"user_id": school.user(Role::Teacher)});
        operator.post(ACT_AS, &body).await.problem(403, "permission_denied");
        admin.post(ACT_AS, &body).await.problem(403, "permission_denied");
        let foreign = other.user(Role::Teacher);
        let errors = there.post(ACT_AS, &json!({"user_id": foreign})).await.field_errors();
        assert_eq!(errors["user_id"], [format!("Invalid pk \"{foreign}\" - object does not exist.")]);
        let closed = account(&admin, "closed", "STAFF").await;
        admin.patch(&at(&closed), &json!({"is_active": false})).await.expect(200);
        there.post(ACT_AS, &json!({"user_id": closed["id"]})).await.problem(400, "invalid");
        assert!(acts(&app, school.id, "users").await.iter().all(|act| act.action != "impersonate"));
        let unknown = json!({"user_id": "nobody"});
        assert!(there.post(ACT_AS, &unknown).await.field_errors().contains_key("user_id"));
    }
}
