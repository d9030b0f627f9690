//! The personal calendar feed: whose it is, what it says, and when it ends.

use academic::entities::event_feed;
use resource::tenant_guard::{Principal, Role, SchoolId};
use sea_orm::{ColumnTrait, QueryFilter};
use serde_json::{Value, json};

use super::{at, created};
use crate::harness::{Answer, App, Caller};

const FEED: &str = "/api/events/feed/";

/// The path of a new feed.
async fn issued(caller: &Caller) -> String {
    let answer = caller.post(FEED, &json!({})).await;
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let url = answer.expect(201)["url"].as_str().unwrap().to_owned();
    let path = url.find("/api/").map(|at| url[at..].to_owned());
    path.unwrap_or_else(|| panic!("{url}"))
}

/// A feed as its lines, unfolded.
async fn lines(app: &App, feed: &str) -> Vec<String> {
    let answer = app.anonymous().get(feed).await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("content-type"),
        Some("text/calendar; charset=utf-8")
    );
    let text = String::from_utf8(answer.body).unwrap();
    assert!(text.starts_with("BEGIN:VCALENDAR\r\n") && text.ends_with("END:VCALENDAR\r\n"));
    let unfolded = text.replace("\r\n ", "");
    unfolded.split("\r\n").map(str::to_owned).collect()
}

/// Values of a property in a feed, sorted.
async fn values(app: &App, feed: &str, property: &str) -> Vec<String> {
    let start = format!("{property}:");
    let lines = lines(app, feed).await.into_iter();
    let mut values: Vec<String> = lines
        .filter_map(|line| line.strip_prefix(&start).map(str::to_owned))
        .collect();
    values.sort_unstable();
    values
}

async fn gone(app: &App, feed: &str) -> Answer {
    let answer = app.anonymous().get(feed).await;
    answer.problem(404, "not_found");
    answer
}

/// A day that stays in feeds for long: they are read by the clock of the machine.
const DAY: &str = "2126-03-20";

async fn event(admin: &Caller, title: &str, audience: &str) -> Value {
    let body = json!({"title": title, "start_date": DAY, "target_audience": audience});
    created(admin, "events", &body).await
}

both! {
    async fn a_feed_says_what_concerns_its_holder_and_needs_no_token(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        for audience in ["all", "parents", "staff"] {
            event(&admin, audience, audience).await;
        }
        event(&app.school().await.as_(Role::SchoolAdmin), "elsewhere", "all").await;
        let parent = issued(&school.as_(Role::Parent)).await;
        assert_eq!(values(&app, &parent, "SUMMARY").await, ["all", "parents"]);
        // With or without the slash at the end, as everywhere.
        assert_eq!(values(&app, &format!("{parent}/"), "SUMMARY").await, ["all", "parents"]);
        let bursar = issued(&school.as_(Role::Bursar)).await;
        assert_eq!(values(&app, &bursar, "SUMMARY").await, ["all", "staff"]);
        let head = issued(&admin).await;
        assert_eq!(values(&app, &head, "SUMMARY").await, ["all", "parents", "staff"]);
    }

    async fn an_event_keeps_its_uid_counts_its_changes_and_is_cancelled_when_it_goes(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        let feed = issued(&school.as_(Role::Student)).await;
        let row = event(&admin, "Open day", "all").await;
        let said = lines(&app, &feed).await;
        for line in ["DTSTART;VALUE=DATE:21260320", "DTEND;VALUE=DATE:21260321", "SEQUENCE:0", "STATUS:CONFIRMED"] {
            assert!(said.contains(&line.to_owned()), "{line}: {said:?}");
        }
        let uid = values(&app, &feed, "UID").await;
        let moved = json!({"start_date": "2126-03-21T10:00:00+01:00", "end_date": "2126-03-21T12:00:00+01:00"});
        admin.patch(&at("events", &row), &moved).await.expect(200);
        let said = lines(&app, &feed).await;
        for line in ["DTSTART:21260321T090000Z", "DTEND:21260321T110000Z", "SEQUENCE:1"] {
            assert!(said.contains(&line.to_owned()), "{line}: {said:?}");
        }
        admin.delete(&at("events", &row)).await.expect(204);
        assert_eq!(values(&app, &feed, "STATUS").await, ["CANCELLED"]);
        assert_eq!(values(&app, &feed, "SEQUENCE").await, ["2"]);
        assert_eq!(values(&app, &feed, "UID").await, uid);
    }

    async fn what_the_reader_has_already_is_not_sent_again(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        let feed = issued(&admin).await;
        event(&admin, "Open day", "all").await;
        let first = app.anonymous().get(&feed).await;
        let tag = first.header("etag").unwrap().to_owned();
        let again = app.anonymous().with("If-None-Match", &tag).get(&feed).await;
        assert_eq!((again.status, again.body.len()), (304, 0));
        event(&admin, "Another", "all").await;
        let changed = app.anonymous().with("If-None-Match", &tag).get(&feed).await;
        assert_eq!(changed.status, 200);
    }

    async fn a_feed_moves_and_ends_as_its_holder_says(app: App) {
        let school = app.school().await;
        let parent = school.as_(Role::Parent);
        parent.delete(FEED).await.problem(404, "not_found");
        let before = issued(&parent).await;
        let teacher = issued(&school.as_(Role::Teacher)).await;
        let after = issued(&parent).await;
        assert_ne!(before, after);
        gone(&app, &before).await;
        lines(&app, &after).await;
        parent.delete(FEED).await.expect(204);
        gone(&app, &after).await;
        lines(&app, &teacher).await;
        gone(&app, "/api/events/feed/0000.ics").await;
    }

    async fn the_feed_of_a_closed_account_or_school_is_not_found(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        let staff = issued(&school.as_(Role::Staff)).await;
        let teacher = issued(&school.as_(Role::Teacher)).await;
        let account = format!("/api/users/{}/", school.user(Role::Staff));
        admin.patch(&account, &json!({"is_active": false})).await.expect(200);
        gone(&app, &staff).await;
        lines(&app, &teacher).await;
        let suspend = format!("/api/schools/{}/suspend/", school.id);
        app.operator().await.post(&suspend, &json!({})).await.expect(200);
        gone(&app, &teacher).await;
    }

    async fn the_secret_is_kept_nowhere(app: App) {
        let school = app.school().await;
        let feed = issued(&school.as_(Role::Parent)).await;
        let (_, file) = feed.rsplit_once('/').unwrap();
        let secret = file.strip_suffix(".ics").unwrap().to_owned();
        assert_eq!(secret.len(), 64);
        let found = app.beside(move |state| async move {
            let scope = state.database.scope(SchoolId(school.id), Principal::system(SchoolId(school.id)));
            let kept = scope.find::<event_feed::Entity>();
            scope.count(kept.filter(event_feed::Column::SecretHash.eq(secret))).await.unwrap()
        }).await;
        assert_eq!(found, 0);
    }
}
