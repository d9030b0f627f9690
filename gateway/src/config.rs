//! Every setting: one table gives the environment variable, the flag of `termbook serve`, the default
//! and the documentation. All bad values are reported at once; a secret is never printed.

use std::{
    collections::BTreeMap,
    fmt,
    net::{IpAddr, SocketAddr},
    num::NonZeroU32,
    path::PathBuf,
    time::Duration,
};

use core_messaging::delivery::Pace;
use files::Place;
use resource::tenant_guard::{ConnectOptions, Links, TokenConfig, TrailKey};

mod parse;
mod secret;
mod settings;

use parse::Reader;
pub use secret::Secret;
pub use settings::{SETTINGS, Setting};

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Where answers are cached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CacheKind {
    /// Nowhere.
    Off,
    /// In this process.
    InProcess,
    /// In this process, held coherent with other gateways by the Redis at this address.
    Redis(Secret),
}

/// The settings, sound.
#[derive(Debug, Clone)]
pub struct Config {
    /// Address and port to listen on.
    pub bind: SocketAddr,
    /// Where the database is; may hold a password.
    pub database_url: Secret,
    /// Most database connections.
    pub db_pool: u32,
    /// Longest wait for one.
    pub db_timeout: Duration,
    /// Where answers are cached.
    pub cache: CacheKind,
    /// Most memory of the in-process cache, in bytes.
    pub cache_memory: u64,
    /// Key that signs tokens; none until [`Config::jwt_secret`] finds or makes it.
    pub jwt_secret: Option<Secret>,
    /// Secret the audit trail is signed by; none when it is the one of tokens.
    pub audit_secret: Option<Secret>,
    /// Time between two seals of the audit trail; none when this gateway seals nothing.
    pub audit_seal: Option<Duration>,
    /// How long a school stays once its removal is asked for.
    pub removal_delay: Duration,
    /// Signing algorithm.
    pub jwt_algorithm: jsonwebtoken::Algorithm,
    /// Issuer of tokens.
    pub jwt_issuer: String,
    /// Audience of tokens.
    pub jwt_audience: String,
    /// Life of an access token.
    pub access_life: Duration,
    /// Life of a refresh token.
    pub refresh_life: Duration,
    /// Most passwords hashed at once.
    pub password_hashes: usize,
    /// Secret key at Paystack; none takes no payments online.
    pub paystack_secret: Option<Secret>,
    /// Base of Paystack's API.
    pub paystack_url: String,
    /// Base of absolute links, without a slash at its end.
    pub public_url: String,
    /// Proxies in front whose `X-Forwarded-For` is believed.
    pub trusted_proxies: usize,
    /// Requests a minute of one user; none without limit.
    pub rate_user: Option<NonZeroU32>,
    /// Requests a minute of one address; none without limit.
    pub rate_address: Option<NonZeroU32>,
    /// Origins a browser may call from.
    pub cors_origins: Vec<String>,
    /// Largest request body, in bytes.
    pub body_limit: usize,
    /// Where uploaded files are kept; none is the folder beside the database.
    pub files: Option<Place>,
    /// Largest uploaded file, in bytes.
    pub upload_limit: usize,
    /// Most images decoded at once.
    pub images_at_once: usize,
    /// How long a file is kept that no row names.
    pub keep_files: Duration,
    /// Least life of a link to a file, in seconds.
    pub link_life: u32,
    /// HTTP worker threads.
    pub workers: usize,
    /// Longest wait for requests in flight at shutdown.
    pub shutdown: Duration,
    /// The mail server, which may hold a password; none: e-mails wait.
    pub smtp_url: Option<Secret>,
    /// Who e-mails come from.
    pub mail_from: String,
    /// Whether webhooks may be at private addresses, and without TLS.
    pub webhook_private: bool,
    /// How the outbox is delivered.
    pub pace: Pace,
    /// Log filter.
    pub log: String,
    /// How log lines are written.
    pub log_format: LogFormat,
}

/// Every setting that is wrong.
#[derive(Debug, PartialEq, Eq)]
pub struct ConfigError(pub Vec<String>);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the configuration is not sound:")?;
        self.0.iter().try_for_each(|line| write!(f, "\n  {line}"))
    }
}

impl std::error::Error for ConfigError {}

/// Where a value came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A flag of the command line.
    Flag,
    /// The environment.
    Environment,
    /// The table.
    Default,
}

