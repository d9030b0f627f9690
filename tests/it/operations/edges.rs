//! What every answer carries, and what is refused at the door.

use reqwest::Method;
use resource::tenant_guard::{Clock, Role};
use serde_json::json;

use crate::harness::Answer;

const TOKEN: &str = "/api/token/";
const HOME: &str = "https://school.example";

fn allowed(answer: &Answer) -> Option<&str> {
    answer.header("access-control-allow-origin")
}

both! {
    async fn a_sound_request_id_comes_back_and_an_unsound_one_is_replaced(app: App) {
        let caller = app.anonymous();
        let given = caller.with("X-Request-ID", "trace-1.a_B").get("/health/live").await;
        assert_eq!(given.header("x-request-id"), Some("trace-1.a_B"));
        let long = "x".repeat(65);
        for unsound in ["", "a b", "a\"b", &long] {
            let answer = caller.with("X-Request-ID", unsound).get("/api/users/me/").await;
            let problem = answer.problem(401, "not_authenticated");
            let id = problem["request_id"].as_str().unwrap();
            assert!(id != unsound && id.len() == 36, "{id}");
        }
    }

    async fn every_answer_carries_the_security_headers(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        for answer in [
            admin.get("/api/subjects/").await,
            admin.get("/api/nowhere/").await,
            admin.get("/nowhere").await,
            app.anonymous().get("/api/subjects/").await,
            app.anonymous().get("/health/live").await,
            app.anonymous().get("/api/docs/").await,
        ] {
            assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
            assert_eq!(answer.header("x-frame-options"), Some("DENY"));
            assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
            assert!(answer.header("server").is_none(), "who serves is nobody's business");
        }
        let list = admin.get("/api/subjects/").await;
        assert_eq!(list.header("cache-control"), Some("private, no-cache"));
    }

    async fn a_missing_slash_is_served_the_same(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        admin.post("/api/subjects", &json!({"name": "Physics"})).await.expect(201);
        let with = admin.get("/api/subjects/?search=phys&page_size=5").await;
        let without = admin.get("/api/subjects?search=phys&page_size=5").await;
        assert_eq!((with.expect(200), 200), (without.json(), without.status));
        assert_eq!(with.json()["count"], 1);
        let id = &with.json()["results"][0]["id"];
        assert_eq!(admin.get(&format!("/api/subjects/{id}")).await.expect(200)["name"], "Physics");
        admin.delete(&format!("/api/subjects/{id}")).await.expect(204);
        app.anonymous().get("/api/schema").await.expect(200);
    }

    async fn a_body_over_the_limit_is_refused_and_one_below_it_is_read(app: App) {
        let small = app.another(&[("TERMBOOK_BODY_LIMIT_KB", "2")], Clock::system());
        let sign_in = |length: usize| json!({"username": "x", "password": "y", "padding": "z".repeat(length)});
        small.anonymous().post(TOKEN, &sign_in(2_100)).await.problem(413, "too_large");
        small.anonymous().post(TOKEN, &sign_in(1_500)).await.problem(401, "no_active_account");
    }

    async fn a_browser_calls_from_the_configured_origin_alone(app: App) {
        let open = app.another(&[("TERMBOOK_CORS_ORIGINS", HOME)], Clock::system());
        let from = |origin: &str| open.anonymous().with("Origin", origin);
        let answer = from(HOME).get("/health/live").await;
        assert_eq!((answer.status, allowed(&answer)), (200, Some(HOME)));
        let exposed = answer.header("access-control-expose-headers").unwrap().to_lowercase();
        assert!(exposed.contains("etag") && exposed.contains("x-request-id"), "{exposed}");
        // A failure must be readable by the page that caused it.
        let failed = from(HOME).get("/api/users/me/").await;
        assert_eq!((failed.status, allowed(&failed)), (401, Some(HOME)));
        let stranger = from("https://elsewhere.example").get("/health/live").await;
        assert_eq!(allowed(&stranger), None);
        let preflight = from(HOME)
            .with("Access-Control-Request-Method", "PATCH")
            .with("Access-Control-Request-Headers", "authorization,if-match,idempotency-key,x-tenant-id")
            .send(Method::OPTIONS, "/api/subjects/1/", None)
            .await;
        assert_eq!((preflight.status, allowed(&preflight)), (200, Some(HOME)));
        assert!(preflight.header("access-control-allow-methods").unwrap().contains("PATCH"));
        let refused = from("https://elsewhere.example")
            .with("Access-Control-Request-Method", "PATCH")
            .send(Method::OPTIONS, "/api/subjects/1/", None)
            .await;
        assert_eq!(allowed(&refused), None);
        // Unset, nothing is said of origins at all.
        let closed = app.anonymous().with("Origin", HOME).get("/health/live").await;
        assert_eq!((closed.status, allowed(&closed)), (200, None));
    }

    async fn the_document_is_served_as_it_is_printed_and_viewed(app: App) {
        let schema = app.anonymous().get("/api/schema/").await;
        let document = gateway::openapi::document(&gateway::mounts());
        assert!(schema.expect(200) == serde_json::to_value(document).unwrap(), "another document is served");
        let again = app.anonymous().with("If-None-Match", schema.header("etag").unwrap()).get("/api/schema/").await;
        assert_eq!((again.status, again.body.len()), (304, 0));
        let viewer = app.anonymous().get("/api/docs/").await;
        viewer.expect(200);
        assert!(viewer.header("content-type").unwrap().starts_with("text/html"));
        let page = String::from_utf8(viewer.body.clone()).unwrap();
        assert!(page.contains("swagger-ui"), "{page}");
        let script = app.anonymous().get("/api/docs/swagger-initializer.js").await;
        script.expect(200);
        assert!(String::from_utf8_lossy(&script.body).contains("/api/schema/"));
        app.anonymous().get("/api/docs/swagger-ui-bundle.js").await.expect(200);
    }
}
