//! The people who work at the school, under both their names.

use resource::tenant_guard::Role;
use serde_json::json;

use super::{at, created, read, seen};

both! {
    async fn teachers_and_staff_are_the_same_people(app: App) {
        let admin = app.school().await.as_(Role::SchoolAdmin);
        let teacher = created(&admin, "teachers", &json!({"name": "Ada"})).await;
        let cook = created(&admin, "staff", &json!({"name": "Bola", "kind": "staff"})).await;
        assert_eq!((&teacher["kind"], &cook["kind"]), (&json!("teacher"), &json!("staff")));
        for collection in ["teachers", "staff"] {
            assert_eq!(seen(&admin, collection).await, [teacher.clone(), cook.clone()]);
            for person in [&teacher, &cook] {
                assert_eq!(read(&admin, collection, person).await, *person);
            }
        }
        // What is written by one name shows by the other, whatever was cached.
        let called = admin.patch(&at("staff", &teacher), &json!({"name": "Ada II"})).await.expect(200);
        assert_eq!(read(&admin, "teachers", &teacher).await, called);
        assert_eq!(seen(&admin, "teachers").await[0], called);
        let found = admin.get("/api/teachers/?kind=staff").await.expect(200);
        assert_eq!(found["results"], json!([cook]));
        admin.delete(&at("teachers", &cook)).await.expect(204);
        admin.get(&at("staff", &cook)).await.problem(404, "not_found");
        assert_eq!(seen(&admin, "staff").await, [called]);
    }

    async fn an_account_is_one_persons(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        let account = school.user(Role::Teacher);
        created(&admin, "teachers", &json!({"name": "Ada", "user": account})).await;
        let errors = admin.post("/api/staff/", &json!({"name": "Bola", "user": account})).await.field_errors();
        assert_eq!(errors["user"], ["teacher with this user already exists."]);
        let foreign = app.school().await.user(Role::Teacher);
        let errors = admin.post("/api/staff/", &json!({"name": "Bola", "user": foreign})).await.field_errors();
        assert_eq!(errors["user"], [format!("Invalid pk \"{foreign}\" - object does not exist.")]);
    }
}
