//! Events that take place again: what rule is sound, and which times are told to whom.

use resource::tenant_guard::Role;
use serde_json::{Value, json};

use super::{Room, at, created, read};
use crate::harness::Caller;

const EVENTS: &str = "/api/events/";

async fn event(admin: &Caller, title: &str, start: &str, more: &Value) -> Value {
    let mut body = json!({"title": title, "start_date": start});
    let fields = body.as_object_mut().unwrap();
    fields.extend(more.as_object().unwrap().clone());
    created(admin, "events", &body).await
}

async fn occurrences(caller: &Caller, from: &str, to: &str) -> Vec<Value> {
    let path = format!("{EVENTS}occurrences/?from={from}&to={to}");
    let answer = caller.get(&path).await.expect(200);
    answer["results"].as_array().unwrap().clone()
}

async fn starts(caller: &Caller, from: &str, to: &str) -> Vec<String> {
    let found = occurrences(caller, from, to).await;
    let start = |one: &Value| one["start"].as_str().unwrap().to_owned();
    found.iter().map(start).collect()
}

both! {
    async fn an_hour_is_kept_by_the_clock_on_the_wall_and_a_day_never_moves(app: App) {
        let admin = app.school().await.as_(Role::SchoolAdmin);
        admin.patch("/api/settings/", &json!({"time_zone": "America/New_York"})).await.expect(200);
        let weekly = json!({"recurrence": "FREQ=WEEKLY", "end_date": "2026-10-30T08:45:00-04:00"});
        event(&admin, "Assembly", "2026-10-30T08:00:00-04:00", &weekly).await;
        event(&admin, "Fees", "2026-10-31", &json!({"recurrence": "FREQ=DAILY;INTERVAL=2"})).await;
        let found = starts(&admin, "2026-10-30", "2026-11-06").await;
        assert_eq!(found, [
            "2026-10-30T12:00:00Z", "2026-10-31", "2026-11-02", "2026-11-04", "2026-11-06", "2026-11-06T13:00:00Z",
        ]);
        let first = &occurrences(&admin, "2026-11-06", "2026-11-06").await[1];
        assert_eq!((&first["end"], &first["all_day"], &first["recurring"]), (&json!("2026-11-06T13:45:00Z"), &json!(false), &json!(true)));
        // A school that moves takes its clock along, and what is cached goes with it.
        admin.patch("/api/settings/", &json!({"time_zone": "Africa/Lagos"})).await.expect(200);
        let found = starts(&admin, "2026-11-06", "2026-11-06").await;
        assert_eq!(found, ["2026-11-06", "2026-11-06T12:00:00Z"]);
    }

    async fn a_rule_is_kept_shown_and_taken_away_again(app: App) {
        let admin = app.school().await.as_(Role::SchoolAdmin);
        let rule = json!({"recurrence": "freq=weekly;byday=mo;count=3", "excluded_dates": ["2026-01-19", "2026-01-12", "2026-01-12"]});
        let row = event(&admin, "Club", "2026-01-05", &rule).await;
        assert_eq!((&row["recurrence"], &row["excluded_dates"]), (&json!("FREQ=WEEKLY;BYDAY=MO;COUNT=3"), &json!(["2026-01-12", "2026-01-19"])));
        assert_eq!(&admin.put(&at("events", &row), &row).await.expect(200), &row);
        assert_eq!(starts(&admin, "2026-01-01", "2026-12-31").await, ["2026-01-05"]);
        admin.patch(&at("events", &row), &json!({"excluded_dates": []})).await.expect(200);
        assert_eq!(starts(&admin, "2026-01-01", "2026-12-31").await, ["2026-01-05", "2026-01-12", "2026-01-19"]);
        let plain = json!({"recurrence": "", "excluded_dates": []});
        let plain = admin.patch(&at("events", &row), &plain).await.expect(200);
        assert_eq!(plain["recurrence"], "");
        assert_eq!(starts(&admin, "2026-01-01", "2026-12-31").await, ["2026-01-05"]);
        assert_eq!(read(&admin, "events", &row).await, plain);
    }

    async fn a_rule_that_cannot_be_is_an_error_of_its_field(app: App) {
        let admin = app.school().await.as_(Role::SchoolAdmin);
        for (start, rule) in [
            ("2026-01-05", "every week"),
            ("2026-01-05", "FREQ=HOURLY"),
            ("2026-01-05", "FREQ=DAILY;BYHOUR=1,2,3"),
            ("2026-01-05", "FREQ=DAILY;UNTIL=20260104"),
            ("2026-01-05", "FREQ=DAILY;UNTIL=20270101T000000Z"),
            ("2026-01-05T08:00:00Z", "FREQ=DAILY;UNTIL=20270101"),
            ("2026-01-06", "FREQ=WEEKLY;BYDAY=MO"),
            ("2026-01-05", "FREQ=YEARLY;BYMONTHDAY=31;BYMONTH=2"),
            ("2026-01-05", "FREQ=DAILY;BYMONTHDAY=31;BYMONTH=2"),
            ("2026-01-05", "FREQ=DAILY;COUNT=4294967295"),
            ("2026-01-05", "FREQ=YEARLY;INTERVAL=65535;COUNT=1000"),
            ("0001-01-01", "FREQ=DAILY"),
        ] {
            let body = json!({"title": "Never", "start_date": start, "recurrence": rule});
            let errors = admin.post(EVENTS, &body).await.field_errors();
            assert_eq!(errors.keys().collect::<Vec<_>>(), ["recurrence"], "{rule}");
        }
        let long = json!({"title": "Never", "start_date": "2026-01-05", "recurrence": "X".repeat(301)});
        admin.post(EVENTS, &long).await.field_errors();
        let alone = json!({"title": "Never", "start_date": "2026-01-05", "excluded_dates": ["2026-01-05"]});
        let errors = admin.post(EVENTS, &alone).await.field_errors();
        assert_eq!(errors.keys().collect::<Vec<_>>(), ["excluded_dates"]);
        // A change of the day alone is held against the rule too.
        let row = event(&admin, "Club", "2026-01-05", &json!({"recurrence": "FREQ=WEEKLY;BYDAY=MO"})).await;
        let moved = admin.patch(&at("events", &row), &json!({"start_date": "2026-01-06"})).await;
        assert!(moved.field_errors().contains_key("recurrence"));
    }

    async fn a_rule_without_end_is_told_for_any_year_and_never_for_more_than_one(app: App) {
        let admin = app.school().await.as_(Role::SchoolAdmin);
        for (title, rule) in [("daily", "FREQ=DAILY"), ("rare", "FREQ=DAILY;BYMONTH=1;BYMONTHDAY=5"), ("wide", "FREQ=YEARLY;INTERVAL=65535")] {
            event(&admin, title, "1900-01-05", &json!({"recurrence": rule})).await;
        }
        assert_eq!(starts(&admin, "9999-12-30", "9999-12-31").await, ["9999-12-30", "9999-12-31"]);
        assert_eq!(starts(&admin, "2027-01-05", "2028-01-05").await.len(), 366 + 2);
        assert_eq!(starts(&admin, "1899-01-01", "1900-01-01").await.len(), 0);
        for query in ["from=2026-01-01", "to=2026-01-01", "from=2026-01-01&to=2027-01-02", "from=2026-01-02&to=2026-01-01", "from=2026-01-01&to=2026-01-01&page=1"] {
            admin.get(&format!("{EVENTS}occurrences/?{query}")).await.field_errors();
        }
        for n in 0..2 {
            event(&admin, &format!("more {n}"), "2026-01-05", &json!({"recurrence": "FREQ=DAILY"})).await;
        }
        let many = admin.get(&format!("{EVENTS}occurrences/?from=2027-01-01&to=2027-12-31")).await;
        assert_eq!(many.field_errors().keys().collect::<Vec<_>>(), ["to"]);
        assert_eq!(starts(&admin, "2027-01-06", "2027-01-06").await.len(), 3);
    }

    async fn what_began_before_and_is_not_over_is_there(app: App) {
        let admin = app.school().await.as_(Role::SchoolAdmin);
        event(&admin, "Holiday", "2026-03-01", &json!({"end_date": "2026-03-20"})).await;
        let camp = json!({"end_date": "2026-03-03T09:00:00+01:00", "recurrence": "FREQ=MONTHLY"});
        event(&admin, "Camp", "2026-03-01T17:00:00+01:00", &camp).await;
        // Eleven at night in UTC is the next day in Lagos.
        event(&admin, "Late", "2026-03-09T23:30:00Z", &json!({})).await;
        assert_eq!(starts(&admin, "2026-03-10", "2026-03-10").await, ["2026-03-01", "2026-03-09T23:30:00Z"]);
        assert_eq!(starts(&admin, "2026-03-09", "2026-03-09").await, ["2026-03-01"]);
        assert_eq!(starts(&admin, "2026-04-03", "2026-04-03").await, ["2026-04-01T16:00:00Z"]);
        assert_eq!(starts(&admin, "2026-04-04", "2026-04-04").await.len(), 0);
    }

    async fn everyone_is_told_of_the_times_that_concern_them(app: App) {
        let room = Room::of(&app, &[], 1).await;
        let weekly = |audience: &str, class: &Value| json!({"recurrence": "FREQ=WEEKLY", "target_audience": audience, "class_id": class});
        for (audience, class) in [("all", &Value::Null), ("parents", &Value::Null), ("teachers", &room.class["id"])] {
            event(&room.admin, audience, "2026-01-05", &weekly(audience, class)).await;
        }
        for (role, told) in [
            (Role::SchoolAdmin, &["all", "parents", "teachers"][..]), (Role::Teacher, &["all", "teachers"]),
            (Role::Parent, &["all", "parents"]), (Role::Bursar, &["all"]), (Role::Student, &["all"]),
        ] {
            let found = occurrences(&room.school.as_(role), "2026-02-01", "2026-02-07").await;
            let titles: Vec<_> = found.iter().map(|one| one["title"].as_str().unwrap()).collect();
            assert_eq!(titles, told, "{role}");
        }
        assert!(occurrences(&app.school().await.as_(Role::SchoolAdmin), "2026-02-01", "2026-02-07").await.is_empty());
        let again = room.admin.get(&format!("{EVENTS}occurrences/?from=2026-02-01&to=2026-02-07")).await;
        assert_eq!((again.cache(), again.statements()), (Some("hit"), 0));
    }

    async fn a_list_of_days_keeps_what_may_take_place_in_them_again(app: App) {
        let admin = app.school().await.as_(Role::SchoolAdmin);
        event(&admin, "endless", "2026-01-05", &json!({"recurrence": "FREQ=WEEKLY"})).await;
        event(&admin, "over", "2026-01-05", &json!({"recurrence": "FREQ=WEEKLY;COUNT=2"})).await;
        event(&admin, "once", "2026-01-05", &json!({})).await;
        let titles = async |query: &str| {
            let page = admin.get(&format!("{EVENTS}?ordering=title&{query}")).await.expect(200);
            let rows = page["results"].as_array().unwrap();
            rows.iter().map(|row| row["title"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(titles("from=2026-01-12&to=2026-12-31").await, ["endless", "over"]);
        assert_eq!(titles("from=2026-01-13").await, ["endless"]);
        assert_eq!(titles("to=2026-01-04").await.len(), 0);
    }
}
