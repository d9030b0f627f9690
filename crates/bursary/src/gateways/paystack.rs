//! Paystack, by its API reference (<https://paystack.com/docs/api/transaction/>): amounts are in kobo,
//! which are our minor units, and webhooks carry the HMAC-SHA512 of the raw body under the secret key,
//! in hex, as `x-paystack-signature`.

use std::time::Duration;

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::{Client, RequestBuilder, StatusCode, Url};
use resource::{Money, outgoing};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::Sha512;

use super::{Asked, Event, Gateway, GatewayError, Standing, Started, Told};

/// Where Paystack's API is.
pub const URL: &str = "https://api.paystack.co";
/// Header of a webhook's signature.
pub const SIGNATURE: &str = "x-paystack-signature";

/// Longest wait for a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// Longest wait for a whole answer.
const ANSWER: Duration = Duration::from_secs(15);
/// How often a question that changes nothing is asked before it is given up.
const TRIES: u32 = 3;
/// Wait before the second try; each further one waits twice as long.
const PAUSE: Duration = Duration::from_millis(200);
/// Kind of the one event that is money.
const CHARGED: &str = "charge.success";

/// A client of Paystack.
pub struct Paystack {
    client: Client,
    secret: String,
    url: Url,
}

/// The envelope of every answer.
#[derive(Deserialize)]
struct Envelope<T> {
    status: bool,
    data: Option<T>,
}

#[derive(Deserialize)]
struct Authorization {
    authorization_url: String,
    access_code: String,
}

#[derive(Deserialize)]
struct Transaction {
    status: String,
    reference: String,
    amount: i64,
    currency: String,
    #[serde(default)]
    paid_at: Option<DateTime<Utc>>,
    #[serde(default)]
    metadata: Value,
}

#[derive(Deserialize)]
struct Sent {
    event: String,
    #[serde(default)]
    data: Value,
}

impl Paystack {
    /// A client with a secret key, of the API at `url`.
    ///
    /// # Errors
    /// When TLS cannot be set up, or `url` is none.
    pub fn new(secret: &str, url: &str) -> Result<Self, GatewayError> {
        let url = Url::parse(url).map_err(|error| GatewayError::Away(error.to_string()))?;
        let tls = outgoing::tls().map_err(|error| GatewayError::Away(error.to_string()))?;
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            .connect_timeout(CONNECT)
            .timeout(ANSWER)
            .build()
            .map_err(away)?;
        Ok(Self {
            client,
            secret: secret.to_owned(),
            url,
        })
    }

    /// The address of an operation.
    fn at(&self, segments: &[&str]) -> Url {
        let mut url = self.url.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    }

    async fn ask<T: for<'a> Deserialize<'a>>(
        &self,
        request: RequestBuilder,
    ) -> Result<T, GatewayError> {
        let response = request.bearer_auth(&self.secret).send().await;
        let response = response.map_err(away)?;
        let status = response.status();
        if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
            return Err(GatewayError::Away(status.to_string()));
        }
        if status == StatusCode::NOT_FOUND {
            return Err(GatewayError::Unknown);
        }
        // The gateway's own words may hold what was sent to it, which no log should.
        if !status.is_success() {
            return Err(GatewayError::Refused(status.to_string()));
        }
        let envelope: Envelope<T> = response.json().await.map_err(away)?;
        match envelope.data {
            Some(data) if envelope.status => Ok(data),
            _ => Err(GatewayError::Refused("an answer without data".into())),
        }
    }
}

fn away(error: reqwest::Error) -> GatewayError {
    GatewayError::Away(error.without_url().to_string())
}

impl From<Transaction> for Told {
    fn from(transaction: Transaction) -> Self {
        // What was `reversed` was success once. A payer who has not paid yet is `abandoned` from the
        // start, and may still pay.
        let standing = match transaction.status.as_str() {
            "success" => Standing::Paid,
            "failed" | "reversed" => Standing::Failed,
            _ => Standing::Pending,
        };
        Self {
            reference: transaction.reference,
            standing,
            amount: Money::of_minor(transaction.amount),
            currency: transaction.currency,
            paid_at: transaction.paid_at,
            metadata: transaction.metadata,
        }
    }
}

