//! A message to each of many.

use resource::tenant_guard::Role;
use serde_json::{Value, json};

use super::{TwoClasses, at, created, each, seen};
use crate::{
    bulk,
    harness::{Answer, App, Caller, School},
};

const GROUP: &str = "/api/messages/group/";

async fn send(caller: &Caller, to: Value) -> Answer {
    let body = json!({"to": to, "subject": "Friday", "body": "School ends at noon."});
    caller.post(GROUP, &body).await
}

/// How many received it.
async fn reached(caller: &Caller, to: Value) -> Value {
    send(caller, to).await.expect(200)["sent"].clone()
}

async fn waiting(caller: &Caller) -> Value {
    caller.get("/api/messages/unread-count/").await.expect(200)["unread_count"].clone()
}

async fn parents(app: &App, school: &School, count: u32) {
    let id = school.id;
    app.beside(move |state| async move { bulk::users(&state, id, "PARENT", count).await })
        .await;
}

both! {
    async fn each_of_a_group_receives_a_message_of_their_own(app: App) {
        let rooms = TwoClasses::of(&app).await;
        let parent = rooms.school.as_(Role::Parent);
        assert_eq!(waiting(&parent).await, 0);
        let done = send(&rooms.admin, json!({"all_parents": true, "all_staff": true})).await.expect(200);
        assert_eq!((&done["sent"], &done["message"]), (&json!(4), &json!("Successfully sent 4 messages")));
        assert_eq!(each(done["left_out"].as_array().unwrap(), "reason"), ["oneself"]);
        assert_eq!(seen(&rooms.admin, "messages/?box=sent").await.len(), 4);
        for role in [Role::Parent, Role::Teacher, Role::Bursar, Role::Staff] {
            let caller = rooms.school.as_(role);
            assert_eq!(waiting(&caller).await, 1, "{role}");
            let received = seen(&caller, "messages/").await;
            assert_eq!(each(&received, "subject"), ["Friday"]);
            assert_eq!((&received[0]["sender"], &received[0]["thread"]), (&json!(rooms.school.user(Role::SchoolAdmin)), &received[0]["id"]));
        }
        assert!(seen(&rooms.pupil("theirs"), "messages/").await.is_empty());
        // One reads it and another puts it away; it is as it was for the rest.
        let mine = seen(&parent, "messages/").await.remove(0);
        parent.patch(&at("messages", &mine), &json!({"is_read": true})).await.expect(200);
        let theirs = seen(&rooms.school.as_(Role::Staff), "messages/").await.remove(0);
        rooms.school.as_(Role::Staff).delete(&at("messages", &theirs)).await.expect(204);
        assert_eq!((waiting(&parent).await, waiting(&rooms.school.as_(Role::Staff)).await), (json!(0), json!(0)));
        assert_eq!(waiting(&rooms.school.as_(Role::Teacher)).await, 1);
        assert_eq!(seen(&rooms.admin, "messages/?box=sent&is_read=true").await.len(), 1);
        // An answer is to the sender alone, whatever the settings say.
        rooms.admin.patch("/api/settings/", &json!({"parents_may_write": "nobody"})).await.expect(200);
        let answer = json!({"recipient": mine["sender"], "parent": mine["id"], "body": "Thank you."});
        assert_eq!(created(&parent, "messages", &answer).await["subject"], "Re: Friday");
        assert_eq!(seen(&rooms.school.as_(Role::Teacher), "messages/").await.len(), 1);
    }

    async fn a_class_is_written_to_by_its_pupils_or_their_parents(app: App) {
        let rooms = TwoClasses::of(&app).await;
        let class = &rooms.classes[0]["id"];
        let without = json!({"student_no": "S-9", "names": "Without", "gender": "Male", "class_id": class});
        let without = created(&rooms.admin, "students", &without).await;
        for (group, reason, reader) in [
            ("class_parents", "no_parent", rooms.school.as_(Role::Parent)),
            ("class_students", "no_account", rooms.pupil("theirs")),
        ] {
            let done = send(&rooms.admin, json!({ group: class })).await.expect(200);
            let left_out = json!([{"user": null, "student": without["id"], "name": "Without", "reason": reason}]);
            assert_eq!((&done["sent"], &done["left_out"]), (&json!(1), &left_out), "{group}");
            assert_eq!(waiting(&reader).await, 1, "{group}");
        }
        assert_eq!(waiting(&rooms.pupil("another")).await, 0);
        // Who left the class is none of it.
        rooms.admin.patch(&at("students", &rooms.pupils[0]), &json!({"status": "withdrawn"})).await.expect(200);
        assert_eq!(reached(&rooms.admin, json!({"class_parents": class, "class_students": class})).await, 0);
    }

    async fn whoever_is_in_several_groups_receives_one_message(app: App) {
        let rooms = TwoClasses::of(&app).await;
        // The parent has another child in the same class.
        let sibling = json!({"student_no": "S-9", "names": "Sibling", "gender": "Male", "class_id": rooms.classes[0]["id"]});
        let sibling = created(&rooms.admin, "students", &sibling).await;
        let parent = rooms.school.user(Role::Parent);
        created(&rooms.admin, "guardianships", &json!({"user": parent, "student": sibling["id"]})).await;
        let to = json!({"class_parents": rooms.classes[0]["id"], "all_parents": true, "users": [parent, parent]});
        assert_eq!(reached(&rooms.admin, to).await, 1);
        assert_eq!(waiting(&rooms.school.as_(Role::Parent)).await, 1);
    }

    async fn closed_accounts_and_the_sender_are_left_out_by_name(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        let (me, staff) = (school.user(Role::SchoolAdmin), school.user(Role::Staff));
        admin.patch(&format!("/api/users/{staff}/"), &json!({"is_active": false})).await.expect(200);
        let done = send(&admin, json!({"users": [me, staff, school.user(Role::Bursar)]})).await.expect(200);
        assert_eq!(done["sent"], 1);
        let left_out = json!([
            {"user": me, "student": null, "name": "SCHOOL_ADMIN", "reason": "oneself"},
            {"user": staff, "student": null, "name": "STAFF", "reason": "closed"},
        ]);
        assert_eq!(done["left_out"], left_out);
    }

    async fn each_role_writes_to_the_groups_that_are_its_own(app: App) {
        let rooms = TwoClasses::of(&app).await;
        let [own, other] = [&rooms.classes[0]["id"], &rooms.classes[1]["id"]];
        let groups = [
            ("own parents", json!({"class_parents": own})), ("other parents", json!({"class_parents": other})),
            ("own pupils", json!({"class_students": own})), ("other pupils", json!({"class_students": other})),
            ("teachers", json!({"all_teachers": true})), ("staff", json!({"all_staff": true})),
            ("parents", json!({"all_parents": true})), ("some", json!({"users": [rooms.school.user(Role::Parent)]})),
        ];
        let allowed = |role| match role {
            Role::SchoolAdmin => groups.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
            Role::Bursar => vec!["own parents", "other parents", "parents", "some"],
            Role::Teacher => vec!["own parents", "own pupils", "teachers", "some"],
            _ => Vec::new(),
        };
        for role in [Role::SchoolAdmin, Role::Bursar, Role::Teacher, Role::Staff, Role::Parent, Role::Student] {
            for (name, to) in &groups {
                let answer = send(&rooms.school.as_(role), to.clone()).await;
                let expected = if allowed(role).contains(name) { 200 } else { 403 };
                assert_eq!(answer.status, expected, "{role} {name}: {}", answer.json());
            }
        }
        let mixed = json!({"class_parents": own, "class_students": other});
        send(&rooms.school.as_(Role::Teacher), mixed).await.problem(403, "permission_denied");
    }

    async fn what_the_school_does_not_have_is_refused_by_its_field_and_nobody_is_written_to(app: App) {
        let (school, other) = (app.school().await, TwoClasses::of(&app).await);
        let admin = school.as_(Role::SchoolAdmin);
        let (foreign, class) = (other.school.user(Role::Parent), &other.classes[0]["id"]);
        let to = json!({"class_parents": class, "class_students": 999_999_999, "users": [school.user(Role::Staff), foreign], "all_parents": true});
        let errors = send(&admin, to).await.field_errors();
        let unknown = |id: String| json!([format!("Invalid pk \"{id}\" - object does not exist.")]);
        let expected = json!({
            "to.class_parents": unknown(class.to_string()), "to.class_students": unknown("999999999".into()),
            "to.users.1": unknown(foreign.to_string()),
        });
        assert_eq!(json!(errors), expected);
        assert_eq!(waiting(&school.as_(Role::Parent)).await, 0);
        for to in [json!({}), json!({"all_parents": false, "users": []})] {
            assert_eq!(send(&admin, to).await.field_errors()["to"], ["Name at least one group."]);
        }
        let errors = admin.post(GROUP, &json!({})).await.field_errors();
        assert_eq!(errors.keys().collect::<Vec<_>>(), ["body", "to"]);
    }

    async fn two_thousand_take_as_many_statements_as_one(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        admin.token().await;
        let one = send(&admin, json!({"all_parents": true})).await;
        assert_eq!(one.expect(200)["sent"], 1);
        parents(&app, &school, 1_999).await;
        let many = send(&admin, json!({"all_parents": true})).await;
        assert_eq!(many.expect(200)["sent"], 2_000);
        assert_eq!(many.statements(), one.statements());
        assert!(many.statements() <= 5, "{}", many.statements());
        assert_eq!(waiting(&school.as_(Role::Parent)).await, 2);
        let everyone = seen(&admin, "users/?role=PARENT&page_size=200").await;
        let named = send(&admin, json!({"users": each(&everyone, "id")})).await;
        assert_eq!(named.expect(200)["sent"], 200);
        assert!(named.statements() <= 5, "{}", named.statements());
    }

    async fn a_teacher_takes_no_more(app: App) {
        let rooms = TwoClasses::of(&app).await;
        let teacher = rooms.school.as_(Role::Teacher);
        let class = &rooms.classes[0]["id"];
        let to = json!({"class_parents": class, "class_students": class, "all_teachers": true, "users": [rooms.school.user(Role::Staff)]});
        let done = send(&teacher, to).await;
        assert_eq!(done.expect(200)["sent"], 3);
        assert!(done.statements() <= 5, "{}", done.statements());
    }

    async fn a_repeat_under_its_key_sends_nothing_twice(app: App) {
        let school = app.school().await;
        let keyed = school.as_(Role::SchoolAdmin).with("Idempotency-Key", "to-every-parent");
        let first = send(&keyed, json!({"all_parents": true})).await;
        let again = send(&keyed, json!({"all_parents": true})).await;
        assert_eq!((first.expect(200), first.header("idempotency-replayed")), (again.expect(200), None));
        assert_eq!(again.header("idempotency-replayed"), Some("true"));
        send(&keyed, json!({"all_staff": true})).await.problem(422, "idempotency_mismatch");
        assert_eq!(waiting(&school.as_(Role::Parent)).await, 1);
        assert_eq!(waiting(&school.as_(Role::Staff)).await, 0);
    }

    async fn an_inbox_of_fifty_takes_two_statements(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        let parent = school.as_(Role::Parent);
        for _ in 0..51 {
            reached(&admin, json!({"users": [school.user(Role::Parent)]})).await;
        }
        let inbox = parent.get("/api/messages/?box=inbox").await;
        assert_eq!(inbox.expect(200)["results"].as_array().unwrap().len(), 50);
        assert!(inbox.statements() <= 2, "{}", inbox.statements());
    }
}
