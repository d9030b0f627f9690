//! Changing one's own password.

use resource::tenant_guard::Role;
use serde_json::{Value, json};

use super::{acts, attempt, bearer, renewed, session};
use crate::harness::PASSWORD;

const CHANGE: &str = "/api/users/me/password/";
const NEW: &str = "another-cheap-one-to-hash";

fn change(old: &str, new: &str) -> Value {
    json!({"old_password": old, "new_password": new})
}

both! {
    async fn a_new_password_ends_every_session_but_ones_own(app: App) {
        let school = app.school().await;
        let (own, other) = (session(&app, &school.domain, "bursar").await, session(&app, &school.domain, "bursar").await);
        let stranger = session(&app, &school.domain, "teacher").await;
        bearer(&app, &own).post(CHANGE, &change(PASSWORD, NEW)).await.expect(204);
        renewed(&app, &other).await.problem(401, "token_not_valid");
        renewed(&app, &own).await.expect(200);
        renewed(&app, &stranger).await.expect(200);
        let domain = Some(school.domain.as_str());
        attempt(&app, domain, "bursar", PASSWORD).await.problem(401, "no_active_account");
        attempt(&app, domain, "bursar", NEW).await.expect(200);
        let acts = acts(&app, school.id, "users").await;
        let last = acts.last().unwrap();
        let bursar = school.user(Role::Bursar);
        assert_eq!((last.action.as_str(), last.actor_id, last.resource_id), ("change-password", Some(bursar), Some(bursar)));
        assert_eq!((&last.before, &last.after), (&None, &None), "a password has no place in the trail");
    }

    async fn a_wrong_old_password_and_a_weak_new_one_are_told_at_once(app: App) {
        let school = app.school().await;
        let own = session(&app, &school.domain, "bursar").await;
        let bursar = bearer(&app, &own);
        let errors = bursar.post(CHANGE, &change("a-wrong-password", "bursar1")).await.field_errors();
        assert_eq!(errors.keys().collect::<Vec<_>>(), ["new_password", "old_password"]);
        assert_eq!(errors["new_password"].len(), 2, "{errors:?}");
        let errors = bursar.post(CHANGE, &json!({})).await.field_errors();
        assert_eq!(errors.keys().collect::<Vec<_>>(), ["new_password", "old_password"]);
        renewed(&app, &own).await.expect(200);
        attempt(&app, Some(&school.domain), "bursar", PASSWORD).await.expect(200);
    }

    async fn the_old_password_cannot_be_guessed(app: App) {
        let school = app.school().await;
        let bursar = bearer(&app, &session(&app, &school.domain, "bursar").await);
        for guess in 0..10 {
            bursar.post(CHANGE, &change(&format!("guess-{guess}"), NEW)).await.problem(400, "invalid");
        }
        let answer = bursar.post(CHANGE, &change(PASSWORD, NEW)).await;
        answer.problem(429, "throttled");
        assert!(answer.header("retry-after").is_some());
        let teacher = bearer(&app, &session(&app, &school.domain, "teacher").await);
        teacher.post(CHANGE, &change(PASSWORD, NEW)).await.expect(204);
    }

    async fn an_operator_changes_its_password_too(app: App) {
        let email = app.operator().await.get("/api/users/me/").await.expect(200)["email"].clone();
        let email = email.as_str().unwrap();
        let own = attempt(&app, None, email, PASSWORD).await.expect(200);
        let other = attempt(&app, None, email, PASSWORD).await.expect(200);
        bearer(&app, &own).post(CHANGE, &change(PASSWORD, NEW)).await.expect(204);
        renewed(&app, &other).await.problem(401, "token_not_valid");
        renewed(&app, &own).await.expect(200);
        attempt(&app, None, email, NEW).await.expect(200);
    }
}
