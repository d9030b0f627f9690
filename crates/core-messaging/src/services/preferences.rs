//! What the caller wants to be told by e-mail, and when not.

use chrono::{NaiveTime, Timelike};
use identity::entities::user;
use resource::{
    ApiError, FieldErrors,
    audit::{self, Act},
    tenant_guard::Scope,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, IntoActiveModel, QueryFilter};
use serde_json::json;

use crate::{
    entities::user_preference::{ActiveModel, Column, Entity, Model},
    routes::preferences::{EmailKinds, Preferences, QuietHours},
};

/// Kinds of e-mail that a reader may do without, as [`EmailKinds`] names them.
pub const OPTIONAL: [&str; 3] = ["message", "result", "reminder"];

const NO_TIME: &str = "Enter a time of the day as 21:30.";
const NO_HOURS: &str = "Quiet hours end at another time than they begin.";

/// The caller's preferences as they are kept, and their version: 0 while there are none.
///
/// # Errors
/// When the database fails.
pub async fn of_caller(scope: &Scope) -> Result<(Preferences, i64), ApiError> {
    let row = stored(scope).await?;
    let version = row.as_ref().map_or(0, |row| row.row_version);
    Ok((row.as_ref().map(shown).unwrap_or_default(), version))
}

/// Holds the caller's account, so that two changes of its preferences come one after the other.
///
/// # Errors
/// When the database fails.
pub async fn hold(scope: &Scope) -> Result<(), ApiError> {
    scope
        .lock::<user::Entity>(scope.principal().user_id)
        .await?;
    Ok(())
}

async fn stored(scope: &Scope) -> Result<Option<Model>, ApiError> {
    let query = scope.find::<Entity>();
    let query = query.filter(Column::UserId.eq(scope.principal().user_id));
    Ok(scope.one(query).await?)
}

fn shown(row: &Model) -> Preferences {
    let [message, result, reminder] = OPTIONAL.map(|kind| {
        let mut muted = row.muted.as_array().into_iter().flatten();
        !muted.any(|one| one == kind)
    });
    Preferences {
        email: EmailKinds {
            message,
            result,
            reminder,
        },
        quiet_hours: row
            .quiet_from
            .zip(row.quiet_to)
            .map(|(from, to)| QuietHours {
                from: spelt(from),
                to: spelt(to),
            }),
    }
}

fn spelt(minute: i64) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// The minute of the day that `21:30` spells.
fn minute(text: &str) -> Option<i64> {
    let time = NaiveTime::parse_from_str(text, "%H:%M").ok()?;
    (text.len() == 5).then(|| i64::from(time.hour() * 60 + time.minute()))
}

/// The minutes of quiet hours, or what is wrong with them.
fn minutes(hours: &QuietHours) -> Result<(i64, i64), FieldErrors> {
    let mut errors = FieldErrors::default();
    let (from, to) = (minute(&hours.from), minute(&hours.to));
    for (name, read) in [("from", from), ("to", to)] {
        if read.is_none() {
            errors.add(format!("quiet_hours.{name}"), NO_TIME);
        }
    }
    match (from, to) {
        (Some(from), Some(to)) if from != to => return Ok((from, to)),
        (Some(_), Some(_)) => errors.add("quiet_hours", NO_HOURS),
        _ => {}
    }
    Err(errors)
}

/// Keeps the caller's preferences; answers their version.
///
/// # Errors
/// 400 for quiet hours that are none; else when the database fails.
pub async fn save(
    scope: &Scope,
    before: &Preferences,
    after: &Preferences,
) -> Result<i64, ApiError> {
    let quiet = after.quiet_hours.as_ref().map(minutes).transpose();
    let quiet = quiet.map_err(ApiError::invalid)?;
    let EmailKinds {
        message,
        result,
        reminder,
    } = after.email;
    let wanted = OPTIONAL.into_iter().zip([message, result, reminder]);
    let muted: Vec<&str> = wanted
        .filter_map(|(kind, wanted)| (!wanted).then_some(kind))
        .collect();
    let stored = stored(scope).await?;
    let mut row = match &stored {
        Some(row) => row.clone().into_active_model(),
        None => ActiveModel {
            user_id: Set(scope.principal().user_id),
            ..Default::default()
        },
    };
    row.muted = Set(json!(muted));
    row.quiet_from = Set(quiet.map(|(from, _)| from));
    row.quiet_to = Set(quiet.map(|(_, to)| to));
    let kept = match &stored {
        Some(before) => scope.update::<Entity, _>(before, row).await?,
        None => scope.insert::<Entity, _>(row).await?,
    };
    if before != after {
        let told = |what: &Preferences| serde_json::to_value(what).map_err(ApiError::internal);
        let act = Act {
            action: "update",
            resource: "users/me/preferences",
            id: Some(kept.user_id),
            before: Some(told(before)?),
            after: Some(told(after)?),
        };
        audit::record(scope, act).await?;
    }
    Ok(kept.row_version)
}
