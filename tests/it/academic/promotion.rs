//! Moving many pupils to their next classes.

use resource::tenant_guard::Role;
use serde_json::{Value, json};

use super::{Room, created, read, seen};

const PROMOTE: &str = "/api/students/bulk-promote/";

fn unknown(id: &Value) -> Value {
    json!(format!("Invalid pk \"{id}\" - object does not exist."))
}

both! {
    async fn who_can_move_moves_and_of_each_other_pupil_it_is_said_why_not(app: App) {
        let (room, other) = (Room::of(&app, &[], 5).await, Room::of(&app, &[], 1).await);
        let next = created(&room.admin, "classes", &json!({"name": "Age 16"})).await;
        let id = |n: usize| room.pupils[n]["id"].to_string();
        let (foreign_pupil, foreign_class) = (&other.pupils[0]["id"], &other.class["id"]);
        let never = json!(999_999_999);
        let promotions = json!({
            id(0): next["id"], id(1): next["id"].to_string(), id(2): "graduate", id(3): foreign_class, id(4): "expel",
            foreign_pupil.to_string(): next["id"], never.to_string(): "graduate", "Ada": next["id"],
        });
        let done = room.admin.post(PROMOTE, &json!({"promotions": promotions})).await.expect(200);
        let errors = json!({
            id(3): unknown(foreign_class), id(4): "Expected the id of a class, or \"graduate\".",
            foreign_pupil.to_string(): unknown(foreign_pupil), never.to_string(): unknown(&never),
            "Ada": "Invalid pk \"Ada\" - object does not exist.",
        });
        assert_eq!(done, json!({"message": "Successfully processed 3 students", "processed": 3, "errors": errors}));
        let now: Vec<_> = seen(&room.admin, "students").await.iter().map(|pupil| json!([pupil["class_id"], pupil["class_name"], pupil["status"]])).collect();
        let stayed = json!([room.class["id"], "Age 15", "active"]);
        let moved = json!([next["id"], "Age 16", "active"]);
        assert_eq!(now, [moved.clone(), moved, json!([null, null, "graduated"]), stayed.clone(), stayed]);
        assert_eq!(read(&other.admin, "students", &other.pupils[0]).await, other.pupils[0]);
        let leavers = room.admin.get("/api/students/?status=graduated").await.expect(200);
        assert_eq!(leavers["results"][0]["id"], room.pupils[2]["id"]);
    }

    async fn a_graduate_who_comes_back_is_a_pupil_again(app: App) {
        let room = Room::of(&app, &[], 1).await;
        let id = room.pupils[0]["id"].to_string();
        let promote = async |to: Value| {
            let done = room.admin.post(PROMOTE, &json!({"promotions": {&id: to}})).await.expect(200);
            assert_eq!(done["processed"], 1);
            read(&room.admin, "students", &room.pupils[0]).await
        };
        assert_eq!(promote(json!("graduate")).await["status"], "graduated");
        let back = promote(room.class["id"].clone()).await;
        assert_eq!((&back["status"], &back["class_id"]), (&json!("active"), &room.class["id"]));
    }

    async fn a_promotion_that_cannot_be_read_moves_nobody(app: App) {
        let room = Room::of(&app, &[], 1).await;
        for body in [json!({}), json!({"promotions": []}), json!({"promotions": "all"}), json!({"promotions": null})] {
            assert!(room.admin.post(PROMOTE, &body).await.field_errors().contains_key("promotions"), "{body}");
        }
        let nothing = room.admin.post(PROMOTE, &json!({"promotions": {}})).await.expect(200);
        assert_eq!((&nothing["processed"], &nothing["errors"]), (&json!(0), &json!({})));
        let own = json!({"promotions": {room.pupils[0]["id"].to_string(): "graduate"}});
        for role in [Role::Teacher, Role::Bursar, Role::Parent] {
            room.school.as_(role).post(PROMOTE, &own).await.problem(403, "permission_denied");
        }
        assert_eq!(read(&room.admin, "students", &room.pupils[0]).await, room.pupils[0]);
    }
}
