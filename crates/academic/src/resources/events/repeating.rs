//! How an event takes place again, between the body and the row.

use chrono::{NaiveDate, NaiveTime, TimeDelta};
use chrono_tz::Tz;
use identity::services::school_time_zone;
use resource::{ApiError, FieldErrors, tenant_guard::Scope};
use sea_orm::ActiveValue::Set;
use serde_json::json;

use super::{EventInput, Span};
use crate::{
    entities::event::ActiveModel,
    recurrence::{self, Recurrence},
    when::When,
};

/// The rule of an event with its last day, where it has both.
pub(super) type Repeated = Option<(Recurrence, Option<NaiveDate>)>;

impl EventInput {
    /// How the event takes place again by the clock of `zone`, or what is wrong with that by field.
    pub(super) fn repeated(&self, span: Span, zone: Tz) -> Result<Repeated, FieldErrors> {
        let refuse = |message| FieldErrors::of("recurrence", message);
        if self.recurrence.trim().is_empty() {
            if self.excluded_dates.is_empty() {
                return Ok(None);
            }
            let message = "An event that does not repeat has no days to leave out.";
            return Err(FieldErrors::of("excluded_dates", message));
        }
        let rule = Recurrence::read(&self.recurrence).map_err(refuse)?;
        let first = match span.start {
            When::Day(day) => day.and_time(NaiveTime::MIN),
            When::Moment(at) => at.with_timezone(&zone).naive_local(),
        };
        let last = rule
            .last_day(first, span.start.is_day(), zone)
            .map_err(refuse)?;
        Ok(Some((rule, last)))
    }

    /// Puts the rule on the row, and when it ends.
    pub(super) async fn repeat(
        &self,
        scope: &Scope,
        row: &mut ActiveModel,
    ) -> Result<(), ApiError> {
        row.recurrence = Set(String::new());
        row.repeats_until = Set(None);
        row.excluded_dates = Set(json!([]));
        let Ok(span) = self.span() else {
            return Ok(());
        };
        if self.recurrence.trim().is_empty() {
            return Ok(());
        }
        let zone = school_time_zone(scope).await?;
        let Some((rule, last)) = self.repeated(span, zone).map_err(ApiError::invalid)? else {
            return Ok(());
        };
        let ends = |day: NaiveDate| {
            let start = match span.start {
                When::Day(_) => day.and_time(NaiveTime::MIN).and_utc(),
                When::Moment(at) => recurrence::moment(day, at.with_timezone(&zone).time(), zone),
            };
            start
                + span
                    .end
                    .map_or(TimeDelta::zero(), |end| end.at() - span.start.at())
        };
        let mut excluded = self.excluded_dates.clone();
        excluded.sort_unstable();
        excluded.dedup();
        row.recurrence = Set(rule.text().to_owned());
        row.repeats_until = Set(last.map(ends));
        row.excluded_dates = Set(json!(excluded));
        Ok(())
    }
}
