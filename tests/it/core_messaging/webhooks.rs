//! The programs of a school are told of what happens, signed, however they and their teller fare.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use resource::{
    outbox::{Event, News, publish},
    tenant_guard::{Clock, Principal, Role, SchoolId},
};
use serde_json::{Value, json};

use super::{TwoClasses, created, each, mail::Sender, seen};
use crate::harness::{App, Call, Caller, PASSWORD, Receiver, School};

const ENDPOINTS: &str = "/api/webhook-endpoints/";
/// Longest wait for a delivery to be settled.
const PATIENCE: Duration = Duration::from_secs(90);
/// Tried again at once, twice.
const IMPATIENT: [(&str, &str); 3] = [
    ("TERMBOOK_DELIVERY_RETRY_SECONDS", "1"),
    ("TERMBOOK_DELIVERY_POLL_SECONDS", "1"),
    ("TERMBOOK_DELIVERY_ATTEMPTS", "2"),
];

fn endpoint(url: &str, events: &[&str]) -> Value {
    json!({"url": url, "events": events})
}

/// An endpoint with a secret, which it answers.
async fn listening(admin: &Caller, url: &str, events: &[&str]) -> (Value, String) {
    let row = created(admin, "webhook-endpoints", &endpoint(url, events)).await;
    let secret = admin
        .post(&format!("{ENDPOINTS}{}/secret/", row["id"]), &json!({}))
        .await
        .expect(201);
    (row, secret["secret"].as_str().unwrap().to_owned())
}

/// Waits until every call of the school's webhooks is `sent` or `dead`.
async fn settled(admin: &Caller) -> Vec<Value> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let rows = seen(admin, "outbox/?channel=webhook&ordering=created_at").await;
        if rows
            .iter()
            .all(|row| row["state"] == "sent" || row["state"] == "dead")
        {
            return rows;
        }
        assert!(Instant::now() < deadline, "{rows:?}");
        tokio::task::yield_now().await;
    }
}

async fn paid(bursar: &Caller, pupil: &Value) -> Value {
    let payment = json!({
        "student_id": pupil["id"], "amount": "50.00", "date": "2026-01-05", "method": "cash",
        "session": "2025/2026", "term": "First Term",
    });
    created(bursar, "payments", &payment).await
}

fn of_event<'a>(calls: &'a [Call], event: &str) -> Vec<&'a Call> {
    calls.iter().filter(|call| call.event == event).collect()
}

/// Tells of a payment that nobody made, once for each number, and wakes nobody.
async fn happen(app: &App, school: &School, numbers: std::ops::Range<i64>) {
    let id = SchoolId(school.id);
    app.beside(move |state| async move {
        let scope = state.database.scope(id, Principal::system(id));
        let news: Vec<News> = numbers
            .map(|n| News::of(Event::PaymentRecorded, n, json!({})))
            .collect();
        publish(&scope, &news, None).await.unwrap();
    })
    .await;
}

