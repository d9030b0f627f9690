//! Payments by a gateway: credited once, by whichever side it is told of, and only as it was asked.

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::join_all;
use gateway::State;
use resource::tenant_guard::{Clock, Role};
use serde_json::{Value, json};
use uuid::Uuid;

use super::books::{PAYMENTS, SESSION, TERM, category, charge, link, pupil, settled, sums};
use crate::harness::{Answer, App, Caller, Paystack, School, paystack};

const INITIALISE: &str = "/api/payments/initialise/";
const VERIFY: &str = "/api/payments/verify-online/";
const WEBHOOK: &str = "/api/payments/webhooks/paystack/";

/// A school in a term, as most are.
async fn school(app: &App) -> School {
    let school = app.school().await;
    let term = json!({"current_session": SESSION, "current_term": TERM});
    let admin = school.as_(Role::SchoolAdmin);
    admin.patch("/api/settings/", &term).await.expect(200);
    school
}

/// Begins a payment of so much, in whole units; answers its reference.
async fn begun(caller: &Caller, pupil: i64, amount: i64) -> String {
    let body = json!({"student_id": pupil, "amount": amount});
    let begun = caller.post(INITIALISE, &body).await.expect(201);
    begun["reference"].as_str().unwrap().to_owned()
}

fn said(reference: &str, pupil: i64, amount: i64) -> Value {
    json!({"reference": reference, "student_id": pupil, "amount": amount})
}

/// What Paystack sends, under this signature.
async fn sent(app: &App, body: &[u8], signature: &str) -> Answer {
    let caller = app.anonymous().with("x-paystack-signature", signature);
    let body = Some((body.to_vec(), "application/json"));
    caller
        .send_bytes("POST".parse().unwrap(), WEBHOOK, body)
        .await
}

async fn delivered(app: &App, body: &[u8]) -> Answer {
    sent(app, body, &paystack::signature(paystack::KEY, body)).await
}

async fn listed(school: &School) -> Vec<Value> {
    let page = school.as_(Role::Bursar).get(PAYMENTS).await.expect(200);
    page["results"].as_array().unwrap().clone()
}

/// One sweep by a gateway's clock: how many were asked about, paid, ended.
async fn swept(app: &App) -> (usize, usize, usize) {
    app.beside(|state: State| async move {
        let kernel = actix_web::web::Data::new(state.kernel.for_worker());
        let gateway = state.online.gateway().unwrap();
        let swept = bursary::services::online::sweep(&kernel, gateway)
            .await
            .unwrap();
        (swept.asked, swept.paid, swept.ended)
    })
    .await
}

