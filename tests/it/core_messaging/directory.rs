//! Whom parents and pupils see, and so write to.

use resource::tenant_guard::Role;
use serde_json::{Value, json};

use super::{TwoClasses, at, created, each, seen};
use crate::harness::Caller;

const MESSAGES: &str = "/api/messages/";

/// Roles of those whom somebody sees, in the order of their names.
async fn roles(caller: &Caller) -> Vec<Value> {
    each(&seen(caller, "users/").await, "role")
}

/// Whether the directory shows `account`, and a message reaches it, which must agree.
async fn reaches(caller: &Caller, account: i64) -> bool {
    let shown = caller.get(&format!("/api/users/{account}/")).await;
    let body = json!({"recipient": account, "body": "Good morning."});
    let sent = caller.post(MESSAGES, &body).await;
    assert_eq!(
        sent.status == 201,
        shown.status == 200,
        "{account}: {}",
        sent.json()
    );
    if sent.status != 201 {
        let unknown = format!("Invalid pk \"{account}\" - object does not exist.");
        assert_eq!(sent.field_errors()["recipient"], [unknown]);
    }
    sent.status == 201
}

both! {
    async fn families_see_the_office_and_the_teachers_of_their_classes(app: App) {
        let rooms = TwoClasses::of(&app).await;
        let (parent, pupil, other) = (rooms.school.as_(Role::Parent), rooms.pupil("theirs"), rooms.pupil("another"));
        assert_eq!(roles(&parent).await, ["BURSAR", "PARENT", "SCHOOL_ADMIN", "STAFF", "TEACHER"]);
        let teacher = rooms.school.user(Role::Teacher);
        for (caller, reached) in [(&parent, true), (&pupil, true), (&other, false)] {
            assert_eq!(reaches(caller, teacher).await, reached);
            for office in [Role::SchoolAdmin, Role::Bursar, Role::Staff] {
                assert!(reaches(caller, rooms.school.user(office)).await, "{office}");
            }
            assert!(!reaches(caller, rooms.school.user(Role::Student)).await);
        }
        assert!(!reaches(&pupil, rooms.school.user(Role::Parent)).await);
        // Who works at the school writes to everyone in it.
        let everyone = seen(&rooms.admin, "users/").await;
        assert_eq!(roles(&rooms.school.as_(Role::Teacher)).await.len(), everyone.len());
        assert!(reaches(&rooms.school.as_(Role::Teacher), rooms.school.user(Role::Parent)).await);
    }

    async fn who_teaches_them_a_subject_this_year_is_their_teacher(app: App) {
        let rooms = TwoClasses::of(&app).await;
        let (pupil, teacher) = (rooms.pupil("another"), rooms.school.user(Role::Teacher));
        let subject = seen(&rooms.admin, "subjects/").await[0]["id"].clone();
        let session = async |year: &str| {
            let settings = json!({"current_session": year});
            rooms.admin.patch("/api/settings/", &settings).await.expect(200);
        };
        session("2025/2026").await;
        let taught = json!({"teacher": rooms.teacher["id"], "class": rooms.classes[1]["id"], "subject": subject, "session": "2024/2025"});
        let taught = created(&rooms.admin, "subject-teachers", &taught).await;
        assert!(!reaches(&pupil, teacher).await);
        for (year, reached) in [("2024/2025", true), ("2025/2026", false), ("", true)] {
            session(year).await;
            assert_eq!(reaches(&pupil, teacher).await, reached, "{year}");
        }
        session("2025/2026").await;
        rooms.admin.patch(&at("subject-teachers", &taught), &json!({"session": ""})).await.expect(200);
        assert!(reaches(&pupil, teacher).await);
        rooms.admin.delete(&at("subject-teachers", &taught)).await.expect(204);
        assert!(!reaches(&pupil, teacher).await);
    }

    async fn whoever_changes_class_finds_the_new_teacher_at_once(app: App) {
        let rooms = TwoClasses::of(&app).await;
        let teacher = rooms.school.user(Role::Teacher);
        assert!(reaches(&rooms.school.as_(Role::Parent), teacher).await);
        let moved = json!({"class_id": rooms.classes[1]["id"]});
        rooms.admin.patch(&at("students", &rooms.pupils[0]), &moved).await.expect(200);
        assert!(!reaches(&rooms.school.as_(Role::Parent), teacher).await);
        let given = json!({"class_teacher_id": rooms.teacher["id"]});
        rooms.admin.patch(&at("classes", &rooms.classes[1]), &given).await.expect(200);
        assert!(reaches(&rooms.school.as_(Role::Parent), teacher).await);
        assert!(reaches(&rooms.pupil("another"), teacher).await);
    }

    async fn a_school_says_whom_its_pupils_and_its_parents_may_write_to(app: App) {
        let rooms = TwoClasses::of(&app).await;
        let (teacher, bursar) = (rooms.school.user(Role::Teacher), rooms.school.user(Role::Bursar));
        let people = [("pupils_may_write", rooms.pupil("theirs")), ("parents_may_write", rooms.school.as_(Role::Parent))];
        for (key, caller) in &people {
            for (word, office, teachers) in [
                ("office", true, false), ("nobody", false, false), ("teachers_and_office", true, true),
            ] {
                rooms.admin.patch("/api/settings/", &json!({ *key: word })).await.expect(200);
                assert_eq!(reaches(caller, bursar).await, office, "{key} {word}");
                assert_eq!(reaches(caller, teacher).await, teachers, "{key} {word}");
            }
            rooms.admin.patch("/api/settings/", &json!({ *key: "nobody" })).await.expect(200);
            // Of themselves they know.
            assert_eq!(roles(caller).await.len(), 1);
        }
        rooms.admin.patch("/api/settings/", &json!({"pupils_may_write": "everyone"})).await.field_errors();
        // What one school says is nothing to another.
        let other = TwoClasses::of(&app).await;
        assert!(reaches(&other.pupil("theirs"), other.school.user(Role::Teacher)).await);
    }

    async fn a_message_that_was_received_is_answered_in_any_case(app: App) {
        let rooms = TwoClasses::of(&app).await;
        rooms.admin.patch("/api/settings/", &json!({"pupils_may_write": "nobody"})).await.expect(200);
        let (teacher, pupil) = (rooms.school.as_(Role::Teacher), rooms.pupil("another"));
        let account = rooms.admin.get("/api/users/?search=another").await.expect(200)["results"][0]["id"].clone();
        let question = created(&teacher, "messages", &json!({"recipient": account, "body": "Are you well?"})).await;
        let answer = json!({"recipient": question["sender"], "body": "I am.", "parent": question["id"]});
        let answer = created(&pupil, "messages", &answer).await;
        // To write anew, or in answer to oneself, is not to answer.
        for parent in [&Value::Null, &answer["id"]] {
            let body = json!({"recipient": question["sender"], "body": "And you?", "parent": parent});
            let errors = pupil.post(MESSAGES, &body).await.field_errors();
            assert_eq!(errors.keys().collect::<Vec<_>>(), ["recipient"]);
        }
        let aside = json!({"recipient": rooms.school.user(Role::Bursar), "body": "I am.", "parent": question["id"]});
        let errors = pupil.post(MESSAGES, &aside).await.field_errors();
        assert_eq!(errors["recipient"], ["An answer goes to the other person of its message."]);
        rooms.admin.patch(&format!("/api/users/{}/", question["sender"]), &json!({"is_active": false})).await.expect(200);
        let late = json!({"recipient": question["sender"], "body": "Hello?", "parent": question["id"]});
        let errors = pupil.post(MESSAGES, &late).await.field_errors();
        assert_eq!(errors["recipient"], ["This account is closed."]);
    }
}
