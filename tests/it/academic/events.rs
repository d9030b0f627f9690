//! The calendar: what a day is, and who is told of what.

use resource::tenant_guard::Role;
use serde_json::{Value, json};

use super::{at, created, read, seen};
use crate::harness::{App, Caller, PASSWORD};

const EVENTS: &str = "/api/events/";

/// Titles of what somebody sees.
async fn titles(caller: &Caller, query: &str) -> Vec<Value> {
    let page = caller.get(&format!("{EVENTS}?{query}")).await.expect(200);
    let rows = page["results"].as_array().unwrap().iter();
    rows.map(|row| row["title"].clone()).collect()
}

async fn event(admin: &Caller, title: &str, more: Value) -> Value {
    let mut body = json!({"title": title, "start_date": "2026-03-20"});
    let fields = body.as_object_mut().unwrap();
    fields.extend(more.as_object().unwrap().clone());
    created(admin, "events", &body).await
}

/// Two classes with a pupil each who signs in; the teacher has the first, the parent its pupil.
struct TwoClasses {
    admin: Caller,
    classes: [Value; 2],
    people: Vec<(&'static str, Caller)>,
}

async fn two_classes(app: &App) -> TwoClasses {
    let school = app.school().await;
    let admin = school.as_(Role::SchoolAdmin);
    let teacher = json!({"name": "Class teacher", "user": school.user(Role::Teacher)});
    let teacher = created(&admin, "teachers", &teacher).await;
    let mut people = vec![
        ("teacher", school.as_(Role::Teacher)),
        ("bursar", school.as_(Role::Bursar)),
        ("staff", school.as_(Role::Staff)),
        ("parent", school.as_(Role::Parent)),
    ];
    let mut classes = Vec::new();
    for (name, teacher) in [("pupil", &teacher["id"]), ("other pupil", &Value::Null)] {
        let class = json!({"name": name, "class_teacher_id": teacher});
        let class = created(&admin, "classes", &class).await;
        let pupil = json!({"student_no": name, "names": name, "gender": "Female", "class_id": class["id"], "password": PASSWORD});
        let pupil = created(&admin, "students", &pupil).await;
        if classes.is_empty() {
            let link = json!({"user": school.user(Role::Parent), "student": pupil["id"]});
            created(&admin, "guardianships", &link).await;
        }
        classes.push(class);
        let signed_in = app
            .anonymous()
            .signed_in(name, PASSWORD, Some(&school.domain));
        people.push((name, signed_in));
    }
    TwoClasses {
        admin,
        classes: classes.try_into().unwrap(),
        people,
    }
}

both! {
    async fn a_day_is_the_day_it_was_announced_for_and_a_moment_is_in_utc(app: App) {
        let admin = app.school().await.as_(Role::SchoolAdmin);
        let days = json!({"start_date": "2026-12-31", "end_date": "2027-01-01"});
        let days = event(&admin, "Turn of the year", days).await;
        assert_eq!((&days["start_date"], &days["end_date"], &days["all_day"]), (&json!("2026-12-31"), &json!("2027-01-01"), &json!(true)));
        let evening = json!({"start_date": "2026-03-20T23:30:00-05:00", "end_date": "2026-03-21T06:00:00+01:00"});
        let evening = event(&admin, "Late", evening).await;
        assert_eq!((&evening["start_date"], &evening["end_date"], &evening["all_day"]), (&json!("2026-03-21T04:30:00Z"), &json!("2026-03-21T05:00:00Z"), &json!(false)));
        for row in [&days, &evening] {
            assert_eq!(&read(&admin, "events", row).await, row);
            // What was read can be sent back, and nothing moves.
            assert_eq!(&admin.put(&at("events", row), row).await.expect(200), row);
        }
        let one = event(&admin, "One day", json!({"end_date": ""})).await;
        assert_eq!((&one["end_date"], &one["event_type"], &one["target_audience"]), (&Value::Null, &json!("other"), &json!("all")));
        let moved = admin.patch(&at("events", &days), &json!({"start_date": "2026-12-30"})).await.expect(200);
        assert_eq!((&moved["start_date"], &moved["end_date"]), (&json!("2026-12-30"), &json!("2027-01-01")));
    }

    async fn what_is_no_time_is_refused_by_its_field(app: App) {
        let admin = app.school().await.as_(Role::SchoolAdmin);
        for (start, end, field) in [
            ("2026-02-30", json!(null), "start_date"),
            ("next week", json!(null), "start_date"),
            ("2026-03-20T10:00", json!(null), "start_date"),
            ("2026-03-20", json!("2026-03-19"), "end_date"),
            ("2026-03-20", json!("2026-03-21T10:00:00Z"), "end_date"),
            ("2026-03-20T10:00:00Z", json!("2026-03-21"), "end_date"),
            ("2026-03-20T10:00:00Z", json!("2026-03-20T10:30:00+01:00"), "end_date"),
            ("2026-03-20", json!("later"), "end_date"),
        ] {
            let body = json!({"title": "Never", "start_date": start, "end_date": end});
            let errors = admin.post(EVENTS, &body).await.field_errors();
            assert_eq!(errors.keys().collect::<Vec<_>>(), [field], "{start} {end}");
        }
        assert!(seen(&admin, "events").await.is_empty());
        let day = event(&admin, "Day", json!({})).await;
        let early = admin.patch(&at("events", &day), &json!({"end_date": "2026-03-01"})).await.field_errors();
        assert_eq!(early.keys().collect::<Vec<_>>(), ["end_date"]);
    }

    async fn each_part_of_the_school_is_told_what_is_for_it(app: App) {
        let TwoClasses { admin, classes, people } = two_classes(&app).await;
        for audience in ["all", "teachers", "students", "parents", "staff"] {
            event(&admin, audience, json!({"target_audience": audience})).await;
            let of_class = json!({"target_audience": audience, "class_id": classes[0]["id"]});
            event(&admin, &format!("{audience} of the class"), of_class).await;
        }
        let expected = |who: &str| match who {
            "teacher" => json!(["all", "all of the class", "staff", "staff of the class", "teachers", "teachers of the class"]),
            "bursar" | "staff" => json!(["all", "staff"]),
            "parent" => json!(["all", "all of the class", "parents", "parents of the class"]),
            "pupil" => json!(["all", "all of the class", "students", "students of the class"]),
            _ => json!(["all", "students"]),
        };
        for (who, caller) in &people {
            assert_eq!(json!(titles(caller, "ordering=title").await), expected(who), "{who}");
            for row in seen(&admin, "events").await {
                let told = expected(who).as_array().unwrap().contains(&row["title"]);
                let answer = caller.get(&at("events", &row)).await;
                assert_eq!(answer.status, if told { 200 } else { 404 }, "{who} {}", row["title"]);
            }
        }
        assert_eq!(seen(&admin, "events").await.len(), 10);
    }

    async fn whoever_changes_class_is_told_of_the_new_one_at_once(app: App) {
        let TwoClasses { admin, classes, people } = two_classes(&app).await;
        event(&admin, "Outing", json!({"class_id": classes[1]["id"]})).await;
        let told = async |who: &str| {
            let (_, caller) = people.iter().find(|(name, _)| *name == who).unwrap();
            !titles(caller, "").await.is_empty()
        };
        for who in ["pupil", "parent", "teacher"] {
            assert!(!told(who).await, "{who}");
        }
        let pupils = seen(&admin, "students").await;
        admin.patch(&at("students", &pupils[0]), &json!({"class_id": classes[1]["id"]})).await.expect(200);
        let teacher = json!({"class_teacher_id": classes[0]["class_teacher_id"]});
        admin.patch(&at("classes", &classes[1]), &teacher).await.expect(200);
        for who in ["pupil", "parent", "teacher"] {
            assert!(told(who).await, "{who}");
        }
    }

    async fn a_range_of_days_keeps_what_touches_it(app: App) {
        let admin = app.school().await.as_(Role::SchoolAdmin);
        for (title, start, end) in [
            ("before", "2026-03-08", json!("2026-03-09")),
            ("into", "2026-03-09", json!("2026-03-10")),
            ("within", "2026-03-11T23:59:59.5Z", json!(null)),
            ("over", "2026-03-01", json!("2026-03-31")),
            ("after", "2026-03-12", json!(null)),
        ] {
            event(&admin, title, json!({"start_date": start, "end_date": end})).await;
        }
        let found = titles(&admin, "from=2026-03-10&to=2026-03-11&ordering=title").await;
        assert_eq!(found, ["into", "over", "within"]);
        assert_eq!(titles(&admin, "to=9999-12-31").await.len(), 5);
        assert_eq!(titles(&admin, "from=0001-01-01").await.len(), 5);
    }

    async fn who_announced_it_is_named_and_stays(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        let row = event(&admin, "Assembly", json!({})).await;
        let me = admin.get("/api/users/me/").await.expect(200);
        let account = admin.get(&at("users", &me)).await.expect(200);
        assert_eq!((&row["created_by"], &row["created_by_name"]), (&me["id"], &account["name"]));
        let operator = app.operator().await.with("X-Tenant-ID", &school.domain);
        let theirs = event(&operator, "Maintenance", json!({})).await;
        assert_eq!((&theirs["created_by"], &theirs["created_by_name"]), (&Value::Null, &Value::Null));
        let in_use = operator.delete(&at("users", &me)).await;
        assert_eq!(in_use.problem(409, "conflict")["detail"], "This user cannot be deleted. What relies on it: events (1).");
    }

    async fn a_class_with_events_stays(app: App) {
        let admin = app.school().await.as_(Role::SchoolAdmin);
        let class = created(&admin, "classes", &json!({"name": "Age 15"})).await;
        let row = event(&admin, "Outing", json!({"class_id": class["id"]})).await;
        assert_eq!(row["class_name"], "Age 15");
        admin.delete(&at("classes", &class)).await.problem(409, "conflict");
        admin.delete(&at("events", &row)).await.expect(204);
        admin.delete(&at("classes", &class)).await.expect(204);
    }
}
