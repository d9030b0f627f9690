//! What all workers share, opened once from the configuration.

use std::sync::Arc;

use actix_web::web;
use bursary::{
    gateways::{GatewayError, Online, paystack::Paystack},
    services::receipts::ReceiptKey,
};
use core_messaging::{
    delivery::{Hooks, HooksError, MailError, Mailer},
    routes::stream::Live,
};
use files::{Door, Files, Store, StoreError};
use identity::password::Hasher;
use migrations::{Migrator, sea_orm_migration::MigratorTrait};
use resource::{
    Kernel, Mounts,
    caching::{Bell, Cache, CacheConfig},
    tenant_guard::{Clock, Database, Tokens, sea_orm::DbErr},
};

use crate::{Config, app, config::CacheKind, limits::Limits, openapi};

/// An opened server, not yet listening.
#[derive(Clone)]
pub struct State {
    /// The configuration it was opened with.
    pub config: Arc<Config>,
    /// The database.
    pub database: Database,
    /// What handlers share.
    pub kernel: Kernel,
    /// What live streams share.
    pub live: web::Data<Live>,
    /// Calls webhooks.
    pub hooks: web::Data<Hooks>,
    /// Sends e-mail, where there is a mail server.
    pub mailer: Option<Mailer>,
    /// Signs and reads tokens.
    pub tokens: web::Data<Tokens>,
    /// Hashes passwords, a bounded number at once.
    pub hasher: web::Data<Hasher>,
    /// The payment gateway, where there is one.
    pub online: web::Data<Online>,
    /// What keys the codes of receipts.
    pub receipts: web::Data<ReceiptKey>,
    /// What is uploaded: where it is kept, and by which door it comes in.
    pub files: web::Data<Files>,
    /// Every route with its description.
    pub mounts: Arc<Mounts>,
    /// How much one caller may ask.
    pub limits: web::Data<Limits>,
    /// The published document, as bytes.
    pub openapi: web::Data<openapi::Document>,
}

/// Why the server cannot open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A file or folder could not be read or made.
    #[error("{0}")]
    File(#[from] std::io::Error),
    /// The database refused.
    #[error("the database: {0}")]
    Database(#[from] DbErr),
    /// The cache could not be set up.
    #[error("the cache: {0}")]
    Cache(String),
    /// The payment gateway could not be set up.
    #[error("the payment gateway: {0}")]
    Gateway(#[from] GatewayError),
    /// Webhooks cannot be called.
    #[error("webhooks: {0}")]
    Hooks(#[from] HooksError),
    /// The mail server or the sender is none.
    #[error("{0}")]
    Mail(#[from] MailError),
    /// There is no place to keep files in.
    #[error("{0}")]
    Files(#[from] StoreError),
    /// The document could not be written.
    #[error("the OpenAPI document: {0}")]
    Document(#[from] serde_json::Error),
}

impl State {
    /// Connects to database and cache and prepares every route.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn open(config: Config, clock: Clock, hasher: Hasher) -> Result<Self, OpenError> {
        if config.is_embedded() {
            std::fs::create_dir_all(config.beside_database())?;
        }
        let key = config.signing_key()?;
        let database = Database::connect(&config.connect_options(&key), clock).await?;
        let kernel = Kernel::new(database.clone(), cache(&config)?, &config.public_url);
        let limits = Limits::new(config.rate_user, config.rate_address, database.clock());
        let mounts = app::mounts();
        let document = openapi::Document::of(&mounts)?;
        Ok(Self {
            live: web::Data::new(Live::new(bell(&config)?)),
            hooks: web::Data::new(Hooks::new(config.webhook_private)?),
            mailer: mailer(&config)?,
            tokens: web::Data::new(Tokens::new(config.token_config(&key))),
            hasher: web::Data::new(hasher),
            limits: web::Data::new(limits),
            online: web::Data::new(online(&config)?),
            receipts: web::Data::new(ReceiptKey::derived_from(key.expose().as_bytes())),
            files: web::Data::new(files(&config)?),
            config: Arc::new(config),
            database,
            kernel,
            mounts: Arc::new(mounts),
            openapi: web::Data::new(document),
        })
    }

    /// Brings the schema up to date.
    ///
    /// # Errors
    /// When a migration fails.
    pub async fn migrate(&self) -> Result<(), OpenError> {
        Ok(Migrator::up(self.database.for_migrations(), None).await?)
    }

    /// Takes back the last `steps` migrations.
    ///
    /// # Errors
    /// When a migration fails.
    pub async fn migrate_down(&self, steps: u32) -> Result<(), OpenError> {
        Ok(Migrator::down(self.database.for_migrations(), Some(steps)).await?)
    }

    /// Names of the migrations this database still lacks; asks without a right to create tables.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn pending(&self) -> Result<Vec<String>, OpenError> {
        let pending =
            Migrator::get_pending_migrations_read_only(self.database.for_migrations()).await?;
        Ok(pending.iter().map(|one| one.name().to_owned()).collect())
    }
}

fn files(config: &Config) -> Result<Files, StoreError> {
    Ok(Files {
        store: Store::open(&config.files_place())?,
        door: Door::new(config.upload_limit, config.images_at_once),
    })
}

fn online(config: &Config) -> Result<Online, OpenError> {
    let Some(secret) = &config.paystack_secret else {
        return Ok(Online::default());
    };
    let paystack = Paystack::new(secret.expose(), &config.paystack_url)?;
    Ok(Online::by(paystack))
}

fn bell(config: &Config) -> Result<Bell, OpenError> {
    match &config.cache {
        CacheKind::Off | CacheKind::InProcess => Ok(Bell::default()),
        CacheKind::Redis(url) => {
            Bell::redis(url.expose()).map_err(|error| OpenError::Cache(error.to_string()))
        }
    }
}

fn mailer(config: &Config) -> Result<Option<Mailer>, MailError> {
    let url = config.smtp_url.as_ref();
    url.map(|url| Mailer::new(url.expose(), &config.mail_from))
        .transpose()
}

fn cache(config: &Config) -> Result<Cache, OpenError> {
    let settings = CacheConfig {
        memory_bytes: config.cache_memory,
        ..CacheConfig::default()
    };
    match &config.cache {
        CacheKind::Off => Ok(Cache::off()),
        CacheKind::InProcess => Ok(Cache::in_process(settings)),
        CacheKind::Redis(url) => Cache::redis(url.expose(), settings)
            .map_err(|error| OpenError::Cache(error.to_string())),
    }
}
