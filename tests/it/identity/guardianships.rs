//! Parents and the pupils they are linked to.

use resource::tenant_guard::Role;
use serde_json::{Value, json};

use crate::harness::{Caller, School};

const LINKS: &str = "/api/guardianships/";

async fn pupil(school: &School, number: &str) -> Value {
    let body = json!({"student_no": number, "names": number, "gender": "Female"});
    school
        .as_(Role::SchoolAdmin)
        .post("/api/students/", &body)
        .await
        .expect(201)
}

async fn linked(school: &School, pupil: &Value) -> Value {
    let body = json!({"user": school.user(Role::Parent), "student": pupil["id"], "relationship": "Mother"});
    school
        .as_(Role::SchoolAdmin)
        .post(LINKS, &body)
        .await
        .expect(201)
}

/// The pupils somebody sees, read twice, so that the second answer may come from the cache.
async fn pupils(caller: &Caller) -> Vec<Value> {
    let cold = caller.get("/api/students/?ordering=id").await;
    let warm = caller.get("/api/students/?ordering=id").await;
    assert_eq!(cold.expect(200), warm.expect(200));
    assert_eq!(warm.cache(), Some("hit"));
    warm.json()["results"].as_array().unwrap().clone()
}

both! {
    async fn a_parent_sees_a_pupil_from_the_link_until_its_end(app: App) {
        let school = app.school().await;
        let (parent, admin) = (school.as_(Role::Parent), school.as_(Role::SchoolAdmin));
        let (first, second) = (pupil(&school, "1").await, pupil(&school, "2").await);
        assert!(pupils(&parent).await.is_empty());
        let at = |pupil: &Value| format!("/api/students/{}/", pupil["id"]);
        for _ in 0..3 {
            let (one, two) = (linked(&school, &first).await, linked(&school, &second).await);
            assert_eq!(pupils(&parent).await, [first.clone(), second.clone()]);
            parent.get(&at(&first)).await.expect(200);
            let me = parent.get("/api/users/me/").await.expect(200);
            assert_eq!(me["student_ids"], json!([first["id"], second["id"]]));
            admin.delete(&format!("{LINKS}{}/", one["id"])).await.expect(204);
            assert_eq!(pupils(&parent).await, std::slice::from_ref(&second));
            parent.get(&at(&first)).await.problem(404, "not_found");
            let moved = json!({"student": first["id"]});
            admin.patch(&format!("{LINKS}{}/", two["id"]), &moved).await.expect(200);
            assert_eq!(pupils(&parent).await, std::slice::from_ref(&first));
            admin.delete(&format!("{LINKS}{}/", two["id"])).await.expect(204);
            assert!(pupils(&parent).await.is_empty());
            assert_eq!(parent.get("/api/users/me/").await.expect(200)["student_ids"], json!([]));
        }
    }

    async fn only_a_parent_is_linked_and_only_once(app: App) {
        let (school, other) = (app.school().await, app.school().await);
        let admin = school.as_(Role::SchoolAdmin);
        let own = pupil(&school, "1").await;
        for role in [Role::SchoolAdmin, Role::Teacher, Role::Student] {
            let body = json!({"user": school.user(role), "student": own["id"]});
            let errors = admin.post(LINKS, &body).await.field_errors();
            assert_eq!(errors["user"], ["This user is not a parent."], "{role}");
        }
        let foreign = pupil(&other, "1").await;
        let body = json!({"user": other.user(Role::Parent), "student": foreign["id"]});
        let errors = admin.post(LINKS, &body).await.field_errors();
        assert_eq!(errors.keys().collect::<Vec<_>>(), ["student", "user"]);
        linked(&school, &own).await;
        let again = json!({"user": school.user(Role::Parent), "student": own["id"]});
        assert!(admin.post(LINKS, &again).await.field_errors().contains_key("non_field_errors"));
    }

    async fn a_parent_reads_its_own_links_and_writes_none(app: App) {
        let school = app.school().await;
        let (parent, admin) = (school.as_(Role::Parent), school.as_(Role::SchoolAdmin));
        let own = linked(&school, &pupil(&school, "1").await).await;
        let stranger = json!({"username": "stranger", "role": "PARENT"});
        let stranger = admin.post("/api/users/", &stranger).await.expect(201);
        let second = pupil(&school, "2").await;
        let body = json!({"user": stranger["id"], "student": second["id"]});
        let others = admin.post(LINKS, &body).await.expect(201);
        assert_eq!((&own["student_name"], &own["user_name"]), (&json!("1"), &json!("PARENT")));
        assert_eq!(parent.get(LINKS).await.expect(200)["results"], json!([own]));
        parent.get(&format!("{LINKS}{}/", others["id"])).await.problem(404, "not_found");
        let grab = json!({"user": school.user(Role::Parent), "student": second["id"]});
        parent.post(LINKS, &grab).await.problem(403, "permission_denied");
        parent.patch(&format!("{LINKS}{}/", own["id"]), &grab).await.problem(403, "permission_denied");
    }

    async fn a_pupil_or_a_parent_who_leaves_takes_the_links_along(app: App) {
        let school = app.school().await;
        let (parent, admin) = (school.as_(Role::Parent), school.as_(Role::SchoolAdmin));
        let (first, second) = (pupil(&school, "1").await, pupil(&school, "2").await);
        linked(&school, &first).await;
        linked(&school, &second).await;
        assert_eq!(pupils(&parent).await.len(), 2);
        assert_eq!(admin.get(LINKS).await.expect(200)["count"], 2);
        admin.delete(&format!("/api/students/{}/", first["id"])).await.expect(204);
        assert_eq!(pupils(&parent).await, [second]);
        assert_eq!(admin.get(LINKS).await.expect(200)["count"], 1);
        admin.delete(&format!("/api/users/{}/", school.user(Role::Parent))).await.expect(204);
        assert_eq!(admin.get(LINKS).await.expect(200)["count"], 0);
        assert!(pupils(&parent).await.is_empty());
    }
}
