//! Payment gateways: what the school asks of one, whichever it is, and what it answers.
//!
//! A gateway is asked outside of every transaction, and what it says is held against what was asked
//! before anything is credited.

pub mod paystack;

use std::{fmt, sync::Arc};

use chrono::{DateTime, Utc};
use resource::{ApiError, Money};
use serde_json::Value;

use crate::error::{gateway_not_configured, gateway_unavailable};

/// A payment to be asked of a gateway.
#[derive(Debug, Clone)]
pub struct Asked<'a> {
    /// Our reference, which the gateway repeats.
    pub reference: &'a str,
    /// E-mail of the payer.
    pub email: &'a str,
    /// Amount.
    pub amount: Money,
    /// Currency, by ISO 4217.
    pub currency: &'a str,
    /// What the gateway is to keep beside it.
    pub metadata: Value,
}

/// A payment that a gateway waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Started {
    /// Where the payer pays.
    pub authorization_url: String,
    /// What the gateway's own widget wants to know.
    pub access_code: String,
}

/// Where a payment stands at a gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The money was taken.
    Paid,
    /// It was refused.
    Failed,
    /// It may still come.
    Pending,
}

/// What a gateway says of a payment.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// The reference it was asked under.
    pub reference: String,
    /// Where it stands.
    pub standing: Standing,
    /// Amount.
    pub amount: Money,
    /// Currency, by ISO 4217.
    pub currency: String,
    /// When it was paid.
    pub paid_at: Option<DateTime<Utc>>,
    /// What was kept beside it.
    pub metadata: Value,
}

/// What a gateway sends of its own accord.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Its kind, in the gateway's words.
    pub kind: String,
    /// What it says of a payment, where it is of one that was paid.
    pub told: Option<Told>,
}

/// Why a gateway did not answer the question.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// It knows no such payment.
    #[error("the gateway knows no such payment")]
    Unknown,
    /// It refused, in its own words.
    #[error("the gateway refused: {0}")]
    Refused(String),
    /// It could not be reached, or did not answer as documented.
    #[error("the gateway is away: {0}")]
    Away(String),
}

impl From<GatewayError> for ApiError {
    fn from(error: GatewayError) -> Self {
        match error {
            GatewayError::Unknown => Self::field("reference", "The gateway knows no such payment."),
            GatewayError::Refused(_) | GatewayError::Away(_) => {
                tracing::warn!(%error, "payment gateway");
                gateway_unavailable()
            }
        }
    }
}

/// A payment gateway.
#[async_trait::async_trait]
pub trait Gateway: Send + Sync {
    /// Its name, as rows and addresses spell it.
    fn name(&self) -> &'static str;

    /// Asks for a payment. A question that got no answer is not asked again: the payer asks anew.
    async fn initialise(&self, asked: &Asked<'_>) -> Result<Started, GatewayError>;

    /// Asks where a payment stands.
    async fn verify(&self, reference: &str) -> Result<Told, GatewayError>;

    /// Whether `body` was signed by the gateway; compared in constant time.
    fn signed(&self, body: &[u8], signature: &str) -> bool;

    /// Reads what the gateway sent; none for what it never sends.
    fn event(&self, body: &[u8]) -> Option<Event>;
}

/// The gateway of this server, where it has one.
#[derive(Clone, Default)]
pub struct Online(Option<Arc<dyn Gateway>>);

impl Online {
    /// Payments by `gateway`.
    pub fn by(gateway: impl Gateway + 'static) -> Self {
        Self(Some(Arc::new(gateway)))
    }

    /// The gateway.
    ///
    /// # Errors
    /// 503 `gateway_not_configured` where the server has none.
    pub fn gateway(&self) -> Result<&dyn Gateway, ApiError> {
        self.0.as_deref().ok_or_else(gateway_not_configured)
    }

    /// Whether the server has a gateway.
    #[must_use]
    pub fn is_configured(&self) -> bool {
        self.0.is_some()
    }
}

impl fmt::Debug for Online {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Online")
            .field(&self.0.as_ref().map(|gateway| gateway.name()))
            .finish()
    }
}
