//! Pupils and the logins the school gives them.

use resource::tenant_guard::Role;
use serde_json::{Value, json};

use super::{at, created, read};
use crate::harness::{Answer, App, Caller, PASSWORD, School};

const NEW_PASSWORD: &str = "another-cheap-one-to-hash";

async fn sign_in(app: &App, school: &School, number: &str, password: &str) -> Answer {
    let there = app.anonymous().with("X-Tenant-ID", &school.domain);
    let body = json!({"username": number, "password": password});
    there.post("/api/token/", &body).await
}

async fn renewed(app: &App, tokens: &Value) -> Answer {
    let body = json!({"refresh": tokens["refresh"]});
    app.anonymous().post("/api/token/refresh/", &body).await
}

async fn pupil(admin: &Caller, number: &str) -> Value {
    let body =
        json!({"student_no": number, "names": "Ada Obi", "gender": "Female", "password": PASSWORD});
    created(admin, "students", &body).await
}

both! {
    async fn a_password_makes_the_pupils_login(app: App) {
        let (school, other) = (app.school().await, app.school().await);
        let pupil = pupil(&school.as_(Role::SchoolAdmin), "S/001").await;
        assert!(pupil.get("password").is_none());
        let tokens = sign_in(&app, &school, "s/001", PASSWORD).await.expect(200);
        assert_eq!(tokens["role"], "STUDENT");
        sign_in(&app, &other, "S/001", PASSWORD).await.problem(401, "no_active_account");
        let own = app.anonymous().signed_in("S/001", PASSWORD, Some(&school.domain));
        let me = own.get("/api/users/me/").await.expect(200);
        assert_eq!((&me["student_id"], &me["name"]), (&pupil["id"], &json!("Ada Obi")));
        assert_eq!(read(&own, "students", &pupil).await, pupil);
        own.patch(&at("students", &pupil), &json!({"names": "Somebody"})).await.problem(403, "permission_denied");
    }

    async fn a_pupil_without_a_password_has_no_login_until_one_is_set(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        let body = json!({"student_no": "S-1", "names": "Ada", "gender": "Female", "password": ""});
        let pupil = created(&admin, "students", &body).await;
        sign_in(&app, &school, "S-1", PASSWORD).await.problem(401, "no_active_account");
        assert_eq!(admin.get("/api/users/?role=STUDENT").await.expect(200)["count"], 1);
        admin.patch(&at("students", &pupil), &json!({"password": PASSWORD})).await.expect(200);
        assert_eq!(admin.get("/api/users/?role=STUDENT").await.expect(200)["count"], 2);
        sign_in(&app, &school, "S-1", PASSWORD).await.expect(200);
        // PUT leaves out what cannot be read back, and the login stays.
        admin.put(&at("students", &pupil), &pupil).await.expect(200);
        sign_in(&app, &school, "S-1", PASSWORD).await.expect(200);
    }

    async fn a_login_follows_the_number_and_the_name(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        let pupil = pupil(&admin, "S-1").await;
        let tokens = sign_in(&app, &school, "S-1", PASSWORD).await.expect(200);
        let renamed = json!({"student_no": "S-2", "names": "Ada Eze"});
        admin.patch(&at("students", &pupil), &renamed).await.expect(200);
        sign_in(&app, &school, "S-1", PASSWORD).await.problem(401, "no_active_account");
        sign_in(&app, &school, "S-2", PASSWORD).await.expect(200);
        let listed = admin.get("/api/users/?search=Eze").await.expect(200);
        assert_eq!(listed["results"][0]["username"], "S-2");
        renewed(&app, &tokens).await.expect(200);
    }

    async fn a_new_password_ends_the_sessions_of_the_old_one(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        let pupil = pupil(&admin, "S-1").await;
        let tokens = sign_in(&app, &school, "S-1", PASSWORD).await.expect(200);
        admin.patch(&at("students", &pupil), &json!({"password": ""})).await.expect(200);
        let tokens = renewed(&app, &tokens).await.expect(200);
        admin.patch(&at("students", &pupil), &json!({"password": NEW_PASSWORD})).await.expect(200);
        renewed(&app, &tokens).await.problem(401, "token_not_valid");
        sign_in(&app, &school, "S-1", PASSWORD).await.problem(401, "no_active_account");
        sign_in(&app, &school, "S-1", NEW_PASSWORD).await.expect(200);
    }

    async fn a_weak_password_or_a_taken_name_makes_no_pupil(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        let body = |number: &str, password: &str| {
            json!({"student_no": number, "names": "Ada Obi", "gender": "Other", "password": password})
        };
        let errors = admin.post("/api/students/", &body("SCHOOL-1", "school-1")).await.field_errors();
        assert_eq!(errors.keys().collect::<Vec<_>>(), ["gender", "password"]);
        let mut taken = body("Teacher", PASSWORD);
        taken["gender"] = json!("Female");
        let errors = admin.post("/api/students/", &taken).await.field_errors();
        assert_eq!(errors.keys().collect::<Vec<_>>(), ["non_field_errors"]);
        assert_eq!(admin.get("/api/students/").await.expect(200)["count"], 0);
        // The teacher's own password was not touched.
        sign_in(&app, &school, "teacher", PASSWORD).await.expect(200);
        let ada = pupil(&admin, "S-1").await;
        let errors = admin.patch(&at("students", &ada), &json!({"student_no": "Teacher"})).await.field_errors();
        assert_eq!(errors.keys().collect::<Vec<_>>(), ["non_field_errors"]);
        assert_eq!(read(&admin, "students", &ada).await, ada);
    }

    async fn a_pupil_who_is_deleted_signs_in_no_more(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        let ada = pupil(&admin, "S-1").await;
        let tokens = sign_in(&app, &school, "S-1", PASSWORD).await.expect(200);
        admin.delete(&at("students", &ada)).await.expect(204);
        assert_eq!(renewed(&app, &tokens).await.status, 401);
        sign_in(&app, &school, "S-1", PASSWORD).await.problem(401, "no_active_account");
        assert_eq!(admin.get("/api/users/?role=STUDENT").await.expect(200)["count"], 1);
        pupil(&admin, "S-1").await;
    }

    async fn a_pupil_who_has_written_is_not_deleted_by_halves(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        let ada = pupil(&admin, "S-1").await;
        let own = app.anonymous().signed_in("S-1", PASSWORD, Some(&school.domain));
        let message = json!({"recipient": school.user(Role::Staff), "body": "Good morning."});
        own.post("/api/messages/", &message).await.expect(201);
        let problem = admin.delete(&at("students", &ada)).await.problem(409, "conflict");
        assert!(problem["detail"].as_str().unwrap().contains("messages"), "{problem}");
        assert_eq!(read(&admin, "students", &ada).await, ada);
        own.get("/api/users/me/").await.expect(200);
    }
}
