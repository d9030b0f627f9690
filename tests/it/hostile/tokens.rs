//! Tokens that open nothing.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use chrono::Duration;
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use resource::tenant_guard::{AccessClaims, Actor, Clock, Role, SchoolId, TokenConfig, Tokens};
use serde_json::{Value, json};

use super::problems::{assert_discreet, assert_sound};
use crate::harness::{App, PASSWORD, School};

const SUBJECTS: &str = "/api/subjects/";

/// How the gateway signs.
async fn config(app: &App) -> TokenConfig {
    app.beside(|state| async move {
        let key = state.config.signing_key().unwrap();
        state.config.token_config(&key)
    })
    .await
}

fn admin(school: &School) -> AccessClaims {
    AccessClaims {
        sub: school.user(Role::SchoolAdmin).to_string(),
        role: Role::SchoolAdmin,
        school_id: Some(SchoolId(school.id)),
        domain: Some(school.domain.clone()),
        sid: "family".into(),
        act: None::<Actor>,
        modules: None,
    }
}

fn signed(config: TokenConfig, claims: AccessClaims) -> String {
    Tokens::new(config)
        .access(claims, Clock::system().now())
        .unwrap()
}

/// The token with another header, signed as that header or the gateway would have it.
fn under(header: &Value, token: &str, config: &TokenConfig) -> String {
    let payload = token.split('.').nth(1).unwrap();
    let message = format!("{}.{payload}", BASE64.encode(header.to_string()));
    let key = EncodingKey::from_secret(&config.secret);
    let signature = crypto::sign(message.as_bytes(), &key, Algorithm::HS256).unwrap();
    format!("{message}.{signature}")
}

/// The token with other claims under the signature of the old ones.
fn altered(token: &str, change: impl Fn(&mut Value)) -> String {
    let [header, payload, signature] = token.split('.').collect::<Vec<_>>()[..] else {
        panic!("three parts")
    };
    let mut claims: Value = serde_json::from_slice(&BASE64.decode(payload).unwrap()).unwrap();
    change(&mut claims);
    format!("{header}.{}.{signature}", BASE64.encode(claims.to_string()))
}

async fn refused(app: &App, authorization: &str) {
    let answer = app
        .anonymous()
        .with("Authorization", authorization)
        .get(SUBJECTS)
        .await;
    answer.problem(401, "not_authenticated");
    assert_eq!(
        answer.header("www-authenticate"),
        Some("Bearer"),
        "{authorization}"
    );
    assert_sound(&answer);
    assert_discreet(&answer);
}

async fn taken(app: &App, token: &str) {
    app.anonymous()
        .with("Authorization", &format!("Bearer {token}"))
        .get(SUBJECTS)
        .await
        .expect(200);
}

