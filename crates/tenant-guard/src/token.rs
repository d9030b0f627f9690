//! Access and refresh tokens (JWT, RFC 7519). The algorithm is fixed by configuration and never read from a token.

use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use moka::sync::Cache;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{Actor, Module, Role, SchoolId};

/// How tokens are signed and for whom.
#[derive(Clone)]
pub struct TokenConfig {
    /// Signing algorithm; an HMAC one, as the secret is shared by the gateways only.
    pub algorithm: Algorithm,
    /// The secret, at least 32 bytes.
    pub secret: Vec<u8>,
    /// The `iss` claim, required of every token.
    pub issuer: String,
    /// The `aud` claim of access tokens; refresh tokens carry it with `/refresh` behind.
    pub audience: String,
    /// Life of an access token.
    pub access_life: Duration,
    /// Life of a refresh token.
    pub refresh_life: Duration,
}

/// Claims of an access token.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AccessClaims {
    /// Key of the user or operator.
    pub sub: String,
    /// What the holder is.
    pub role: Role,
    /// School of the holder; none for an operator.
    pub school_id: Option<SchoolId>,
    /// Domain of that school, which `X-Tenant-ID` must agree with.
    pub domain: Option<String>,
    /// Refresh-token family.
    pub sid: String,
    /// The operator behind an impersonation (RFC 8693).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub act: Option<Actor>,
    /// Modules the school has; none for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modules: Option<Vec<Module>>,
}

/// Claims of a refresh token.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RefreshClaims {
    /// Key of the user or operator.
    pub sub: String,
    /// School of the holder; none for an operator.
    pub school_id: Option<SchoolId>,
    /// Refresh-token family.
    pub sid: String,
    /// Number of this token within its family; only the newest is good.
    pub jti: String,
}

/// Most verified access tokens remembered; one takes under a kilobyte.
const REMEMBERED: u64 = 10_000;

#[derive(Clone, Serialize, Deserialize)]
struct Registered<T> {
    iss: String,
    aud: String,
    iat: i64,
    exp: i64,
    #[serde(flatten)]
    claims: T,
}

impl<T> Registered<T> {
    fn fresh(&self, now: DateTime<Utc>) -> Result<(), TokenError> {
        if self.exp <= now.timestamp() {
            return Err(TokenError::Expired);
        }
        Ok(())
    }
}

/// Why a token was refused. The caller learns no more than "invalid or expired".
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// Not a token of ours: forged, altered, of another algorithm, issuer or audience.
    #[error("token is invalid")]
    Invalid,
    /// Was good once.
    #[error("token has expired")]
    Expired,
    /// The secret cannot sign.
    #[error("token cannot be signed")]
    Unsignable,
}

/// Signs and verifies tokens.
pub struct Tokens {
    config: TokenConfig,
    encoding: EncodingKey,
    decoding: DecodingKey,
    access: Validation,
    refresh: Validation,
    // The same bytes under the same key are good again until they expire, and need no second proof.
    verified: Cache<Box<str>, Arc<Registered<AccessClaims>>>,
}

impl Tokens {
    /// Prepares the keys of `config` once.
    #[must_use]
    pub fn new(config: TokenConfig) -> Self {
        let refresh_audience = format!("{}/refresh", config.audience);
        Self {
            encoding: EncodingKey::from_secret(&config.secret),
            decoding: DecodingKey::from_secret(&config.secret),
            access: validation(&config, &config.audience),
            refresh: validation(&config, &refresh_audience),
            verified: Cache::new(REMEMBERED),
            config,
        }
    }

    /// Life of an access token.
    #[must_use]
    pub fn access_life(&self) -> Duration {
        self.config.access_life
    }

    /// Life of a refresh token.
    #[must_use]
    pub fn refresh_life(&self) -> Duration {
        self.config.refresh_life
    }

    /// Signs an access token.
    ///
    /// # Errors
    /// [`TokenError::Unsignable`] when the configured key does not fit the algorithm.
    pub fn access(&self, claims: AccessClaims, now: DateTime<Utc>) -> Result<String, TokenError> {
        self.sign(
            claims,
            self.config.audience.clone(),
            now,
            self.config.access_life,
        )
    }

    /// Signs a refresh token.
    ///
    /// # Errors
    /// As [`Tokens::access`].
    pub fn refresh(&self, claims: RefreshClaims, now: DateTime<Utc>) -> Result<String, TokenError> {
        let audience = format!("{}/refresh", self.config.audience);
        self.sign(claims, audience, now, self.config.refresh_life)
    }

    /// Reads an access token.
    ///
    /// # Errors
    /// [`TokenError::Invalid`] or [`TokenError::Expired`].
    pub fn read_access(&self, token: &str, now: DateTime<Utc>) -> Result<AccessClaims, TokenError> {
        let known = if let Some(known) = self.verified.get(token) {
            known
        } else {
            let read = Arc::new(self.read(token, &self.access)?);
            self.verified.insert(token.into(), read.clone());
            read
        };
        known.fresh(now)?;
        Ok(known.claims.clone())
    }

