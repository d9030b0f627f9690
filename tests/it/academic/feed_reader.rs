//! A year of the feed as another reader understands it: Python's `icalendar` and `recurring_ical_events`.

use resource::tenant_guard::{Clock, Role};
use serde_json::{Value, json};

use super::created;
use crate::harness::{Caller, Python};

const FIRST: &str = "2026-09-01";
const LAST: &str = "2027-08-31";

/// The calendar of a school year, whose hours are `offset` behind or before UTC when it begins; `until` is
/// the last assembly's start in UTC.
async fn announce(admin: &Caller, offset: &str, until: &str) {
    let at = |day: &str, hour: &str| format!("{day}T{hour}:00{offset}");
    let events = [
        json!({
            "title": "Assembly", "start_date": at("2026-09-04", "08:00"), "end_date": at("2026-09-04", "08:45"),
            "recurrence": format!("FREQ=WEEKLY;BYDAY=FR;UNTIL={until}"), "excluded_dates": ["2026-12-25", "2027-01-01"],
        }),
        json!({
            "title": "Staff meeting", "start_date": at("2026-09-07", "15:30"), "end_date": at("2026-09-07", "16:30"),
            "recurrence": "FREQ=MONTHLY;BYDAY=1MO",
        }),
        json!({
            "title": "Library", "start_date": at("2026-09-08", "23:15"), "end_date": at("2026-09-09", "00:15"),
            "recurrence": "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH;COUNT=40",
        }),
        json!({"title": "Holiday", "start_date": "2026-12-19", "end_date": "2027-01-03"}),
        json!({"title": "Fees", "start_date": "2026-09-30", "recurrence": "FREQ=MONTHLY;BYMONTHDAY=-1"}),
        json!({
            "title": "Open days", "start_date": "2026-09-19", "end_date": "2026-09-20",
            "recurrence": "FREQ=MONTHLY;BYDAY=3SA;COUNT=6",
        }),
    ];
    for event in events {
        created(admin, "events", &event).await;
    }
}

/// What `events/occurrences/` answers, in the form of the fixture.
async fn answered(caller: &Caller) -> Vec<Value> {
    let path = format!("/api/events/occurrences/?from={FIRST}&to={LAST}");
    let answer = caller.get(&path).await.expect(200);
    let results = answer["results"].as_array().unwrap().iter();
    let mut times: Vec<Value> = results
        .map(|one| {
            let end = match &one["end"] {
                Value::Null if one["all_day"] == true => &one["start"],
                end => end,
            };
            json!([one["title"], one["start"], end])
        })
        .collect();
    times.sort_by_key(|one| (one[1].to_string(), one[0].to_string()));
    times
}

both! {
    async fn a_year_of_the_feed_is_read_as_it_was_meant_on_both_sides_of_the_ocean(app: App) {
        // Feeds leave out what is long over, so the year must not recede.
        let app = app.another(&[], Clock::by(|| "2026-09-01T06:00:00Z".parse().unwrap()));
        let expected = include_str!("../../data/calendar-feed/expected.json");
        let expected: Value = serde_json::from_str(expected).unwrap();
        let python = Python::of("calendar-feed");
        for (zone, offset, until, inspection) in [
            ("Africa/Lagos", "+01:00", "20270702T070000Z", "2027-02-10T10:00:00+01:00"),
            ("America/New_York", "-04:00", "20270702T120000Z", "2027-02-10T10:00:00-05:00"),
        ] {
            let expected: Vec<Value> = expected[zone].as_array().unwrap().clone();
            let school = app.school().await;
            let admin = school.as_(Role::SchoolAdmin);
            admin.patch("/api/settings/", &json!({"time_zone": zone})).await.expect(200);
            announce(&admin, offset, until).await;
            created(&admin, "events", &json!({"title": "Inspection", "start_date": inspection})).await;
            let parent = school.as_(Role::Parent);
            assert_eq!(answered(&parent).await, expected, "{zone}");
            let feed = parent.post("/api/events/feed/", &json!({})).await.expect(201);
            let url = feed["url"].as_str().unwrap();
            let feed = app.anonymous().get(&url[url.find("/api/").unwrap()..]).await;
            let text = String::from_utf8(feed.body).unwrap();
            // Under a name that no reader knows, the zone is what the feed says it is.
            let renamed = text.replace(zone, "School/Clock");
            for text in [&text, &renamed] {
                let read = python.run("read.py", &[zone, FIRST, LAST], text);
                let read: Vec<Value> = serde_json::from_str(&read).unwrap();
                assert_eq!(read, expected, "{zone}");
            }
        }
    }
}
