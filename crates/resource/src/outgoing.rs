//! How this server calls others by HTTPS.

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore, crypto::ring};

pub use rustls::Error as TlsError;

/// TLS with Mozilla's roots and ring: the same that the database's connections use.
///
/// # Errors
/// When the provider knows no protocol version, which none of ours does.
pub fn tls() -> Result<ClientConfig, TlsError> {
    let roots = RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}
