//! Webhooks: signed calls of the programs of a school.
//!
//! A call is a POST of JSON. `X-Termbook-Signature` is `t=<seconds>,v1=<hex>`, where `v1` is the HMAC-SHA256 of
//! `<seconds>.<body>` under the secret of the endpoint and `t` the moment of this very call, so that an old call
//! is known as one. Redirects are not followed, and nothing of an answer is read but its status.

use std::{error::Error, time::Duration};

use chrono::{DateTime, SecondsFormat, Utc};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::{Client, Url, redirect::Policy};
use resource::outgoing;
use serde_json::json;
use sha2::Sha256;

use super::{
    address::{self, Guarded, Private},
    carrier::{Carrier, Failure, Held},
};

/// Longest wait for a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// Longest wait for an answer.
const ANSWER: Duration = Duration::from_secs(10);

/// Why webhooks cannot be called at all.
#[derive(Debug, thiserror::Error)]
pub enum HooksError {
    /// TLS cannot be set up.
    #[error("TLS: {0}")]
    Tls(#[from] outgoing::TlsError),
    /// The client cannot be made.
    #[error("{0}")]
    Client(#[from] reqwest::Error),
}

/// Calls webhooks.
#[derive(Clone, Debug)]
pub struct Hooks {
    client: Client,
    private: bool,
}

impl Hooks {
    /// A caller of webhooks; where `private`, also of addresses that the public network does not reach, and
    /// without TLS.
    ///
    /// # Errors
    /// [`HooksError`].
    pub fn new(private: bool) -> Result<Self, HooksError> {
        let client = Client::builder()
            .tls_backend_preconfigured(outgoing::tls()?)
            .user_agent(concat!("Termbook/", env!("CARGO_PKG_VERSION")))
            // A proxy would look names up by itself, and reach what we refuse.
            .no_proxy()
            .redirect(Policy::none())
            .connect_timeout(CONNECT)
            .timeout(ANSWER)
            // The next call may be long after, when the name has another address.
            .pool_max_idle_per_host(0);
        let client = if private {
            client
        } else {
            client.dns_resolver(Guarded)
        };
        Ok(Self {
            client: client.build()?,
            private,
        })
    }

    /// The address of an endpoint, where it is one that may be called.
    ///
    /// # Errors
    /// What is wrong with it, in people's words.
    pub fn address(&self, text: &str) -> Result<Url, &'static str> {
        address::read(text, self.private)
    }
}

impl Carrier for Hooks {
    const CHANNEL: &'static str = "webhook";
    const ABREAST: usize = 16;
    const NOBODY: &'static str = "the endpoint is switched off";

    async fn carry(&self, parcel: &Held, key: &str, now: DateTime<Utc>) -> Result<(), Failure> {
        // What is configured, or known of addresses, may have changed since it was saved.
        let url = address::callable(&parcel.address, self.private);
        let url = url.map_err(|reason| Failure::ForGood(reason.into()))?;
        let body = body(parcel, key);
        let response = self
            .client
            .post(url)
            .header("Content-Type", "application/json")
            .header("X-Termbook-Event", &parcel.kind)
            .header("X-Termbook-Dedupe", key)
            .header(
                "X-Termbook-Signature",
                signature(&parcel.secret, now, &body),
            )
            .body(body)
            .send()
            .await
            .map_err(|error| failure(&error))?;
        match response.status() {
            status if status.is_success() => Ok(()),
            status => Err(Failure::ForNow(format!("answered {}", status.as_u16()))),
        }
    }
}

/// What is said: the same bytes however often it is.
fn body(parcel: &Held, key: &str) -> String {
    let at = parcel
        .created_at
        .to_rfc3339_opts(SecondsFormat::AutoSi, true);
    json!({ "id": key, "event": parcel.kind, "created_at": at, "data": parcel.payload }).to_string()
}

fn signature(secret: &str, now: DateTime<Utc>, body: &str) -> String {
    let seconds = now.timestamp();
    let signed = Hmac::<Sha256>::new_from_slice(secret.as_bytes())
        .map(|mac| mac.chain_update(format!("{seconds}.{body}")).finalize())
        .map(|mac| hex::encode(mac.into_bytes()))
        .unwrap_or_default();
    format!("t={seconds},v1={signed}")
}

/// What went wrong, without the address: its path may be a secret.
fn failure(error: &reqwest::Error) -> Failure {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(one) = cause {
        if one.is::<Private>() {
            return Failure::ForGood(address::PRIVATE.into());
        }
        cause = one.source();
    }
    Failure::ForNow(if error.is_timeout() {
        "no answer in time".into()
    } else {
        "cannot be reached".into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_the_hmac_sha256_of_the_moment_and_the_body() {
        let now = "2026-01-05T08:00:00Z".parse().unwrap();
        // By `printf '1767600000.{"id":"k"}' | openssl dgst -sha256 -hmac secret`.
        let expected =
            "t=1767600000,v1=643dc12cb09fccb97537781a877577042916464fd5240f0cd26378fc8b5d5e63";
        assert_eq!(signature("secret", now, r#"{"id":"k"}"#), expected);
    }
}
