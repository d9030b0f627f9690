//! The accounts of a school, and the directory its people read.

use resource::tenant_guard::Role;
use serde_json::{Value, json};

use super::{USERS, account, at, attempt};
use crate::harness::{Caller, PASSWORD};

async fn directory(caller: &Caller) -> Vec<Value> {
    let page = caller.get(USERS).await.expect(200);
    page["results"].as_array().unwrap().clone()
}

fn keys(row: &Value) -> Vec<&String> {
    row.as_object().unwrap().keys().collect()
}

both! {
    async fn everyone_but_administrators_reads_names_and_roles_only(app: App) {
        let school = app.school().await;
        let everybody = directory(&school.as_(Role::SchoolAdmin)).await;
        assert_eq!(everybody.len(), 6);
        assert!(everybody.iter().all(|user| user["username"].is_string() && user["email"].is_string()));
        for role in [Role::Bursar, Role::Teacher, Role::Staff] {
            let seen = directory(&school.as_(role)).await;
            assert_eq!(seen.len(), 6, "{role}");
            assert!(seen.iter().all(|user| keys(user) == ["id", "name", "role"]), "{role}: {seen:?}");
            let one = school.as_(role).get(&at(&everybody[0])).await.expect(200);
            assert_eq!(keys(&one), ["id", "name", "role"]);
        }
    }

    async fn families_see_the_office_and_themselves(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        let gone = json!({"username": "gone", "role": "STAFF", "is_active": false});
        let gone = admin.post(USERS, &gone).await.expect(201);
        let other = account(&admin, "other", "PARENT").await;
        for role in [Role::Parent, Role::Student] {
            let seen = directory(&school.as_(role)).await;
            let mut roles: Vec<_> = seen.iter().map(|user| user["role"].as_str().unwrap()).collect();
            roles.sort_unstable();
            let mut expected = ["BURSAR", "SCHOOL_ADMIN", "STAFF", role.as_str()];
            expected.sort_unstable();
            assert_eq!(roles, expected);
            assert!(seen.iter().all(|user| keys(user) == ["id", "name", "role"]));
            for hidden in [&gone, &other] {
                school.as_(role).get(&at(hidden)).await.problem(404, "not_found");
            }
        }
    }

    async fn nothing_tells_the_directorys_readers_a_user_name_or_an_e_mail(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        let hidden = json!({"username": "hidden-name", "email": "hidden@mail.test", "name": "Shown", "role": "STAFF"});
        let user = admin.post(USERS, &hidden).await.expect(201);
        let teacher = school.as_(Role::Teacher);
        for asked in ["hidden-name", "hidden@mail.test", "mail.test"] {
            assert_eq!(teacher.get(&format!("{USERS}?search={asked}")).await.expect(200)["count"], 0, "{asked}");
        }
        assert_eq!(teacher.get(&format!("{USERS}?search=shown")).await.expect(200)["results"][0]["id"], user["id"]);
        for asked in ["username=hidden-name", "email=hidden@mail.test", "ordering=email"] {
            teacher.get(&format!("{USERS}?{asked}")).await.expect(400);
        }
    }

    async fn a_user_name_and_an_e_mail_are_taken_within_the_school_only(app: App) {
        let (school, other) = (app.school().await, app.school().await);
        let admin = school.as_(Role::SchoolAdmin);
        let body = json!({"username": "Twice", "email": "twice@mail.test", "role": "STAFF"});
        let first = admin.post(USERS, &body).await.expect(201);
        let again = json!({"username": "tWICE", "email": "Twice@Mail.test", "role": "PARENT"});
        let errors = admin.post(USERS, &again).await.field_errors();
        assert_eq!(errors["username"], ["user with this username already exists."]);
        assert_eq!(errors["email"], ["user with this email already exists."]);
        other.as_(Role::SchoolAdmin).post(USERS, &body).await.expect(201);
        admin.put(&at(&first), &again).await.expect(200);
        // Those without an e-mail do not share one.
        account(&admin, "without", "STAFF").await;
        account(&admin, "without-too", "STAFF").await;
    }

    async fn an_account_without_a_password_waits_for_one(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        let user = admin.post(USERS, &json!({"username": "new", "role": "TEACHER"})).await.expect(201);
        assert_eq!((&user["name"], &user["is_active"], &user["school"]), (&json!("new"), &json!(true), &json!(school.id)));
        attempt(&app, Some(&school.domain), "new", PASSWORD).await.problem(401, "no_active_account");
        admin.patch(&at(&user), &json!({"password": PASSWORD})).await.expect(200);
        attempt(&app, Some(&school.domain), "new", PASSWORD).await.expect(200);
    }

    async fn every_error_of_an_account_is_told_at_once(app: App) {
        let school = app.school().await;
        let body = json!({"username": "", "email": "nowhere", "role": "HEAD", "password": "123"});
        let errors = school.as_(Role::SchoolAdmin).post(USERS, &body).await.field_errors();
        assert_eq!(errors.keys().collect::<Vec<_>>(), ["email", "password", "role", "username"]);
    }

    async fn an_account_that_others_rely_on_stays(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        let teacher = json!({"name": "Teacher", "user": school.user(Role::Teacher)});
        let teacher = admin.post("/api/teachers/", &teacher).await.expect(201);
        let message = json!({"recipient": school.user(Role::Staff), "body": "Welcome."});
        admin.post("/api/messages/", &message).await.expect(201);
        let of = |role| format!("{USERS}{}/", school.user(role));
        for (role, reliant) in [(Role::Teacher, "teachers (1)"), (Role::Staff, "received messages (1)")] {
            let problem = admin.delete(&of(role)).await.problem(409, "conflict");
            assert!(problem["detail"].as_str().unwrap().contains(reliant), "{problem}");
        }
        admin.delete(&format!("/api/teachers/{}/", teacher["id"])).await.expect(204);
        admin.delete(&of(Role::Teacher)).await.expect(204);
    }
}