    /// How much of its life an access token has left; none of one that is no good.
    #[must_use]
    pub fn expires_in(&self, token: &str, now: DateTime<Utc>) -> Option<std::time::Duration> {
        self.read_access(token, now).ok()?;
        let known = self.verified.get(token)?;
        Duration::seconds(known.exp - now.timestamp()).to_std().ok()
    }

    /// Reads a refresh token.
    ///
    /// # Errors
    /// As [`Tokens::read_access`].
    pub fn read_refresh(
        &self,
        token: &str,
        now: DateTime<Utc>,
    ) -> Result<RefreshClaims, TokenError> {
        let read = self.read(token, &self.refresh)?;
        read.fresh(now)?;
        Ok(read.claims)
    }

    fn sign<T: Serialize>(
        &self,
        claims: T,
        aud: String,
        now: DateTime<Utc>,
        life: Duration,
    ) -> Result<String, TokenError> {
        let registered = Registered {
            iss: self.config.issuer.clone(),
            aud,
            iat: now.timestamp(),
            exp: (now + life).timestamp(),
            claims,
        };
        jsonwebtoken::encode(
            &Header::new(self.config.algorithm),
            &registered,
            &self.encoding,
        )
        .map_err(|_| TokenError::Unsignable)
    }

    fn read<T: DeserializeOwned + Clone>(
        &self,
        token: &str,
        validation: &Validation,
    ) -> Result<Registered<T>, TokenError> {
        jsonwebtoken::decode(token, &self.decoding, validation)
            .map(|read| read.claims)
            .map_err(|_| TokenError::Invalid)
    }
}

fn validation(config: &TokenConfig, audience: &str) -> Validation {
    let mut validation = Validation::new(config.algorithm);
    validation.set_issuer(&[&config.issuer]);
    validation.set_audience(&[audience]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    // Expiry is held against our own clock, which tests can move.
    validation.validate_exp = false;
    validation
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    fn tokens(secret: &str, algorithm: Algorithm) -> Tokens {
        Tokens::new(TokenConfig {
            algorithm,
            secret: secret.as_bytes().to_vec(),
            issuer: "termbook".into(),
            audience: "termbook".into(),
            access_life: Duration::minutes(60),
            refresh_life: Duration::days(7),
        })
    }

    fn now() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 1, 5, 8, 0, 0).unwrap()
    }

    fn claims() -> AccessClaims {
        AccessClaims {
            sub: "7".into(),
            role: Role::Teacher,
            school_id: Some(SchoolId(3)),
            domain: Some("gp".into()),
            sid: "family".into(),
            act: None,
            modules: None,
        }
    }

    const SECRET: &str = "0123456789abcdef0123456789abcdef";

    #[test]
    fn a_token_is_read_back_until_it_expires() {
        let tokens = tokens(SECRET, Algorithm::HS256);
        let token = tokens.access(claims(), now()).unwrap();
        let read = tokens.read_access(&token, now()).unwrap();
        assert_eq!(
            (read.sub.as_str(), read.school_id),
            ("7", Some(SchoolId(3)))
        );
        assert!(matches!(
            tokens.read_access(&token, now() + Duration::minutes(60)),
            Err(TokenError::Expired)
        ));
    }

    #[test]
    fn a_token_verified_before_is_still_held_against_the_clock_and_every_byte_of_it() {
        let tokens = tokens(SECRET, Algorithm::HS256);
        let token = tokens.access(claims(), now()).unwrap();
        tokens.read_access(&token, now()).unwrap();
        let later = now() + Duration::hours(2);
        assert!(matches!(
            tokens.read_access(&token, later),
            Err(TokenError::Expired)
        ));
        let altered = token.replacen('.', ".x", 1);
        assert!(tokens.read_access(&altered, now()).is_err());
    }

    #[test]
    fn tokens_of_another_secret_algorithm_or_kind_are_refused() {
        let ours = tokens(SECRET, Algorithm::HS256);
        let forged = tokens("another-secret-another-secret-00", Algorithm::HS256);
        let stronger = tokens(SECRET, Algorithm::HS512);
        for token in [
            forged.access(claims(), now()).unwrap(),
            stronger.access(claims(), now()).unwrap(),
            // {"alg":"none"} with good claims and no signature.
            format!(
                "eyJhbGciOiJub25lIn0.{}.",
                ours.access(claims(), now())
                    .unwrap()
                    .split('.')
                    .nth(1)
                    .unwrap()
            ),
            String::new(),
            "a.b.c".into(),
        ] {
            assert!(ours.read_access(&token, now()).is_err(), "{token}");
        }
        let refresh = RefreshClaims {
            sub: "7".into(),
            school_id: None,
            sid: "family".into(),
            jti: "1".into(),
        };
        let refresh = ours.refresh(refresh, now()).unwrap();
        assert!(ours.read_access(&refresh, now()).is_err());
    }
}
