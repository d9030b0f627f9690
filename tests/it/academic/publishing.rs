//! Who hears that a report card was published.

use std::time::{Duration, Instant};

use resource::{
    outbox::entity as parcel,
    tenant_guard::{Principal, Role, SchoolId},
};
use serde_json::{Value, json};

use super::{Room, created};
use crate::harness::{App, Caller};

/// Longest wait for an event to have its place.
const PATIENCE: Duration = Duration::from_secs(20);

/// What somebody is told who listens from the beginning, once it is anything.
async fn told(caller: &Caller) -> String {
    let listener = caller.with("Last-Event-ID", "0");
    let deadline = Instant::now() + PATIENCE;
    loop {
        let answer = listener.get("/api/stream/?wait=false").await;
        answer.expect(200);
        let text = String::from_utf8(answer.body).unwrap();
        if text.contains("event: ") {
            return text;
        }
        assert!(Instant::now() < deadline, "{text}");
    }
}

/// Whom e-mails about results wait for, and what they say.
async fn letters(app: &App, room: &Room) -> Vec<(Option<i64>, Value)> {
    let id = SchoolId(room.school.id);
    let kept = app.beside(move |state| async move {
        let scope = state.database.scope(id, Principal::system(id));
        scope.all(scope.find::<parcel::Entity>()).await.unwrap()
    });
    let letters = kept.await.into_iter();
    letters
        .filter(|one| one.kind == "result" && one.channel == "email")
        .map(|one| (one.recipient_id, one.payload))
        .collect()
}

both! {
    async fn the_parents_of_a_published_card_hear_of_it_and_no_mark_is_told(app: App) {
        let room = Room::of(&app, &["Biology"], 2).await;
        let parent = room.school.user(Role::Parent);
        let link = json!({"user": parent, "student": room.pupils[0]["id"]});
        created(&room.admin, "guardianships", &link).await;
        let rows = json!([{"subject": "Biology", "exam": 47}]);
        let (card, other) = (room.card(0, &rows).await, room.card(1, &rows).await);
        room.publish("publish", &other).await;
        room.publish("publish", &card).await;
        let heard = told(&room.school.as_(Role::Parent)).await;
        let event = format!("event: result\ndata: {{\"id\":{},\"resource\":\"reports\"}}", card["id"]);
        assert_eq!((heard.matches("event: ").count(), heard.matches(&event).count()), (1, 1), "{heard}");
        let [(to, said)] = <[_; 1]>::try_from(letters(&app, &room).await).unwrap();
        assert_eq!(to, Some(parent));
        assert!(!said.to_string().contains("47") && !said.to_string().contains("S-0"), "{said}");
        // Published already: no news.
        let again = json!({"ids": [card["id"]]});
        room.admin.post("/api/reports/publish/", &again).await.expect(200);
        assert_eq!(letters(&app, &room).await.len(), 1);
        room.publish("unpublish", &card).await;
        room.publish("publish", &card).await;
        assert_eq!(letters(&app, &room).await.len(), 2);
    }
}