both! {
    async fn a_payment_is_told_signed_with_its_facts_and_nobodys_name(app: App) {
        let rooms = TwoClasses::of(&app).await;
        let receiver = Receiver::start();
        let events = ["payment.recorded", "payment.voided", "payment.refunded"];
        let (_, secret) = listening(&rooms.admin, &receiver.url(), &events).await;
        let bursar = rooms.school.as_(Role::Bursar);
        let kept = paid(&bursar, &rooms.pupils[0]).await;
        let refund = json!({"amount": "20.00", "reason": "Too much"});
        for _ in 0..2 {
            bursar.post(&format!("/api/payments/{}/refund/", kept["id"]), &refund).await.expect(200);
        }
        let mistaken = paid(&bursar, &rooms.pupils[0]).await;
        let reason = json!({"reason": "Written down twice"});
        bursar.post(&format!("/api/payments/{}/void/", mistaken["id"]), &reason).await.expect(200);
        let calls = receiver.called(5).await;
        assert_eq!(events.map(|event| of_event(&calls, event).len()), [2, 1, 2]);
        for call in &calls {
            assert!(call.is_signed_by(&secret) && !call.is_signed_by("another"), "{call:?}");
            let said = call.json();
            assert_eq!((&said["event"], &said["id"]), (&json!(call.event), &json!(call.dedupe)));
            let text = said.to_string();
            assert!(!text.contains("theirs") && !text.contains("Too much") && !text.contains("twice"), "{text}");
        }
        let said = of_event(&calls, "payment.recorded").iter().map(|call| call.json()).find(|said| said["data"]["id"] == kept["id"]);
        let data = said.unwrap()["data"].clone();
        assert_eq!((&data["resource"], &data["amount"]), (&json!("payments"), &json!("50.00")));
        assert_eq!((&data["student_id"], &data["reference"]), (&rooms.pupils[0]["id"], &kept["reference"]));
    }

    async fn what_is_published_is_told_to_who_listens_for_it_alone(app: App) {
        let rooms = TwoClasses::of(&app).await;
        let (all, cards) = (Receiver::start(), Receiver::start());
        listening(&rooms.admin, &all.url(), &["report.published", "announcement.published", "newsletter.published"]).await;
        listening(&rooms.admin, &cards.url(), &["report.published"]).await;
        let mut ids = Vec::new();
        for n in 0..2 {
            let card = json!({
                "student_id": rooms.pupils[n]["id"], "class_id": rooms.classes[n]["id"], "session": "2025/2026",
                "term": "First Term", "rows": [{"subject": "Biology", "exam": 40}],
            });
            ids.push(created(&rooms.admin, "reports", &card).await["id"].clone());
        }
        created(&rooms.admin, "announcements", &json!({"title": "Secret", "content": "Secret", "target": "staff"})).await;
        let draft = created(&rooms.admin, "newsletters", &json!({"title": "Secret"})).await;
        for _ in 0..2 {
            let path = format!("/api/newsletters/{}/", draft["id"]);
            rooms.admin.patch(&path, &json!({"is_published": true})).await.expect(200);
            rooms.admin.patch(&path, &json!({"is_published": false})).await.expect(200);
        }
        rooms.admin.post("/api/reports/publish/", &json!({"ids": ids})).await.expect(200);
        let heard = all.called(4).await;
        assert_eq!(of_event(&heard, "newsletter.published").len(), 1);
        let announced = of_event(&heard, "announcement.published")[0].json()["data"].clone();
        assert_eq!((&announced["target"], &announced["class_id"]), (&json!("staff"), &Value::Null));
        assert!(heard.iter().all(|call| !call.json().to_string().contains("Secret")));
        let told: BTreeSet<String> = cards.called(2).await.iter().map(|call| call.json()["data"]["id"].to_string()).collect();
        assert_eq!(told, ids.iter().map(Value::to_string).collect());
        assert_eq!(each(&settled(&rooms.admin).await, "state"), ["sent"; 6]);
        assert_eq!((all.calls().len(), cards.calls().len()), (4, 2));
    }

    async fn a_secret_is_told_once_and_the_next_one_takes_its_place(app: App) {
        let rooms = TwoClasses::of(&app).await;
        let receiver = Receiver::start();
        let body = endpoint(&receiver.url(), &["payment.recorded"]);
        let row = created(&rooms.admin, "webhook-endpoints", &body).await;
        let bursar = rooms.school.as_(Role::Bursar);
        assert_eq!(row["has_secret"], false);
        // Without a secret it is told of nothing.
        paid(&bursar, &rooms.pupils[0]).await;
        let renew = format!("{ENDPOINTS}{}/secret/", row["id"]);
        let mut secrets = Vec::new();
        for times in 1..=2 {
            let answer = rooms.admin.post(&renew, &json!({})).await;
            assert_eq!(answer.header("cache-control"), Some("no-store"));
            let secret = answer.expect(201)["secret"].as_str().unwrap().to_owned();
            paid(&bursar, &rooms.pupils[0]).await;
            assert!(receiver.called(times).await[times - 1].is_signed_by(&secret));
            secrets.push(secret);
        }
        assert_ne!(secrets[0], secrets[1]);
        let shown = seen(&rooms.admin, "webhook-endpoints/").await;
        assert_eq!(shown[0]["has_secret"], true);
        let acts = seen(&rooms.admin, "activity-logs/?resource=webhook-endpoints").await;
        assert_eq!(each(&acts, "action"), ["renew_secret", "renew_secret", "create"]);
        let said = json!([shown, acts]).to_string();
        assert!(secrets.iter().all(|secret| !said.contains(secret.as_str())), "{said}");
        for role in [Role::Bursar, Role::Teacher, Role::Parent] {
            rooms.school.as_(role).post(&renew, &json!({})).await.problem(403, "permission_denied");
        }
        let other = app.school().await.as_(Role::SchoolAdmin);
        other.post(&renew, &json!({})).await.problem(404, "not_found");
        let operator = app.operator().await.with("X-Tenant-ID", &rooms.school.domain);
        let acting = json!({"user_id": rooms.school.user(Role::SchoolAdmin)});
        let token = operator.post("/api/users/impersonate/", &acting).await.expect(200)["access"].clone();
        let acting = app.anonymous().with("Authorization", &format!("Bearer {}", token.as_str().unwrap()));
        acting.post(&renew, &json!({})).await.problem(403, "permission_denied");
    }

    async fn what_a_receiver_refuses_is_tried_again_under_the_same_key_and_a_redirect_is_refused(app: App) {
        let app = app.alone_with(&IMPATIENT).await;
        let rooms = TwoClasses::of(&app).await;
        let receiver = Receiver::start();
        let (_, secret) = listening(&rooms.admin, &receiver.url(), &["payment.recorded"]).await;
        receiver.answer([500]);
        let bursar = rooms.school.as_(Role::Bursar);
        paid(&bursar, &rooms.pupils[0]).await;
        let calls = receiver.called(2).await;
        assert_eq!((&calls[0].dedupe, &calls[0].body), (&calls[1].dedupe, &calls[1].body));
        assert!(calls.iter().all(|call| call.is_signed_by(&secret)));
        let rows = settled(&rooms.admin).await;
        assert_eq!((&rows[0]["state"], &rows[0]["attempts"], &rows[0]["last_error"]), (&json!("sent"), &json!(2), &Value::Null));
        receiver.answer([302, 307]);
        paid(&bursar, &rooms.pupils[0]).await;
        let rows = settled(&rooms.admin).await;
        assert_eq!((&rows[1]["state"], &rows[1]["last_error"]), (&json!("dead"), &json!("answered 307")));
        assert_eq!(receiver.calls().len(), 4);
    }

    async fn what_was_given_up_is_told_once_it_is_replayed_under_the_same_key(app: App) {
        let app = app.alone_with(&IMPATIENT).await;
        let rooms = TwoClasses::of(&app).await;
        let receiver = Receiver::start();
        listening(&rooms.admin, &receiver.url(), &["payment.recorded"]).await;
        receiver.answer([503, 503]);
        paid(&rooms.school.as_(Role::Bursar), &rooms.pupils[0]).await;
        let dead = settled(&rooms.admin).await.remove(0);
        assert_eq!((&dead["state"], &dead["attempts"], &dead["last_error"]), (&json!("dead"), &json!(2), &json!("answered 503")));
        assert!(dead["due_at"].is_null());
        rooms.admin.post(&format!("/api/outbox/{}/replay/", dead["id"]), &json!({})).await.expect(204);
        let calls = receiver.called(3).await;
        assert_eq!(calls.iter().map(|call| &call.dedupe).collect::<BTreeSet<_>>().len(), 1);
        assert_eq!(settled(&rooms.admin).await[0]["state"], "sent");
    }

    async fn an_endpoint_that_is_switched_off_or_deleted_is_told_nothing_more(app: App) {
        let app = app.alone_with(&IMPATIENT).await;
        let rooms = TwoClasses::of(&app).await;
        let (off, gone) = (Receiver::start(), Receiver::start());
        let (switched, _) = listening(&rooms.admin, &off.url(), &["payment.recorded"]).await;
        let (deleted, _) = listening(&rooms.admin, &gone.url(), &["payment.recorded"]).await;
        let bursar = rooms.school.as_(Role::Bursar);
        for receiver in [&off, &gone] {
            receiver.answer([500]);
        }
        paid(&bursar, &rooms.pupils[0]).await;
        let path = |row: &Value| format!("{ENDPOINTS}{}/", row["id"]);
        off.called(1).await;
        gone.called(1).await;
        rooms.admin.patch(&path(&switched), &json!({"is_active": false})).await.expect(200);
        rooms.admin.delete(&path(&deleted)).await.expect(204);
        paid(&bursar, &rooms.pupils[0]).await;
        let rows = settled(&rooms.admin).await;
        assert_eq!(each(&rows, "last_error"), ["the endpoint is switched off"]);
        assert_eq!((off.calls().len(), gone.calls().len()), (1, 1));
    }

    async fn an_address_on_a_private_network_is_refused_when_it_is_saved(app: App) {
        let school = app.school().await;
        let strict = app.another(&[("TERMBOOK_WEBHOOK_PRIVATE", "off")], Clock::system());
        let admin = strict.anonymous().signed_in("school_admin", PASSWORD, Some(&school.domain));
        let events = ["payment.recorded"];
        let row = created(&admin, "webhook-endpoints", &endpoint("https://school.example/hooks", &events)).await;
        for url in [
            "https://127.0.0.1/", "https://[::1]/", "https://169.254.169.254/", "https://10.0.0.7/", "https://100.64.0.1/",
            "https://[fd00::1]/", "https://2130706433/", "https://localhost/", "http://school.example/", "javascript:alert(1)",
            "https://head:secret@school.example/",
        ] {
            let errors = admin.post(ENDPOINTS, &endpoint(url, &events)).await.field_errors();
            assert_eq!(errors.keys().collect::<Vec<_>>(), ["url"], "{url}");
            let moved = admin.patch(&format!("{ENDPOINTS}{}/", row["id"]), &json!({"url": url})).await.field_errors();
            assert_eq!(moved, errors, "{url}");
        }
        let errors = admin.post(ENDPOINTS, &json!({"url": "https://127.0.0.1/", "events": []})).await.field_errors();
        assert_eq!(errors.len(), 1, "{errors:?}");
        let none = admin.post(ENDPOINTS, &endpoint("https://school.example/", &[])).await.field_errors();
        assert_eq!(none["events"], ["Name at least one event."]);
        let unknown = admin.post(ENDPOINTS, &endpoint("https://school.example/", &["exam.leaked"])).await.field_errors();
        assert!(unknown.contains_key("events.0"), "{unknown:?}");
    }

    async fn a_name_that_means_this_machine_is_refused_when_it_is_called(app: App) {
        let app = app.alone_with(&[("TERMBOOK_WEBHOOK_PRIVATE", "off")]).await;
        let rooms = TwoClasses::of(&app).await;
        let receiver = Receiver::start();
        let (named, _) = listening(&rooms.admin, "https://school.example/one", &["payment.recorded"]).await;
        let (numbered, _) = listening(&rooms.admin, "https://school.example/two", &["payment.recorded"]).await;
        let (id, port) = (SchoolId(rooms.school.id), receiver.port());
        // What a name means can change once it is saved.
        let moved = [(named, format!("https://localhost:{port}/")), (numbered, format!("https://127.0.0.1:{port}/"))];
        app.beside(move |state| async move {
            let scope = state.database.scope(id, Principal::system(id));
            for (row, url) in moved {
                let sql = "UPDATE webhook_endpoints SET url = $3 WHERE school_id = $1 AND id = $2";
                scope.execute(&["webhook_endpoints"], sql, vec![row["id"].as_i64().into(), url.into()]).await.unwrap();
            }
        }).await;
        paid(&rooms.school.as_(Role::Bursar), &rooms.pupils[0]).await;
        let rows = settled(&rooms.admin).await;
        assert_eq!(each(&rows, "state"), ["dead", "dead"]);
        assert_eq!(each(&rows, "last_error"), ["This address is not on the public network."; 2]);
        assert_eq!(receiver.calls().len(), 0);
    }

    async fn three_hundred_calls_arrive_though_their_sender_is_killed_twice(app: App) {
        // This gateway wakes for nothing; the processes beside it do.
        let app = app.alone_with(&[("TERMBOOK_DELIVERY_POLL_SECONDS", "3600")]).await;
        let school = app.school().await;
        let receiver = Receiver::start();
        listening(&school.as_(Role::SchoolAdmin), &receiver.url(), &["payment.recorded"]).await;
        happen(&app, &school, 0..300).await;
        for reached in [60, 180] {
            let sender = Sender::start(&app, "smtp://127.0.0.1:9");
            receiver.called(reached).await;
            drop(sender);
        }
        let _last = Sender::start(&app, "smtp://127.0.0.1:9");
        let deadline = Instant::now() + PATIENCE;
        let told = loop {
            let mut keys: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
            for call in receiver.calls() {
                keys.entry(call.json()["data"]["id"].to_string()).or_default().insert(call.dedupe);
            }
            if keys.len() == 300 {
                break keys;
            }
            assert!(Instant::now() < deadline, "{} told", keys.len());
            tokio::task::yield_now().await;
        };
        assert!(told.values().all(|keys| keys.len() == 1), "what came twice came under two keys");
        assert_eq!(told.values().flatten().collect::<BTreeSet<_>>().len(), 300);
    }

    async fn an_act_takes_as_many_statements_whether_anybody_listens_or_not(app: App) {
        let rooms = TwoClasses::of(&app).await;
        let bursar = rooms.school.as_(Role::Bursar);
        let payment = json!({
            "student_id": rooms.pupils[0]["id"], "amount": "50.00", "session": "2025/2026", "term": "First Term",
        });
        let cost = async || {
            let made = bursar.post("/api/payments/", &payment).await;
            made.expect(201);
            made.statements()
        };
        let alone = cost().await;
        let receiver = Receiver::start();
        for _ in 0..5 {
            listening(&rooms.admin, &receiver.url(), &["payment.recorded"]).await;
        }
        assert_eq!(cost().await, alone);
        assert_eq!(receiver.called(5).await.len(), 5);
    }
}
