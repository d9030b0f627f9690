//! A bucket of an S3-compatible service.

use std::{sync::Arc, time::Duration};

use object_store::{
    BackoffConfig, ClientOptions, RetryConfig,
    aws::{AmazonS3, AmazonS3Builder},
    client::{HttpClient, HttpConnector},
};
use rustls::{ClientConfig, RootCertStore, crypto::ring};

/// Longest wait for a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// Longest wait for a whole answer.
const ANSWER: Duration = Duration::from_secs(15);
/// How often a request is made again that was not answered.
const RETRIES: usize = 2;

/// A bucket, and who asks for it.
#[derive(Clone, PartialEq, Eq)]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// What the names of its objects begin with; possibly nothing.
    pub prefix: String,
    /// Base of the service; none: Amazon's own.
    pub endpoint: Option<String>,
    /// Its region.
    pub region: String,
    /// Access key and its secret; none: those of the machine's role.
    pub key: Option<(String, String)>,
}

impl std::fmt::Debug for Bucket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "s3://{}/{}", self.name, self.prefix)
    }
}

impl Bucket {
    pub(super) fn open(&self) -> object_store::Result<AmazonS3> {
        let plain = self
            .endpoint
            .as_ref()
            .is_some_and(|one| one.starts_with("http://"));
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&self.name)
            .with_region(&self.region)
            .with_allow_http(plain)
            .with_disable_bulk_delete(true)
            .with_http_connector(Connector)
            .with_retry(RetryConfig {
                backoff: BackoffConfig::default(),
                max_retries: RETRIES,
                retry_timeout: 2 * ANSWER,
            });
        if let Some(endpoint) = &self.endpoint {
            builder = builder.with_endpoint(endpoint);
        }
        if let Some((key, secret)) = &self.key {
            builder = builder
                .with_access_key_id(key)
                .with_secret_access_key(secret);
        }
        builder.build()
    }
}

/// Connects with Mozilla's roots and ring: the same that the database's connections use.
#[derive(Debug)]
struct Connector;

impl HttpConnector for Connector {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        let roots = RootCertStore {
            roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
        };
        let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(failed)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .connect_timeout(CONNECT)
            .timeout(ANSWER)
            .build()
            .map_err(failed)?;
        Ok(HttpClient::new(client))
    }
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> object_store::Error {
    object_store::Error::Generic {
        store: "S3",
        source: Box::new(error),
    }
}
