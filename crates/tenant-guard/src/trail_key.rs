//! The key that signs the audit trail: whoever writes to the database alone does not have it.

use std::fmt;

use crate::signer::Signer;

/// Separates this use of the secret from every other.
const PURPOSE: &[u8] = b"termbook audit trail 1";

/// Signs texts with HMAC-SHA-256 (RFC 2104); cloning shares the key.
#[derive(Clone)]
pub struct TrailKey(Signer);

impl fmt::Debug for TrailKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TrailKey")
    }
}

impl TrailKey {
    /// The key that comes of `secret` for this purpose alone.
    #[must_use]
    pub fn of(secret: &[u8]) -> Self {
        Self(Signer::of(PURPOSE, secret))
    }

    /// The signature of `text`, 43 characters of the URL-safe alphabet of RFC 4648.
    #[must_use]
    pub fn sign(&self, text: &str) -> String {
        self.0.sign(text)
    }

    /// Whether `signature` is that of `text`; takes as long whichever byte is wrong.
    #[must_use]
    pub fn signed(&self, text: &str, signature: &str) -> bool {
        self.0.signed(text, signature)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_holds_for_its_own_text_and_key_alone() {
        let key = TrailKey::of(b"one secret");
        let signature = key.sign("a text");
        assert_eq!(signature.len(), 43);
        assert!(key.signed("a text", &signature));
        assert!(!key.signed("another text", &signature));
        assert!(!TrailKey::of(b"another secret").signed("a text", &signature));
        assert!(!key.signed("a text", "no signature") && !key.signed("a text", ""));
    }
}
