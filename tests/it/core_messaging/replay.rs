//! Administrators see what was delivered, and have what was given up tried anew.

use resource::{
    outbox::{self, Letter, Parcel},
    tenant_guard::{Principal, Role, SchoolId},
};
use serde_json::{Value, json};

use super::{each, seen};
use crate::harness::{App, School};

/// Puts letters in, one of each kind, and gives them up; answers their ids, the latest first.
async fn given_up(app: &App, school: &School, kinds: &'static [&'static str]) -> Vec<Value> {
    let (id, to) = (SchoolId(school.id), school.user(Role::Parent));
    app.beside(move |state| async move {
        let scope = state.database.scope(id, Principal::system(id));
        let letter = Letter {
            subject: "Only for you".into(),
            text: "Of nobody else's concern".into(),
        };
        let parcels = kinds.iter().enumerate().map(|(n, kind)| {
            Parcel::mail(kind, to, format!("{kind}:{n}"), &letter)
        });
        outbox::enqueue(&scope, parcels.collect()).await.unwrap();
        let sql = "UPDATE outbox SET state = 'dead', due_at = NULL, attempts = 10, \
                   last_error = 'no answer of the mail server' WHERE school_id = $1 AND channel = 'email'";
        scope.execute(&["outbox"], sql, Vec::new()).await.unwrap();
    })
    .await;
    let dead = seen(&school.as_(Role::SchoolAdmin), "outbox/?state=dead").await;
    each(&dead, "id")
}

async fn state(school: &School, id: &Value) -> Value {
    let admin = school.as_(Role::SchoolAdmin);
    admin.get(&format!("/api/outbox/{id}/")).await.expect(200)
}

both! {
    async fn the_outbox_says_what_became_of_a_parcel_and_nothing_of_what_is_in_it(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        given_up(&app, &school, &["result"]).await;
        let body = json!({"recipient": school.user(Role::Parent), "subject": "Secret", "body": "Secret"});
        school.as_(Role::Teacher).post("/api/messages/", &body).await.expect(201);
        let rows = seen(&admin, "outbox/?ordering=created_at").await;
        // The message is told on the live stream as well, which nobody waits for.
        assert_eq!(each(&rows, "kind"), ["result", "message"]);
        assert_eq!(each(&rows, "state"), ["dead", "pending"]);
        assert_eq!(each(&rows, "channel"), ["email", "email"]);
        assert_eq!((&rows[0]["attempts"], &rows[0]["last_error"]), (&json!(10), &json!("no answer of the mail server")));
        assert_eq!(rows[0]["recipient_id"], school.user(Role::Parent));
        let said = json!(rows).to_string();
        assert!(!said.contains("Secret") && !said.contains("concern") && !said.contains(".test"), "{said}");
        assert_eq!(seen(&admin, "outbox/?kind=message&channel=email&state=pending").await.len(), 1);
        for role in [Role::Bursar, Role::Teacher, Role::Staff, Role::Parent, Role::Student] {
            school.as_(role).get("/api/outbox/").await.problem(403, "permission_denied");
        }
    }

    async fn what_was_given_up_is_tried_anew_under_its_key_and_the_trail_says_who_asked(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        let id = given_up(&app, &school, &["result"]).await.remove(0);
        let replay = format!("/api/outbox/{id}/replay/");
        for _ in 0..2 {
            admin.with("X-Request-ID", "replayed").post(&replay, &json!({})).await.expect(204);
        }
        let parcel = state(&school, &id).await;
        assert_eq!((&parcel["state"], &parcel["attempts"]), (&json!("pending"), &json!(0)));
        assert!(parcel["due_at"].is_string());
        let acts = seen(&admin, "activity-logs/?resource=outbox").await;
        assert_eq!((acts.len(), &acts[0]["action"], &acts[0]["resource_id"]), (1, &json!("replay"), &id));
        let kept = SchoolId(school.id);
        let keys = app.beside(move |state| async move {
            let scope = state.database.scope(kept, Principal::system(kept));
            let rows = scope.all(scope.find::<outbox::entity::Entity>()).await.unwrap();
            rows.into_iter().map(|row| row.dedupe_key).collect::<Vec<_>>()
        }).await;
        assert_eq!(keys, ["result:0"]);
    }

    async fn what_was_sent_stays_sent_and_another_schools_parcel_is_unknown(app: App) {
        let (school, other) = (app.school().await, app.school().await);
        let id = given_up(&app, &school, &["result"]).await.remove(0);
        let replay = format!("/api/outbox/{id}/replay/");
        other.as_(Role::SchoolAdmin).post(&replay, &json!({})).await.problem(404, "not_found");
        let sent = SchoolId(school.id);
        app.beside(move |state| async move {
            let scope = state.database.scope(sent, Principal::system(sent));
            let sql = "UPDATE outbox SET state = 'sent' WHERE school_id = $1";
            scope.execute(&["outbox"], sql, Vec::new()).await.unwrap();
        }).await;
        school.as_(Role::SchoolAdmin).post(&replay, &json!({})).await.problem(409, "conflict");
    }

    async fn all_that_was_given_up_of_a_kind_is_tried_anew_at_once(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        given_up(&app, &school, &["result", "result", "message", "reminder"]).await;
        let replay = async |body: Value| {
            admin.post("/api/outbox/replay/", &body).await.expect(200)["replayed"].clone()
        };
        assert_eq!(replay(json!({"kind": "result"})).await, 2);
        assert_eq!(replay(json!({"kind": "result"})).await, 0);
        assert_eq!(replay(json!({"channel": "webhook"})).await, 0);
        assert_eq!(seen(&admin, "outbox/?state=dead").await.len(), 2);
        assert_eq!(replay(json!({})).await, 2);
        assert_eq!(seen(&admin, "outbox/?state=pending").await.len(), 4);
        assert_eq!(seen(&admin, "activity-logs/?resource=outbox").await.len(), 2);
    }
}
