//! Founding schools, opening and closing them.

use resource::tenant_guard::Role;
use serde_json::{Value, json};

use super::{acts, attempt, bearer, renewed, session, unique};
use crate::harness::{App, Caller, PASSWORD};

const SCHOOLS: &str = "/api/schools/";
const REGISTER: &str = "/api/schools/register/";

fn new_school(domain: &str) -> Value {
    json!({
        "name": format!("School of {domain}"), "domain": domain,
        "administrator": {"username": "head", "email": format!("head@{domain}.test"), "name": "The Head", "password": PASSWORD},
    })
}

async fn set(operator: &Caller, school: &Value, act: &str) -> Value {
    operator
        .post(&format!("{SCHOOLS}{}/{act}/", school["id"]), &Value::Null)
        .await
        .expect(200)
}

both! {
    async fn a_new_school_is_run_by_its_first_administrator(app: App) {
        let operator = app.operator().await;
        let domain = unique("new");
        let answer = operator.post(SCHOOLS, &new_school(&domain)).await;
        let school = answer.expect(201);
        let place = format!("{SCHOOLS}{}/", school["id"]);
        assert_eq!(answer.header("location"), Some(place.as_str()));
        assert_eq!((&school["status"], &school["domain"]), (&json!("active"), &json!(domain)));
        assert_eq!(operator.get(&place).await.expect(200), school);
        let listed = operator.get(&format!("{SCHOOLS}?search={domain}")).await.expect(200);
        assert_eq!(listed["results"], json!([school]));

        let head = bearer(&app, &session(&app, &domain, "head").await);
        let me = head.get("/api/users/me/").await.expect(200);
        assert_eq!((&me["role"], &me["school"], &me["name"]), (&json!("SCHOOL_ADMIN"), &school["name"], &json!("The Head")));
        assert_eq!(head.get("/api/settings/").await.expect(200)["school_name"], school["name"]);
        assert_eq!(head.get("/api/users/").await.expect(200)["count"], 1);
        head.post("/api/subjects/", &json!({"name": "Biology"})).await.expect(201);
        let founded = acts(&app, school["id"].as_i64().unwrap(), "schools").await;
        assert_eq!((founded.len(), founded[0].action.as_str(), founded[0].actor_role.as_str()), (1, "create", "SUPER_ADMIN"));
    }

    async fn a_school_that_signed_up_waits_for_its_activation(app: App) {
        let domain = unique("signed-up");
        let school = app.anonymous().post(REGISTER, &new_school(&domain)).await.expect(201);
        assert_eq!(school["status"], "pending");
        let problem = attempt(&app, Some(&domain), "head", PASSWORD).await.problem(401, "school_not_active");
        assert_eq!(problem["detail"], "This school is waiting for its activation.");
        attempt(&app, Some(&domain), "head", "a-wrong-password").await.problem(401, "no_active_account");
        let operator = app.operator().await;
        let waiting = operator.get(&format!("{SCHOOLS}?status=pending&search={domain}")).await.expect(200);
        assert_eq!(waiting["results"], json!([school]));
        assert_eq!(set(&operator, &school, "activate").await["status"], "active");
        session(&app, &domain, "head").await;
        // Once more says nothing new, and writes nothing.
        set(&operator, &school, "activate").await;
        let acts = acts(&app, school["id"].as_i64().unwrap(), "schools").await;
        let acts: Vec<_> = acts.iter().map(|act| act.action.as_str()).collect();
        assert_eq!(acts, ["create", "activate"]);
    }

    async fn a_suspended_school_is_closed_to_its_people_and_to_no_other(app: App) {
        let (school, other) = (app.school().await, app.school().await);
        let operator = app.operator().await;
        let admin = school.as_(Role::SchoolAdmin);
        let (here, elsewhere) = (session(&app, &school.domain, "bursar").await, session(&app, &other.domain, "bursar").await);
        assert_eq!(admin.get("/api/settings/").await.expect(200)["subscription_status"], "active");
        let row = json!({"id": school.id});
        assert_eq!(set(&operator, &row, "suspend").await["status"], "suspended");
        renewed(&app, &here).await.problem(401, "school_not_active");
        attempt(&app, Some(&school.domain), "bursar", PASSWORD).await.problem(401, "school_not_active");
        renewed(&app, &elsewhere).await.expect(200);
        // Whoever is inside until the access token ends reads the truth, the cache notwithstanding.
        assert_eq!(admin.get("/api/settings/").await.expect(200)["subscription_status"], "suspended");
        set(&operator, &row, "activate").await;
        renewed(&app, &here).await.problem(401, "token_not_valid");
        session(&app, &school.domain, "bursar").await;
        assert_eq!(admin.get("/api/settings/").await.expect(200)["subscription_status"], "active");
    }

    async fn every_error_of_a_new_school_is_told_at_once(app: App) {
        let operator = app.operator().await;
        let body = json!({
            "name": "", "domain": "a school",
            "administrator": {"username": "head", "email": "nowhere", "password": "head1"},
        });
        let errors = operator.post(SCHOOLS, &body).await.field_errors();
        let fields: Vec<_> = errors.keys().collect();
        assert_eq!(fields, ["administrator.email", "administrator.name", "administrator.password", "domain", "name"]);
        let errors = operator.post(SCHOOLS, &json!({})).await.field_errors();
        assert_eq!(errors.keys().collect::<Vec<_>>(), ["administrator", "domain", "name"]);
    }

    async fn a_domain_that_is_reserved_or_taken_founds_nothing(app: App) {
        let operator = app.operator().await;
        let taken = unique("taken");
        operator.post(SCHOOLS, &new_school(&taken)).await.expect(201);
        for (domain, message) in [
            ("www", "This domain is reserved."),
            ("API", "This domain is reserved."),
            (&taken, "school with this domain already exists."),
            (&taken.to_uppercase(), "school with this domain already exists."),
            ("st.mary", "Use 1 to 63 of a-z, 0-9 and -, with a letter or digit at both ends."),
        ] {
            let errors = operator.post(SCHOOLS, &new_school(domain)).await.field_errors();
            assert_eq!(errors["domain"], [message], "{domain}");
        }
        assert_eq!(operator.get(&format!("{SCHOOLS}?search={taken}")).await.expect(200)["count"], 1);
    }

    async fn of_sign_ups_for_one_domain_at_once_one_succeeds(app: App) {
        let (body, operator) = (new_school(&unique("wanted")), app.operator().await);
        operator.token().await;
        let found = || operator.post(SCHOOLS, &body);
        let (one, two, three) = tokio::join!(found(), found(), found());
        let statuses = [one.status, two.status, three.status];
        assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
        assert!(statuses.iter().all(|status| matches!(status, 201 | 400 | 409)), "{statuses:?}");
    }

    async fn one_address_signs_five_schools_up_in_an_hour(app: App) {
        let sign_up = async |app: &App| app.anonymous().post(REGISTER, &new_school(&unique("many"))).await;
        // What is refused is not counted.
        app.anonymous().post(REGISTER, &json!({})).await.problem(400, "invalid");
        for _ in 0..5 {
            sign_up(&app).await.expect(201);
        }
        let answer = sign_up(&app).await;
        answer.problem(429, "throttled");
        let wait: u32 = answer.header("retry-after").unwrap().parse().unwrap();
        assert!((3_000..=3_600).contains(&wait), "{wait}");
        sign_up(&app.elsewhere()).await.expect(201);
    }
}
