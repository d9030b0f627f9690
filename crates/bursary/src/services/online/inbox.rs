//! What gateways send of their own accord, each thing once however often it is sent.

use resource::{ApiError, tenant_guard::Platform};
use sea_orm::{FromQueryResult, Value};
use sha2::{Digest, Sha256};

use crate::gateways::Event;

/// Longest text kept of what a gateway sent, in characters.
const LONGEST: usize = 100;

/// What became of something received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is worked on, or its work was cut short: the next delivery takes it up.
    Received,
    /// It is a payment.
    Credited,
    /// It is not what was asked of the gateway.
    Mismatch,
    /// Nothing was asked under its reference.
    UnknownReference,
    /// It is not of money received.
    Ignored,
}

impl Outcome {
    /// The outcome as the database and the wire spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Credited => "credited",
            Self::Mismatch => "mismatch",
            Self::UnknownReference => "unknown_reference",
            Self::Ignored => "ignored",
        }
    }
}

/// Something received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// Its key.
    pub id: i64,
    /// Whether it was worked on to its end before.
    pub done: bool,
}

#[derive(FromQueryResult)]
struct Row {
    id: i64,
    outcome: String,
}

/// Writes down what was received, or finds it written down. What it says of people is not kept.
///
/// # Errors
/// When the database fails.
pub async fn receive(
    platform: &Platform,
    provider: &str,
    body: &[u8],
    event: &Event,
) -> Result<Received, ApiError> {
    let hash = hex::encode(Sha256::digest(body));
    let bounded = |text: &str, most: usize| text.chars().take(most).collect::<String>();
    let told = event.told.as_ref();
    let values: Vec<Value> = vec![
        provider.into(),
        hash.as_str().into(),
        bounded(&event.kind, LONGEST).into(),
        bounded(told.map_or("", |told| &told.reference), LONGEST).into(),
        told.map(|told| told.amount.minor()).into(),
        bounded(told.map_or("", |told| &told.currency), 10).into(),
        platform.database().clock().now().into(),
    ];
    let insert = "INSERT INTO gateway_events (provider, event_hash, kind, reference, amount_minor, currency, outcome, \
                  created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, 'received', $7, $7) ON CONFLICT DO NOTHING";
    platform.execute(insert, values).await?;
    let find = "SELECT id, outcome FROM gateway_events WHERE provider = $1 AND event_hash = $2";
    let found: Vec<Row> = platform
        .query(find, vec![provider.into(), hash.into()])
        .await?;
    let row = found.into_iter().next().ok_or_else(ApiError::unavailable)?;
    Ok(Received {
        id: row.id,
        done: row.outcome != Outcome::Received.as_str(),
    })
}

/// Writes down what became of it.
///
/// # Errors
/// When the database fails.
pub async fn conclude(platform: &Platform, id: i64, outcome: Outcome) -> Result<(), ApiError> {
    let sql = "UPDATE gateway_events SET outcome = $2, updated_at = $3, row_version = row_version + 1 WHERE id = $1";
    let now = platform.database().clock().now();
    let values = vec![id.into(), outcome.as_str().into(), now.into()];
    platform.execute(sql, values).await?;
    Ok(())
}
