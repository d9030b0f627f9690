//! Reminding payers of what they owe.
//!
//! A payer is an e-mail address: of a guardian's account, or the one a pupil's record has of a parent where
//! no guardian has any. One who pays for several pupils gets one letter. Who was reminded within the days
//! that the settings say is left alone, also when two bursars remind at the same moment: the row of the
//! address is claimed first, and only what was claimed is written to.

mod claim;
mod letter;
mod owed;
mod payers;

use academic::entities::class;
use identity::services::{save_settings::settings, school_year::day_of};
use resource::{
    ApiError, Pk,
    audit::{self, Act},
    fields::unknown_pk,
    outbox,
    tenant_guard::Scope,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use self::payers::Payers;
use super::owing::Owing;

/// Whom to remind, of what; nothing given is everybody, of the whole balance.
#[derive(Debug, Clone, Default, Deserialize, Serialize, ToSchema)]
pub struct ReminderRequest {
    /// Only charges of this school year; what is to a pupil's credit is of none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 20)]
    pub session: Option<String>,
    /// Only charges of this term; what is to a pupil's credit is of none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 50)]
    pub term: Option<String>,
    /// Only pupils who are in this class at present.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class_id: Option<Pk>,
}

/// Why nobody is reminded of a pupil.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NotRemindedReason {
    /// Nothing is owed.
    NothingOwed,
    /// No guardian has an account with an e-mail address, and the pupil's record has none of a parent.
    NoAddress,
    /// Whoever pays was reminded within `reminder_window_days` of the settings.
    RemindedRecently,
}

/// A pupil of whom nobody is reminded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NotReminded {
    /// Id of the pupil.
    pub student: i64,
    /// Why.
    pub reason: NotRemindedReason,
}

/// What was put on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RemindersQueued {
    /// Letters, one for each payer.
    pub queued: usize,
    /// Pupils of whom nobody is reminded, by name.
    pub skipped: Vec<NotReminded>,
}

/// Puts a letter for each payer in the outbox. The number of statements is the same however many there are.
///
/// # Errors
/// 400 for an unknown class; else when the database fails.
pub async fn remind(scope: &Scope, asked: &ReminderRequest) -> Result<RemindersQueued, ApiError> {
    if let Some(class) = asked.class_id
        && scope.get::<class::Entity>(class.0).await?.is_none()
    {
        return Err(ApiError::field("class_id", unknown_pk(class.0)));
    }
    let settings = settings(scope).await?;
    let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let owing = Owing {
        as_of: day_of(scope, &settings),
        class_id: asked.class_id.map(|class| class.0),
        session: given(&asked.session),
        term: given(&asked.term),
        ..Owing::default()
    };
    let payers = Payers::of(&owed::owed(scope, &owing).await?);
    let claimed = claim::claim(scope, &payers.by_address, settings.reminder_window_days).await?;
    let parcels = letter::parcels(scope, &settings, &payers, &claimed);
    let done = RemindersQueued {
        queued: parcels.len(),
        skipped: payers.skipped(&claimed),
    };
    outbox::enqueue(scope, parcels).await?;
    remember(scope, asked, &done).await?;
    Ok(done)
}

async fn remember(
    scope: &Scope,
    asked: &ReminderRequest,
    done: &RemindersQueued,
) -> Result<(), ApiError> {
    let act = Act {
        action: "remind",
        resource: "student-fees",
        id: None,
        before: None,
        after: Some(json!({ "of": asked, "queued": done.queued, "skipped": done.skipped.len() })),
    };
    audit::record(scope, act).await
}
