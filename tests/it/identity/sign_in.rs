//! Signing in, by whom, and what is said to everybody else.

use chrono::Duration;
use resource::tenant_guard::{Clock, Role};
use serde_json::{Value, json};

use super::{account, attempt, unique};
use crate::harness::PASSWORD;

const REFUSED: &str = "No active account found with the given credentials";

both! {
    async fn people_sign_in_by_user_name_or_e_mail_whatever_the_case(app: App) {
        let school = app.school().await;
        let domain = Some(school.domain.as_str());
        let email = format!("bursar@{}.test", school.domain);
        for name in ["bursar", "Bursar", &email, &email.to_uppercase()] {
            let answer = attempt(&app, domain, name, PASSWORD).await;
            let pair = answer.expect(200);
            assert_eq!((&pair["role"], &pair["school_id"]), (&json!("BURSAR"), &json!(school.id)), "{name}");
            assert_eq!(answer.header("cache-control"), Some("no-store"));
        }
        let upper = school.domain.to_uppercase();
        attempt(&app, Some(&upper), "bursar", PASSWORD).await.expect(200);
        // An e-mail says by itself which school is meant.
        let pair = attempt(&app, None, &email, PASSWORD).await.expect(200);
        assert_eq!(pair["school_id"], school.id);
    }

    async fn a_name_that_two_schools_have_needs_the_school(app: App) {
        let (one, two) = (app.school().await, app.school().await);
        let name = unique("head");
        let first = account(&one.as_(Role::SchoolAdmin), &name, "TEACHER").await;
        assert_eq!(attempt(&app, None, &name, PASSWORD).await.expect(200)["school_id"], one.id);
        account(&two.as_(Role::SchoolAdmin), &name, "BURSAR").await;
        attempt(&app, None, &name, PASSWORD).await.problem(401, "no_active_account");
        let pair = attempt(&app, Some(&one.domain), &name, PASSWORD).await.expect(200);
        assert_eq!((&pair["role"], &pair["school_id"]), (&first["role"], &json!(one.id)));
        let pair = attempt(&app, Some(&two.domain), &name, PASSWORD).await.expect(200);
        assert_eq!((&pair["role"], &pair["school_id"]), (&json!("BURSAR"), &json!(two.id)));
    }

    async fn within_a_school_a_user_name_goes_before_anothers_e_mail(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        let name = format!("{}@school.test", unique("both"));
        let other = json!({"username": "other", "email": name, "role": "STAFF", "password": PASSWORD});
        admin.post("/api/users/", &other).await.expect(201);
        account(&admin, &name, "BURSAR").await;
        let pair = attempt(&app, Some(&school.domain), &name, PASSWORD).await.expect(200);
        assert_eq!(pair["role"], "BURSAR");
    }

    async fn every_failure_to_sign_in_reads_the_same(app: App) {
        let (school, other) = (app.school().await, app.school().await);
        let admin = school.as_(Role::SchoolAdmin);
        let closed = json!({"username": "closed", "role": "STAFF", "password": PASSWORD, "is_active": false});
        admin.post("/api/users/", &closed).await.expect(201);
        admin.post("/api/users/", &json!({"username": "mute", "role": "STAFF"})).await.expect(201);
        let elsewhere = unique("elsewhere");
        account(&other.as_(Role::SchoolAdmin), &elsewhere, "STAFF").await;
        let (here, nowhere) = (Some(school.domain.as_str()), unique("nowhere"));
        let email = format!("teacher@{}.test", other.domain);
        for (domain, name, password) in [
            (here, "teacher", "a-wrong-password"),
            (here, "teacher", &PASSWORD.to_uppercase()),
            (here, "nobody", PASSWORD),
            (here, "closed", PASSWORD),
            (here, "mute", " "),
            (here, &elsewhere, PASSWORD),
            (here, &email, PASSWORD),
            (Some(nowhere.as_str()), "teacher", PASSWORD),
            (Some("'; --"), "teacher", PASSWORD),
        ] {
            let problem = attempt(&app, domain, name, password).await.problem(401, "no_active_account");
            assert_eq!(problem["detail"], REFUSED, "{name} at {domain:?}");
        }
    }

    async fn who_proved_the_password_is_told_why_the_school_is_closed(app: App) {
        let school = app.school().await;
        let operator = app.operator().await;
        let domain = Some(school.domain.as_str());
        operator.post(&format!("/api/schools/{}/suspend/", school.id), &Value::Null).await.expect(200);
        let problem = attempt(&app, domain, "teacher", PASSWORD).await.problem(401, "school_not_active");
        assert_eq!(problem["detail"], "This school is suspended.");
        let problem = attempt(&app, domain, "teacher", "a-wrong-password").await.problem(401, "no_active_account");
        assert_eq!(problem["detail"], REFUSED);
        operator.post(&format!("/api/schools/{}/activate/", school.id), &Value::Null).await.expect(200);
        attempt(&app, domain, "teacher", PASSWORD).await.expect(200);
    }

    async fn an_operator_signs_in_by_e_mail_and_belongs_to_no_school(app: App) {
        let operator = app.operator().await;
        let me = operator.get("/api/users/me/").await.expect(200);
        let pair = attempt(&app, None, me["email"].as_str().unwrap(), PASSWORD).await.expect(200);
        assert_eq!((&pair["role"], &pair["school_id"]), (&json!("SUPER_ADMIN"), &Value::Null));
    }

    async fn after_ten_failures_an_account_waits_and_no_other_does(app: App) {
        let (school, other) = (app.school().await, app.school().await);
        let name = unique("guessed");
        for school in [&school, &other] {
            account(&school.as_(Role::SchoolAdmin), &name, "STAFF").await;
        }
        let domain = Some(school.domain.as_str());
        for guess in 0..10 {
            attempt(&app, domain, &name, &format!("guess-{guess}")).await.problem(401, "no_active_account");
        }
        let stranger = app.elsewhere();
        for password in [PASSWORD, "a-wrong-password"] {
            // The account is guarded, not the address; and its name is the same in any case.
            let answer = attempt(&stranger, domain, &name.to_uppercase(), password).await;
            answer.problem(429, "throttled");
            let wait: u32 = answer.header("retry-after").unwrap().parse().unwrap();
            assert!((1..=900).contains(&wait), "{wait}");
        }
        attempt(&app, domain, "staff", PASSWORD).await.expect(200);
        attempt(&app, Some(&other.domain), &name, PASSWORD).await.expect(200);
        let later = app.another(&[], Clock::by(|| Clock::system().now() + Duration::minutes(15)));
        attempt(&later, domain, &name, PASSWORD).await.expect(200);
    }

    async fn signing_in_forgets_the_failures_before_it(app: App) {
        let school = app.school().await;
        let domain = Some(school.domain.as_str());
        for _ in 0..3 {
            for _ in 0..6 {
                attempt(&app, domain, "staff", "a-wrong-password").await.problem(401, "no_active_account");
            }
            attempt(&app, domain, "staff", PASSWORD).await.expect(200);
        }
    }
}
