//! Computes anew what follows from marks: letters by the school's scale, and sums of cards. Published
//! cards keep what was published, and an overridden letter stays.

use chrono::{DateTime, Utc};
use resource::{
    ApiError,
    audit::{self, Act},
    fields::unknown_pk,
    tenant_guard::Scope,
};
use sea_orm::{DbBackend, Value};
use serde_json::json;

use super::{
    marking,
    positions::{self, Standing},
    publish::Sheet,
};
use crate::{entities::class, scale::Scale};

/// Which open cards.
#[derive(Debug, Clone)]
pub enum Open {
    /// All of the school.
    All,
    /// Those of a class in a term.
    Of(Sheet),
}

/// A statement being put together: the place of the next value, and the values from `$2` on.
#[derive(Default)]
struct Bound(Vec<Value>);

impl Bound {
    fn put(&mut self, value: impl Into<Value>) -> String {
        self.0.push(value.into());
        format!("${}", self.0.len() + 1)
    }

    /// The open cards meant, as a condition on `report_cards`.
    fn cards(&mut self, which: &Open) -> String {
        match which {
            Open::All => "school_id = $1 AND NOT is_passed".into(),
            Open::Of(sheet) => {
                let (class, session, term) = (
                    self.put(sheet.class_id),
                    self.put(sheet.session.as_str()),
                    self.put(sheet.term.as_str()),
                );
                format!(
                    "school_id = $1 AND NOT is_passed AND class_id = {class} AND session = {session} AND term = {term}"
                )
            }
        }
    }
}

/// Computes the open cards meant by `scale`, and moves the version of every row and card that shows
/// something else for it. Two statements, whatever their number. Who calls holds the rules alone.
///
/// # Errors
/// When the database fails.
pub async fn recompute(scope: &Scope, which: &Open, scale: &Scale) -> Result<(), ApiError> {
    // One moment for both, by which the second knows what the first changed.
    let now = scope.now();
    grade(scope, which, scale, now).await?;
    sum_up(scope, which, now).await
}

/// Computes the cards of a sheet by the school's rules; answers where each stands then. Six statements,
/// whatever the number of pupils and subjects.
///
/// # Errors
/// A field error on `class_id` for a class there is not; else when the database fails.
pub async fn recompute_sheet(scope: &Scope, sheet: &Sheet) -> Result<Vec<Standing>, ApiError> {
    marking::hold_alone(scope).await?;
    let rules = marking::rules(scope).await?;
    recompute(scope, &Open::Of(sheet.clone()), &rules.scale).await?;
    let standings = positions::standings(scope, sheet).await?;
    if standings.is_empty() && scope.get::<class::Entity>(sheet.class_id).await?.is_none() {
        return Err(ApiError::field("class_id", unknown_pk(sheet.class_id)));
    }
    let act = Act {
        action: "recompute",
        resource: "reports",
        id: None,
        before: None,
        after: Some(
            json!({"class_id": sheet.class_id, "session": sheet.session, "term": sheet.term}),
        ),
    };
    audit::record(scope, act).await?;
    Ok(standings)
}

/// Holds the cards first, against whoever publishes them at this moment.
async fn grade(
    scope: &Scope,
    which: &Open,
    scale: &Scale,
    now: DateTime<Utc>,
) -> Result<(), ApiError> {
    let mut bound = Bound::default();
    let now = bound.put(now);
    let cards = bound.cards(which);
    let (mut letters, mut remarks, mut points) = (Vec::new(), Vec::new(), Vec::new());
    for band in &scale.0 {
        let (lowest, highest) = (bound.put(band.min), bound.put(band.max));
        let named = bound.put(band.letter.as_str());
        let of_total = format!("total BETWEEN {lowest} AND {highest}");
        let shown = format!(
            "CASE WHEN grade_override = '' THEN {of_total} ELSE grade_override = {named} END"
        );
        letters.push(format!("WHEN {of_total} THEN {named}"));
        remarks.push(format!(
            "WHEN {shown} THEN {}",
            bound.put(band.remark.as_str())
        ));
        points.push(format!("WHEN {shown} THEN {}", bound.put(band.points)));
    }
    let letter = format!("CASE {} ELSE '' END", letters.join(" "));
    let remark = format!("CASE {} ELSE '' END", remarks.join(" "));
    let points = format!("CASE {} ELSE NULL END", points.join(" "));
    let lock = match scope.backend() {
        DbBackend::Postgres => " FOR UPDATE",
        _ => "",
    };
    let sql = format!(
        "WITH held AS MATERIALIZED (SELECT id FROM report_cards WHERE {cards} ORDER BY id{lock}) \
         UPDATE scores SET grade = {letter}, grade_remark = {remark}, grade_points = {points}, \
         updated_at = {now}, row_version = row_version + 1 \
         WHERE school_id = $1 AND report_card_id IN (SELECT id FROM held) \
         AND (grade <> {letter} OR grade_remark <> {remark} OR grade_points IS DISTINCT FROM {points})"
    );
    scope.execute(&["scores"], &sql, bound.0).await?;
    Ok(())
}

/// The mean is half up, in whole hundredths.
async fn sum_up(scope: &Scope, which: &Open, now: DateTime<Utc>) -> Result<(), ApiError> {
    let mut bound = Bound::default();
    let now = bound.put(now);
    let cards = bound.cards(which);
    let of = |what: &str| {
        format!(
            "(SELECT {what} FROM scores s WHERE s.school_id = report_cards.school_id \
             AND s.report_card_id = report_cards.id)"
        )
    };
    let total = of("CAST(SUM(s.total) AS bigint)");
    let average =
        of("(2 * CAST(SUM(s.total) AS bigint) + COUNT(s.total)) / NULLIF(2 * COUNT(s.total), 0)");
    let sql = format!(
        "UPDATE report_cards SET total_score = {total}, average = {average}, updated_at = {now}, \
         row_version = row_version + 1 WHERE {cards} \
         AND (total_score IS DISTINCT FROM {total} OR average IS DISTINCT FROM {average} \
         OR EXISTS (SELECT 1 FROM scores s WHERE s.school_id = report_cards.school_id \
         AND s.report_card_id = report_cards.id AND s.updated_at = {now}))"
    );
    scope.execute(&["report_cards"], &sql, bound.0).await?;
    Ok(())
}
