//! `students/promotion-preview/`.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, web};
use identity::services::school_year;
use resource::{
    ApiError, Ctx, FieldErrors, Pk, Viewer, cached_json,
    fields::{NON_FIELD, unknown_pk},
    tenant_guard::Verb,
};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::bulk_promote::NextClass;
use crate::{
    marks::Mark,
    services::{
        bulk_promote::Destination,
        promotion_preview::{self as service, Policy, Record, Suggestion},
    },
};

/// Longest life of a cached answer, in seconds.
const TTL: u64 = 600;

/// What is suggested for a pupil.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum PromotionSuggestion {
    /// To move up.
    Promote,
    /// To stay in the class for another session.
    Repeat,
    /// Nothing: people decide.
    Undecided,
}

impl From<Suggestion> for PromotionSuggestion {
    fn from(suggestion: Suggestion) -> Self {
        match suggestion {
            Suggestion::Promote => Self::Promote,
            Suggestion::Repeat => Self::Repeat,
            Suggestion::Undecided => Self::Undecided,
        }
    }
}

/// How a pupil did in a session, and what is suggested.
#[derive(Debug, Serialize, ToSchema)]
pub struct PromotionCandidate {
    /// Id of the pupil.
    pub student: i64,
    /// Number the school gave.
    pub student_no: String,
    /// Full name.
    pub student_name: String,
    /// Mean of the averages of the report cards of the session that have marks, half up.
    pub average: Option<Mark>,
    /// How many terms those are of.
    pub terms: usize,
    /// How many of them are not published, and may still change.
    pub unpublished: usize,
    /// What is suggested.
    pub suggestion: PromotionSuggestion,
    /// Why.
    #[schema(max_length = 200)]
    pub reason: String,
}

/// Who would move up from a class.
#[derive(Debug, Serialize, ToSchema)]
pub struct PromotionPreview {
    /// Id of the class.
    pub class_id: i64,
    /// Name of the class.
    pub class_name: String,
    /// School year the averages are of.
    pub session: String,
    /// Average from which pupils move up.
    pub threshold: Mark,
    /// Pupils who attend the class, by name.
    pub results: Vec<PromotionCandidate>,
    /// What `students/bulk-promote/` takes: those who move up, and those who repeat, to where they are. The undecided are left out.
    #[schema(value_type = BTreeMap<Pk, NextClass>)]
    pub promotions: BTreeMap<String, Value>,
}

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    class_id: i64,
    session: Option<String>,
    to: Destination,
}

/// Suggest who moves up from a class, by the marks of a session.
///
/// Every report card that has marks counts, published or not; how many are not is told of each pupil.
/// Nothing is written.
///
/// # Errors
/// 400 naming a bad parameter; 503 or 500 when the database fails.
#[utoipa::path(
    get,
    path = "/api/students/promotion-preview/",
    operation_id = "students_promotion_preview",
    tag = "students",
    params(
        ("class_id" = i64, Query, description = "Id of the class."),
        ("session" = Option<String>, Query, description = "School year; the current one where absent."),
        ("to" = String, Query, description = "Id of the class they would move to, or `graduate`."),
    ),
    responses(
        (status = 200, description = "The suggestions.", body = PromotionPreview),
        (status = 400, body = resource::Problem, content_type = "application/problem+json", description = "A bad parameter."),
    )
)]
pub async fn promotion_preview(ctx: Ctx, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let rows = ctx.reach("students/promotion-preview", Verb::Read)?;
    let given: BTreeMap<String, String> = web::Query::from_query(request.query_string())
        .map(web::Query::into_inner)
        .map_err(|error| ApiError::field(NON_FIELD, error.to_string()))?;
    let asked = asked(given).map_err(ApiError::invalid)?;
    let viewer = Viewer::of(ctx.scope.principal(), rows).key();
    let key = format!("{viewer} students/promotion-preview {asked:?}");
    let reads = &["students", "report_cards", "classes", "school_settings"];
    cached_json(&ctx, &request, reads, TTL, &key, async || {
        let preview = preview(&ctx, asked).await?;
        serde_json::to_vec(&preview).map_err(ApiError::internal)
    })
    .await
}

