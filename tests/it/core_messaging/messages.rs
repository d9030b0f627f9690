//! Sending, reading, answering and putting away.

use resource::tenant_guard::Role;
use serde_json::{Value, json};

use crate::harness::{Caller, School};

const MESSAGES: &str = "/api/messages/";

async fn sent(school: &School, from: Role, to: Role) -> Value {
    let body =
        json!({"recipient": school.user(to), "subject": "Fees", "body": "They are due on Friday."});
    school.as_(from).post(MESSAGES, &body).await.expect(201)
}

async fn counted(caller: &Caller, query: &str) -> Value {
    caller.get(&format!("{MESSAGES}{query}")).await.expect(200)["count"].clone()
}

fn at(message: &Value) -> String {
    format!("{MESSAGES}{}/", message["id"])
}

both! {
    async fn a_message_names_both_its_people_and_waits_unread(app: App) {
        let school = app.school().await;
        let message = sent(&school, Role::Bursar, Role::Parent).await;
        assert_eq!(message["school"], school.id);
        assert_eq!(message["sender"], school.user(Role::Bursar));
        assert_eq!(message["sender_role"], "BURSAR");
        assert_eq!(message["recipient"], school.user(Role::Parent));
        assert_eq!(message["recipient_name"], "PARENT");
        assert_eq!((&message["is_read"], &message["read_at"]), (&json!(false), &Value::Null));
        let parent = school.as_(Role::Parent);
        let waiting = parent.get("/api/messages/unread-count/").await.expect(200);
        assert_eq!(waiting, json!({"unread_count": 1}));
        assert_eq!(counted(&parent, "?box=inbox&is_read=false").await, 1);
        assert_eq!(counted(&parent, "?box=sent").await, 0);
        assert_eq!(counted(&school.as_(Role::Bursar), "?box=sent").await, 1);
    }

    async fn only_the_recipient_marks_a_message_read_and_only_once(app: App) {
        let school = app.school().await;
        let message = sent(&school, Role::Bursar, Role::Teacher).await;
        let (bursar, teacher) = (school.as_(Role::Bursar), school.as_(Role::Teacher));
        let read = json!({"is_read": true});
        bursar.patch(&at(&message), &read).await.problem(403, "permission_denied");
        let first = teacher.put(&at(&message), &read).await.expect(200);
        assert!(first["read_at"].is_string());
        let again = teacher.patch(&at(&message), &read).await.expect(200);
        assert_eq!(first["read_at"], again["read_at"]);
        teacher.patch(&at(&message), &json!({"is_read": false})).await.problem(409, "conflict");
        let waiting = teacher.get("/api/messages/unread-count/").await.expect(200);
        assert_eq!(waiting, json!({"unread_count": 0}));
    }

    async fn what_was_sent_does_not_change(app: App) {
        let school = app.school().await;
        let message = sent(&school, Role::Bursar, Role::Teacher).await;
        let bursar = school.as_(Role::Bursar);
        for change in [
            json!({"body": "They are due on Monday."}),
            json!({"body": null}),
            json!({"subject": "Salaries"}),
            json!({"recipient": school.user(Role::Parent)}),
        ] {
            bursar.patch(&at(&message), &change).await.problem(409, "conflict");
            bursar.put(&at(&message), &change).await.problem(409, "conflict");
        }
        bursar.put(&at(&message), &message).await.expect(200);
        assert_eq!(bursar.get(&at(&message)).await.expect(200), message);
    }

    async fn a_message_put_away_is_gone_for_one_and_there_for_the_other(app: App) {
        let school = app.school().await;
        let message = sent(&school, Role::Bursar, Role::Teacher).await;
        let (bursar, teacher) = (school.as_(Role::Bursar), school.as_(Role::Teacher));
        teacher.delete(&at(&message)).await.expect(204);
        teacher.get(&at(&message)).await.problem(404, "not_found");
        teacher.delete(&at(&message)).await.problem(404, "not_found");
        assert_eq!(counted(&teacher, "").await, 0);
        bursar.get(&at(&message)).await.expect(200);
    }

    async fn a_third_person_sees_no_message_and_cannot_answer_it(app: App) {
        let school = app.school().await;
        let message = sent(&school, Role::Bursar, Role::Teacher).await;
        let admin = school.as_(Role::SchoolAdmin);
        admin.get(&at(&message)).await.problem(404, "not_found");
        let reply = json!({"to_id": school.user(Role::Bursar), "body": "Yes.", "parent": message["id"]});
        assert!(admin.post(MESSAGES, &reply).await.field_errors().contains_key("parent"));
        let reply = school.as_(Role::Teacher).post(MESSAGES, &reply).await.expect(201);
        assert_eq!(reply["parent"], message["id"]);
        assert_eq!(reply["recipient"], school.user(Role::Bursar));
    }

    async fn sending_reports_every_missing_field_at_once(app: App) {
        let school = app.school().await;
        let long = json!({"subject": "x".repeat(256)});
        let errors = school.as_(Role::Staff).post(MESSAGES, &long).await.field_errors();
        assert_eq!(errors.keys().collect::<Vec<_>>(), ["body", "recipient", "subject"]);
    }

    async fn nobody_writes_to_themselves(app: App) {
        let school = app.school().await;
        let body = json!({"recipient": school.user(Role::Bursar), "body": "Remember the milk."});
        let errors = school.as_(Role::Bursar).post(MESSAGES, &body).await.field_errors();
        assert_eq!(errors["recipient"], ["Nobody writes to themselves."]);
    }

    async fn a_closed_account_is_written_to_by_nobody(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        let at = format!("/api/users/{}/", school.user(Role::Staff));
        admin.patch(&at, &json!({"is_active": false})).await.expect(200);
        let body = json!({"recipient": school.user(Role::Staff), "body": "Hello"});
        let errors = school.as_(Role::Bursar).post(MESSAGES, &body).await.field_errors();
        assert_eq!(errors["recipient"], ["This account is closed."]);
        let hidden = school.as_(Role::Parent).post(MESSAGES, &body).await.field_errors();
        assert_eq!(hidden["recipient"], [format!("Invalid pk \"{}\" - object does not exist.", body["recipient"])]);
    }

    async fn another_schools_people_cannot_be_written_to(app: App) {
        let (school, other) = (app.school().await, app.school().await);
        let foreign = other.user(Role::Student);
        let body = json!({"recipient": foreign, "body": "Hello"});
        let errors = school.as_(Role::Teacher).post(MESSAGES, &body).await.field_errors();
        let expected = format!("Invalid pk \"{foreign}\" - object does not exist.");
        assert_eq!(errors["recipient"], [expected]);
    }

    async fn an_operator_has_no_messages(app: App) {
        let school = app.school().await;
        let operator = app.operator().await.with("X-Tenant-ID", &school.domain);
        operator.get(MESSAGES).await.problem(403, "permission_denied");
    }
}