#[async_trait::async_trait]
impl Gateway for Paystack {
    fn name(&self) -> &'static str {
        "paystack"
    }

    async fn initialise(&self, asked: &Asked<'_>) -> Result<Started, GatewayError> {
        let body = json!({
            "email": asked.email, "amount": asked.amount.minor().to_string(), "currency": asked.currency,
            "reference": asked.reference, "metadata": asked.metadata,
        });
        let url = self.at(&["transaction", "initialize"]);
        let started: Authorization = self.ask(self.client.post(url).json(&body)).await?;
        Ok(Started {
            authorization_url: started.authorization_url,
            access_code: started.access_code,
        })
    }

    async fn verify(&self, reference: &str) -> Result<Told, GatewayError> {
        let url = self.at(&["transaction", "verify", reference]);
        let mut pause = PAUSE;
        for _ in 1..TRIES {
            match self.ask::<Transaction>(self.client.get(url.clone())).await {
                Err(GatewayError::Away(_)) => tokio::time::sleep(pause).await,
                told => return told.map(Told::from),
            }
            pause *= 2;
        }
        let told: Transaction = self.ask(self.client.get(url)).await?;
        Ok(told.into())
    }

    fn signed(&self, body: &[u8], signature: &str) -> bool {
        let Some(signature) = bytes_of(signature) else {
            return false;
        };
        Hmac::<Sha512>::new_from_slice(self.secret.as_bytes())
            .is_ok_and(|mac| mac.chain_update(body).verify_slice(&signature).is_ok())
    }

    fn event(&self, body: &[u8]) -> Option<Event> {
        let sent: Sent = serde_json::from_slice(body).ok()?;
        let told = (sent.event == CHARGED)
            .then(|| serde_json::from_value::<Transaction>(sent.data).ok())
            .flatten();
        Some(Event {
            kind: sent.event,
            told: told.map(Told::from),
        })
    }
}

/// The bytes that hex spells.
fn bytes_of(hex: &str) -> Option<Vec<u8>> {
    let digits = hex.as_bytes();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    let byte = |pair: &[u8]| {
        let pair = std::str::from_utf8(pair).ok()?;
        u8::from_str_radix(pair, 16).ok()
    };
    digits.chunks(2).map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paystack() -> Paystack {
        Paystack::new("sk_test_key", "https://gateway.test/").unwrap()
    }

    #[test]
    fn a_signature_is_the_hmac_sha512_of_the_raw_body_under_the_key() {
        // By `printf '{"event":"charge.success"}' | openssl dgst -sha512 -hmac sk_test_key`.
        let signature = "768948449d0b4588281d38a4f5255122314ba1e9a21fed01a2a7f8cb9ed42f08938334e1981c042c1f41b2285b855d263ae7cf659e805df6c4983085dfa33a10";
        let body = br#"{"event":"charge.success"}"#;
        assert!(paystack().signed(body, signature));
        assert!(paystack().signed(body, &signature.to_uppercase()));
        assert!(!paystack().signed(br#"{"event":"charge.success" }"#, signature));
        for wrong in ["", "00", &signature[1..], &signature[2..], "+f"] {
            assert!(!paystack().signed(body, wrong), "{wrong}");
        }
        let other = Paystack::new("sk_test_other", URL).unwrap();
        assert!(!other.signed(body, signature));
    }

    #[test]
    fn only_a_charge_that_succeeded_tells_of_money() {
        let body = json!({"event": CHARGED, "data": {
            "status": "success", "reference": "r1", "amount": 5_000_050, "currency": "NGN",
            "paid_at": "2026-01-05T08:00:00.000Z", "metadata": {"school": "gp"}, "fees": 1,
        }});
        let event = paystack().event(body.to_string().as_bytes()).unwrap();
        let told = event.told.unwrap();
        assert_eq!(
            (told.standing, told.amount.to_string()),
            (Standing::Paid, "50000.50".into())
        );
        let other = json!({"event": "transfer.success", "data": {"status": "success", "reference": "r1", "amount": 1, "currency": "NGN"}});
        assert_eq!(
            paystack().event(other.to_string().as_bytes()).unwrap().told,
            None
        );
        assert!(paystack().event(b"[]").is_none());
    }
}
