//! What a parcel in hand is, and what carries it.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use resource::tenant_guard::SchoolId;
use sea_orm::FromQueryResult;
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use super::quiet;
use crate::services::preferences::OPTIONAL;

/// Why a parcel was not delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    /// It never will be.
    ForGood(String),
    /// It may be another time.
    ForNow(String),
    /// Its reader does not want it.
    Unwanted,
    /// Its reader does not want it before this moment.
    NotBefore(DateTime<Utc>),
}

/// A parcel in hand.
#[derive(Debug, FromQueryResult)]
pub(super) struct Held {
    pub(super) id: i64,
    pub(super) kind: String,
    dedupe_key: String,
    pub(super) payload: Json,
    pub(super) attempts: i64,
    pub(super) created_at: DateTime<Utc>,
    /// Where it goes; empty where nobody takes it any more.
    pub(super) address: String,
    /// What signs it, of a webhook.
    pub(super) secret: String,
    /// Kinds that its reader does not want.
    muted: Option<Json>,
    quiet_from: Option<i64>,
    quiet_to: Option<i64>,
}

impl Held {
    /// Whether it depends on the hour when it is sent.
    pub(super) fn has_quiet_hours(&self) -> bool {
        self.quiet_from.is_some() && self.may_be_unwanted()
    }

    /// Whether its reader has a say in it.
    fn may_be_unwanted(&self) -> bool {
        OPTIONAL.contains(&self.kind.as_str())
    }

    /// What its reader has against its being sent at this moment, at a school that lives in `zone`.
    pub(super) fn objection(&self, now: DateTime<Utc>, zone: Tz) -> Option<Failure> {
        if !self.may_be_unwanted() {
            return None;
        }
        let mut muted = self.muted.iter().filter_map(Json::as_array).flatten();
        if muted.any(|kind| *kind == self.kind) {
            return Some(Failure::Unwanted);
        }
        let end = quiet::until(now, zone, self.quiet_from?, self.quiet_to?)?;
        Some(Failure::NotBefore(end))
    }

    /// Its dedupe key as headers carry it: it says nothing of whom it names.
    pub(super) fn key(&self, school: SchoolId) -> String {
        hex::encode(Sha256::digest(format!("{school}:{}", self.dedupe_key)))
    }
}

/// What carries the parcels of one channel. The same `key` says that a parcel comes again.
pub(super) trait Carrier {
    /// The channel.
    const CHANNEL: &'static str;
    /// Parcels on their way at once, of one school.
    const ABREAST: usize;
    /// Why a parcel without an address has none.
    const NOBODY: &'static str;

    /// Carries a parcel that has an address.
    async fn carry(&self, parcel: &Held, key: &str, now: DateTime<Utc>) -> Result<(), Failure>;
}
