//! What happens is heard, in order, once, and by whom it concerns.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use resource::{
    outbox::{self, Parcel},
    tenant_guard::{Clock, Principal, Role, SchoolId},
};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{TwoClasses, created, seen};
use crate::harness::{App, Caller, Engine, School};

/// Longest wait for an event.
const PATIENCE: Duration = Duration::from_secs(20);
/// No gateway looks for events by itself while a test runs.
const DEAF: [(&str, &str); 1] = [("TERMBOOK_DELIVERY_POLL_SECONDS", "3600")];

#[derive(Debug, Clone, PartialEq)]
struct Event {
    place: i64,
    kind: String,
    data: Value,
}

/// One stream, being listened to.
struct Ear {
    response: reqwest::Response,
    heard: String,
}

impl Ear {
    /// Listens at `app`, from after `place` where there is one.
    async fn at(app: &App, token: &str, place: Option<i64>) -> Self {
        let url = format!("{}/api/stream/", app.base());
        let mut request = reqwest::Client::new().get(url).bearer_auth(token);
        if let Some(place) = place {
            request = request.header("Last-Event-ID", place.to_string());
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let mut ear = Self {
            response,
            heard: String::new(),
        };
        // The first block only says where the stream begins; by then it listens.
        let first = ear.block().await.unwrap();
        assert!(first.starts_with(": here\nid: "), "{first}");
        ear
    }

    /// The next block; none at the end of the stream.
    async fn block(&mut self) -> Option<String> {
        loop {
            if let Some((block, rest)) = self.heard.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.heard = rest;
                return Some(block);
            }
            let chunk = timeout(PATIENCE, self.response.chunk()).await;
            let chunk = chunk.expect("an event in time").unwrap()?;
            self.heard.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    async fn event(&mut self) -> Event {
        // Signs of life go on for as long as one waits.
        let event = timeout(PATIENCE, self.next_event()).await;
        event.expect("an event in time")
    }

    async fn next_event(&mut self) -> Event {
        loop {
            let block = self.block().await.expect("an event before the end");
            let field = |name: &str| {
                block
                    .lines()
                    .find_map(|line| line.strip_prefix(name))
                    .map(str::to_owned)
            };
            if let (Some(place), Some(kind), Some(data)) =
                (field("id: "), field("event: "), field("data: "))
            {
                return Event {
                    place: place.parse().unwrap(),
                    kind,
                    data: serde_json::from_str(&data).unwrap(),
                };
            }
        }
    }
}

/// What a stream has said from its beginning, once it has said so many events.
async fn spoken(caller: &Caller, events: usize) -> String {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let from_the_start = caller.with("Last-Event-ID", "0");
        let told = from_the_start.get("/api/stream/?wait=false").await;
        told.expect(200);
        let said = String::from_utf8(told.body).unwrap();
        if said.matches("event: ").count() >= events {
            return said;
        }
        assert!(Instant::now() < deadline, "{said}");
    }
}

/// Ids of the rows that a stream has told of by one kind of event, once it has told so many.
async fn told(caller: &Caller, kind: &str, events: usize) -> BTreeSet<String> {
    let said = spoken(caller, events).await;
    let of_kind = format!("event: {kind}\n");
    let blocks = said.split("\n\n").filter(|block| block.contains(&of_kind));
    let data = blocks.filter_map(|block| block.split_once("data: "));
    data.map(|(_, data)| serde_json::from_str::<Value>(data).unwrap()["id"].to_string())
        .collect()
}

fn happened(to: i64, n: i64) -> Parcel {
    Parcel::live("payment", to, format!("payment:{n}"), "payments", n)
}

/// Puts events in, each in a transaction of its own, and wakes who gives them places.
async fn happen(app: &App, school: &School, to: i64, numbers: std::ops::Range<i64>) {
    let id = SchoolId(school.id);
    app.beside(move |state| async move {
        let scope = state.database.scope(id, Principal::system(id));
        for n in numbers {
            let transaction = scope.begin().await.unwrap();
            outbox::enqueue(transaction.scope(), vec![happened(to, n)])
                .await
                .unwrap();
            transaction.commit().await.unwrap();
            state.kernel.posted.send_replace(());
        }
    })
    .await;
}

async fn write_to_the_parent(caller: &Caller, school: &School) -> Value {
    let body = json!({"recipient": school.user(Role::Parent), "body": "Only for you"});
    caller.post("/api/messages/", &body).await.expect(201)["id"].clone()
}

both! {
    async fn a_message_is_heard_by_its_recipient_and_says_nothing_of_what_is_in_it(app: App) {
        let school = app.school().await;
        let (parent, staff) = (school.as_(Role::Parent).token().await, school.as_(Role::Staff).token().await);
        let (mut heard, mut other) = (Ear::at(&app, &parent, None).await, Ear::at(&app, &staff, None).await);
        let id = write_to_the_parent(&school.as_(Role::Teacher), &school).await;
        let event = heard.event().await;
        assert_eq!((event.kind.as_str(), event.data), ("message", json!({"resource": "messages", "id": id})));
        let own = json!({"recipient": school.user(Role::Staff), "body": "And you"});
        let own = school.as_(Role::Teacher).post("/api/messages/", &own).await.expect(201);
        assert_eq!(other.event().await.data["id"], own["id"]);
    }

    async fn an_announcement_is_heard_by_exactly_those_who_see_it(app: App) {
        let rooms = TwoClasses::of(&app).await;
        let mut people = rooms.people();
        people.push(("admin", rooms.admin.clone()));
        for target in ["all", "teachers", "students", "parents", "staff"] {
            for class in [Value::Null, rooms.classes[0]["id"].clone(), rooms.classes[1]["id"].clone()] {
                let body = json!({"title": "Told", "content": "Told.", "target": target, "class_id": class});
                created(&rooms.admin, "announcements", &body).await;
            }
        }
        for (who, caller) in people {
            let seen: BTreeSet<String> = seen(&caller, "announcements/").await.iter().map(|row| row["id"].to_string()).collect();
            let heard = told(&caller, "announcement", seen.len()).await;
            assert_eq!(heard, seen, "{who}");
        }
    }

    async fn a_payment_is_heard_by_the_office_and_the_parents_of_its_pupil(app: App) {
        let rooms = TwoClasses::of(&app).await;
        let bursar = rooms.school.as_(Role::Bursar);
        let mut ids = Vec::new();
        for pupil in &rooms.pupils {
            let payment = json!({"student_id": pupil["id"], "amount": "5.00", "session": "2025/2026", "term": "First Term"});
            ids.push(created(&bursar, "payments", &payment).await["id"].to_string());
        }
        for caller in [&bursar, &rooms.admin] {
            assert_eq!(told(caller, "payment", 2).await, ids.iter().cloned().collect());
        }
        assert_eq!(told(&rooms.school.as_(Role::Parent), "payment", 1).await, BTreeSet::from([ids[0].clone()]));
        assert!(told(&rooms.school.as_(Role::Teacher), "payment", 0).await.is_empty());
        // One of the act itself, another of its taking back.
        rooms.admin.delete(&format!("/api/payments/{}/", ids[0])).await.expect(204);
        let parent = rooms.school.as_(Role::Parent);
        let said = spoken(&parent, 2).await;
        assert_eq!(said.matches("event: payment").count(), 2, "{said}");
    }

    async fn a_newsletter_is_heard_by_everyone_when_it_is_first_published(app: App) {
        let rooms = TwoClasses::of(&app).await;
        let draft = created(&rooms.admin, "newsletters", &json!({"title": "Easter"})).await;
        let path = format!("/api/newsletters/{}/", draft["id"]);
        for is_published in [true, false, true] {
            rooms.admin.patch(&path, &json!({"is_published": is_published})).await.expect(200);
        }
        for (who, caller) in rooms.people() {
            assert_eq!(told(&caller, "newsletter", 1).await, BTreeSet::from([draft["id"].to_string()]), "{who}");
        }
    }

    async fn who_comes_back_misses_nothing_of_five_hundred_events(app: App) {
        let school = app.school().await;
        let parent = school.as_(Role::Parent);
        let (token, to) = (parent.token().await, school.user(Role::Parent));
        let mut ear = Ear::at(&app, &token, None).await;
        let (mut heard, mut last) = (Vec::new(), None);
        let writers = futures::future::join_all((0..10).map(|n| happen(&app, &school, to, n * 50..n * 50 + 50)));
        let listener = async {
            while heard.len() < 500 {
                // Five times the line breaks, and the client comes back with the last place it saw.
                if !heard.is_empty() && heard.len() % 90 == 0 {
                    ear = Ear::at(&app, &token, last).await;
                }
                let event = ear.event().await;
                last = Some(event.place);
                heard.push(event);
            }
        };
        futures::future::join(writers, listener).await;
        let numbers: BTreeSet<i64> = heard.iter().map(|event| event.data["id"].as_i64().unwrap()).collect();
        assert_eq!(numbers, (0..500).collect::<BTreeSet<i64>>());
        assert!(heard.windows(2).all(|pair| pair[0].place < pair[1].place));
    }

    async fn a_stream_asks_for_a_token_in_its_header_and_for_a_place_it_knows(app: App) {
        let school = app.school().await;
        let parent = school.as_(Role::Parent);
        let token = parent.token().await;
        let in_query = format!("/api/stream/?token={token}");
        app.anonymous().get(&in_query).await.problem(401, "not_authenticated");
        assert!(parent.get(&in_query).await.field_errors().contains_key("token"));
        let lost = parent.with("Last-Event-ID", "yesterday").get("/api/stream/").await;
        assert!(lost.field_errors().contains_key("Last-Event-ID"));
        let told = parent.get("/api/stream/?wait=false").await;
        told.expect(200);
        assert_eq!(told.body, b": here\nid: 0\n\n");
    }

    async fn one_account_holds_five_streams_and_no_more(app: App) {
        let school = app.school().await;
        let parent = school.as_(Role::Parent);
        let token = parent.token().await;
        let mut ears = Vec::new();
        for _ in 0..5 {
            ears.push(Ear::at(&app, &token, None).await);
        }
        parent.get("/api/stream/").await.problem(429, "throttled");
        let staff = school.as_(Role::Staff).token().await;
        Ear::at(&app, &staff, None).await;
    }

    async fn a_stream_ends_with_its_token(app: App) {
        let school = app.school().await;
        let token = school.as_(Role::Parent).token().await;
        let now = Clock::system().now();
        let late = app.another(&[], Clock::by(move || now + chrono::TimeDelta::seconds(3_598)));
        let mut ear = Ear::at(&late, &token, None).await;
        assert_eq!(ear.block().await, None);
    }
}

#[tokio::test]
async fn what_is_written_through_one_gateway_is_heard_at_another() {
    let app = App::on(Engine::Production).alone().await;
    let school = app.school().await;
    let (one, other) = (
        app.another(&DEAF, Clock::system()),
        app.another(&DEAF, Clock::system()),
    );
    let parent = school.as_(Role::Parent).token().await;
    let teacher = school.as_(Role::Teacher).token().await;
    let mut ear = Ear::at(&other, &parent, None).await;
    let teacher = one
        .anonymous()
        .with("Authorization", &format!("Bearer {teacher}"));
    let id = write_to_the_parent(&teacher, &school).await;
    assert_eq!(ear.event().await.data["id"], id);
}

#[tokio::test]
async fn an_event_committed_late_is_not_missed_by_who_heard_a_younger_one() {
    let app = App::on(Engine::Production);
    let school = app.school().await;
    let token = school.as_(Role::Parent).token().await;
    let (id, to) = (SchoolId(school.id), school.user(Role::Parent));
    let mut ear = Ear::at(&app, &token, None).await;
    let (go, gone) = tokio::sync::oneshot::channel::<()>();
    let (begun, held) = tokio::sync::oneshot::channel::<()>();
    let late = app.beside(move |state| async move {
        let scope = state.database.scope(id, Principal::system(id));
        let transaction = scope.begin().await.unwrap();
        outbox::enqueue(transaction.scope(), vec![happened(to, 1)])
            .await
            .unwrap();
        begun.send(()).unwrap();
        gone.await.unwrap();
        transaction.commit().await.unwrap();
        state.kernel.posted.send_replace(());
    });
    let heard = async {
        held.await.unwrap();
        happen(&app, &school, to, 2..3).await;
        let younger = ear.event().await;
        go.send(()).unwrap();
        let older = ear.event().await;
        assert_eq!(
            (&younger.data["id"], &older.data["id"]),
            (&json!(2), &json!(1))
        );
        let token = school.as_(Role::Parent).token().await;
        let mut back = Ear::at(&app, &token, Some(younger.place)).await;
        assert_eq!(back.event().await, older);
    };
    futures::future::join(late, heard).await;
}
