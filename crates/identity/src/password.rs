//! Passwords: which are too weak, and the one form they are kept in.

mod hasher;

use actix_web::{HttpRequest, web};
use resource::{ApiError, Ctx, FieldErrors};
use serde_json::Value;

pub use hasher::Hasher;

/// Fewest characters of a password.
pub const SHORTEST: usize = 8;
/// Most characters of a password.
pub const LONGEST: usize = 128;

/// Shorter parts of a name are too common to forbid.
const NAME_PART: usize = 4;
/// Passwords that lists of leaked ones start with, in lower case, one a line.
const COMMON: &str = include_str!("password/common.txt");
const FIELD: &str = "password";

/// Why `password` is too weak for someone of these names, user names and e-mail addresses; nothing
/// when it is not.
#[must_use]
pub fn weaknesses(password: &str, names: &[&str]) -> Vec<String> {
    let length = password.chars().count();
    let plain = password.to_lowercase();
    let mut found = Vec::new();
    if length < SHORTEST {
        found.push(format!(
            "This password is too short. It must contain at least {SHORTEST} characters."
        ));
    }
    if length > LONGEST {
        found.push(format!(
            "This password is too long. It must contain at most {LONGEST} characters."
        ));
    }
    if names.iter().any(|name| resembles(&plain, name)) {
        found.push("The password is too similar to the name, user name or e-mail.".into());
    }
    if COMMON.lines().any(|common| common == plain) {
        found.push("This password is too common.".into());
    }
    if length > 0 && password.chars().all(char::is_numeric) {
        found.push("This password is entirely numeric.".into());
    }
    found
}

/// Whether the password is the name or one of its parts, digits and signs around it aside.
fn resembles(password: &str, name: &str) -> bool {
    let name = name.to_lowercase();
    let core = password.trim_matches(|sign: char| !sign.is_alphabetic());
    let parts = name.split(|sign: char| !sign.is_alphanumeric());
    let local = name.split('@').next();
    parts
        .chain(local)
        .chain([name.as_str()])
        .filter(|part| part.chars().count() >= NAME_PART)
        .any(|part| part == password || part == core)
}

/// The `password` of a body, checked against the body's own fields `names` and replaced by its hash.
///
/// An absent or empty one is left alone, and so is one the schema refuses; a weak one costs no hash
/// and its errors are answered.
///
/// # Errors
/// 503 when too many passwords wait to be hashed.
pub async fn prepare(
    _ctx: &Ctx,
    request: &HttpRequest,
    body: &mut Value,
    names: &[&str],
) -> Result<FieldErrors, ApiError> {
    prepare_against(request, body, names, &[]).await
}

/// As [`prepare`], also against `known` names that the body need not repeat.
pub(crate) async fn prepare_against(
    request: &HttpRequest,
    body: &mut Value,
    names: &[&str],
    known: &[String],
) -> Result<FieldErrors, ApiError> {
    let mut errors = FieldErrors::default();
    let Some(password) = given(body) else {
        return Ok(errors);
    };
    let of_the_body = names
        .iter()
        .filter_map(|field| body.get(field).and_then(Value::as_str));
    let all: Vec<&str> = of_the_body
        .chain(known.iter().map(String::as_str))
        .collect();
    for weakness in weaknesses(&password, &all) {
        errors.add(FIELD, weakness);
    }
    if errors.is_empty() {
        let hash = hasher(request)?.hash(password).await?;
        if let Some(place) = body.get_mut(FIELD) {
            *place = Value::String(hash);
        }
    }
    Ok(errors)
}

/// The password of a body that the schema will take; a number stands for its digits, as there.
fn given(body: &Value) -> Option<String> {
    let password = match body.get(FIELD)? {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    let refused = password.contains('\0') || password.chars().count() > LONGEST;
    (!password.is_empty() && !refused).then_some(password)
}

/// The hasher every worker shares.
pub(crate) fn hasher(request: &HttpRequest) -> Result<&Hasher, ApiError> {
    request
        .app_data::<web::Data<Hasher>>()
        .map(web::Data::get_ref)
        .ok_or_else(ApiError::unavailable)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_good_password_has_no_weakness() {
        assert_eq!(
            weaknesses("correct horse battery", &["ada", "ada@gp.demo"]),
            Vec::<String>::new()
        );
        assert_eq!(
            weaknesses("termbook-demo", &["admin@gp.demo", "Grace Okafor"]),
            Vec::<String>::new()
        );
    }

    #[test]
    fn every_weakness_is_named_at_once() {
        assert_eq!(weaknesses("1234567", &[]).len(), 2);
        assert_eq!(
            weaknesses("Password123", &[]),
            ["This password is too common."]
        );
        assert_eq!(weaknesses(&"x".repeat(129), &[]).len(), 1);
    }

    #[test]
    fn a_name_with_digits_behind_it_is_still_the_name() {
        for weak in ["Okafor2009", "grace.okafor", "graceokafor9"] {
            let names = ["Grace Okafor", "graceokafor", "grace.okafor@example.org"];
            assert_eq!(weaknesses(weak, &names).len(), 1, "{weak}");
        }
    }

    #[test]
    fn every_listed_password_is_one_the_other_rules_could_let_through() {
        for common in COMMON.lines() {
            assert!(
                common.len() >= SHORTEST && common == common.to_lowercase(),
                "{common}"
            );
        }
    }

    async fn prepared(body: Value) -> (Value, FieldErrors) {
        let request = TestRequest::default()
            .app_data(web::Data::new(Hasher::with_cost(1, 8, 1)))
            .to_http_request();
        let mut body = body;
        let errors = prepare_against(&request, &mut body, &["username"], &["Ngozi Bello".into()])
            .await
            .unwrap();
        (body, errors)
    }

    #[actix_web::test]
    async fn no_password_leaves_a_body_in_the_clear() {
        for clear in [json!("a fine password"), json!(982_451_653_441_i64)] {
            let (body, errors) = prepared(json!({ "username": "ngozi", "password": clear })).await;
            let kept = body["password"].as_str().unwrap_or_default();
            assert!(
                kept.starts_with("$argon2id$") || !errors.is_empty(),
                "{kept}"
            );
        }
        let (body, errors) = prepared(json!({ "password": "ngozi2010" })).await;
        assert_eq!(
            (body, errors.concerns("password")),
            (json!({ "password": "ngozi2010" }), true)
        );
    }

    #[actix_web::test]
    async fn an_empty_or_absent_password_is_left_alone() {
        for body in [
            json!({ "password": "" }),
            json!({ "username": "ngozi" }),
            json!({ "password": null }),
        ] {
            assert_eq!(prepared(body.clone()).await, (body, FieldErrors::default()));
        }
    }
}
