//! Announcements: who writes them, who is told, and who has read them.

use chrono::TimeDelta;
use resource::tenant_guard::{Clock, Role};
use serde_json::{Value, json};

use super::{TwoClasses, at, created, each, seen};
use crate::harness::{App, Caller, PASSWORD};

const ANNOUNCEMENTS: &str = "/api/announcements/";

async fn announced(caller: &Caller, title: &str, more: Value) -> Value {
    let mut body = json!({"title": title, "content": "Good morning."});
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    created(caller, "announcements", &body).await
}

async fn titles(caller: &Caller, query: &str) -> Vec<Value> {
    each(
        &seen(caller, &format!("announcements/?{query}")).await,
        "title",
    )
}

/// A gateway that lives two days later and keeps no answers.
fn later(app: &App) -> App {
    let clock = Clock::system();
    let clock = Clock::by(move || clock.now() + TimeDelta::days(2));
    app.another(&[("TERMBOOK_CACHE", "off")], clock)
}

/// The moment so many days from now.
fn moment(days: i64) -> String {
    (Clock::system().now() + TimeDelta::days(days)).to_rfc3339()
}

both! {
    async fn each_part_of_the_school_is_told_what_is_for_it(app: App) {
        let rooms = TwoClasses::of(&app).await;
        for target in ["all", "teachers", "students", "parents", "staff"] {
            announced(&rooms.admin, target, json!({"target": target})).await;
            let of_class = json!({"target": target, "class_id": rooms.classes[0]["id"]});
            announced(&rooms.admin, &format!("{target} of the class"), of_class).await;
        }
        let expected = |who: &str| match who {
            "teacher" => json!(["all", "all of the class", "staff", "staff of the class", "teachers", "teachers of the class"]),
            "bursar" | "staff" => json!(["all", "staff"]),
            "parent" => json!(["all", "all of the class", "parents", "parents of the class"]),
            "pupil" => json!(["all", "all of the class", "students", "students of the class"]),
            _ => json!(["all", "students"]),
        };
        for (who, caller) in rooms.people() {
            assert_eq!(json!(titles(&caller, "ordering=title").await), expected(who), "{who}");
            for row in seen(&rooms.admin, "announcements/").await {
                let told = expected(who).as_array().unwrap().contains(&row["title"]);
                let answer = caller.get(&at("announcements", &row)).await;
                assert_eq!(answer.status, if told { 200 } else { 404 }, "{who} {}", row["title"]);
                let read = caller.post(&format!("{}read/", at("announcements", &row)), &json!({})).await;
                assert_eq!(read.status, if told { 204 } else { 404 }, "{who} {}", row["title"]);
            }
        }
        assert_eq!(titles(&rooms.admin, "").await.len(), 10);
    }

    async fn a_teacher_announces_to_the_own_classes_alone(app: App) {
        let rooms = TwoClasses::of(&app).await;
        let teacher = rooms.school.as_(Role::Teacher);
        let [own, other] = [&rooms.classes[0]["id"], &rooms.classes[1]["id"]];
        let body = |class: &Value| json!({"title": "Outing", "content": "On Friday.", "class_id": class});
        for class in [other, &Value::Null] {
            teacher.post(ANNOUNCEMENTS, &body(class)).await.problem(403, "permission_denied");
        }
        let outing = announced(&teacher, "Outing", json!({"class_id": own, "target": "parents"})).await;
        assert_eq!((&outing["class_name"], &outing["created_by"]), (&json!("theirs"), &json!(rooms.school.user(Role::Teacher))));
        // Who wrote it reads it, for whomever it is.
        teacher.get(&at("announcements", &outing)).await.expect(200);
        assert_eq!(titles(&rooms.school.as_(Role::Parent), "").await, ["Outing"]);
        teacher.patch(&at("announcements", &outing), &json!({"class_id": other})).await.problem(403, "permission_denied");
        teacher.patch(&at("announcements", &outing), &json!({"class_id": null})).await.problem(403, "permission_denied");
        teacher.patch(&at("announcements", &outing), &json!({"title": "Trip"})).await.expect(200);
        let of_admin = announced(&rooms.admin, "Fees", json!({"class_id": own})).await;
        assert_eq!(titles(&teacher, "ordering=title").await, ["Fees", "Trip"]);
        teacher.patch(&at("announcements", &of_admin), &json!({"title": "None"})).await.problem(404, "not_found");
        teacher.delete(&at("announcements", &of_admin)).await.problem(404, "not_found");
        teacher.delete(&at("announcements", &outing)).await.expect(204);
        for role in [Role::Bursar, Role::Staff, Role::Parent, Role::Student] {
            rooms.school.as_(role).post(ANNOUNCEMENTS, &body(own)).await.problem(403, "permission_denied");
        }
    }

    async fn who_teaches_a_class_a_subject_this_year_announces_to_it(app: App) {
        let rooms = TwoClasses::of(&app).await;
        let teacher = rooms.school.as_(Role::Teacher);
        let other = &rooms.classes[1]["id"];
        let announce = async || {
            let body = json!({"title": "Test", "content": "On Friday.", "class_id": other});
            teacher.post(ANNOUNCEMENTS, &body).await.status
        };
        let subject = seen(&rooms.admin, "subjects/").await[0]["id"].clone();
        let taught = json!({"teacher": rooms.teacher["id"], "class": other, "subject": subject, "session": "2025/2026"});
        let taught = created(&rooms.admin, "subject-teachers", &taught).await;
        rooms.admin.patch("/api/settings/", &json!({"current_session": "2026/2027"})).await.expect(200);
        assert_eq!(announce().await, 403);
        rooms.admin.patch("/api/settings/", &json!({"current_session": "2025/2026"})).await.expect(200);
        assert_eq!(announce().await, 201);
        rooms.admin.delete(&at("subject-teachers", &taught)).await.expect(204);
        assert_eq!(announce().await, 403);
    }

    async fn what_is_over_is_gone_for_its_readers_and_there_for_its_writers(app: App) {
        let rooms = TwoClasses::of(&app).await;
        let own = &rooms.classes[0]["id"];
        let tomorrow = json!({"expires_at": moment(1), "class_id": own});
        announced(&rooms.admin, "of the school", tomorrow.clone()).await;
        announced(&rooms.school.as_(Role::Teacher), "of the teacher", tomorrow).await;
        announced(&rooms.admin, "for ever", json!({})).await;
        assert_eq!(titles(&rooms.school.as_(Role::Parent), "").await.len(), 3);
        let later = later(&app);
        let as_ = |name: &str| later.anonymous().signed_in(name, PASSWORD, Some(&rooms.school.domain));
        assert_eq!(titles(&as_("parent"), "").await, ["for ever"]);
        assert!(titles(&as_("parent"), "expired=true").await.is_empty());
        assert_eq!(titles(&as_("teacher"), "ordering=title").await, ["for ever", "of the teacher"]);
        let admin = as_("school_admin");
        assert_eq!(titles(&admin, "").await.len(), 3);
        assert_eq!(titles(&admin, "expired=true&ordering=title").await, ["of the school", "of the teacher"]);
        assert_eq!(titles(&admin, "expired=false").await, ["for ever"]);
        let over = seen(&admin, "announcements/?expired=true").await.remove(0);
        admin.patch(&at("announcements", &over), &json!({"is_pinned": true})).await.expect(200);
        admin.patch(&at("announcements", &over), &json!({"expires_at": null})).await.expect(200);
        assert_eq!(titles(&as_("parent"), "").await.len(), 2);
    }

    async fn a_moment_that_is_past_is_refused_by_its_field(app: App) {
        let admin = app.school().await.as_(Role::SchoolAdmin);
        for at in ["2001-01-01T00:00:00Z", "9999-12-31T23:59:59-01:00", "tomorrow", "2099-01-01"] {
            let body = json!({"title": "Never", "content": "Never.", "expires_at": at});
            let errors = admin.post(ANNOUNCEMENTS, &body).await.field_errors();
            assert_eq!(errors.keys().collect::<Vec<_>>(), ["expires_at"], "{at}");
        }
        let row = announced(&admin, "Soon over", json!({"expires_at": moment(1)})).await;
        let errors = admin.patch(&at("announcements", &row), &json!({"expires_at": moment(-1)})).await.field_errors();
        assert_eq!(errors["expires_at"], ["Must be a moment to come."]);
    }

    async fn the_pinned_come_first_and_the_newest_before_the_older(app: App) {
        let admin = app.school().await.as_(Role::SchoolAdmin);
        for (title, is_pinned) in [("one", true), ("two", false), ("three", true), ("four", false)] {
            announced(&admin, title, json!({"is_pinned": is_pinned})).await;
        }
        assert_eq!(titles(&admin, "").await, ["three", "one", "four", "two"]);
    }

    async fn what_one_has_read_is_unread_for_the_others(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        let row = announced(&admin, "Assembly", json!({})).await;
        announced(&admin, "Choir", json!({})).await;
        let (bursar, staff) = (school.as_(Role::Bursar), school.as_(Role::Staff));
        assert_eq!(titles(&bursar, "is_read=false&ordering=title").await, ["Assembly", "Choir"]);
        let read = format!("{}read/", at("announcements", &row));
        for _ in 0..2 {
            bursar.post(&read, &json!({})).await.expect(204);
        }
        assert_eq!(bursar.get(&at("announcements", &row)).await.expect(200)["is_read"], true);
        assert_eq!(titles(&bursar, "is_read=true").await, ["Assembly"]);
        assert_eq!(titles(&bursar, "is_read=false").await, ["Choir"]);
        for other in [&staff, &admin] {
            assert_eq!(each(&seen(other, "announcements/").await, "is_read"), [false, false]);
        }
        // An operator is no user of the school, whatever the keys.
        let operator = app.operator().await.with("X-Tenant-ID", &school.domain);
        assert_eq!(each(&seen(&operator, "announcements/").await, "is_read"), [false, false]);
        operator.post(&read, &json!({})).await.problem(403, "permission_denied");
    }

    async fn a_list_takes_as_many_statements_whatever_its_length(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        for title in ["one", "two", "three"] {
            announced(&admin, title, json!({})).await;
        }
        // The page, its count, and who has read what; a page that is not full tells its count.
        for (query, statements) in [("page_size=1", 3), ("page_size=3", 3), ("page_size=9", 2)] {
            let page = school.as_(Role::Staff).get(&format!("{ANNOUNCEMENTS}?{query}&ordering=title")).await;
            page.expect(200);
            assert!(page.statements() <= statements, "{query}: {}", page.statements());
        }
    }

    async fn who_wrote_it_and_the_class_it_is_for_stay_while_it_does(app: App) {
        let rooms = TwoClasses::of(&app).await;
        let teacher = rooms.school.as_(Role::Teacher);
        let row = announced(&teacher, "Outing", json!({"class_id": rooms.classes[0]["id"]})).await;
        rooms.admin.post(&format!("{}read/", at("announcements", &row)), &json!({})).await.expect(204);
        let account = json!({"id": rooms.school.user(Role::Teacher)});
        for (collection, kept) in [("users", &account), ("classes", &rooms.classes[0])] {
            let problem = rooms.admin.delete(&at(collection, kept)).await.problem(409, "conflict");
            assert!(problem["detail"].as_str().unwrap().contains("announcements (1)"), "{problem}");
        }
        rooms.admin.delete(&at("announcements", &row)).await.expect(204);
        assert!(titles(&rooms.admin, "").await.is_empty());
        let operator = app.operator().await.with("X-Tenant-ID", &rooms.school.domain);
        let theirs = announced(&operator, "Maintenance", json!({})).await;
        assert_eq!((&theirs["created_by"], &theirs["created_by_name"]), (&Value::Null, &Value::Null));
    }

    async fn whoever_has_read_something_can_still_be_deleted(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        let row = announced(&admin, "Assembly", json!({})).await;
        school.as_(Role::Staff).post(&format!("{}read/", at("announcements", &row)), &json!({})).await.expect(204);
        admin.delete(&format!("/api/users/{}/", school.user(Role::Staff))).await.expect(204);
        admin.get(&at("announcements", &row)).await.expect(200);
    }
}
