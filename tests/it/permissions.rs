//! Who may do what, as the matrix says, the document publishes and the guard answers.

use reqwest::Method;
use resource::tenant_guard::{Role, Verb, matrix};
use serde_json::{Value, json};

use crate::{
    contract::published::{Operation, Published},
    harness::{Answer, App, Caller, PASSWORD, School},
};

/// What pupils and parents write.
const THEIRS: [&str; 6] = [
    "announcements/read",
    "messages",
    "users/me/password",
    "events/feed",
    "payments/initialise",
    "payments/verify-online",
];

/// Sends what nobody could mean: only who asks matters.
async fn asked(caller: &Caller, operation: &Operation) -> Answer {
    let method: Method = operation.method.parse().unwrap();
    let mut path = operation.path.replace("{id}", "999999999");
    if path == "/api/stream/" {
        path.push_str("?wait=false");
    }
    let body = json!({});
    let body = (method != Method::GET).then_some(&body);
    caller.send(method, &path, body).await
}

async fn callers(app: &App, school: &School) -> Vec<(Role, Caller)> {
    let operator = app.operator().await.with("X-Tenant-ID", &school.domain);
    let of = |role| match role {
        Role::SuperAdmin => (role, operator.clone()),
        _ => (role, school.as_(role)),
    };
    Role::ALL.into_iter().map(of).collect()
}

fn guarded() -> Vec<Operation> {
    let mut all = Published::read().operations();
    all.retain(|one| one.permission.is_some());
    assert!(
        all.len() > 50,
        "the document names {} operations",
        all.len()
    );
    all
}

async fn created(caller: &Caller, collection: &str, body: &Value) -> Value {
    caller
        .post(&format!("/api/{collection}/"), body)
        .await
        .expect(201)
}

/// Two classes with a pupil and a card each; the teacher has the first, the parent its pupil.
struct TwoClasses {
    school: School,
    admin: Caller,
    classes: [Value; 2],
    pupils: [Value; 2],
    cards: [Value; 2],
}

async fn two_classes(app: &App) -> TwoClasses {
    let school = app.school().await;
    let admin = school.as_(Role::SchoolAdmin);
    let teacher = json!({"name": "Class teacher", "user": school.user(Role::Teacher)});
    let teacher = created(&admin, "teachers", &teacher).await;
    let (mut classes, mut pupils, mut cards) = (Vec::new(), Vec::new(), Vec::new());
    for (name, teacher) in [("Theirs", &teacher["id"]), ("Another's", &Value::Null)] {
        let class =
            json!({"name": name, "class_teacher_id": teacher, "subjects": ["Biology", "History"]});
        let class = created(&admin, "classes", &class).await;
        let pupil = json!({"student_no": name, "names": name, "gender": "Female", "class_id": class["id"], "password": PASSWORD});
        let pupil = created(&admin, "students", &pupil).await;
        cards.push(created(&admin, "reports", &card(&pupil, &class, "First Term")).await);
        classes.push(class);
        pupils.push(pupil);
    }
    let link = json!({"user": school.user(Role::Parent), "student": pupils[0]["id"]});
    created(&admin, "guardianships", &link).await;
    TwoClasses {
        school,
        admin,
        classes: classes.try_into().unwrap(),
        pupils: pupils.try_into().unwrap(),
        cards: cards.try_into().unwrap(),
    }
}

fn card(pupil: &Value, class: &Value, term: &str) -> Value {
    json!({
        "student_id": pupil["id"], "class_id": class["id"], "session": "2025/2026", "term": term,
        "rows": [{"subject": "Biology", "exam": 40}],
    })
}

fn at(collection: &str, row: &Value) -> String {
    format!("/api/{collection}/{}/", row["id"])
}

async fn seen(caller: &Caller, collection: &str) -> Vec<Value> {
    let page = caller.get(&format!("/api/{collection}/")).await.expect(200);
    page["results"].as_array().unwrap().clone()
}

