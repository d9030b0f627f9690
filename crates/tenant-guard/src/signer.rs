//! Signatures under keys that are derived from one secret, each for a purpose of its own.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256, Sha512};

/// Signs texts with HMAC-SHA-256 (RFC 2104); cloning shares the key.
#[derive(Clone)]
pub(crate) struct Signer(Arc<Hmac<Sha256>>);

impl Signer {
    /// The key that comes of `secret` for `purpose` alone.
    pub(crate) fn of(purpose: &[u8], secret: &[u8]) -> Self {
        let derived = Sha512::new().chain_update(purpose).chain_update(secret);
        Self(Arc::new(Hmac::new(&derived.finalize())))
    }

    /// The signature of `text`, 43 characters of the URL-safe alphabet of RFC 4648.
    pub(crate) fn sign(&self, text: &str) -> String {
        let signed = self.mac(text).finalize().into_bytes();
        URL_SAFE_NO_PAD.encode(signed)
    }

    /// Whether `signature` is that of `text`; takes as long whichever byte is wrong.
    pub(crate) fn signed(&self, text: &str, signature: &str) -> bool {
        URL_SAFE_NO_PAD
            .decode(signature)
            .is_ok_and(|signature| self.mac(text).verify_slice(&signature).is_ok())
    }

    fn mac(&self, text: &str) -> Hmac<Sha256> {
        Hmac::clone(&self.0).chain_update(text)
    }
}
