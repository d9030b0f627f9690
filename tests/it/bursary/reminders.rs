//! Reminders: each payer is written to once, of what that payer owes.

use chrono::{DateTime, TimeDelta, Utc};
use resource::{
    outbox::Letter,
    tenant_guard::{Clock, Principal, Role, SchoolId},
};
use sea_orm::FromQueryResult;
use serde_json::{Value, json};
use termbook_tests::MailServer;

use super::{SESSION, TERM, created};
use crate::harness::{App, Caller, PASSWORD, School};

const REMIND: &str = "/api/student-fees/send-reminders/";

#[derive(FromQueryResult)]
struct Row {
    address: String,
    payload: Value,
}

/// A school whose pupils may owe, in two classes.
struct Fees {
    app: App,
    school: School,
    admin: Caller,
    bursar: Caller,
    classes: [Value; 2],
}

impl Fees {
    async fn of(app: &App) -> Self {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        let mut classes = Vec::new();
        for name in ["Age 15", "Age 16"] {
            classes.push(created(&admin, "classes", &json!({"name": name})).await["id"].clone());
        }
        Self {
            app: app.clone(),
            bursar: school.as_(Role::Bursar),
            classes: classes.try_into().unwrap(),
            admin,
            school,
        }
    }

    /// A pupil with the e-mail of a parent on record, "" for none.
    async fn pupil(&self, name: &str, class: usize, parent_email: &str) -> Value {
        let pupil = json!({
            "student_no": name, "names": name, "gender": "Female", "class_id": self.classes[class],
            "parent_name": "Pat", "parent_email": parent_email,
        });
        created(&self.admin, "students", &pupil).await["id"].clone()
    }

    /// A parent's account linked to pupils; answers its address.
    async fn parent(&self, name: &str, pupils: &[&Value]) -> String {
        let email = format!("{name}@{}.test", self.school.domain);
        let user = json!({"username": name, "email": email, "name": name, "role": "PARENT", "password": PASSWORD});
        let user = created(&self.admin, "users", &user).await;
        for pupil in pupils {
            let link = json!({"user": user["id"], "student": pupil, "relationship": "mother"});
            created(&self.admin, "guardianships", &link).await;
        }
        email
    }

    async fn charge(&self, pupil: &Value, amount: &str, term: &str, due: &str) {
        let entry = json!({
            "student": pupil, "kind": "charge", "amount": amount, "description": "As agreed.", "session": SESSION,
            "term": term, "effective_date": "2025-09-01", "due_date": due,
        });
        created(&self.bursar, "ledger-entries", &entry).await;
    }

    async fn owing(&self, pupil: &Value, amount: &str) {
        self.charge(pupil, amount, TERM, "2025-10-01").await;
    }

    async fn settle(&self, settings: &Value) {
        let patched = self.admin.patch("/api/settings/", settings).await;
        patched.expect(200);
    }

    async fn remind(&self, body: &Value) -> Value {
        self.bursar.post(REMIND, body).await.expect(200)
    }

    /// The letters in the outbox: whom they are for, subject and text, by address.
    async fn letters(&self) -> Vec<(String, Letter)> {
        let id = SchoolId(self.school.id);
        let rows = self.app.beside(move |state| async move {
            let scope = state.database.scope(id, Principal::system(id));
            let sql = "SELECT CASE WHEN o.address <> '' THEN o.address ELSE u.email END AS address, o.payload \
                       FROM outbox o LEFT JOIN users u ON u.school_id = o.school_id AND u.id = o.recipient_id \
                       WHERE o.school_id = $1 AND o.kind = 'reminder' ORDER BY o.id";
            scope.query::<Row>(sql, Vec::new()).await.unwrap()
        });
        let rows = rows.await.into_iter();
        let mut letters: Vec<_> = rows
            .map(|row| (row.address, serde_json::from_value(row.payload).unwrap()))
            .collect();
        letters.sort_by(|(one, _), (other, _): &(String, Letter)| one.cmp(other));
        letters
    }
}

/// Whom the letters are for, and their texts.
fn texts(letters: &[(String, Letter)]) -> Vec<(&str, &str)> {
    let told = letters
        .iter()
        .map(|(address, letter)| (address.as_str(), letter.text.as_str()));
    told.collect()
}

fn skipped(pupil: &Value, reason: &str) -> Value {
    json!({"student": pupil, "reason": reason})
}

