//! The demo: two real schools, read through the API as its accounts see them.

mod money;

use std::collections::{HashMap, HashSet};

use reqwest::Method;
use resource::tenant_guard::{Access, Clock, Role, Verb};
use serde_json::{Value, json};

use crate::{
    files::path_of,
    harness::{App, Caller},
};

const PEOPLE: [&str; 5] = ["admin", "bursar", "teacher", "parent", "student"];
const SESSION: &str = "session=2005%2F2006";

fn person(app: &App, email: &str) -> Caller {
    app.anonymous()
        .signed_in(email, gateway::demo::PASSWORD, None)
}

/// Every row of a list, read page by page as a client follows the links.
async fn every(app: &App, caller: &Caller, path: &str) -> Vec<Value> {
    let mut rows = Vec::new();
    let mut next = Some(path.to_owned());
    while let Some(path) = next {
        let mut page = caller.get(&path).await.expect(200);
        next = page["next"]
            .as_str()
            .map(|url| url.strip_prefix(&app.base()).unwrap().to_owned());
        match page["results"].take() {
            Value::Array(found) => rows.extend(found),
            other => panic!("{path}: {other}"),
        }
    }
    rows
}

/// Rows and mean total of a subject in the Third Term, the mean to three decimals.
async fn third_term(app: &App, domain: &str, subject: &str) -> (usize, String) {
    let admin = person(app, &format!("admin@{domain}.demo"));
    let found = admin.get("/api/subjects/").await.expect(200);
    let found = found["results"].as_array().unwrap().clone();
    let subject = found.iter().find(|row| row["name"] == subject).unwrap();
    let path = format!(
        "/api/scores/?{SESSION}&term=Third%20Term&subject={}&page_size=200",
        subject["id"]
    );
    let rows = every(app, &admin, &path).await;
    let sum: f64 = rows.iter().map(|row| row["total"].as_f64().unwrap()).sum();
    let count = u32::try_from(rows.len()).unwrap();
    (rows.len(), format!("{:.3}", sum / f64::from(count)))
}

fn letter(total: f64) -> &'static str {
    match total {
        total if total >= 75.0 => "A",
        total if total >= 65.0 => "B",
        total if total >= 50.0 => "C",
        total if total >= 40.0 => "D",
        _ => "F",
    }
}

