//! What somebody does not want is not sent, and what comes at night waits for the morning.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use resource::{
    outbox::{
        self, Letter, Parcel,
        entity::{Column, Entity, Model},
    },
    tenant_guard::{Clock, Principal, Role, SchoolId},
};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};
use serde_json::json;
use termbook_tests::MailServer;

use super::seen;
use crate::harness::{App, School};

const PREFERENCES: &str = "/api/users/me/preferences/";
/// Longest wait for a letter to be settled.
const PATIENCE: Duration = Duration::from_mins(1);

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// A gateway that sends e-mail, at a moment that stands still.
fn sending(app: &App, mail: &MailServer, now: &str) -> App {
    let (url, now) = (mail.url(), at(now));
    let settings = [
        ("TERMBOOK_SMTP_URL", url.as_str()),
        ("TERMBOOK_DELIVERY_POLL_SECONDS", "1"),
    ];
    app.another(&settings, Clock::by(move || now))
}

/// Puts a letter of each kind in for the parent, due at once by the clock of `app`.
async fn post(app: &App, school: &School, kinds: &'static [&'static str]) {
    let (id, to) = (SchoolId(school.id), school.user(Role::Parent));
    app.beside(move |state| async move {
        let scope = state.database.scope(id, Principal::system(id));
        let letter = Letter {
            subject: "School".into(),
            text: "Good morning.".into(),
        };
        let parcels = kinds
            .iter()
            .map(|kind| Parcel::mail(kind, to, format!("{kind}:1"), &letter));
        outbox::enqueue(&scope, parcels.collect()).await.unwrap();
    })
    .await;
}

/// The school's e-mails once they are all as `done` wants them. An embedded gateway knows of no other's writes,
/// so the rows themselves are asked.
async fn settled(app: &App, school: &School, done: impl Fn(&Model) -> bool) -> Vec<Model> {
    let (id, deadline) = (SchoolId(school.id), Instant::now() + PATIENCE);
    loop {
        let kept = app.beside(move |state| async move {
            let scope = state.database.scope(id, Principal::system(id));
            let query = scope.find::<Entity>().filter(Column::Channel.eq("email"));
            scope.all(query.order_by_asc(Column::Id)).await.unwrap()
        });
        let rows = kept.await;
        if rows.iter().all(&done) {
            return rows;
        }
        assert!(Instant::now() < deadline, "{rows:?}");
    }
}

fn is_over(row: &Model) -> bool {
    row.due_at.is_none()
}

both! {
    async fn preferences_are_ones_own_and_start_at_everything(app: App) {
        let school = app.school().await;
        let (parent, staff) = (school.as_(Role::Parent), school.as_(Role::Staff));
        let all = json!({"message": true, "result": true, "reminder": true});
        let start = json!({"email": all, "quiet_hours": null});
        let first = parent.get(PREFERENCES).await;
        assert_eq!(first.expect(200), start);
        let night = json!({"from": "21:00", "to": "06:30"});
        let patch = json!({"email": {"message": false}, "quiet_hours": night});
        let changed = parent.patch(PREFERENCES, &patch).await;
        let kept = json!({"email": {"message": false, "result": true, "reminder": true}, "quiet_hours": night});
        assert_eq!(changed.expect(200), kept);
        assert_eq!(parent.get(PREFERENCES).await.expect(200), kept);
        assert_eq!(parent.get(PREFERENCES).await.header("etag"), changed.header("etag"));
        assert_eq!(staff.get(PREFERENCES).await.expect(200), start);
        let stale = first.header("etag").unwrap();
        parent.with("If-Match", stale).patch(PREFERENCES, &json!({})).await.problem(412, "precondition_failed");
        assert_eq!(parent.patch(PREFERENCES, &json!({"quiet_hours": null, "email": null})).await.expect(200), start);
        let acts = seen(&school.as_(Role::SchoolAdmin), "activity-logs/?resource=users/me/preferences").await;
        assert_eq!((acts.len(), &acts[0]["before"], &acts[0]["after"]), (2, &kept, &start));
        let operator = app.operator().await.with("X-Tenant-ID", &school.domain);
        operator.get(PREFERENCES).await.problem(403, "permission_denied");
    }

    async fn what_is_no_hour_is_named(app: App) {
        let parent = app.school().await.as_(Role::Parent);
        for (hours, fields) in [
            (json!({"from": "25:00", "to": "6:30h"}), vec!["quiet_hours.from", "quiet_hours.to"]),
            (json!({"from": "21:00"}), vec!["quiet_hours.to"]),
            (json!({"from": "21:00", "to": "21:00"}), vec!["quiet_hours"]),
        ] {
            let errors = parent.patch(PREFERENCES, &json!({"quiet_hours": hours})).await.field_errors();
            assert_eq!(errors.keys().collect::<Vec<_>>(), fields, "{hours}");
        }
        let errors = parent.patch(PREFERENCES, &json!({"email": {"result": "no"}})).await.field_errors();
        assert_eq!(errors.keys().collect::<Vec<_>>(), ["email.result"]);
    }

    async fn what_is_not_wanted_is_not_sent_though_it_waited_already(app: App) {
        let mail = MailServer::start().unwrap();
        let app = app.alone().await;
        let school = app.school().await;
        post(&app, &school, &["message", "result", "receipt"]).await;
        let only_results = json!({"email": {"message": false, "reminder": false}});
        school.as_(Role::Parent).patch(PREFERENCES, &only_results).await.expect(200);
        let far = "2100-01-01T00:00:00Z";
        let _sender = sending(&app, &mail, far);
        let rows = settled(&app, &school, is_over).await;
        let seen: Vec<_> = rows.iter().map(|row| (row.kind.as_str(), row.state.as_str())).collect();
        assert_eq!(seen, [("message", "skipped"), ("result", "sent"), ("receipt", "sent")]);
        assert_eq!(rows[0].attempts, 0);
        assert_eq!(mail.taken().unwrap().len(), 2);
        // What nobody wanted was not given up, and is not tried anew.
        let admin = school.as_(Role::SchoolAdmin);
        assert_eq!(admin.post("/api/outbox/replay/", &json!({})).await.expect(200)["replayed"], 0);
        admin.post(&format!("/api/outbox/{}/replay/", rows[0].id), &json!({})).await.problem(409, "conflict");
    }

    async fn what_comes_at_night_waits_for_the_morning_by_the_clock_of_the_school(app: App) {
        let mail = MailServer::start().unwrap();
        let app = app.alone().await;
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        admin.patch("/api/settings/", &json!({"time_zone": "America/New_York"})).await.expect(200);
        let night = json!({"quiet_hours": {"from": "21:00", "to": "06:30"}});
        school.as_(Role::Parent).patch(PREFERENCES, &night).await.expect(200);
        // The night on which the clock leaps: 22:00 there, and 06:30 eight hours and a half later less one.
        let late = sending(&app, &mail, "2027-03-14T03:00:00Z");
        post(&late, &school, &["message", "receipt"]).await;
        let put_off = |row: &Model| is_over(row) || row.due_at == Some(at("2027-03-14T10:30:00Z"));
        let rows = settled(&app, &school, put_off).await;
        assert_eq!((rows[0].state.as_str(), rows[0].attempts), ("pending", 0));
        assert_eq!(rows[1].state, "sent");
        drop(late);
        let _early = sending(&app, &mail, "2027-03-14T10:30:00Z");
        let rows = settled(&app, &school, is_over).await;
        assert_eq!((rows[0].state.as_str(), rows[0].attempts), ("sent", 1));
        assert_eq!(mail.taken().unwrap().len(), 2);
    }
}
