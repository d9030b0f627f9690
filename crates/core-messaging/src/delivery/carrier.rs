//! What a parcel in hand is, and what carries it.

use std::fmt::Write;

use chrono::{DateTime, Utc};
use resource::tenant_guard::SchoolId;
use sea_orm::FromQueryResult;
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

/// Why a parcel was not delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    /// It never will be.
    ForGood(String),
    /// It may be another time.
    ForNow(String),
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
}

impl Held {
    /// Its dedupe key as headers carry it: it says nothing of whom it names.
    pub(super) fn key(&self, school: SchoolId) -> String {
        hex(&Sha256::digest(format!("{school}:{}", self.dedupe_key)))
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

/// Bytes in hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    let mut hex = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}