both! {
    async fn each_payer_gets_one_letter_with_the_balance_of_that_payers_pupils(app: App) {
        let fees = Fees::of(&app).await;
        fees.settle(&json!({"reminder_text": "{payer}: {balance} for {pupils}, {due}, {school}", "school_name": "Great Park"})).await;
        let [ada, ben] = [fees.pupil("Ada", 0, "unused@parents.test").await, fees.pupil("Ben", 1, "").await];
        let mother = fees.parent("mother", &[&ada, &ben]).await;
        let father = fees.parent("father", &[&ben]).await;
        let cem = fees.pupil("Cem", 0, "Cem@Parents.test").await;
        let dan = fees.pupil("Dan", 0, "cem@parents.test").await;
        fees.charge(&ada, "500", TERM, "2025-10-01").await;
        fees.charge(&ben, "80", TERM, "2025-09-15").await;
        fees.charge(&cem, "7.50", TERM, "2025-11-01").await;
        fees.charge(&dan, "2.50", TERM, "2025-12-01").await;
        let paid = json!({"student_id": ada, "amount": "100", "session": SESSION, "term": TERM});
        created(&fees.bursar, "payments", &paid).await;
        assert_eq!(fees.remind(&json!({})).await, json!({"queued": 3, "skipped": []}));
        assert_eq!(texts(&fees.letters().await), [
            ("Cem@Parents.test", "Pat: NGN 10.00 for Cem, Dan, 2025-11-01, Great Park"),
            (&*father, "father: NGN 80.00 for Ben, 2025-09-15, Great Park"),
            (&*mother, "mother: NGN 480.00 for Ada, Ben, 2025-09-15, Great Park"),
        ]);
    }

    async fn a_guardian_whose_address_is_on_another_pupils_record_is_one_payer(app: App) {
        let fees = Fees::of(&app).await;
        let ben = fees.pupil("Ben", 0, "").await;
        let mother = fees.parent("mother", &[&ben]).await;
        let ada = fees.pupil("Ada", 0, &mother.to_uppercase()).await;
        for pupil in [&ada, &ben] {
            fees.owing(pupil, "40").await;
        }
        fees.settle(&json!({"reminder_text": "{payer} {balance}"})).await;
        assert_eq!(fees.remind(&json!({})).await["queued"], 1);
        assert_eq!(texts(&fees.letters().await), [(&*mother, "mother NGN 80.00")]);
    }

    async fn who_is_not_reminded_is_told_with_the_reason(app: App) {
        let fees = Fees::of(&app).await;
        let [ada, ben, cem] = [fees.pupil("Ada", 0, "").await, fees.pupil("Ben", 0, "nowhere").await, fees.pupil("Cem", 0, "c@parents.test").await];
        let [dan, eve] = [fees.pupil("Dan", 0, "d@parents.test").await, fees.pupil("Eve", 0, "e@parents.test").await];
        for pupil in [&ada, &ben, &dan] {
            fees.owing(pupil, "5").await;
        }
        fees.remind(&json!({})).await;
        fees.owing(&eve, "5").await;
        let again = fees.remind(&json!({})).await;
        assert_eq!(again, json!({"queued": 1, "skipped": [
            skipped(&ada, "no_address"), skipped(&ben, "no_address"), skipped(&cem, "nothing_owed"), skipped(&dan, "reminded_recently"),
        ]}));
        // Of who has left and owes nothing, nothing is said.
        fees.admin.patch(&format!("/api/students/{cem}/"), &json!({"status": "withdrawn"})).await.expect(200);
        assert!(!fees.remind(&json!({})).await["skipped"].as_array().unwrap().contains(&skipped(&cem, "nothing_owed")));
    }

    async fn nobody_is_reminded_again_before_the_days_of_the_settings_are_over(app: App) {
        let fees = Fees::of(&app).await;
        let ada = fees.pupil("Ada", 0, "a@parents.test").await;
        fees.owing(&ada, "5").await;
        fees.settle(&json!({"reminder_window_days": 3})).await;
        let start: DateTime<Utc> = "2031-02-03T10:00:00Z".parse().unwrap();
        let press = async |after: TimeDelta| {
            let gateway = app.another(&[("TERMBOOK_ACCESS_MINUTES", "1440")], Clock::by(move || start + after));
            let bursar = gateway.anonymous().signed_in("bursar", PASSWORD, Some(&fees.school.domain));
            bursar.post(REMIND, &json!({})).await.expect(200)["queued"].clone()
        };
        for (after, queued) in [(TimeDelta::zero(), 1), (TimeDelta::minutes(4_319), 0), (TimeDelta::days(3), 1), (TimeDelta::days(5), 0)] {
            assert_eq!(press(after).await, queued, "{after}");
        }
        assert_eq!(fees.letters().await.len(), 2);
    }

    async fn bursars_who_press_at_once_remind_each_payer_once(app: App) {
        let fees = Fees::of(&app).await;
        for n in 0..20 {
            let pupil = fees.pupil(&format!("P{n:02}"), n % 2, &format!("p{n:02}@parents.test")).await;
            fees.owing(&pupil, "5").await;
        }
        let class = json!({"class_id": fees.classes[1]});
        let press = async |caller: &Caller, body: &Value| caller.post(REMIND, body).await.expect(200)["queued"].as_u64().unwrap();
        let (everybody, nothing) = (json!({}), json!({}));
        let (one, two, three, four) = tokio::join!(
            press(&fees.bursar, &everybody), press(&fees.admin, &nothing), press(&fees.admin, &class), press(&fees.bursar, &class),
        );
        assert_eq!(one + two + three + four, 20);
        let letters = fees.letters().await;
        let addresses: Vec<_> = letters.iter().map(|(address, _)| address.clone()).collect();
        assert_eq!(addresses, (0..20).map(|n| format!("p{n:02}@parents.test")).collect::<Vec<_>>());
    }

    async fn a_class_and_a_term_narrow_whom_and_of_what(app: App) {
        let fees = Fees::of(&app).await;
        let [ada, ben] = [fees.pupil("Ada", 0, "a@parents.test").await, fees.pupil("Ben", 1, "b@parents.test").await];
        fees.owing(&ada, "5").await;
        fees.owing(&ben, "5").await;
        fees.charge(&ada, "70", "Second Term", "2026-02-01").await;
        fees.settle(&json!({"reminder_text": "{balance} by {due}"})).await;
        let second = json!({"session": SESSION, "term": "Second Term", "class_id": fees.classes[0]});
        assert_eq!(fees.remind(&second).await, json!({"queued": 1, "skipped": []}));
        assert_eq!(texts(&fees.letters().await), [("a@parents.test", "NGN 70.00 by 2026-02-01")]);
        let elsewhere = app.school().await;
        let class = created(&elsewhere.as_(Role::SchoolAdmin), "classes", &json!({"name": "Age 15"})).await["id"].clone();
        for unknown in [class, json!(0)] {
            let errors = fees.bursar.post(REMIND, &json!({"class_id": unknown})).await.field_errors();
            assert_eq!(errors.keys().collect::<Vec<_>>(), ["class_id"]);
        }
    }

    async fn a_closed_account_is_not_written_to_and_its_pupils_record_is(app: App) {
        let fees = Fees::of(&app).await;
        let ada = fees.pupil("Ada", 0, "a@parents.test").await;
        fees.owing(&ada, "5").await;
        fees.parent("mother", &[&ada]).await;
        let found = fees.admin.get("/api/users/?search=mother").await.expect(200);
        let path = format!("/api/users/{}/", found["results"][0]["id"]);
        fees.admin.patch(&path, &json!({"is_active": false})).await.expect(200);
        fees.remind(&json!({})).await;
        let letters = fees.letters().await;
        assert_eq!((letters.len(), letters[0].0.as_str()), (1, "a@parents.test"));
    }

    async fn a_repeated_request_answers_as_the_first_and_writes_nothing(app: App) {
        let fees = Fees::of(&app).await;
        let ada = fees.pupil("Ada", 0, "a@parents.test").await;
        fees.owing(&ada, "5").await;
        let bursar = fees.bursar.clone().with("Idempotency-Key", "one");
        let first = bursar.post(REMIND, &json!({})).await.expect(200);
        assert_eq!((&first["queued"], bursar.post(REMIND, &json!({})).await.expect(200)), (&json!(1), first.clone()));
        assert_eq!(fees.letters().await.len(), 1);
    }

    async fn reminding_takes_as_many_statements_for_one_as_for_many(app: App) {
        let mut counts = Vec::new();
        for pupils in [1, 30] {
            let fees = Fees::of(&app).await;
            for n in 0..pupils {
                let pupil = fees.pupil(&format!("P{n}"), 0, &format!("p{n}@parents.test")).await;
                fees.owing(&pupil, "5").await;
            }
            let done = fees.bursar.post(REMIND, &json!({})).await;
            assert_eq!(done.expect(200)["queued"], pupils);
            counts.push(done.statements());
        }
        assert_eq!(counts[0], counts[1]);
    }

    async fn the_settings_take_no_word_that_is_not_filled_in(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        let unsound = json!({"reminder_subject": "Fees of {child}", "reminder_text": "Dear {payer", "reminder_window_days": 0});
        let errors = admin.patch("/api/settings/", &unsound).await.field_errors();
        assert_eq!(errors.keys().collect::<Vec<_>>(), ["reminder_subject", "reminder_text", "reminder_window_days"]);
        assert!(errors["reminder_subject"][0].starts_with("\"child\" is no word"), "{errors:?}");
    }

    async fn what_arrives_by_e_mail_is_the_payers_own_balance(app: App) {
        let mail = MailServer::start().unwrap();
        let alone = app.alone().await;
        let fees = Fees::of(&alone).await;
        let [ada, ben] = [fees.pupil("Ada", 0, "").await, fees.pupil("Ben", 0, "pat@parents.test").await];
        let mother = fees.parent("mother", &[&ada]).await;
        fees.owing(&ada, "1234.50").await;
        fees.owing(&ben, "80").await;
        let url = mail.url();
        let _sender = alone.another(&[("TERMBOOK_SMTP_URL", &url), ("TERMBOOK_DELIVERY_POLL_SECONDS", "1")], Clock::system());
        assert_eq!(fees.remind(&json!({})).await["queued"], 2);
        crate::core_messaging::mail::arrived(&mail, 2);
        let mut arrived = mail.taken().unwrap();
        arrived.sort_by(|one, other| one.to.cmp(&other.to));
        let told: Vec<_> = arrived.iter().map(|one| (one.to.as_str(), one.text.contains("NGN 1234.50"), one.text.contains("NGN 80.00"))).collect();
        assert_eq!(told, [(&*mother, true, false), ("pat@parents.test", false, true)]);
        assert!(arrived[0].text.contains("Ada") && !arrived[0].text.contains("Ben"), "{:?}", arrived[0]);
    }
}
