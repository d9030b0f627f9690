//! Promised of the calendar.

use resource::tenant_guard::Role;
use serde_json::json;

const EVENTS: &str = "/api/events/";

both! {
    async fn create_school_event(app: App) {
        let school = app.school().await;
        let body = json!({
            "title": "Sports day", "description": "On the lower field.", "start_date": "2026-05-20",
            "end_date": "2026-05-21", "event_type": "sports", "target_audience": "students",
        });
        let event = school.as_(Role::SchoolAdmin).post(EVENTS, &body).await.expect(201);
        for (field, sent) in body.as_object().unwrap() {
            assert_eq!(event[field], *sent, "{field}");
        }
        assert_eq!((&event["created_by"], &event["all_day"]), (&json!(school.user(Role::SchoolAdmin)), &json!(true)));
        let read = school.as_(Role::Student).get(&format!("{EVENTS}{}/", event["id"])).await;
        assert_eq!(read.expect(200), event);
        school.as_(Role::Teacher).post(EVENTS, &body).await.problem(403, "permission_denied");
    }

    async fn list_events_by_type(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        for (title, kind) in [("Easter", "holiday"), ("Christmas", "holiday"), ("Algebra", "exam")] {
            let body = json!({"title": title, "start_date": "2026-05-20", "event_type": kind});
            admin.post(EVENTS, &body).await.expect(201);
        }
        for (kind, titles) in [("holiday", &["Christmas", "Easter"][..]), ("exam", &["Algebra"]), ("sports", &[])] {
            let page = admin.get(&format!("{EVENTS}?event_type={kind}&ordering=title")).await.expect(200);
            let found: Vec<_> = page["results"].as_array().unwrap().iter().map(|one| one["title"].as_str().unwrap()).collect();
            assert_eq!(found, titles, "{kind}");
        }
        admin.get(&format!("{EVENTS}?event_type=party")).await.field_errors();
    }
}
