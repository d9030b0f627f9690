//! Promised of messages.

use resource::tenant_guard::Role;
use serde_json::{Value, json};

use crate::harness::School;

const MESSAGES: &str = "/api/messages/";

async fn sent(school: &School, from: Role, to: Role, subject: &str) -> Value {
    let body = json!({"recipient": school.user(to), "subject": subject, "body": "Good morning."});
    school.as_(from).post(MESSAGES, &body).await.expect(201)
}

both! {
    async fn send_message(app: App) {
        let school = app.school().await;
        let message = sent(&school, Role::Bursar, Role::Parent, "Fees").await;
        assert_eq!((&message["sender"], &message["recipient"]), (&json!(school.user(Role::Bursar)), &json!(school.user(Role::Parent))));
        assert_eq!((&message["subject"], &message["body"]), (&json!("Fees"), &json!("Good morning.")));
        assert_eq!((&message["is_read"], &message["read_at"]), (&json!(false), &Value::Null));
        let received = school.as_(Role::Parent).get(&format!("{MESSAGES}{}/", message["id"])).await;
        assert_eq!(received.expect(200), message);
    }

    async fn recipient_only_sees_own_messages(app: App) {
        let school = app.school().await;
        let mine = sent(&school, Role::Bursar, Role::Parent, "Yours").await;
        let other = sent(&school, Role::Bursar, Role::Staff, "Another's").await;
        let parent = school.as_(Role::Parent);
        assert_eq!(parent.get(MESSAGES).await.expect(200)["results"], json!([mine]));
        parent.get(&format!("{MESSAGES}{}/", other["id"])).await.problem(404, "not_found");
        parent.get(&format!("{MESSAGES}{}/thread/", other["id"])).await.problem(404, "not_found");
        parent.delete(&format!("{MESSAGES}{}/", other["id"])).await.problem(404, "not_found");
        // Not even who runs the school reads the letters of others.
        assert_eq!(school.as_(Role::SchoolAdmin).get(MESSAGES).await.expect(200)["count"], 0);
    }

    async fn mark_message_as_read(app: App) {
        let school = app.school().await;
        let message = sent(&school, Role::Bursar, Role::Parent, "Fees").await;
        let at = format!("{MESSAGES}{}/", message["id"]);
        let parent = school.as_(Role::Parent);
        let read = parent.patch(&at, &json!({"is_read": true})).await.expect(200);
        assert!(read["is_read"] == true && read["read_at"].is_string(), "{read}");
        assert_eq!(parent.get(&format!("{MESSAGES}unread-count/")).await.expect(200), json!({"unread_count": 0}));
        assert_eq!(school.as_(Role::Bursar).get(&at).await.expect(200)["read_at"], read["read_at"]);
    }

    async fn message_pagination(app: App) {
        let school = app.school().await;
        for n in 1..=5 {
            sent(&school, Role::Bursar, Role::Parent, &format!("Letter {n}")).await;
        }
        let mut subjects = Vec::new();
        for page in 1..=3 {
            let path = format!("{MESSAGES}?ordering=created_at&page_size=2&page={page}");
            let page = school.as_(Role::Parent).get(&path).await.expect(200);
            assert_eq!((&page["count"], &page["total_pages"]), (&json!(5), &json!(3)));
            subjects.extend(page["results"].as_array().unwrap().iter().map(|one| one["subject"].clone()));
        }
        let expected: Vec<_> = (1..=5).map(|n| json!(format!("Letter {n}"))).collect();
        assert_eq!(subjects, expected);
    }
}
