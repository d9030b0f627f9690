//! What a school subscribed to decides what its people reach, and for how long.

use chrono::TimeDelta;
use resource::tenant_guard::{Clock, Role};
use serde_json::{Value, json};

use super::{attempt, bearer, renewed, session};
use crate::harness::{App, Caller, PASSWORD, School};

async fn subscribed(app: &App, school: &School, plan: &Value) -> Value {
    let path = format!("/api/schools/{}/subscription/", school.id);
    app.operator().await.put(&path, plan).await.expect(200)
}

async fn reached(caller: &Caller, collection: &str) -> u16 {
    caller.get(&format!("/api/{collection}/")).await.status
}

both! {
    async fn a_plan_opens_its_modules_and_what_belongs_to_none(app: App) {
        let school = app.school().await;
        let before = session(&app, &school.domain, "school_admin").await;
        let plan = json!({"plan_name": "Basic", "allowed_modules": ["messaging", "academic", "academic"], "expires_on": "2126-07-31"});
        let set = subscribed(&app, &school, &plan).await;
        let shown = json!({"plan_name": "Basic", "status": "active", "allowed_modules": ["academic", "messaging"], "expires_on": "2126-07-31"});
        assert_eq!(set, shown);
        let admin = bearer(&app, &session(&app, &school.domain, "school_admin").await);
        for (collection, status) in [("students", 200), ("events", 200), ("messages", 200), ("users", 200), ("settings", 200), ("activity-logs", 200), ("classes", 200), ("expenses", 403)] {
            assert_eq!(reached(&admin, collection).await, status, "{collection}");
        }
        admin.get("/api/fee-items/").await.problem(403, "module_not_allowed");
        admin.post("/api/fee-items/", &json!({})).await.problem(403, "module_not_allowed");
        assert_eq!(admin.get("/api/users/me/").await.expect(200)["subscription"], shown);
        // What the role may not do comes first, and says nothing of plans.
        let parent = bearer(&app, &session(&app, &school.domain, "parent").await);
        parent.get("/api/expenses/").await.problem(403, "permission_denied");
        // A token says what held when it was given; the next one says what holds.
        assert_eq!(reached(&bearer(&app, &before), "expenses").await, 200);
        let next = renewed(&app, &before).await.expect(200);
        assert_eq!(reached(&bearer(&app, &next), "expenses").await, 403);
        let there = app.operator().await.with("X-Tenant-ID", &school.domain);
        assert_eq!(reached(&there, "expenses").await, 200);
        let acting = there.post("/api/users/impersonate/", &json!({"user_id": school.user(Role::SchoolAdmin)})).await.expect(200);
        bearer(&app, &acting).get("/api/expenses/").await.problem(403, "module_not_allowed");

        subscribed(&app, &school, &json!({"plan_name": "Whole"})).await;
        let admin = bearer(&app, &session(&app, &school.domain, "school_admin").await);
        assert_eq!(reached(&admin, "expenses").await, 200);
        assert_eq!(admin.get("/api/users/me/").await.expect(200)["subscription"]["allowed_modules"], Value::Null);
    }

    async fn a_school_without_a_subscription_has_everything_and_says_null(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        assert!(admin.get("/api/users/me/").await.expect(200)["subscription"].is_null());
        for collection in ["students", "expenses", "messages"] {
            assert_eq!(reached(&admin, collection).await, 200);
        }
    }

    async fn nobody_is_given_a_token_after_the_last_day(app: App) {
        let school = app.school().await;
        let good = session(&app, &school.domain, "teacher").await;
        let today = Clock::system().now().date_naive();
        let last = |day: TimeDelta| json!({"plan_name": "Basic", "expires_on": today + day});
        subscribed(&app, &school, &last(TimeDelta::days(2))).await;
        let good = renewed(&app, &good).await.expect(200);
        subscribed(&app, &school, &last(TimeDelta::days(-2))).await;
        let refused = attempt(&app, Some(&school.domain), "teacher", PASSWORD).await;
        let problem = refused.problem(401, "school_not_active");
        assert_eq!(problem["detail"], "The subscription of this school has expired.");
        renewed(&app, &good).await.problem(401, "school_not_active");
        subscribed(&app, &school, &last(TimeDelta::days(2))).await;
        session(&app, &school.domain, "teacher").await;
    }

    async fn only_an_operator_subscribes_and_every_bad_field_is_named(app: App) {
        let school = app.school().await;
        let path = format!("/api/schools/{}/subscription/", school.id);
        school.as_(Role::SchoolAdmin).put(&path, &json!({"plan_name": "Free"})).await.problem(403, "permission_denied");
        let operator = app.operator().await;
        let bad = json!({"plan_name": "", "allowed_modules": ["academic", "payroll"], "expires_on": "soon"});
        let errors = operator.put(&path, &bad).await.field_errors();
        assert_eq!(errors.keys().collect::<Vec<_>>(), ["allowed_modules.1", "expires_on", "plan_name"]);
        operator.put("/api/schools/999999999/subscription/", &json!({"plan_name": "Free"})).await.problem(404, "not_found");
        let there = operator.with("X-Tenant-ID", &school.domain);
        subscribed(&app, &school, &json!({"plan_name": "Free", "allowed_modules": []})).await;
        let trail = there.get("/api/activity-logs/?action=subscribe").await.expect(200);
        assert_eq!(trail["results"][0]["after"]["plan_name"], "Free");
    }
}
