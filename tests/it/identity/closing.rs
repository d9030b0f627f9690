//! What an administrator does to accounts, and what it does to whoever is signed in to them.

use resource::tenant_guard::Role;
use serde_json::{Value, json};

use super::{USERS, account, at, attempt, bearer, renewed, session};
use crate::harness::{PASSWORD, School};

const NEW_PASSWORD: &str = "another-cheap-one-to-hash";

fn admin_at(school: &School) -> String {
    format!("{USERS}{}/", school.user(Role::SchoolAdmin))
}

both! {
    async fn closing_an_account_puts_its_holder_out(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        let user = account(&admin, "guest", "STAFF").await;
        let pair = session(&app, &school.domain, "guest").await;
        admin.patch(&at(&user), &json!({"is_active": false})).await.expect(200);
        assert_eq!(renewed(&app, &pair).await.status, 401);
        bearer(&app, &pair).get("/api/users/me/").await.problem(401, "no_active_account");
        attempt(&app, Some(&school.domain), "guest", PASSWORD).await.problem(401, "no_active_account");
        admin.patch(&at(&user), &json!({"is_active": true})).await.expect(200);
        // The door is open again, but the old session is not.
        assert_eq!(renewed(&app, &pair).await.status, 401);
        session(&app, &school.domain, "guest").await;
    }

    async fn a_new_role_ends_the_sessions_of_the_old_one(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        let user = account(&admin, "guest", "STAFF").await;
        let pair = session(&app, &school.domain, "guest").await;
        admin.patch(&at(&user), &json!({"role": "BURSAR"})).await.expect(200);
        renewed(&app, &pair).await.problem(401, "token_not_valid");
        let pair = session(&app, &school.domain, "guest").await;
        assert_eq!(pair["role"], "BURSAR");
        bearer(&app, &pair).get("/api/fee-items/").await.expect(200);
        // What changes no right leaves the session alone.
        admin.patch(&at(&user), &json!({"name": "Guest", "email": "guest@school.test"})).await.expect(200);
        renewed(&app, &pair).await.expect(200);
    }

    async fn a_password_set_by_an_administrator_ends_the_sessions(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        let user = account(&admin, "guest", "STAFF").await;
        let pair = session(&app, &school.domain, "guest").await;
        for weak in ["short", "12345678901", "password123", "guest-1", "guest123"] {
            let errors = admin.patch(&at(&user), &json!({"password": weak})).await.field_errors();
            assert!(errors.contains_key("password"), "{weak}: {errors:?}");
        }
        admin.patch(&at(&user), &json!({"password": ""})).await.expect(200);
        let pair = renewed(&app, &pair).await.expect(200);
        let changed = admin.patch(&at(&user), &json!({"password": NEW_PASSWORD})).await.expect(200);
        assert!(changed.get("password").is_none());
        renewed(&app, &pair).await.problem(401, "token_not_valid");
        attempt(&app, Some(&school.domain), "guest", PASSWORD).await.problem(401, "no_active_account");
        attempt(&app, Some(&school.domain), "guest", NEW_PASSWORD).await.expect(200);
    }

    async fn a_deleted_account_is_nobodys(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        let user = account(&admin, "guest", "STAFF").await;
        let pair = session(&app, &school.domain, "guest").await;
        admin.delete(&at(&user)).await.expect(204);
        assert_eq!(renewed(&app, &pair).await.status, 401);
        assert_eq!(bearer(&app, &pair).get("/api/users/me/").await.status, 401);
        // Whoever takes the name next takes no session with it.
        account(&admin, "guest", "BURSAR").await;
        assert_eq!(renewed(&app, &pair).await.status, 401);
    }

    async fn the_last_administrator_stays(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        let own = admin_at(&school);
        let losses = [json!({"role": "TEACHER"}), json!({"is_active": false})];
        for loss in &losses {
            admin.patch(&own, loss).await.problem(409, "last_administrator");
        }
        admin.delete(&own).await.problem(409, "last_administrator");
        // One who cannot sign in is no administrator.
        let closed = json!({"username": "closed", "role": "SCHOOL_ADMIN", "is_active": false});
        admin.post(USERS, &closed).await.expect(201);
        admin.patch(&own, &losses[0]).await.problem(409, "last_administrator");
        let second = account(&admin, "second", "SCHOOL_ADMIN").await;
        admin.patch(&own, &losses[0]).await.expect(200);
        let second_pair = session(&app, &school.domain, "second").await;
        bearer(&app, &second_pair).delete(&at(&second)).await.problem(409, "last_administrator");
    }

    async fn of_two_administrators_who_demote_each_other_at_once_one_stays(app: App) {
        for _ in 0..5 {
            let school = app.school().await;
            let one = school.as_(Role::SchoolAdmin);
            let second = account(&one, "second", "SCHOOL_ADMIN").await;
            let two = bearer(&app, &session(&app, &school.domain, "second").await);
            one.token().await;
            let (own, other, loss) = (admin_at(&school), at(&second), json!({"role": "STAFF"}));
            let (first, last) = tokio::join!(one.patch(&other, &loss), two.patch(&own, &loss));
            let mut statuses = [first.status, last.status];
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 409], "{first:?} {last:?}");
            let operator = app.operator().await.with("X-Tenant-ID", &school.domain);
            let left = operator.get("/api/users/?role=SCHOOL_ADMIN").await.expect(200);
            assert_eq!(left["count"], 1);
        }
    }

    async fn nobody_is_made_an_operator(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        let body = json!({"username": "guest", "role": "SUPER_ADMIN", "password": PASSWORD});
        assert!(admin.post(USERS, &body).await.field_errors().contains_key("role"));
        let user = account(&admin, "guest", "STAFF").await;
        let errors = admin.patch(&at(&user), &json!({"role": "SUPER_ADMIN"})).await.field_errors();
        assert!(errors.contains_key("role"));
        let kept = admin.patch(&at(&user), &json!({"school": 1, "school_id": 1, "id": 1})).await.expect(200);
        assert_eq!((&kept["school"], &kept["id"]), (&json!(school.id), &user["id"]));
        assert_ne!(kept, Value::Null);
    }
}
