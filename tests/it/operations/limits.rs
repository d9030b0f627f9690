//! How much one caller may ask, and what it is told of that.

use chrono::{DateTime, TimeDelta, Utc};
use std::sync::{Arc, Mutex};

use reqwest::Method;
use resource::tenant_guard::{Clock, Role};
use serde_json::json;

use crate::harness::{Answer, App, Caller, Engine, Line, School};

const USER: &str = "TERMBOOK_RATE_USER_PER_MINUTE";
const ADDRESS: &str = "TERMBOOK_RATE_ADDRESS_PER_MINUTE";
const LIST: &str = "/api/subjects/";

/// A gateway with these limits, whose clock stands still until it is moved.
fn limited(app: &App, settings: &[(&str, &str)]) -> (App, Arc<Mutex<DateTime<Utc>>>) {
    let now = Arc::new(Mutex::new(Clock::system().now()));
    let told = now.clone();
    let clock = Clock::by(move || *told.lock().unwrap());
    (app.another(settings, clock), now)
}

/// The user of a role at another gateway, signed in already.
async fn there(gateway: &App, school: &School, role: Role) -> Caller {
    let token = school.as_(role).token().await;
    gateway
        .anonymous()
        .with("Authorization", &format!("Bearer {token}"))
}

/// Limit, what remains of it, and whether the reset lies within a minute.
fn told(answer: &Answer) -> (u32, u32, bool) {
    let number = |name: &str| -> u32 {
        let value = answer.header(name);
        value
            .unwrap_or_else(|| panic!("no {name}: {:?}", answer.headers))
            .parse()
            .unwrap()
    };
    let reset = number("x-ratelimit-reset");
    (
        number("x-ratelimit-limit"),
        number("x-ratelimit-remaining"),
        (1..=60).contains(&reset),
    )
}

fn refused(answer: &Answer) {
    answer.problem(429, "throttled");
    let wait: u32 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    assert_eq!(answer.header("x-ratelimit-remaining"), Some("0"));
}

both! {
    async fn a_user_may_ask_so_much_a_minute_and_is_told_what_is_left(app: App) {
        let school = app.school().await;
        let (gateway, now) = limited(&app, &[(USER, "5"), (ADDRESS, "0")]);
        let admin = there(&gateway, &school, Role::SchoolAdmin).await;
        for left in (0..5).rev() {
            let answer = admin.get(LIST).await;
            answer.expect(200);
            assert_eq!(told(&answer), (5, left, true));
        }
        refused(&admin.get(LIST).await);
        refused(&admin.post(LIST, &json!({"name": "Physics"})).await);
        // Others of the school are not held to account for it, nor is who has not signed in.
        there(&gateway, &school, Role::Teacher).await.get(LIST).await.expect(200);
        let nobody = gateway.anonymous().get(LIST).await;
        nobody.problem(401, "not_authenticated");
        assert!(nobody.header("x-ratelimit-limit").is_none());
        if gateway.engine() == Engine::Embedded {
            *now.lock().unwrap() += TimeDelta::seconds(12);
            admin.get(LIST).await.expect(200);
            refused(&admin.get(LIST).await);
        }
    }

    async fn an_address_may_ask_so_much_a_minute_whoever_asks_from_it(app: App) {
        let school = app.school().await;
        let (gateway, _) = limited(&app, &[(USER, "0"), (ADDRESS, "4")]);
        let admin = there(&gateway, &school, Role::SchoolAdmin).await;
        let nobody = gateway.anonymous();
        admin.get(LIST).await.expect(200);
        nobody.get("/api/users/me/").await.problem(401, "not_authenticated");
        // What somebody wrote into the header is not believed without a proxy of the operator's own.
        nobody.with("X-Forwarded-For", "203.0.113.5").get("/api/nowhere/").await.problem(404, "not_found");
        assert_eq!(told(&admin.get(LIST).await), (4, 0, true));
        refused(&nobody.get("/api/users/me/").await);
        refused(&admin.get(LIST).await);
        for free in ["/health/live", "/health/ready", "/api/schema/", "/api/docs/"] {
            let answer = nobody.get(free).await;
            assert_eq!((answer.status, answer.header("x-ratelimit-limit")), (200, None), "{free}");
        }
        gateway.elsewhere().anonymous().get("/api/users/me/").await.problem(401, "not_authenticated");
    }

    async fn behind_a_trusted_proxy_its_callers_are_told_apart(app: App) {
        let (gateway, _) = limited(&app, &[(USER, "0"), (ADDRESS, "1"), ("TERMBOOK_TRUSTED_PROXIES", "1")]);
        let random = uuid::Uuid::now_v7().as_u128();
        let from = |n: u128| {
            let address = std::net::Ipv6Addr::from((random << 64) | n);
            gateway.anonymous().with("X-Forwarded-For", &format!("192.0.2.1, {address}"))
        };
        from(1).get("/api/users/me/").await.problem(401, "not_authenticated");
        // Whoever holds one IPv6 address holds its network.
        refused(&from(2).get("/api/users/me/").await);
        let other = gateway.anonymous().with("X-Forwarded-For", "198.51.100.9, 198.51.100.10");
        other.get("/api/users/me/").await.problem(401, "not_authenticated");
    }

    async fn a_page_may_read_the_headers_of_a_limit_and_why_it_was_refused(app: App) {
        let home = "https://school.example";
        let (gateway, _) = limited(&app, &[(USER, "0"), (ADDRESS, "1"), ("TERMBOOK_CORS_ORIGINS", home)]);
        let page = gateway.anonymous().with("Origin", home);
        let preflight = page.with("Access-Control-Request-Method", "GET");
        for _ in 0..3 {
            // A browser's own questions are not the caller's.
            assert_eq!(preflight.send(Method::OPTIONS, LIST, None).await.status, 200);
        }
        let answer = page.get(LIST).await;
        let exposed = answer.header("access-control-expose-headers").unwrap().to_lowercase();
        for name in ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "retry-after"] {
            assert!(exposed.contains(name), "{exposed}");
        }
        let late = page.get(LIST).await;
        refused(&late);
        assert_eq!(late.header("access-control-allow-origin"), Some(home));
    }

    async fn without_limits_nothing_is_said_of_them(app: App) {
        let school = app.school().await;
        let answer = school.as_(Role::SchoolAdmin).get(LIST).await;
        answer.expect(200);
        assert!(answer.header("x-ratelimit-limit").is_none());
    }
}