/// Raw values by key, with their sources.
#[derive(Debug, Clone, Default)]
pub struct Raw(BTreeMap<String, (String, Source)>);

impl Raw {
    /// The values of this process's environment, overruled by `flags`.
    pub fn of_process(flags: impl IntoIterator<Item = (String, String)>) -> Self {
        // A variable that is no Unicode cannot be one of ours.
        let texts = std::env::vars_os()
            .filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?)));
        Self::new(texts, flags)
    }

    /// The values of `environment`, overruled by `flags`; both by key.
    pub fn new(
        environment: impl IntoIterator<Item = (String, String)>,
        flags: impl IntoIterator<Item = (String, String)>,
    ) -> Self {
        let own = |key: &String| key.starts_with("TERMBOOK_") && !key.starts_with("TERMBOOK_TEST_");
        let mut values = BTreeMap::new();
        for (key, value) in environment.into_iter().filter(|(key, _)| own(key)) {
            values.insert(key, (value, Source::Environment));
        }
        for (key, value) in flags {
            values.insert(key, (value, Source::Flag));
        }
        Self(values)
    }

    /// The value of `setting` as given, or its default, and where it came from.
    #[must_use]
    pub fn value(&self, setting: &Setting) -> (&str, Source) {
        match self.0.get(setting.key) {
            Some((value, source)) if !value.is_empty() => (value, *source),
            _ => (setting.default, Source::Default),
        }
    }

    fn strangers(&self) -> impl Iterator<Item = String> {
        self.0
            .keys()
            .filter(|key| !SETTINGS.iter().any(|setting| setting.key == *key))
            .map(|key| format!("{key}: there is no such setting"))
    }
}

impl Config {
    /// Reads the settings.
    ///
    /// # Errors
    /// Every unknown key and unsound value at once.
    pub fn read(raw: &Raw) -> Result<Self, ConfigError> {
        let mut read = Reader::new(raw);
        let bind: SocketAddr =
            read.parsed("TERMBOOK_BIND", "an address and port, as 127.0.0.1:8000");
        let config = Self {
            bind,
            database_url: read.database_url("TERMBOOK_DATABASE_URL"),
            db_pool: read.number("TERMBOOK_DB_POOL", 1, 1_000),
            db_timeout: read.seconds("TERMBOOK_DB_TIMEOUT_SECONDS", 1, 60),
            cache: read.cache("TERMBOOK_CACHE", "TERMBOOK_REDIS_URL"),
            cache_memory: read.number::<u64>("TERMBOOK_CACHE_MEMORY_MB", 1, 65_536) << 20,
            jwt_secret: read.jwt_secret("TERMBOOK_JWT_SECRET", bind.ip()),
            audit_secret: read.long_secret("TERMBOOK_AUDIT_SECRET"),
            audit_seal: read.seconds_or_none("TERMBOOK_AUDIT_SEAL_SECONDS", 3_600),
            removal_delay: read.seconds("TERMBOOK_REMOVAL_DAYS", 1, 3_650) * 86_400,
            jwt_algorithm: read.algorithm("TERMBOOK_JWT_ALGORITHM"),
            jwt_issuer: read.text("TERMBOOK_JWT_ISSUER"),
            jwt_audience: read.text("TERMBOOK_JWT_AUDIENCE"),
            access_life: read.seconds("TERMBOOK_ACCESS_MINUTES", 1, 1_440) * 60,
            refresh_life: read.seconds("TERMBOOK_REFRESH_DAYS", 1, 90) * 86_400,
            password_hashes: read.number("TERMBOOK_PASSWORD_HASHES", 1, 64),
            paystack_secret: read.secret("TERMBOOK_PAYSTACK_SECRET"),
            paystack_url: read.base_url("TERMBOOK_PAYSTACK_URL"),
            public_url: read.public_url("TERMBOOK_PUBLIC_URL", bind),
            smtp_url: read.smtp("TERMBOOK_SMTP_URL"),
            mail_from: read.mailbox("TERMBOOK_MAIL_FROM"),
            webhook_private: read.switch("TERMBOOK_WEBHOOK_PRIVATE"),
            pace: Pace {
                poll: read.seconds("TERMBOOK_DELIVERY_POLL_SECONDS", 1, 3_600),
                lease: read.seconds("TERMBOOK_DELIVERY_LEASE_SECONDS", 1, 3_600),
                retry: read.seconds("TERMBOOK_DELIVERY_RETRY_SECONDS", 1, 3_600),
                attempts: read.number("TERMBOOK_DELIVERY_ATTEMPTS", 1, 100),
            },
            trusted_proxies: read.number("TERMBOOK_TRUSTED_PROXIES", 0, 10),
            rate_user: read.rate("TERMBOOK_RATE_USER_PER_MINUTE"),
            rate_address: read.rate("TERMBOOK_RATE_ADDRESS_PER_MINUTE"),
            cors_origins: read.origins("TERMBOOK_CORS_ORIGINS"),
            body_limit: read.number::<usize>("TERMBOOK_BODY_LIMIT_KB", 1, 65_536) << 10,
            files: read.files("TERMBOOK_FILES_URL"),
            upload_limit: read.number::<usize>("TERMBOOK_UPLOAD_LIMIT_KB", 1, 20_480) << 10,
            images_at_once: read.number("TERMBOOK_IMAGES_AT_ONCE", 1, 64),
            keep_files: read.seconds("TERMBOOK_FILES_KEEP_HOURS", 1, 8_760) * 3_600,
            link_life: read.number::<u32>("TERMBOOK_FILE_LINK_MINUTES", 60, 10_080) * 60,
            workers: read.workers("TERMBOOK_WORKERS"),
            shutdown: read.seconds("TERMBOOK_SHUTDOWN_SECONDS", 0, 600),
            log: read.log_filter("TERMBOOK_LOG"),
            log_format: read.log_format("TERMBOOK_LOG_FORMAT"),
        };
        let mut problems = read.into_problems();
        problems.extend(raw.strangers());
        if problems.is_empty() {
            Ok(config)
        } else {
            Err(ConfigError(problems))
        }
    }