both! {
    async fn a_parent_pays_for_a_linked_pupil_and_the_same_payment_answers_ever_after(app: App) {
        let school = school(&app).await;
        let (ada, ben, tuition) = (pupil(&school, "1").await, pupil(&school, "2").await, category(&school, "Tuition").await);
        link(&school, ada).await;
        let fee = charge(&app, &school, ada, tuition, (500, "2025-09-01")).await;
        let parent = school.as_(Role::Parent);
        let errors = parent.post(INITIALISE, &json!({"student_id": ben, "amount": 5})).await.field_errors();
        assert_eq!(errors["student_id"], [format!("Invalid pk \"{ben}\" - object does not exist.")]);
        let start = parent.post(INITIALISE, &json!({"student_id": ada, "amount": "400.50", "category": tuition})).await.expect(201);
        let reference = start["reference"].as_str().unwrap();
        assert!(start["authorization_url"].as_str().unwrap().ends_with(reference));
        assert_eq!((&start["amount"], &start["currency"]), (&json!("400.50"), &json!("NGN")));
        let body = json!({"reference": reference, "student_id": ada, "amount": "400.50"});
        parent.post(VERIFY, &body).await.problem(409, "payment_not_confirmed");
        assert_eq!(sums(&app, &school).await.payments, 0);
        Paystack::shared().pay(reference);
        let paid = parent.post(VERIFY, &body).await.expect(200);
        assert_eq!((&paid["method"], &paid["gateway_reference"], &paid["date"]), (&json!("online"), &json!(reference), &json!("2026-01-05")));
        assert_eq!((settled(&paid), &paid["session"], &paid["term"]), (vec![(fee, "400.50".to_owned())], &json!(SESSION), &json!(TERM)));
        let asked = Paystack::shared().asked(reference);
        for again in [&parent, &school.as_(Role::Bursar)] {
            assert_eq!(again.post(VERIFY, &body).await.expect(200), paid);
        }
        assert_eq!(Paystack::shared().asked(reference), asked, "what is known was asked again");
        delivered(&app, &Paystack::shared().event(reference)).await.expect(200);
        assert_eq!(listed(&school).await, [paid]);
    }

    async fn what_the_gateway_tells_must_be_what_was_asked(app: App) {
        let school = school(&app).await;
        let (bursar, ada, ben) = (school.as_(Role::Bursar), pupil(&school, "1").await, pupil(&school, "2").await);
        let before = sums(&app, &school).await;
        for (change, what) in [(json!({"amount": 49_999}), "amount"), (json!({"currency": "GHS"}), "currency"), (json!({"reference": "another"}), "reference")] {
            let reference = begun(&bursar, ada, 500).await;
            Paystack::shared().pay(&reference);
            Paystack::shared().change(&reference, &change);
            let problem = bursar.post(VERIFY, &said(&reference, ada, 500)).await.problem(409, "payment_mismatch");
            assert!(problem["detail"].as_str().unwrap().contains(what), "{problem}");
        }
        let reference = begun(&bursar, ada, 500).await;
        Paystack::shared().pay(&reference);
        bursar.post(VERIFY, &said(&reference, ben, 500)).await.problem(409, "payment_mismatch");
        bursar.post(VERIFY, &said(&reference, ada, 501)).await.problem(409, "payment_mismatch");
        let elsewhere = app.school().await;
        let stranger = pupil(&elsewhere, "1").await;
        bursar.post(VERIFY, &said(&reference, stranger, 500)).await.field_errors();
        elsewhere.as_(Role::Bursar).post(VERIFY, &said(&reference, stranger, 500)).await.problem(409, "payment_mismatch");
        assert_eq!(sums(&app, &school).await, before);
        assert_eq!(sums(&app, &elsewhere).await.payments, 0);
        bursar.post(VERIFY, &said("tb-of-nobody", ada, 500)).await.field_errors();
        // What the client said did it no harm.
        bursar.post(VERIFY, &said(&reference, ada, 500)).await.expect(200);
    }

    async fn what_a_client_began_by_itself_is_credited_to_whom_the_gateway_says(app: App) {
        let school = school(&app).await;
        let (bursar, ada, ben) = (school.as_(Role::Bursar), pupil(&school, "1").await, pupil(&school, "2").await);
        let begin = |metadata: Value| {
            let reference = Uuid::now_v7().to_string();
            let transaction = json!({"status": "success", "reference": reference, "amount": 5_000, "currency": "NGN", "metadata": metadata});
            Paystack::shared().begin(&reference, transaction);
            reference
        };
        for metadata in [json!(""), json!({}), json!({"school": school.domain, "student_id": ben}), json!({"school": "another", "student_id": ada})] {
            bursar.post(VERIFY, &said(&begin(metadata), ada, 50)).await.problem(409, "payment_mismatch");
        }
        let reference = begin(json!({"school": school.domain, "student_id": ada.to_string()}));
        bursar.post(VERIFY, &said(&reference, ada, 49)).await.problem(409, "payment_mismatch");
        assert_eq!(sums(&app, &school).await.payments, 0);
        let body = said(&reference, ada, 50);
        let both = tokio::join!(bursar.post(VERIFY, &body), bursar.post(VERIFY, &body));
        assert_eq!(both.0.expect(200), both.1.expect(200));
        assert_eq!(listed(&school).await.len(), 1);
    }

    async fn a_webhook_delivered_a_hundred_times_at_once_is_one_payment_with_one_receipt(app: App) {
        let school = school(&app).await;
        let ada = pupil(&school, "1").await;
        let reference = begun(&school.as_(Role::Bursar), ada, 500).await;
        Paystack::shared().pay(&reference);
        let event = Paystack::shared().event(&reference);
        for answer in join_all((0..100).map(|_| delivered(&app, &event))).await {
            answer.expect(200);
        }
        let payments = listed(&school).await;
        assert_eq!(payments.len(), 1);
        assert!(payments[0]["reference"].as_str().unwrap().ends_with("-000001"));
        assert_eq!((&payments[0]["recorded_by"], &payments[0]["amount"]), (&Value::Null, &json!("500.00")));
        let verified = school.as_(Role::Bursar).post(VERIFY, &said(&reference, ada, 500)).await;
        assert_eq!(verified.expect(200), payments[0]);
        assert_eq!(sums(&app, &school).await.paid, 50_000);
    }

    async fn webhooks_and_questions_at_once_are_one_payment(app: App) {
        let school = school(&app).await;
        let (bursar, ada) = (school.as_(Role::Bursar), pupil(&school, "1").await);
        let reference = begun(&bursar, ada, 500).await;
        Paystack::shared().pay(&reference);
        let (event, body) = (Paystack::shared().event(&reference), said(&reference, ada, 500));
        let webhooks = join_all((0..10).map(|_| delivered(&app, &event)));
        let questions = join_all((0..10).map(|_| bursar.post(VERIFY, &body)));
        let (webhooks, questions) = tokio::join!(webhooks, questions);
        assert!(webhooks.iter().all(|answer| answer.status == 200) && questions.iter().all(|answer| answer.status == 200));
        assert_eq!(listed(&school).await.len(), 1);
        sums(&app, &school).await;
    }

    async fn a_webhook_that_is_not_signed_or_not_as_asked_credits_nothing(app: App) {
        let school = school(&app).await;
        let (bursar, ada) = (school.as_(Role::Bursar), pupil(&school, "1").await);
        let reference = begun(&bursar, ada, 500).await;
        Paystack::shared().pay(&reference);
        let event = Paystack::shared().event(&reference);
        let good = paystack::signature(paystack::KEY, &event);
        let another = paystack::signature("sk_of_another", &event);
        for wrong in ["", "00", &another, &good[1..], &good.replace(['a', 'b'], "c")] {
            sent(&app, &event, wrong).await.problem(401, "signature_not_valid");
        }
        let mut longer = event.clone();
        longer.push(b' ');
        sent(&app, &longer, &good).await.problem(401, "signature_not_valid");
        let told = |data: Value| json!({"event": "charge.success", "data": data}).to_string().into_bytes();
        for data in [
            json!({"status": "success", "reference": reference, "amount": 49_999, "currency": "NGN"}),
            json!({"status": "success", "reference": reference, "amount": 50_000, "currency": "USD"}),
            json!({"status": "success", "reference": "tb-of-nobody", "amount": 50_000, "currency": "NGN"}),
            json!({"status": "success", "reference": reference, "amount": 500.5, "currency": "NGN"}),
            json!({"status": "success", "reference": reference, "amount": -50_000, "currency": "NGN"}),
            json!({"status": "failed", "reference": reference, "amount": 50_000, "currency": "NGN"}),
            json!(null),
        ] {
            delivered(&app, &told(data)).await.expect(200);
        }
        for other in [&br#"{"event":"transfer.success","data":{}}"#[..], b"[]", b"", b"\xff"] {
            delivered(&app, other).await.expect(200);
        }
        assert_eq!(sums(&app, &school).await.payments, 0);
        // What is right is credited all the same.
        delivered(&app, &event).await.expect(200);
        assert_eq!(sums(&app, &school).await.paid, 50_000);
    }

    async fn a_payment_recorded_by_hand_is_not_credited_a_second_time(app: App) {
        let school = school(&app).await;
        let (bursar, ada) = (school.as_(Role::Bursar), pupil(&school, "1").await);
        let reference = begun(&bursar, ada, 500).await;
        Paystack::shared().pay(&reference);
        let by_hand = json!({
            "student_id": ada, "amount": 500, "session": SESSION, "term": TERM, "method": "online",
            "gateway_reference": reference.to_uppercase(),
        });
        let made = bursar.post(PAYMENTS, &by_hand).await.expect(201);
        delivered(&app, &Paystack::shared().event(&reference)).await.expect(200);
        assert_eq!(bursar.post(VERIFY, &said(&reference, ada, 500)).await.expect(200), made);
        let errors = bursar.post(PAYMENTS, &by_hand).await.field_errors();
        assert_eq!(errors.keys().collect::<Vec<_>>(), ["gateway_reference"]);
        assert_eq!(sums(&app, &school).await.payments, 1);
    }

    async fn a_question_is_asked_again_and_a_gateway_that_stays_away_is_a_502(app: App) {
        let school = school(&app).await;
        let (bursar, ada) = (school.as_(Role::Bursar), pupil(&school, "1").await);
        let reference = begun(&bursar, ada, 500).await;
        Paystack::shared().pay(&reference);
        Paystack::shared().fail(&reference, 3);
        bursar.post(VERIFY, &said(&reference, ada, 500)).await.problem(502, "gateway_unavailable");
        assert_eq!(Paystack::shared().asked(&reference), 3);
        Paystack::shared().fail(&reference, 2);
        bursar.post(VERIFY, &said(&reference, ada, 500)).await.expect(200);
        assert_eq!(sums(&app, &school).await.payments, 1);
    }

    async fn without_a_gateway_nothing_is_taken_online(app: App) {
        let school = school(&app).await;
        let ada = pupil(&school, "1").await;
        let bare = app.another(&[("TERMBOOK_PAYSTACK_SECRET", "")], Clock::system());
        let token = format!("Bearer {}", school.as_(Role::Bursar).token().await);
        let bursar = bare.anonymous().with("Authorization", &token);
        bursar.post(INITIALISE, &json!({"student_id": ada, "amount": 5})).await.problem(503, "gateway_not_configured");
        bursar.post(VERIFY, &said("r", ada, 5)).await.problem(503, "gateway_not_configured");
        delivered(&bare, b"{}").await.problem(503, "gateway_not_configured");
    }

    async fn what_a_payment_needs_is_said_at_once(app: App) {
        let school = app.school().await;
        let ada = pupil(&school, "1").await;
        let parents = json!({"student_id": ada, "amount": 5, "category": 999_999_999});
        let admin = school.as_(Role::SchoolAdmin);
        admin.patch("/api/settings/", &json!({"current_session": ""})).await.expect(200);
        let errors = admin.post(INITIALISE, &parents).await.field_errors();
        assert_eq!(errors.keys().collect::<Vec<_>>(), ["category", "session"]);
    }

    async fn what_nobody_confirms_is_asked_about_until_it_comes_or_is_given_up(app: App) {
        let app = app.alone().await;
        let school = school(&app).await;
        let (bursar, ada) = (school.as_(Role::Bursar), pupil(&school, "1").await);
        let (paid, open, refused) = (begun(&bursar, ada, 500).await, begun(&bursar, ada, 600).await, begun(&bursar, ada, 700).await);
        Paystack::shared().pay(&paid);
        Paystack::shared().change(&refused, &json!({"status": "failed"}));
        let after = |wait: TimeDelta| {
            let now: DateTime<Utc> = Clock::system().now() + wait;
            app.another(&[], Clock::by(move || now))
        };
        assert_eq!(swept(&app).await, (0, 0, 0), "a payer is left alone at first");
        let soon = after(TimeDelta::minutes(11));
        // Two gateways at once share what is due.
        let (one, other) = tokio::join!(swept(&soon), swept(&soon));
        assert_eq!((one.0 + other.0, one.1 + other.1, one.2 + other.2), (3, 1, 1));
        assert_eq!(listed(&school).await.len(), 1);
        assert_eq!(swept(&soon).await, (0, 0, 0), "it waits before it asks again");
        for day in 1..=8 {
            assert_eq!(swept(&after(TimeDelta::days(2 * day))).await, (1, 0, 0), "{day}");
        }
        assert_eq!(swept(&after(TimeDelta::days(18))).await, (1, 0, 1));
        assert_eq!(swept(&after(TimeDelta::days(40))).await, (0, 0, 0));
        // It is credited all the same where it comes later.
        Paystack::shared().pay(&open);
        delivered(&app, &Paystack::shared().event(&open)).await.expect(200);
        assert_eq!(sums(&app, &school).await.paid, 110_000);
    }
}
