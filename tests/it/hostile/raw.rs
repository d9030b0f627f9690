//! Requests as a socket carries them: chunked, expectant, unfinished.

use std::time::Duration;

use resource::tenant_guard::Role;
use tokio::time::timeout;

use crate::harness::{App, School};

/// No answer waits for a body that was not asked for.
const SOON: Duration = Duration::from_secs(5);

async fn sent(app: &App, lines: &[&str], body: &[u8]) -> String {
    let mut request = lines.join("\r\n").into_bytes();
    request.extend_from_slice(b"\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    request.extend_from_slice(body);
    let answer = timeout(SOON, app.raw(&request)).await;
    String::from_utf8_lossy(&answer.expect("an answer, and the end of the connection")).into_owned()
}

async fn bearer(school: &School) -> String {
    format!(
        "Authorization: Bearer {}",
        school.as_(Role::SchoolAdmin).token().await
    )
}

const POST: &str = "POST /api/subjects/ HTTP/1.1";
const JSON: &str = "Content-Type: application/json";
const CHUNKED: &str = "Transfer-Encoding: chunked";

both! {
    async fn a_stranger_is_refused_before_the_body_arrives(app: App) {
        let answer = sent(&app, &[POST, JSON, "Content-Length: 10000000"], b"").await;
        assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
        assert!(answer.contains("application/problem+json"), "{answer}");
    }

    async fn a_role_without_the_right_is_refused_before_the_body_arrives(app: App) {
        let school = app.school().await;
        let parent = format!("Authorization: Bearer {}", school.as_(Role::Parent).token().await);
        let answer = sent(&app, &[POST, JSON, &parent, "Content-Length: 10000000"], b"").await;
        assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
    }

    async fn a_body_in_chunks_is_read_as_any_other(app: App) {
        let school = app.school().await;
        let body = b"8\r\n{\"name\":\r\n9\r\n \"Latin\"}\r\n0\r\n\r\n";
        let answer = sent(&app, &[POST, JSON, CHUNKED, &bearer(&school).await], body).await;
        assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
    }

    async fn chunks_past_the_limit_are_refused(app: App) {
        let school = app.school().await;
        let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
        let answer = sent(&app, &[POST, JSON, CHUNKED, &bearer(&school).await], format!("{}0\r\n\r\n", chunk.repeat(17)).as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    }

    async fn broken_chunks_are_refused(app: App) {
        let school = app.school().await;
        let answer = sent(&app, &[POST, JSON, CHUNKED, &bearer(&school).await], b"zz\r\n{}\r\n0\r\n\r\n").await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
        assert_eq!(school.as_(Role::Teacher).get("/api/subjects/").await.expect(200)["count"], 0);
    }

    async fn an_expectant_client_is_told_to_go_on_or_refused(app: App) {
        let school = app.school().await;
        let expects = "Expect: 100-continue";
        let body = b"{\"name\": \"Greek\"}";
        let told = sent(&app, &[POST, JSON, &bearer(&school).await, expects, "Content-Length: 17"], body).await;
        assert!(told.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 "), "{told}");
        let refused = sent(&app, &[POST, JSON, expects, "Content-Length: 17"], b"").await;
        assert!(refused.contains("HTTP/1.1 401 "), "{refused}");
    }

    async fn two_lengths_are_refused(app: App) {
        let school = app.school().await;
        let bearer = bearer(&school).await;
        let body = b"{\"name\": \"Greek\"}";
        for lines in [["Content-Length: 17", "Content-Length: 3"], ["Content-Length: 17", CHUNKED], ["Content-Length: -1", "A: b"]] {
            let answer = sent(&app, &[POST, JSON, &bearer, lines[0], lines[1]], body).await;
            assert!(answer.starts_with("HTTP/1.1 400 "), "{lines:?}: {answer}");
        }
        assert_eq!(school.as_(Role::Teacher).get("/api/subjects/").await.expect(200)["count"], 0);
    }
}