/// Sends so many requests at once; answers how many were let through.
async fn let_through(caller: &Caller, requests: usize) -> usize {
    let all = (0..requests).map(|_| {
        let caller = caller.clone();
        tokio::spawn(async move { caller.get(LIST).await })
    });
    let mut through = 0;
    for asked in all.collect::<Vec<_>>() {
        let answer = asked.await.unwrap();
        if answer.status == 200 {
            through += 1;
        } else {
            refused(&answer);
        }
    }
    through
}

#[tokio::test]
async fn gateways_that_share_a_redis_share_the_limits() {
    let app = App::on(Engine::Production);
    let school = app.school().await;
    let settings = [(USER, "200"), (ADDRESS, "0")];
    let (one, other) = (limited(&app, &settings).0, limited(&app, &settings).0);
    let here = there(&one, &school, Role::SchoolAdmin).await;
    let there = there(&other, &school, Role::SchoolAdmin).await;
    let through = tokio::join!(let_through(&here, 180), let_through(&there, 180));
    let through = through.0 + through.1;
    assert!((190..=200).contains(&through), "{through} of 200");
}

#[tokio::test]
async fn without_its_redis_a_gateway_counts_by_itself() {
    let app = App::on(Engine::Production);
    let school = app.school().await;
    let gateway::config::CacheKind::Redis(redis) = &app.config().cache else {
        panic!("production caches in Redis");
    };
    let mut line = Line::to(redis.expose(), 6_379);
    let url = line.url().to_owned();
    let settings = [
        (USER, "3"),
        (ADDRESS, "0"),
        ("TERMBOOK_REDIS_URL", url.as_str()),
    ];
    let (gateway, _) = limited(&app, &settings);
    line.cut();
    let admin = there(&gateway, &school, Role::SchoolAdmin).await;
    for left in (0..3).rev() {
        let answer = admin.get(LIST).await;
        answer.expect(200);
        assert_eq!(told(&answer), (3, left, true));
    }
    refused(&admin.get(LIST).await);
}