both! {
    async fn the_schools_have_the_pupils_of_the_published_data(app: App) {
        let app = app.demo().await;
        for (code, count, oldest) in [("GP", 441, 22), ("MS", 233, 21)] {
            let admin = person(&app, &format!("admin@{}.demo", code.to_lowercase()));
            assert_eq!(admin.get("/api/students/").await.expect(200)["count"], count);
            let pupils = every(&app, &admin, "/api/students/?ordering=student_no&page_size=500").await;
            assert_eq!(pupils.len(), count);
            for (place, pupil) in pupils.iter().enumerate() {
                assert_eq!(pupil["student_no"], format!("{code}-{:04}", place + 1));
                assert!(pupil["class_name"].as_str().unwrap().starts_with("Age "), "{pupil}");
                assert_eq!(pupil["status"], "active");
            }
            let classes = every(&app, &admin, "/api/classes/").await;
            let names: Vec<_> = classes.iter().map(|class| class["name"].as_str().unwrap()).collect();
            let ages = 15..=oldest;
            assert_eq!(names, ages.map(|age| format!("Age {age}")).collect::<Vec<_>>());
            for class in &classes {
                assert_eq!(class["subjects"], json!(["Mathematics", "Portuguese"]));
            }
        }
    }

    async fn the_means_are_those_of_the_published_data(app: App) {
        let app = app.demo().await;
        for (domain, subject, rows, mean) in [
            ("gp", "Mathematics", 349, "52.450"),
            ("ms", "Mathematics", 46, "49.239"),
            ("gp", "Portuguese", 423, "62.884"),
            ("ms", "Portuguese", 226, "53.252"),
        ] {
            assert_eq!(third_term(&app, domain, subject).await, (rows, mean.to_owned()), "{domain} {subject}");
        }
    }

    async fn every_account_signs_in_as_what_it_is(app: App) {
        let app = app.demo().await;
        let roles = [Role::SchoolAdmin, Role::Bursar, Role::Teacher, Role::Parent, Role::Student];
        for domain in ["gp", "ms"] {
            for (name, role) in PEOPLE.iter().zip(roles) {
                let me = person(&app, &format!("{name}@{domain}.demo")).get("/api/users/me/").await.expect(200);
                assert_eq!((&me["role"], &me["school"]), (&json!(role.as_str()), &json!(domain.to_uppercase())));
            }
        }
        let root = person(&app, "root@termbook.demo");
        assert_eq!(root.get("/api/schools/").await.expect(200)["count"], 2);
        let students = root.with("X-Tenant-ID", "ms").get("/api/students/").await.expect(200);
        assert_eq!(students["count"], 233);
    }

    async fn a_pupil_reads_one_pupil_and_a_parent_two(app: App) {
        let app = app.demo().await;
        for (name, numbers) in [("student", &["GP-0001"][..]), ("parent", &["GP-0001", "GP-0002"])] {
            let caller = person(&app, &format!("{name}@gp.demo"));
            let pupils = every(&app, &caller, "/api/students/?ordering=student_no").await;
            let seen: Vec<_> = pupils.iter().map(|pupil| pupil["student_no"].as_str().unwrap()).collect();
            assert_eq!(seen, numbers);
            let own: Vec<_> = pupils.iter().map(|pupil| &pupil["id"]).collect();
            let cards = every(&app, &caller, "/api/reports/").await;
            // Two published terms a pupil; the open one is nobody's to see yet.
            assert_eq!(cards.len(), 2 * numbers.len());
            let marks = every(&app, &caller, "/api/scores/").await;
            assert!(!marks.is_empty());
            for card in &cards {
                assert!(own.contains(&&card["student_id"]) && card["is_passed"] == true, "{card}");
            }
            let stranger = person(&app, "admin@gp.demo").get("/api/students/?student_no=GP-0003").await.expect(200);
            let id = &stranger["results"][0]["id"];
            caller.get(&format!("/api/students/{id}/")).await.problem(404, "not_found");
        }
    }

    async fn a_pupil_and_a_parent_write_nothing_of_the_school(app: App) {
        let app = app.demo().await;
        // Their own password, letters, calendar feed and payments online are theirs.
        let own = [
            "users/me/password", "users/me/preferences", "messages", "events/feed", "announcements/read", "payments/initialise", "payments/verify-online",
        ];
        let mounts = gateway::mounts();
        let writes: Vec<_> = mounts
            .operations()
            .iter()
            .filter(|one| one.access != Access::Public && one.permission.verb == Verb::Write)
            .filter(|one| !own.contains(&one.permission.resource.as_str()))
            .collect();
        assert!(writes.len() > 40);
        for name in ["student", "parent"] {
            let caller = person(&app, &format!("{name}@gp.demo"));
            for one in &writes {
                let method: Method = one.permission.method.as_str().parse().unwrap();
                let path = one.path.replace("{id}", "1");
                caller.send(method, &path, Some(&json!({}))).await.problem(403, "permission_denied");
            }
        }
    }

    async fn a_teacher_touches_neither_money_nor_settings(app: App) {
        let app = app.demo().await;
        let teacher = person(&app, "teacher@gp.demo");
        let mounts = gateway::mounts();
        let money = |resource: &str| ["fee-", "expenses", "payments", "receipts"].iter().any(|start| resource.starts_with(start));
        let mut refused = 0;
        for one in mounts.operations() {
            let writes = one.permission.verb == Verb::Write && one.permission.resource == "settings";
            if one.access != Access::Public && (writes || money(&one.permission.resource)) {
                let method: Method = one.permission.method.as_str().parse().unwrap();
                let path = one.path.replace("{id}", "1");
                teacher.send(method, &path, Some(&json!({}))).await.problem(403, "permission_denied");
                refused += 1;
            }
        }
        assert!(refused >= 14, "{refused}");
    }

    async fn marks_add_up_and_two_terms_are_published(app: App) {
        let app = app.demo().await;
        for domain in ["gp", "ms"] {
            let admin = person(&app, &format!("admin@{domain}.demo"));
            for mark in every(&app, &admin, "/api/scores/?page_size=200").await {
                let part = |name: &str| mark[name].as_f64().unwrap();
                let total = part("ca1") + part("ca2") + part("exam");
                assert!((part("total") - total).abs() < 1e-9, "{mark}");
                assert_eq!(mark["grade"], letter(total), "{mark}");
            }
            for (term, published) in [("First", true), ("Second", true), ("Third", false)] {
                let path = format!("/api/reports/?{SESSION}&term={term}%20Term&page_size=200");
                let cards = every(&app, &admin, &path).await;
                assert_eq!(cards.len(), if domain == "gp" { 441 } else { 233 });
                assert!(cards.iter().all(|card| card["is_passed"] == published), "{term}");
                positions_are_those_of_competition_ranking(&cards);
            }
        }
    }

    async fn the_registers_add_up_to_the_absences_of_the_published_data(app: App) {
        let app = app.demo().await;
        for (domain, pupils, absences) in [("gp", 441, 2_018), ("ms", 233, 621)] {
            let admin = person(&app, &format!("admin@{domain}.demo"));
            let (mut seen, mut absent) = (0, 0);
            for class in every(&app, &admin, "/api/classes/").await {
                let path = format!("/api/attendance/summary/?class={}&{SESSION}&term=Third%20Term", class["id"]);
                let summary = admin.get(&path).await.expect(200);
                for tally in summary["results"].as_array().unwrap() {
                    let part = |name: &str| tally[name].as_i64().unwrap();
                    assert_eq!((part("days"), part("late"), part("excused")), (46, 0, 0), "{tally}");
                    assert_eq!(part("present") + part("absent"), 46);
                    seen += 1;
                    absent += part("absent");
                }
            }
            assert_eq!((seen, absent), (pupils, absences), "{domain}");
        }
        // The first two pupils of GP were away four days and two.
        let parent = person(&app, "parent@gp.demo");
        let children = every(&app, &parent, "/api/students/?ordering=student_no").await;
        for (child, away) in children.iter().zip([4, 2]) {
            let path = format!("/api/attendance/summary/?student={}", child["id"]);
            let summary = parent.get(&path).await.expect(200);
            assert_eq!(summary["results"][0]["absent"], away);
            let classes = parent.get(&format!("/api/students/{}/enrolments/", child["id"])).await.expect(200);
            let now = json!({"session": "2005/2006", "class_id": child["class_id"], "class_name": child["class_name"], "since": "2005-09-12"});
            assert_eq!(classes["results"], json!([now]));
        }
    }

    async fn the_year_is_announced_to_whom_it_concerns(app: App) {
        let app = app.demo().await;
        for domain in ["gp", "ms"] {
            let admin = person(&app, &format!("admin@{domain}.demo"));
            assert_eq!(admin.get("/api/events/").await.expect(200)["count"], 21);
            let path = "/api/events/occurrences/?from=2006-03-20&to=2006-03-31";
            let told = |answer: Value| -> Vec<Value> {
                let results = answer["results"].as_array().unwrap().iter();
                results.map(|one| json!([one["title"], one["start"]])).collect()
            };
            // Clocks in Lisbon move on the 26th.
            let all = [
                json!(["Assembly", "2006-03-20T08:30:00Z"]), json!(["Football", "2006-03-24T15:00:00Z"]),
                json!(["Assembly", "2006-03-27T07:30:00Z"]), json!(["Staff meeting", "2006-03-29T15:00:00Z"]),
                json!(["Football", "2006-03-31T14:00:00Z"]),
            ];
            assert_eq!(told(admin.get(path).await.expect(200)), all);
            let parent = person(&app, &format!("parent@{domain}.demo"));
            assert_eq!(told(parent.get(path).await.expect(200)), [all[0].clone(), all[2].clone()]);
        }
    }

    async fn its_people_are_told_things_and_write_to_each_other(app: App) {
        let app = app.demo().await;
        for domain in ["gp", "ms"] {
            let of = |name: &str| person(&app, &format!("{name}@{domain}.demo"));
            for (name, announcements, newsletters) in [("admin", 4, 2), ("teacher", 3, 1), ("bursar", 1, 1)] {
                assert_eq!(of(name).get("/api/announcements/").await.expect(200)["count"], announcements, "{name}");
                assert_eq!(of(name).get("/api/newsletters/").await.expect(200)["count"], newsletters, "{name}");
            }
            let letters = every(&app, &of("parent"), "/api/messages/?ordering=created_at").await;
            assert_eq!(letters.len(), 4);
            let thread = format!("/api/messages/{}/thread/", letters[2]["id"]);
            assert_eq!(of("bursar").get(&thread).await.expect(200)["results"], json!(letters[..3]));
            let waiting = of("parent").get("/api/messages/unread-count/").await.expect(200);
            assert_eq!(waiting, json!({"unread_count": 1}));
        }
    }

    async fn its_files_are_there_and_its_wishes_and_webhooks_too(app: App) {
        let app = app.demo().await;
        for domain in ["gp", "ms"] {
            let of = |name: &str| person(&app, &format!("{name}@{domain}.demo"));
            let admin = of("admin");
            let settings = admin.get("/api/settings/").await.expect(200);
            let own = of("student").get("/api/students/").await.expect(200)["results"][0].clone();
            let teacher = admin.get("/api/teachers/").await.expect(200)["results"][0].clone();
            let newsletter = of("parent").get("/api/newsletters/").await.expect(200)["results"][0].clone();
            for (link, kind) in [
                (&settings["logo_media"], "image/png"), (&own["passport_url"], "image/png"),
                (&teacher["passport_url"], "image/png"), (&newsletter["file"], "application/pdf"),
            ] {
                let file = app.anonymous().get(&path_of(link)).await;
                assert_eq!((file.status, file.header("content-type")), (200, Some(kind)), "{link}");
            }
            let wishes = of("parent").get("/api/users/me/preferences/").await.expect(200);
            assert_eq!((&wishes["email"]["result"], &wishes["quiet_hours"]["from"]), (&json!(false), &json!("21:00")));
            // A webhook of the demo calls nobody.
            let hooks = admin.get("/api/webhook-endpoints/").await.expect(200);
            assert_eq!((&hooks["count"], &hooks["results"][0]["is_active"]), (&json!(1), &json!(false)));
        }
    }

    async fn loading_it_again_changes_nothing(app: App) {
        let app = app.demo().await;
        let admin = person(&app, "admin@gp.demo");
        let root = person(&app, "root@termbook.demo");
        let read = async || {
            let uncached = app.another(&[("TERMBOOK_CACHE", "off")], Clock::system());
            let admin = person(&uncached, "admin@gp.demo");
            let mut seen = Vec::new();
            for path in ["users", "subjects", "teachers", "classes", "students", "reports", "scores", "guardianships", "attendance-records", "events", "payments", "expenses", "billing-runs"] {
                seen.push(admin.get(&format!("/api/{path}/")).await.expect(200));
            }
            seen
        };
        let before = read().await;
        assert!(!app.load_demo().await);
        assert_eq!(root.get("/api/schools/").await.expect(200)["count"], 2);
        assert_eq!(admin.get("/api/students/").await.expect(200)["count"], 441);
        let strip = |mut seen: Vec<Value>| {
            for list in &mut seen {
                list["next"] = Value::Null;
                // A link names the server that gave it, and the hour.
                for row in list["results"].as_array_mut().unwrap() {
                    let link = row["passport_url"].as_str().and_then(|url| url.split('/').nth(6)).map(str::to_owned);
                    row["passport_url"] = json!(link);
                }
            }
            seen
        };
        assert_eq!(strip(before), strip(read().await));
    }

    async fn its_accounts_are_refused_where_others_can_reach_the_server(app: App) {
        let app = app.demo().await;
        let beyond = app.another(&[("TERMBOOK_BIND", "0.0.0.0:8000")], Clock::system());
        let unknown = json!({"username": "nobody@gp.demo", "password": gateway::demo::PASSWORD});
        let unknown = beyond.anonymous().post("/api/token/", &unknown).await.problem(401, "no_active_account");
        let emails = PEOPLE.iter().flat_map(|name| ["gp", "ms"].map(|domain| format!("{name}@{domain}.demo")));
        for email in emails.chain(["root@termbook.demo".to_owned()]) {
            let body = json!({"username": email, "password": gateway::demo::PASSWORD});
            // Each from an address of its own: eleven failures in a row are limited.
            let attempt = beyond.clone().elsewhere();
            let refused = attempt.anonymous().post("/api/token/", &body).await.problem(401, "no_active_account");
            assert_eq!(refused["detail"], unknown["detail"], "{email}");
            let pair = app.elsewhere().anonymous().post("/api/token/", &body).await.expect(200);
            let renew = json!({"refresh": pair["refresh"]});
            beyond.anonymous().post("/api/token/refresh/", &renew).await.problem(401, "no_active_account");
            app.anonymous().post("/api/token/refresh/", &renew).await.expect(200);
        }
        beyond.operator().await.get("/api/schools/").await.expect(200);
    }
}

/// A card's place is one more than the number of better ones in its class: 1-1-3.
fn positions_are_those_of_competition_ranking(cards: &[Value]) {
    let mut classes: HashMap<i64, Vec<(f64, i64)>> = HashMap::new();
    for card in cards {
        let place = (
            card["average"].as_f64().unwrap(),
            card["position"].as_i64().unwrap(),
        );
        let class = classes.entry(card["class_id"].as_i64().unwrap());
        class.or_default().push(place);
    }
    for places in classes.values() {
        for (average, position) in places {
            let better = places.iter().filter(|(other, _)| other > average).count();
            assert_eq!(*position, i64::try_from(better).unwrap() + 1);
        }
    }
    let tied = classes.values().any(|places| {
        let distinct: HashSet<i64> = places.iter().map(|place| place.1).collect();
        distinct.len() < places.len()
    });
    assert!(tied, "no class shows a tie");
}