both! {
    async fn what_is_no_token_is_refused(app: App) {
        let long = format!("Bearer {}", "x".repeat(20_000));
        let many = format!("Bearer {}", ".".repeat(5_000));
        for authorization in ["", "Bearer", "Bearer ", "Bearer x", "Bearer a.b.c", "Bearer ..", "Basic YTpi", "Token x", "x", "Bearer null", &long, &many] {
            refused(&app, authorization).await;
        }
    }

    async fn a_token_of_another_secret_algorithm_issuer_or_audience_is_refused(app: App) {
        let school = app.school().await;
        let ours = config(&app).await;
        taken(&app, &signed(ours.clone(), admin(&school))).await;
        for other in [
            TokenConfig { secret: b"another-secret-another-secret-00".to_vec(), ..ours.clone() },
            TokenConfig { secret: Vec::new(), ..ours.clone() },
            TokenConfig { algorithm: Algorithm::HS384, ..ours.clone() },
            TokenConfig { algorithm: Algorithm::HS512, ..ours.clone() },
            TokenConfig { issuer: "another".into(), ..ours.clone() },
            TokenConfig { audience: "another".into(), ..ours.clone() },
            TokenConfig { audience: format!("{}/refresh", ours.audience), ..ours.clone() },
            TokenConfig { access_life: Duration::seconds(-1), ..ours.clone() },
        ] {
            refused(&app, &format!("Bearer {}", signed(other, admin(&school)))).await;
        }
    }

    async fn the_algorithm_is_never_read_from_the_token(app: App) {
        let school = app.school().await;
        let ours = config(&app).await;
        let token = signed(ours.clone(), admin(&school));
        taken(&app, &under(&json!({"alg": "HS256", "typ": "JWT"}), &token, &ours)).await;
        for algorithm in ["none", "None", "NONE", "", "RS256", "ES256", "HS512", "EdDSA"] {
            let forged = under(&json!({"alg": algorithm, "typ": "JWT"}), &token, &ours);
            refused(&app, &format!("Bearer {forged}")).await;
            let unsigned = forged.rsplit_once('.').unwrap().0;
            refused(&app, &format!("Bearer {unsigned}.")).await;
        }
        for header in [json!({}), json!([]), json!({"alg": null}), json!({"alg": ["HS256"]})] {
            refused(&app, &format!("Bearer {}", under(&header, &token, &ours))).await;
        }
    }

    async fn a_claim_altered_under_its_signature_is_refused(app: App) {
        let (school, other) = (app.school().await, app.school().await);
        let token = school.as_(Role::Teacher).token().await;
        let claims = [
            ("school_id", json!(other.id)), ("domain", json!(other.domain)), ("role", json!("SUPER_ADMIN")), ("role", json!("SCHOOL_ADMIN")),
            ("sub", json!(other.user(Role::SchoolAdmin).to_string())), ("exp", json!(9_999_999_999_i64)), ("iss", json!(null)), ("school_id", json!(null)),
        ];
        for (claim, value) in claims {
            refused(&app, &format!("Bearer {}", altered(&token, |claims| claims[claim] = value.clone()))).await;
        }
        let mut cut = token.clone();
        cut.pop();
        refused(&app, &format!("Bearer {cut}")).await;
    }

    async fn a_refresh_token_opens_nothing(app: App) {
        let school = app.school().await;
        let tenant = app.anonymous().with("X-Tenant-ID", &school.domain);
        let pair = tenant.post("/api/token/", &json!({"username": "teacher", "password": PASSWORD})).await.expect(200);
        taken(&app, pair["access"].as_str().unwrap()).await;
        refused(&app, &format!("Bearer {}", pair["refresh"].as_str().unwrap())).await;
        let swapped = tenant.post("/api/token/refresh/", &json!({"refresh": pair["access"]})).await;
        assert_eq!(swapped.status, 401);
        assert_sound(&swapped);
    }

    async fn a_token_ends_with_its_hour(app: App) {
        let school = app.school().await;
        let token = school.as_(Role::Teacher).token().await;
        let after = |minutes| {
            let clock = Clock::system();
            app.another(&[], Clock::by(move || clock.now() + Duration::minutes(minutes)))
        };
        taken(&after(58), &token).await;
        refused(&after(61), &format!("Bearer {token}")).await;
    }

    async fn a_token_is_good_for_its_own_school_only(app: App) {
        let (school, other) = (app.school().await, app.school().await);
        let teacher = school.as_(Role::Teacher);
        teacher.with("X-Tenant-ID", &school.domain.to_uppercase()).get(SUBJECTS).await.expect(200);
        for domain in [other.domain.as_str(), "nobody", "", " ", "*"] {
            let answer = teacher.with("X-Tenant-ID", domain).get(SUBJECTS).await;
            answer.problem(403, "permission_denied");
            assert_sound(&answer);
        }
        let line = format!("GET {SUBJECTS} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {}\r\nX-Tenant-ID: ", teacher.token().await);
        let answer = app.raw(&[line.as_bytes(), b"\xff\xfe\r\n\r\n"].concat()).await;
        assert!(answer.starts_with(b"HTTP/1.1 403 "), "{}", String::from_utf8_lossy(&answer));
    }

    async fn an_authorization_that_is_no_text_is_refused(app: App) {
        let line = format!("GET {SUBJECTS} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer ");
        let answer = app.raw(&[line.as_bytes(), b"\xff\xfe\r\n\r\n"].concat()).await;
        assert!(answer.starts_with(b"HTTP/1.1 401 "), "{}", String::from_utf8_lossy(&answer));
    }
}