both! {
    async fn a_role_is_refused_where_the_matrix_leaves_it_no_rows_and_nowhere_else(app: App) {
        let school = app.school().await;
        for (role, caller) in callers(&app, &school).await {
            for operation in guarded() {
                let (resource, reads) = operation.permission.clone().unwrap();
                let verb = if reads { Verb::Read } else { Verb::Write };
                let answer = asked(&caller, &operation).await;
                let place = format!("{role} {} {}: {}", operation.method, operation.path, String::from_utf8_lossy(&answer.body));
                let reaches = matrix::rows(role, verb, &resource).some();
                assert_eq!(answer.status == 403, !reaches, "{place}");
                assert!(answer.status != 401 && answer.status < 500, "{place}");
                if !reaches {
                    answer.problem(403, "permission_denied");
                }
            }
        }
    }

    async fn without_a_token_nothing_but_the_public_is_reached(app: App) {
        let school = app.school().await;
        let nobody = app.anonymous().with("X-Tenant-ID", &school.domain);
        let forger = app.anonymous().with("Authorization", "Bearer e30.e30.e30");
        for operation in Published::read().operations() {
            let answer = asked(&nobody, &operation).await;
            if operation.path.contains("/webhooks/") {
                answer.problem(401, "signature_not_valid");
                continue;
            }
            if operation.open {
                assert!(![401, 403, 405].contains(&answer.status), "{operation:?}: {}", answer.status);
                // A secret that nobody was told finds nothing.
                assert_eq!(answer.status == 404, operation.path.contains("{secret}"), "{operation:?}: {}", answer.status);
                assert!(answer.status < 500, "{operation:?}: {}", answer.status);
                continue;
            }
            answer.problem(401, "not_authenticated");
            assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
            asked(&forger, &operation).await.problem(401, "not_authenticated");
        }
    }

    async fn pupils_and_parents_write_their_messages_their_password_and_their_own_payments_and_nothing_else(app: App) {
        let school = app.school().await;
        for role in [Role::Parent, Role::Student] {
            for operation in guarded() {
                let (resource, reads) = operation.permission.clone().unwrap();
                let refused = asked(&school.as_(role), &operation).await.status == 403;
                assert!(reads || refused != THEIRS.contains(&resource.as_str()), "{role}: {operation:?}");
            }
        }
    }

    async fn a_teacher_touches_neither_money_nor_settings(app: App) {
        let school = app.school().await;
        let teacher = school.as_(Role::Teacher);
        for operation in guarded() {
            let money = ["/api/fee", "/api/expenses/", "/api/scholarships/", "/api/student-fees/", "/api/ledger", "/api/billing", "/api/balances/", "/api/debtors/", "/api/bursary/", "/api/payment-plans/", "/api/late-fees/", "/api/payments/", "/api/receipts/"].iter().any(|path| operation.path.starts_with(path));
            let setting = ["/api/settings/", "/api/schools/"].iter().any(|path| operation.path.starts_with(path));
            if money || setting && operation.method != "GET" {
                asked(&teacher, &operation).await.problem(403, "permission_denied");
            }
        }
    }

    async fn a_token_of_one_school_opens_no_other(app: App) {
        let (school, other) = (app.school().await, app.school().await);
        let stranger = school.as_(Role::SchoolAdmin).with("X-Tenant-ID", &other.domain);
        stranger.get("/api/students/").await.problem(403, "permission_denied");
        let operator = app.operator().await;
        operator.get("/api/students/").await.problem(403, "permission_denied");
        operator.with("X-Tenant-ID", "of-no-school").get("/api/students/").await.problem(403, "permission_denied");
    }

    async fn a_parent_sees_the_linked_pupils_and_their_published_cards(app: App) {
        let TwoClasses { school, admin, pupils, cards, .. } = two_classes(&app).await;
        let parent = school.as_(Role::Parent);
        assert_eq!(seen(&parent, "students").await, [pupils[0].clone()]);
        parent.get(&at("students", &pupils[1])).await.problem(404, "not_found");
        assert!(seen(&parent, "reports").await.is_empty());
        assert!(seen(&parent, "scores").await.is_empty());
        let both = json!({"ids": [cards[0]["id"], cards[1]["id"]]});
        admin.post("/api/reports/publish/", &both).await.expect(200);
        let shown = seen(&parent, "reports").await;
        assert_eq!((shown.len(), &shown[0]["id"]), (1, &cards[0]["id"]));
        let marks = seen(&parent, "scores").await;
        assert_eq!((marks.len(), &marks[0]["report_card"]), (1, &cards[0]["id"]));
        parent.get(&at("reports", &cards[1])).await.problem(404, "not_found");
        parent.get(&format!("/api/scores/{}/", cards[1]["rows"][0]["id"])).await.problem(404, "not_found");
        admin.post("/api/reports/unpublish/", &both).await.expect(200);
        assert!(seen(&parent, "reports").await.is_empty());
    }

    async fn a_pupil_sees_itself_and_its_own_published_card(app: App) {
        let TwoClasses { school, admin, pupils, cards, .. } = two_classes(&app).await;
        let pupil = app.anonymous().signed_in("Theirs", PASSWORD, Some(&school.domain));
        assert_eq!(seen(&pupil, "students").await, [pupils[0].clone()]);
        assert!(seen(&pupil, "reports").await.is_empty());
        admin.post("/api/reports/publish/", &json!({"ids": [cards[0]["id"], cards[1]["id"]]})).await.expect(200);
        let shown = seen(&pupil, "reports").await;
        assert_eq!((shown.len(), &shown[0]["id"]), (1, &cards[0]["id"]));
        // An account that is no pupil's is shown nobody.
        assert!(seen(&school.as_(Role::Student), "students").await.is_empty());
    }

    async fn a_teacher_writes_the_marks_of_the_own_class_alone(app: App) {
        let TwoClasses { school, admin, classes, pupils, cards, .. } = two_classes(&app).await;
        let teacher = school.as_(Role::Teacher);
        let theirs = |n: usize| card(&pupils[n], &classes[n], "Second Term");
        teacher.post("/api/reports/", &theirs(0)).await.expect(201);
        teacher.post("/api/reports/", &theirs(1)).await.problem(403, "permission_denied");
        let remark = json!({"teacher_remark": "Reads well."});
        teacher.patch(&at("reports", &cards[0]), &remark).await.expect(200);
        teacher.patch(&at("reports", &cards[1]), &remark).await.problem(404, "not_found");
        teacher.delete(&at("reports", &cards[1])).await.problem(404, "not_found");
        let mark = json!({"exam": 50});
        let score = |n: usize| format!("/api/scores/{}/", cards[n]["rows"][0]["id"]);
        teacher.patch(&score(0), &mark).await.expect(200);
        teacher.patch(&score(1), &mark).await.problem(404, "not_found");
        let subjects = seen(&admin, "subjects").await;
        let history = subjects.iter().find(|one| one["name"] == "History").unwrap();
        let row = |n: usize| json!({"report_card": cards[n]["id"], "subject": history["id"], "exam": 30});
        teacher.post("/api/scores/", &row(0)).await.expect(201);
        teacher.post("/api/scores/", &row(1)).await.problem(403, "permission_denied");
        let moved = json!({"class_id": classes[1]["id"]});
        teacher.patch(&at("reports", &cards[0]), &moved).await.problem(403, "permission_denied");
        assert_eq!(admin.get(&at("reports", &cards[1])).await.expect(200)["rows"], cards[1]["rows"]);
    }
}
