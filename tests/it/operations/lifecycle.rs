//! Health, and the end of a server.

use std::time::{Duration, Instant};

use gateway::config::CacheKind;
use resource::tenant_guard::{Clock, Role};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::harness::{App, Engine, Line};

const READY: &str = "/health/ready";
/// Longest wait for a server to be found again.
const PATIENCE: Duration = Duration::from_secs(20);

both! {
    async fn a_server_that_can_serve_is_live_and_ready(app: App) {
        assert_eq!(app.anonymous().get("/health/live").await.expect(200), json!({"status": "live"}));
        let ready = app.anonymous().get(READY).await.expect(200);
        assert_eq!(ready, json!({"status": "ready", "database": "ok", "cache": "ok", "files": "ok"}));
    }

    async fn a_request_in_flight_is_finished_before_the_server_ends(app: App) {
        let school = app.school().await;
        let token = school.as_(Role::SchoolAdmin).token().await;
        let leaving = app.another(&[], Clock::system());
        let address = leaving.base().replace("http://", "");
        let body = json!({"name": "Physics"}).to_string();
        let (first, rest) = body.split_at(4);
        let mut slow = TcpStream::connect(&address).await.unwrap();
        let head = format!(
            "POST /api/subjects/ HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\nExpect: 100-continue\r\n\r\n",
            body.len()
        );
        slow.write_all(head.as_bytes()).await.unwrap();
        // Its `100 Continue` says that the handler is reading.
        let mut start = [0; 25];
        slow.read_exact(&mut start).await.unwrap();
        assert!(start.starts_with(b"HTTP/1.1 100 "));
        slow.write_all(first.as_bytes()).await.unwrap();
        let stopped = tokio::spawn(leaving.stop());
        let deadline = Instant::now() + PATIENCE;
        while TcpStream::connect(&address).await.is_ok() {
            assert!(Instant::now() < deadline, "the server still takes connections");
            tokio::task::yield_now().await;
        }
        slow.write_all(rest.as_bytes()).await.unwrap();
        let mut answer = String::new();
        slow.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
        stopped.await.unwrap();
        let subjects = school.as_(Role::SchoolAdmin).get("/api/subjects/").await.expect(200);
        assert_eq!(subjects["results"][0]["name"], "Physics");
    }
}

#[tokio::test]
async fn without_its_cache_a_server_is_degraded_and_still_serves() {
    let app = App::on(Engine::Production);
    let school = app.school().await;
    let CacheKind::Redis(redis) = &app.config().cache else {
        panic!("production caches in Redis");
    };
    let mut line = Line::to(redis.expose(), 6_379);
    let url = line.url().to_owned();
    let alone = app.another(&[("TERMBOOK_REDIS_URL", &url)], Clock::system());
    let caller = alone.anonymous();
    assert_eq!(caller.get(READY).await.expect(200)["status"], "ready");
    line.cut();
    let ready = caller.get(READY).await.expect(200);
    assert_eq!(
        ready,
        json!({"status": "degraded", "database": "ok", "cache": "away", "files": "ok"})
    );
    let token = school.as_(Role::SchoolAdmin).token().await;
    let bearer = caller.with("Authorization", &format!("Bearer {token}"));
    bearer.get("/api/subjects/").await.expect(200);
    bearer
        .post("/api/subjects/", &json!({"name": "Physics"}))
        .await
        .expect(201);
    line.mend();
    let deadline = Instant::now() + PATIENCE;
    while caller.get(READY).await.expect(200)["status"] != "ready" {
        assert!(Instant::now() < deadline, "Redis is not found again");
    }
}

#[tokio::test]
async fn without_its_database_a_server_lives_and_is_not_ready() {
    let app = App::on(Engine::Production);
    let mut line = Line::to(app.config().database_url.expose(), 5_432);
    let url = line.url().to_owned();
    let settings = [
        ("TERMBOOK_DATABASE_URL", url.as_str()),
        ("TERMBOOK_DB_TIMEOUT_SECONDS", "1"),
    ];
    let gateway = app.another(&settings, Clock::system());
    let cut_off = gateway.anonymous();
    assert_eq!(cut_off.get(READY).await.expect(200)["status"], "ready");
    line.cut();
    let away = cut_off.get(READY).await;
    away.problem(503, "unavailable");
    assert!(away.header("retry-after").is_some());
    cut_off.get("/health/live").await.expect(200);
    line.mend();
    let deadline = Instant::now() + PATIENCE;
    while cut_off.get(READY).await.status != 200 {
        assert!(Instant::now() < deadline, "the database is not found again");
    }
}
