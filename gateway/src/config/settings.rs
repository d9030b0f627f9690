//! The table of settings: environment variable, default, meaning.

/// One setting.
#[derive(Debug)]
pub struct Setting {
    /// Environment variable.
    pub key: &'static str,
    /// Value when unset; empty for none.
    pub default: &'static str,
    /// What it means, its unit and bounds.
    pub about: &'static str,
    /// Whether its value must never be shown.
    pub secret: bool,
}

const fn setting(key: &'static str, default: &'static str, about: &'static str) -> Setting {
    Setting {
        key,
        default,
        about,
        secret: false,
    }
}

const fn secret(key: &'static str, about: &'static str) -> Setting {
    Setting {
        key,
        default: "",
        about,
        secret: true,
    }
}

/// The whole table, in the order it is printed.
pub const SETTINGS: &[Setting] = &[
    setting(
        "TERMBOOK_BIND",
        "127.0.0.1:8000",
        "Address and port to listen on.",
    ),
    setting(
        "TERMBOOK_DATABASE_URL",
        "sqlite://data/termbook.db",
        "`sqlite://path` or `postgres://user:password@host/database`.",
    ),
    setting(
        "TERMBOOK_DB_POOL",
        "10",
        "Most database connections held at once, 1 to 1000.",
    ),
    setting(
        "TERMBOOK_DB_TIMEOUT_SECONDS",
        "5",
        "Longest wait for a free connection before 503, 1 to 60.",
    ),
    setting(
        "TERMBOOK_REDIS_URL",
        "",
        "`redis://host:port/0`: share the cache between gateways. Unset: cache in process, which is right for one gateway only.",
    ),
    setting("TERMBOOK_CACHE", "on", "`on` or `off`."),
    setting(
        "TERMBOOK_CACHE_MEMORY_MB",
        "64",
        "Most memory the in-process cache takes, in MiB, 1 to 65536.",
    ),
    secret(
        "TERMBOOK_JWT_SECRET",
        "Key that signs tokens, at least 32 bytes. Unset on a loopback bind: generated and kept beside the database; otherwise refused.",
    ),
    secret(
        "TERMBOOK_AUDIT_SECRET",
        "Secret the audit trail is signed by, at least 32 bytes; rows signed by another no longer verify. Unset: TERMBOOK_JWT_SECRET, which then cannot be changed without losing the proof of older rows.",
    ),
    setting(
        "TERMBOOK_AUDIT_SEAL_SECONDS",
        "10",
        "Time between two seals of the audit trail by this gateway, 0 to 3600; 0 leaves sealing to others.",
    ),
    setting(
        "TERMBOOK_REMOVAL_DAYS",
        "30",
        "Days a school stays once an operator asked for its removal, 1 to 3650.",
    ),
    setting(
        "TERMBOOK_JWT_ALGORITHM",
        "HS256",
        "`HS256`, `HS384` or `HS512`; never read from a token.",
    ),
    setting(
        "TERMBOOK_JWT_ISSUER",
        "termbook",
        "The `iss` claim, given and required.",
    ),
    setting(
        "TERMBOOK_JWT_AUDIENCE",
        "termbook",
        "The `aud` claim, given and required.",
    ),
    setting(
        "TERMBOOK_ACCESS_MINUTES",
        "60",
        "Life of an access token, 1 to 1440.",
    ),
    setting(
        "TERMBOOK_REFRESH_DAYS",
        "7",
        "Life of a refresh token, 1 to 90.",
    ),
    setting(
        "TERMBOOK_PASSWORD_HASHES",
        "2",
        "Most passwords hashed at once (19 MiB and one core each), 1 to 64.",
    ),
    secret(
        "TERMBOOK_PAYSTACK_SECRET",
        "Secret key of the Paystack account that takes payments online, and signs what Paystack sends. Unset: no payments online.",
    ),
    setting(
        "TERMBOOK_PAYSTACK_URL",
        "https://api.paystack.co",
        "Base of Paystack's API.",
    ),
    setting(
        "TERMBOOK_PUBLIC_URL",
        "",
        "Base of the links in answers, as `https://school.example`. Unset: `http://` and the bind address.",
    ),
    setting(
        "TERMBOOK_TRUSTED_PROXIES",
        "0",
        "Proxies of yours in front of the server, 0 to 10: so many entries at the end of `X-Forwarded-For` are believed when callers are told apart by address.",
    ),
    setting(
        "TERMBOOK_RATE_USER_PER_MINUTE",
        "100",
        "Requests a minute of one user, 0 to 1000000; 0 is no limit. Gateways that share a Redis share the count.",
    ),
    setting(
        "TERMBOOK_RATE_ADDRESS_PER_MINUTE",
        "1000",
        "Requests a minute of one address, signed in or not, 0 to 1000000; 0 is no limit.",
    ),
    setting(
        "TERMBOOK_CORS_ORIGINS",
        "",
        "Origins a browser may call from, comma-separated. Unset: none.",
    ),
    secret(
        "TERMBOOK_SMTP_URL",
        "Mail server: `smtp://host:port` or `smtps://user:password@host`, with `?tls=required` for STARTTLS. Unset: e-mails stay in the outbox.",
    ),
    setting(
        "TERMBOOK_MAIL_FROM",
        "Termbook <termbook@localhost>",
        "Who e-mails come from.",
    ),
    setting(
        "TERMBOOK_WEBHOOK_PRIVATE",
        "off",
        "`on`: webhooks may be at addresses of a private network and without TLS, for an intranet or a test. `off`: by https:// on the public network alone.",
    ),
    setting(
        "TERMBOOK_DELIVERY_POLL_SECONDS",
        "5",
        "Longest wait before the outbox is looked at without being told to, 1 to 3600.",
    ),
    setting(
        "TERMBOOK_DELIVERY_LEASE_SECONDS",
        "120",
        "How long e-mails and calls of webhooks belong to the gateway that took them; when it dies, another sends them after that. 1 to 3600.",
    ),
    setting(
        "TERMBOOK_DELIVERY_RETRY_SECONDS",
        "30",
        "Wait after a first failure, 1 to 3600; it doubles with each further one, up to six hours.",
    ),
    setting(
        "TERMBOOK_DELIVERY_ATTEMPTS",
        "10",
        "Tries before an e-mail or a call of a webhook is given up as dead, 1 to 100.",
    ),
    setting(
        "TERMBOOK_BODY_LIMIT_KB",
        "1024",
        "Largest request body, in KiB, 1 to 65536.",
    ),
    setting(
        "TERMBOOK_FILES_URL",
        "",
        "Where uploaded files are kept: `file:///folder`, or `s3://bucket/prefix` of an S3-compatible service. Unset: the folder `files` beside the database. Gateways that share a database share this place.",
    ),
    setting(
        "TERMBOOK_S3_ENDPOINT",
        "",
        "Base of the S3-compatible service, as `https://minio.example`. Unset: Amazon's own.",
    ),
    setting("TERMBOOK_S3_REGION", "us-east-1", "Region of the bucket."),
    secret(
        "TERMBOOK_S3_ACCESS_KEY",
        "Access key of the bucket; it must be allowed to list, read, write and delete. Unset: the role of the machine.",
    ),
    secret(
        "TERMBOOK_S3_SECRET_KEY",
        "Secret of the access key; set with it or not at all.",
    ),
    setting(
        "TERMBOOK_UPLOAD_LIMIT_KB",
        "5120",
        "Largest uploaded file, in KiB, 1 to 20480. An image inside a JSON body has at most 3 MiB.",
    ),
    setting(
        "TERMBOOK_IMAGES_AT_ONCE",
        "2",
        "Most images decoded at once (up to 256 MiB and one core each), 1 to 64.",
    ),
    setting(
        "TERMBOOK_FILES_KEEP_HOURS",
        "24",
        "How long a file is kept that no row names, 1 to 8760; who uploads one has that long to use it.",
    ),
    setting(
        "TERMBOOK_FILE_LINK_MINUTES",
        "60",
        "Least life of a link to a file, 60 to 10080; it is good for less than twice as long.",
    ),
    setting(
        "TERMBOOK_WORKERS",
        "",
        "HTTP worker threads, 1 to 1024. Unset: one a core.",
    ),
    setting(
        "TERMBOOK_SHUTDOWN_SECONDS",
        "30",
        "Longest wait for requests in flight at shutdown, 0 to 600.",
    ),
    setting(
        "TERMBOOK_LOG",
        "info",
        "Log filter, as `info` or `warn,gateway=debug`.",
    ),
    setting("TERMBOOK_LOG_FORMAT", "text", "`text` or `json`."),
];
