//! What others rely on stays, and says who they are.

use resource::tenant_guard::Role;
use serde_json::{Value, json};

use super::{Room, at, created, read, seen};

/// A row that is refused its end, and why.
async fn kept(room: &Room, collection: &str, row: &Value, detail: &str) {
    let problem = room
        .admin
        .delete(&at(collection, row))
        .await
        .problem(409, "conflict");
    assert_eq!(problem["detail"], detail);
    read(&room.admin, collection, row).await;
}

both! {
    async fn a_school_is_taken_apart_only_in_the_order_it_was_built(app: App) {
        let room = Room::of(&app, &["Biology"], 2).await;
        let teacher = seen(&room.admin, "teachers").await.remove(0);
        let subject = seen(&room.admin, "subjects").await.remove(0);
        let card = room.card(0, &json!([{"subject": "Biology", "exam": 40}])).await;
        kept(&room, "subjects", &subject, "This subject cannot be deleted. What relies on it: classes (1), marks (1).").await;
        kept(&room, "teachers", &teacher, "This teacher cannot be deleted. What relies on it: classes (1).").await;
        kept(&room, "staff", &teacher, "This teacher cannot be deleted. What relies on it: classes (1).").await;
        kept(&room, "classes", &room.class, "This class cannot be deleted. What relies on it: students (2), enrolments (2), report cards (1).").await;
        kept(&room, "students", &room.pupils[0], "This student cannot be deleted. What relies on it: report cards (1).").await;
        let account = json!({"id": room.school.user(Role::Teacher)});
        kept(&room, "users", &account, "This user cannot be deleted. What relies on it: teachers (1).").await;

        room.admin.delete(&at("reports", &card)).await.expect(204);
        assert!(seen(&room.admin, "scores").await.is_empty());
        kept(&room, "subjects", &subject, "This subject cannot be deleted. What relies on it: classes (1).").await;
        for pupil in &room.pupils {
            room.admin.delete(&at("students", pupil)).await.expect(204);
        }
        room.admin.delete(&at("classes", &room.class)).await.expect(204);
        room.admin.delete(&at("subjects", &subject)).await.expect(204);
        room.admin.delete(&at("teachers", &teacher)).await.expect(204);
        room.admin.delete(&at("users", &account)).await.expect(204);
        for collection in ["students", "classes", "subjects", "teachers", "reports"] {
            assert!(seen(&room.admin, collection).await.is_empty(), "{collection}");
        }
    }

    async fn a_class_with_fees_of_its_own_stays(app: App) {
        let room = Room::of(&app, &[], 0).await;
        let fee = json!({"name": "Tuition", "amount": "1.00", "session": "2025/2026", "term": "First Term", "class_id": room.class["id"]});
        let fee = created(&room.admin, "fee-items", &fee).await;
        room.admin.delete(&at("classes", &room.class)).await.problem(409, "conflict");
        room.admin.delete(&at("fee-items", &fee)).await.expect(204);
        room.admin.delete(&at("classes", &room.class)).await.expect(204);
    }

    async fn a_pupil_with_a_login_is_kept_by_the_pupil(app: App) {
        let room = Room::of(&app, &[], 1).await;
        let password = json!({"password": crate::harness::PASSWORD});
        room.admin.patch(&at("students", &room.pupils[0]), &password).await.expect(200);
        let login = room.admin.get("/api/users/?search=S-0").await.expect(200)["results"][0].clone();
        kept(&room, "users", &login, "This user cannot be deleted. What relies on it: students (1).").await;
        room.admin.delete(&at("students", &room.pupils[0])).await.expect(204);
        room.admin.get(&at("users", &login)).await.problem(404, "not_found");
    }
}