async fn preview(ctx: &Ctx, asked: Asked) -> Result<PromotionPreview, ApiError> {
    let scope = &ctx.scope;
    let class_id = asked.class_id;
    let next = match asked.to {
        Destination::Class(id) => Some(id),
        Destination::Graduate => None,
    };
    let mut names = service::names(scope, class_id, next).await?;
    let mut errors = FieldErrors::default();
    for (field, id) in [("class_id", Some(class_id)), ("to", next)] {
        if let Some(id) = id.filter(|id| !names.contains_key(id)) {
            errors.add(field, unknown_pk(id));
        }
    }
    if !errors.is_empty() {
        return Err(ApiError::invalid(errors));
    }
    let settings = school_year(scope).await?.settings;
    let policy = Policy::of(&settings);
    let session = asked.session.unwrap_or(settings.current_session);
    let records = service::records(scope, class_id, &session).await?;
    let results: Vec<_> = records
        .into_iter()
        .map(|one| candidate(policy, one))
        .collect();
    let promotions = results.iter().filter_map(|one| {
        let to = match one.suggestion {
            PromotionSuggestion::Promote => next.map_or(json!("graduate"), |id| json!(id)),
            PromotionSuggestion::Repeat => json!(class_id),
            PromotionSuggestion::Undecided => return None,
        };
        Some((one.student.to_string(), to))
    });
    Ok(PromotionPreview {
        class_id,
        class_name: names.remove(&class_id).unwrap_or_default(),
        session,
        threshold: policy.threshold,
        promotions: promotions.collect(),
        results,
    })
}

fn candidate(policy: Policy, record: Record) -> PromotionCandidate {
    let (suggestion, reason) = policy.suggest(&record);
    PromotionCandidate {
        student: record.student,
        average: record.average(),
        terms: record.averages.len(),
        unpublished: record.unpublished,
        student_no: record.student_no,
        student_name: record.student_name,
        suggestion: suggestion.into(),
        reason,
    }
}

fn asked(mut given: BTreeMap<String, String>) -> Result<Asked, FieldErrors> {
    let mut errors = FieldErrors::default();
    let id = |text: &str| text.parse().ok().filter(|id: &i64| *id > 0);
    let (class, to) = (given.remove("class_id"), given.remove("to"));
    let class_id = class.as_deref().and_then(id);
    match (&class, class_id) {
        (None, _) => errors.add("class_id", "This field is required."),
        (Some(text), None) => errors.add("class_id", format!("\"{text}\" is not an id.")),
        _ => {}
    }
    let next = match to.as_deref() {
        Some("graduate") => Some(Destination::Graduate),
        Some(text) => id(text).map(Destination::Class),
        None => None,
    };
    match (&to, next) {
        (None, _) => errors.add("to", "This field is required."),
        (Some(_), None) => errors.add("to", "Expected the id of a class, or \"graduate\"."),
        _ => {}
    }
    let session = given.remove("session").filter(|text| !text.is_empty());
    if session.as_ref().is_some_and(|text| text.contains('\0')) {
        errors.add("session", "Null characters are not allowed.");
    }
    for name in given.into_keys() {
        errors.add(name, "Unknown query parameter.");
    }
    match (class_id, next) {
        (Some(class_id), Some(to)) if errors.is_empty() => Ok(Asked {
            class_id,
            session,
            to,
        }),
        _ => Err(errors),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Result<Asked, FieldErrors> {
        let given = web::Query::from_query(query).unwrap();
        asked(web::Query::into_inner(given))
    }

    #[test]
    fn every_bad_parameter_is_named() {
        let sound = read("class_id=3&to=graduate&session=").unwrap();
        assert_eq!((sound.session, sound.to), (None, Destination::Graduate));
        for (query, fields) in [
            ("", &["class_id", "to"][..]),
            (
                "class_id=x&to=up&session=%00&page=1",
                &["class_id", "page", "session", "to"],
            ),
            ("class_id=3&to=-1", &["to"]),
        ] {
            let errors = read(query).unwrap_err();
            assert_eq!(errors.0.into_keys().collect::<Vec<_>>(), fields, "{query}");
        }
    }
}
