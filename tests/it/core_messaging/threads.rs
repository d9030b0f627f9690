//! Threads of messages.

use migrations::{Migrator, sea_orm_migration::MigratorTrait};
use resource::tenant_guard::{Clock, Role};
use serde_json::{Value, json};

use super::{at, created, each};
use crate::harness::{Caller, PASSWORD, School};

const MESSAGES: &str = "/api/messages/";

async fn sent(from: &Caller, to: i64, subject: &str) -> Value {
    let body = json!({"recipient": to, "subject": subject, "body": "Good morning."});
    created(from, "messages", &body).await
}

/// Answers `message` to whoever sent it.
async fn answered(by: &Caller, message: &Value, more: Value) -> Value {
    let mut body =
        json!({"recipient": message["sender"], "parent": message["id"], "body": "Thank you."});
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    created(by, "messages", &body).await
}

fn thread_at(message: &Value) -> String {
    format!("{}thread/", at("messages", message))
}

/// Keys of a thread's messages, as somebody sees it by any of them.
async fn thread(caller: &Caller, message: &Value) -> Vec<Value> {
    let thread = caller.get(&thread_at(message)).await.expect(200);
    let messages = thread["results"].as_array().unwrap();
    assert_eq!(thread["count"], messages.len());
    assert!(messages.iter().all(|one| one["thread"] == thread["thread"]));
    each(messages, "id")
}

/// A letter of the bursar's, the teacher's answer to it, and the bursar's to that.
async fn three(school: &School) -> [Value; 3] {
    let (bursar, teacher) = (school.as_(Role::Bursar), school.as_(Role::Teacher));
    let first = sent(&bursar, school.user(Role::Teacher), "Fees").await;
    let second = answered(&teacher, &first, json!({})).await;
    let third = answered(&bursar, &second, json!({})).await;
    [first, second, third]
}

both! {
    async fn a_thread_is_read_whole_and_in_order_by_any_of_its_messages(app: App) {
        let school = app.school().await;
        let messages = three(&school).await;
        sent(&school.as_(Role::Bursar), school.user(Role::Teacher), "Something else").await;
        for role in [Role::Bursar, Role::Teacher] {
            for message in &messages {
                assert_eq!(message["thread"], messages[0]["id"]);
                assert_eq!(thread(&school.as_(role), message).await, each(&messages, "id"));
            }
            let listed = format!("{MESSAGES}?thread={}&ordering=created_at", messages[0]["id"]);
            let listed = school.as_(role).get(&listed).await.expect(200);
            assert_eq!(listed["results"], json!(messages));
        }
        school.as_(Role::SchoolAdmin).get(&thread_at(&messages[0])).await.problem(404, "not_found");
    }

    async fn an_answer_without_a_subject_has_that_of_its_message(app: App) {
        let school = app.school().await;
        let [first, second, third] = three(&school).await;
        assert_eq!([&first["subject"], &second["subject"], &third["subject"]], ["Fees", "Re: Fees", "Re: Fees"]);
        let teacher = school.as_(Role::Teacher);
        assert_eq!(answered(&teacher, &first, json!({"subject": "Friday"})).await["subject"], "Friday");
        assert_eq!(answered(&teacher, &first, json!({"subject": ""})).await["subject"], "Re: Fees");
        let long = sent(&school.as_(Role::Bursar), school.user(Role::Teacher), &"é".repeat(255)).await;
        let subject = answered(&teacher, &long, json!({})).await["subject"].clone();
        assert_eq!(subject, format!("Re: {}", "é".repeat(251)));
        let bare = sent(&school.as_(Role::Bursar), school.user(Role::Teacher), "").await;
        assert_eq!(answered(&teacher, &bare, json!({})).await["subject"], "");
    }

    async fn what_one_put_away_is_missing_from_that_ones_thread_alone(app: App) {
        let school = app.school().await;
        let (bursar, teacher) = (school.as_(Role::Bursar), school.as_(Role::Teacher));
        let [first, second, third] = three(&school).await;
        teacher.delete(&at("messages", &second)).await.expect(204);
        assert_eq!(thread(&teacher, &third).await, [first["id"].clone(), third["id"].clone()]);
        teacher.get(&thread_at(&second)).await.problem(404, "not_found");
        assert_eq!(thread(&bursar, &first).await.len(), 3);
        // A thread goes on without its first message.
        teacher.delete(&at("messages", &first)).await.expect(204);
        assert_eq!(thread(&teacher, &third).await, [third["id"].clone()]);
        assert_eq!(answered(&teacher, &third, json!({})).await["thread"], first["id"]);
    }

    async fn a_thread_put_away_is_gone_for_one_and_there_for_the_other(app: App) {
        let school = app.school().await;
        let (bursar, teacher) = (school.as_(Role::Bursar), school.as_(Role::Teacher));
        let messages = three(&school).await;
        let other = sent(&bursar, school.user(Role::Teacher), "Something else").await;
        teacher.delete(&thread_at(&messages[2])).await.expect(204);
        let left = teacher.get(MESSAGES).await.expect(200);
        assert_eq!(left["results"], json!([other]));
        assert_eq!(teacher.get("/api/messages/unread-count/").await.expect(200), json!({"unread_count": 1}));
        teacher.get(&thread_at(&messages[0])).await.problem(404, "not_found");
        teacher.delete(&thread_at(&messages[0])).await.problem(404, "not_found");
        assert_eq!(thread(&bursar, &messages[0]).await.len(), 3);
        // What is written afterwards is there.
        let next = answered(&bursar, &messages[1], json!({})).await;
        assert_eq!(thread(&teacher, &next).await, [next["id"].clone()]);
    }

    async fn letters_from_before_there_were_threads_have_theirs(app: App) {
        let app = app.alone().await;
        let school = app.school().await;
        let messages = three(&school).await;
        let other = sent(&school.as_(Role::Bursar), school.user(Role::Teacher), "Something else").await;
        app.beside(|state| async move {
            let newest = Migrator::migrations();
            let since = newest.iter().rev().position(|one| one.name() == "m0021_threads").unwrap() + 1;
            state.migrate_down(u32::try_from(since).unwrap()).await.unwrap();
            state.migrate().await.unwrap();
        }).await;
        // What the gateway answered before is kept no longer than the schema it came of.
        let app = app.another(&[("TERMBOOK_CACHE", "off")], Clock::system());
        let teacher = app.anonymous().signed_in("teacher", PASSWORD, Some(&school.domain));
        assert_eq!(thread(&teacher, &messages[2]).await, each(&messages, "id"));
        let page = teacher.get(&format!("{MESSAGES}?ordering=created_at")).await.expect(200);
        assert_eq!(page["results"], json!([messages[0], messages[1], messages[2], other]));
        // Keys go on where they were.
        let next = answered(&teacher, &other, json!({})).await;
        assert!(next["id"].as_i64() > other["id"].as_i64() && next["thread"] == other["id"], "{next}");
    }

    async fn a_thread_takes_two_statements_whatever_its_length_and_none_the_second_time(app: App) {
        let school = app.school().await;
        let (bursar, teacher) = (school.as_(Role::Bursar), school.as_(Role::Teacher));
        let first = sent(&bursar, school.user(Role::Teacher), "Fees").await;
        for statements in [2, 2, 2] {
            answered(&teacher, &first, json!({})).await;
            let cold = teacher.get(&thread_at(&first)).await;
            cold.expect(200);
            assert_eq!(cold.statements(), statements);
            assert_eq!(teacher.get(&thread_at(&first)).await.statements(), 0);
        }
    }
}
