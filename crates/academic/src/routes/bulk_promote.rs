//! `students/bulk-promote/`.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use resource::{ApiError, Body, Ctx, Pk, write};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::services::bulk_promote::{self as service, Destination, MOST};

/// Where a pupil goes: to a class, or out of the school.
#[derive(Debug, ToSchema)]
#[serde(untagged)]
pub enum NextClass {
    /// To the class of this id.
    Class(Pk),
    /// Out of the school, with honour.
    Graduation(Graduation),
}

/// The word for leaving with honour.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum Graduation {
    /// Out of the school.
    Graduate,
}

/// Pupils and where each goes.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Promotions {
    /// Id of the pupil to id of the class, or to `"graduate"`.
    #[schema(value_type = BTreeMap<Pk, NextClass>, example = json!({ "7": 3, "8": "graduate" }))]
    pub promotions: BTreeMap<String, Value>,
    /// School year the new classes are of, as `2026/2027`; the current one where absent. The classes of other
    /// years stay as they are in `students/{id}/enrolments/`.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 20)]
    pub session: Option<String>,
}

/// What became of the pupils.
#[derive(Debug, Serialize, ToSchema)]
pub struct Promoted {
    /// The same in words.
    pub message: String,
    /// How many pupils moved.
    pub processed: usize,
    /// Why others did not, by the key sent.
    pub errors: BTreeMap<String, String>,
}

/// Move pupils to their next classes, or out of the school, all in one transaction.
///
/// # Errors
/// 400 when there are too many; 503 or 500 when the database fails.
#[utoipa::path(
    post,
    path = "/api/students/bulk-promote/",
    tag = "students",
    request_body = Promotions,
    responses(
        (status = 200, body = Promoted, description = "Who moved, and why others did not."),
        (status = 400, body = resource::Problem, content_type = "application/problem+json", description = "No object of promotions."),
    )
)]
pub async fn bulk_promote(ctx: Ctx, body: Body<Promotions>) -> Result<HttpResponse, ApiError> {
    let Promotions {
        promotions: given,
        session,
    } = body.0;
    if given.len() > MOST {
        return Err(ApiError::field(
            "promotions",
            format!("Ensure this field has no more than {MOST} elements."),
        ));
    }
    let (sound, mut errors) = read(given);
    let promoted = write(&ctx, async |scope| {
        service::bulk_promote(scope, &sound, session.as_deref()).await
    })
    .await?;
    errors.extend(promoted.errors);
    Ok(HttpResponse::Ok().json(Promoted {
        message: format!("Successfully processed {} students", promoted.processed),
        processed: promoted.processed,
        errors,
    }))
}

/// The promotions that can be read, and why the others cannot.
fn read(given: BTreeMap<String, Value>) -> (BTreeMap<i64, Destination>, BTreeMap<String, String>) {
    let mut sound = BTreeMap::new();
    let mut errors = BTreeMap::new();
    for (key, to) in given {
        let pupil = key.trim().parse().ok().filter(|id| *id > 0);
        match (pupil, destination(&to)) {
            (None, _) => {
                let message = format!("Invalid pk \"{key}\" - object does not exist.");
                errors.insert(key, message);
            }
            (_, None) => {
                errors.insert(key, "Expected the id of a class, or \"graduate\".".into());
            }
            (Some(pupil), Some(to)) => {
                sound.insert(pupil, to);
            }
        }
    }
    (sound, errors)
}

fn destination(to: &Value) -> Option<Destination> {
    match to {
        Value::String(text) if text.trim() == "graduate" => Some(Destination::Graduate),
        Value::String(text) => text.trim().parse().ok().map(Destination::Class),
        Value::Number(number) => number.as_i64().map(Destination::Class),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_cannot_be_read_is_told_by_pupil() {
        let given = BTreeMap::from([
            ("7".to_owned(), json!(3)),
            ("8".to_owned(), json!("4")),
            ("9".to_owned(), json!("graduate")),
            ("10".to_owned(), json!([])),
            ("-1".to_owned(), json!(3)),
            ("Ada".to_owned(), json!(3)),
        ]);
        let (sound, errors) = read(given);
        let expected = [
            (7, Destination::Class(3)),
            (8, Destination::Class(4)),
            (9, Destination::Graduate),
        ];
        assert_eq!(sound, BTreeMap::from(expected));
        let refused: Vec<&String> = errors.keys().collect();
        assert_eq!(refused, ["-1", "10", "Ada"]);
    }
}