    /// The key that signs tokens: the configured one, else one kept in a file beside the database.
    ///
    /// # Errors
    /// When the file can be neither read nor made.
    pub fn signing_key(&self) -> std::io::Result<Secret> {
        match &self.jwt_secret {
            Some(secret) => Ok(secret.clone()),
            None => secret::kept_in(&self.beside_database().join("jwt-secret")),
        }
    }

    /// Whether the database is a file of this machine, kept by this process alone.
    #[must_use]
    pub fn is_embedded(&self) -> bool {
        self.database_url.expose().starts_with("sqlite:")
    }

    /// Whether only this machine can reach the server.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        is_loopback(self.bind.ip())
    }

    /// How to reach the database, where `key` signs tokens.
    #[must_use]
    pub fn connect_options(&self, key: &Secret) -> ConnectOptions {
        let audit = self.audit_secret.as_ref().unwrap_or(key);
        ConnectOptions {
            url: self.database_url.expose().to_owned(),
            pool: self.db_pool,
            acquire_timeout: self.db_timeout,
            trail_key: TrailKey::of(audit.expose().as_bytes()),
            links: Links::new(key.expose().as_bytes(), &self.public_url, self.link_life),
        }
    }

    /// How tokens are signed.
    #[must_use]
    pub fn token_config(&self, key: &Secret) -> TokenConfig {
        TokenConfig {
            algorithm: self.jwt_algorithm,
            secret: key.expose().as_bytes().to_vec(),
            issuer: self.jwt_issuer.clone(),
            audience: self.jwt_audience.clone(),
            access_life: chrono(self.access_life),
            refresh_life: chrono(self.refresh_life),
        }
    }

    /// Where uploaded files are kept.
    #[must_use]
    pub fn files_place(&self) -> Place {
        let beside = || Place::Folder(self.beside_database().join("files"));
        self.files.clone().unwrap_or_else(beside)
    }

    /// Folder of the `SQLite` file; `data` for a database elsewhere.
    #[must_use]
    pub fn beside_database(&self) -> PathBuf {
        let path = self
            .database_url
            .expose()
            .strip_prefix("sqlite://")
            .map(|rest| rest.split('?').next().unwrap_or(rest));
        match path
            .map(std::path::Path::new)
            .and_then(std::path::Path::parent)
        {
            Some(folder) if folder.as_os_str().is_empty() => PathBuf::from("."),
            Some(folder) => folder.to_owned(),
            None => PathBuf::from("data"),
        }
    }
}

fn chrono(life: Duration) -> chrono::Duration {
    chrono::Duration::from_std(life).unwrap_or(chrono::Duration::MAX)
}

fn is_loopback(ip: IpAddr) -> bool {
    ip.to_canonical().is_loopback()
}

#[cfg(test)]
mod tests;
