//! Bad input is answered by a documented problem, whatever it is.

use reqwest::Method;
use resource::tenant_guard::Role;
use serde_json::json;

use crate::harness::PASSWORD;

const CATEGORIES: &str = "/api/fee-categories/";

both! {
    async fn what_is_no_json_is_refused_and_says_where(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        let send = async |bytes: &[u8], media| {
            admin.send_bytes(Method::POST, CATEGORIES, Some((bytes.to_vec(), media))).await
        };
        send(b"{\"name\": ", "application/json").await.problem(400, "parse_error");
        send(b"{\"name\": \"\xff\"}", "application/json").await.problem(400, "parse_error");
        send("[".repeat(10_000).as_bytes(), "application/json").await.problem(400, "parse_error");
        send(b"{\"name\": \"a\\u0000b\"}", "application/json").await.problem(400, "invalid");
        send(b"[]", "application/json").await.problem(400, "invalid");
        send(b"name=Tuition", "application/x-www-form-urlencoded").await.problem(415, "unsupported_media_type");
        send(&vec![b' '; 2 << 20], "application/json").await.problem(413, "too_large");
        assert_eq!(admin.get(CATEGORIES).await.expect(200)["count"], 0);
    }

    async fn what_is_no_http_is_refused_and_the_connection_closed(app: App) {
        let answer = app.raw(b"\x16\x03\x01 this is not HTTP\r\n\r\n").await;
        assert!(answer.starts_with(b"HTTP/1.1 400 "), "{}", String::from_utf8_lossy(&answer));
    }

    async fn a_wrong_password_and_an_unknown_name_read_the_same(app: App) {
        let school = app.school().await;
        let tenant = app.anonymous().with("X-Tenant-ID", &school.domain);
        let detail = async |username, password| {
            let body = json!({"username": username, "password": password});
            tenant.post("/api/token/", &body).await.problem(401, "no_active_account")["detail"].clone()
        };
        assert_eq!(detail("teacher", "wrong").await, detail("nobody", PASSWORD).await);
    }
}
