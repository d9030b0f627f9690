//! What marks are held against: the school's maxima and its grading scale. Whoever writes marks holds
//! the settings against whoever changes either, and takes that lock before any other.

use identity::settings::Settings;
use resource::{ApiError, FieldErrors, tenant_guard::Scope};
use sea_orm::{DbBackend, FromQueryResult, JsonValue};

use crate::{
    marks::{Assessment, Maxima},
    scale::Scale,
};

/// The rules marks are written by.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// Highest mark of each assessment.
    pub maxima: Maxima,
    /// How a total becomes a letter.
    pub scale: Scale,
}

#[derive(FromQueryResult)]
struct Held {
    #[allow(dead_code, reason = "the row is asked for its lock")]
    id: i64,
}

/// Holds the rules as they are until the transaction ends; others who write marks are not kept waiting.
///
/// # Errors
/// When the database fails.
pub async fn hold(scope: &Scope) -> Result<(), ApiError> {
    lock(scope, "FOR SHARE").await
}

/// Holds the rules alone: whoever writes marks has finished, or waits.
///
/// # Errors
/// When the database fails.
pub async fn hold_alone(scope: &Scope) -> Result<(), ApiError> {
    lock(scope, "FOR UPDATE").await
}

/// SQLite needs no lock: its transactions write one at a time.
async fn lock(scope: &Scope, strength: &str) -> Result<(), ApiError> {
    if scope.backend() == DbBackend::Postgres {
        let sql = format!("SELECT id FROM school_settings WHERE school_id = $1 {strength}");
        let _: Vec<Held> = scope.query(&sql, Vec::new()).await?;
    }
    Ok(())
}

#[derive(FromQueryResult)]
struct Stored {
    ca1: Option<i64>,
    ca2: Option<i64>,
    exam: Option<i64>,
    bands: Option<JsonValue>,
}

/// The rules at present. Asked after [`hold`], they stay so: a lock and what it guards take a statement
/// each, for PostgreSQL looks at what it locks before it waits.
///
/// # Errors
/// When the database fails.
pub async fn rules(scope: &Scope) -> Result<Rules, ApiError> {
    let maximum = |key: &str| {
        format!(
            "(SELECT CAST(keys ->> '{key}_max' AS bigint) * 100 FROM school_settings WHERE school_id = $1) AS {key}"
        )
    };
    let sql = format!(
        "SELECT {}, {}, {}, (SELECT bands FROM grading_scales WHERE school_id = $1 AND is_active) AS bands",
        maximum("ca1"),
        maximum("ca2"),
        maximum("exam")
    );
    let stored: Vec<Stored> = scope.query(&sql, Vec::new()).await?;
    let mut rules = Rules::default();
    if let Some(stored) = stored.into_iter().next() {
        if let (Some(ca1), Some(ca2), Some(exam)) = (stored.ca1, stored.ca2, stored.exam) {
            rules.maxima = Maxima { ca1, ca2, exam };
        }
        if let Some(bands) = stored.bands {
            rules.scale = serde_json::from_value(bands).map_err(ApiError::internal)?;
        }
    }
    Ok(rules)
}

#[derive(FromQueryResult)]
struct Above {
    ca1: i64,
    ca2: i64,
    exam: i64,
}

/// Refuses a maximum below a mark of a card that is still open; the settings are held by who asks.
///
/// # Errors
/// When the database fails.
pub async fn maxima_fit(
    scope: &Scope,
    before: &Settings,
    after: &Settings,
) -> Result<FieldErrors, ApiError> {
    let mut errors = FieldErrors::default();
    let was = [before.ca1_max, before.ca2_max, before.exam_max];
    let is = [after.ca1_max, after.ca2_max, after.exam_max];
    if was.iter().zip(is).all(|(was, is)| is >= *was) {
        return Ok(errors);
    }
    let sql = "SELECT CAST(COALESCE(SUM(CASE WHEN s.ca1 > $2 THEN 1 ELSE 0 END), 0) AS bigint) AS ca1, \
               CAST(COALESCE(SUM(CASE WHEN s.ca2 > $3 THEN 1 ELSE 0 END), 0) AS bigint) AS ca2, \
               CAST(COALESCE(SUM(CASE WHEN s.exam > $4 THEN 1 ELSE 0 END), 0) AS bigint) AS exam \
               FROM scores s JOIN report_cards c ON c.school_id = s.school_id AND c.id = s.report_card_id \
               WHERE s.school_id = $1 AND NOT c.is_passed";
    let values = is.map(|maximum| (i64::from(maximum) * 100).into()).into();
    let above: Vec<Above> = scope.query(sql, values).await?;
    for above in above {
        for (which, count) in Assessment::ALL
            .into_iter()
            .zip([above.ca1, above.ca2, above.exam])
        {
            if count > 0 {
                let message = format!("Marks of open report cards that stand above this: {count}.");
                errors.add(format!("{}_max", which.as_str()), message);
            }
        }
    }
    Ok(errors)
}
