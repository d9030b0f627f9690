//! Turns raw values into sound ones, noting every one that is not.

use std::{
    fmt::Display,
    net::{IpAddr, SocketAddr},
    num::NonZeroU32,
    str::FromStr,
    time::Duration,
};

use files::{Bucket, Place};

use super::{CacheKind, LogFormat, Raw, SETTINGS, Secret, Source, is_loopback};

pub(super) struct Reader<'a> {
    raw: &'a Raw,
    problems: Vec<String>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(raw: &'a Raw) -> Self {
        Self {
            raw,
            problems: Vec::new(),
        }
    }

    pub(super) fn into_problems(self) -> Vec<String> {
        self.problems
    }

    fn value(&self, key: &str) -> (&'a str, Source) {
        SETTINGS
            .iter()
            .find(|setting| setting.key == key)
            .map_or(("", Source::Default), |setting| self.raw.value(setting))
    }

    fn wrong(&mut self, key: &str, expected: impl Display) {
        self.problems.push(format!("{key}: expected {expected}"));
    }

    pub(super) fn text(&self, key: &str) -> String {
        self.value(key).0.to_owned()
    }

    pub(super) fn parsed<T: FromStr + Fallback>(&mut self, key: &str, expected: &str) -> T {
        self.value(key).0.parse().unwrap_or_else(|_| {
            self.wrong(key, expected);
            T::fallback()
        })
    }

    pub(super) fn number<T>(&mut self, key: &str, min: T, max: T) -> T
    where
        T: FromStr + PartialOrd + Copy + Display,
    {
        match self.value(key).0.trim().parse::<T>() {
            Ok(number) if number >= min && number <= max => number,
            _ => {
                self.wrong(key, format!("a whole number from {min} to {max}"));
                min
            }
        }
    }

    pub(super) fn seconds(&mut self, key: &str, min: u64, max: u64) -> Duration {
        Duration::from_secs(self.number(key, min, max))
    }

    /// Seconds up to `max`; none for 0.
    pub(super) fn seconds_or_none(&mut self, key: &str, max: u64) -> Option<Duration> {
        Some(self.seconds(key, 0, max)).filter(|seconds| !seconds.is_zero())
    }

    /// A number of requests; none for 0.
    pub(super) fn rate(&mut self, key: &str) -> Option<NonZeroU32> {
        NonZeroU32::new(self.number(key, 0, 1_000_000))
    }

    fn choice<T: Copy>(&mut self, key: &str, choices: &[(&str, T)], fallback: T) -> T {
        let value = self.value(key).0;
        if let Some((_, choice)) = choices.iter().find(|(name, _)| *name == value) {
            return *choice;
        }
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        self.wrong(key, names.join(" or "));
        fallback
    }

    /// `on` or `off`.
    pub(super) fn switch(&mut self, key: &str) -> bool {
        self.choice(key, &[("on", true), ("off", false)], true)
    }

    pub(super) fn database_url(&mut self, key: &str) -> Secret {
        let url = self.value(key).0;
        let known = ["sqlite://", "postgres://", "postgresql://"];
        if !known.iter().any(|start| url.starts_with(start)) {
            self.wrong(
                key,
                "sqlite://path or postgres://user:password@host/database",
            );
        }
        Secret::new(url)
    }

    pub(super) fn cache(&mut self, switch: &str, redis: &str) -> CacheKind {
        let on = self.switch(switch);
        let url = self.value(redis).0;
        if !url.is_empty() && !url.starts_with("redis://") {
            self.wrong(redis, "redis://host:port/number");
        }
        match (on, url.is_empty()) {
            (false, _) => CacheKind::Off,
            (true, true) => CacheKind::InProcess,
            (true, false) => CacheKind::Redis(Secret::new(url)),
        }
    }

    pub(super) fn files(&mut self, key: &str) -> Option<Place> {
        let url = self.value(key).0;
        let (own, other) = (
            self.secret("TERMBOOK_S3_ACCESS_KEY"),
            self.secret("TERMBOOK_S3_SECRET_KEY"),
        );
        if own.is_some() != other.is_some() {
            self.wrong(
                "TERMBOOK_S3_ACCESS_KEY",
                "it and TERMBOOK_S3_SECRET_KEY, or neither",
            );
        }
        let endpoint = self.endpoint("TERMBOOK_S3_ENDPOINT");
        if let Some(folder) = url
            .strip_prefix("file://")
            .filter(|path| path.starts_with('/'))
        {
            return Some(Place::Folder(folder.into()));
        }
        let (name, prefix) = match url.strip_prefix("s3://") {
            Some(rest) => rest.split_once('/').unwrap_or((rest, "")),
            None => ("", ""),
        };
        if name.is_empty() {
            if !url.is_empty() {
                self.wrong(key, "file:///folder or s3://bucket/prefix");
            }
            return None;
        }
        let exposed = |secret: Secret| secret.expose().to_owned();
        Some(Place::Bucket(Bucket {
            name: name.to_owned(),
            prefix: prefix.trim_matches('/').to_owned(),
            endpoint,
            region: self.text("TERMBOOK_S3_REGION"),
            key: own.map(exposed).zip(other.map(exposed)),
        }))
    }

    fn endpoint(&mut self, key: &str) -> Option<String> {
        let given = !self.value(key).0.is_empty();
        given.then(|| self.base_url(key))
    }

    pub(super) fn smtp(&mut self, key: &str) -> Option<Secret> {
        let url = self.value(key).0;
        if !url.is_empty() && !url.starts_with("smtp://") && !url.starts_with("smtps://") {
            self.wrong(key, "smtp://host:port or smtps://user:password@host");
        }
        (!url.is_empty()).then(|| Secret::new(url))
    }

    pub(super) fn mailbox(&mut self, key: &str) -> String {
        let mailbox = self.value(key).0;
        if !mailbox.contains('@') {
            self.wrong(key, "a mailbox, as Termbook <office@school.example>");
        }
        mailbox.to_owned()
    }

    pub(super) fn jwt_secret(&mut self, key: &str, bind: IpAddr) -> Option<Secret> {
        let secret = self.value(key).0;
        if secret.is_empty() {
            if !is_loopback(bind) {
                self.wrong(
                    key,
                    "a secret of at least 32 bytes, as the bind is not loopback",
                );
            }
            return None;
        }
        self.long_secret(key)
    }

    /// A secret of at least 32 bytes, where there is one.
    pub(super) fn long_secret(&mut self, key: &str) -> Option<Secret> {
        let secret = self.value(key).0;
        if secret.is_empty() {
            return None;
        }
        if secret.len() < 32 {
            self.wrong(key, "at least 32 bytes");
        }
        Some(Secret::new(secret))
    }

    pub(super) fn secret(&self, key: &str) -> Option<Secret> {
        let secret = self.value(key).0.trim();
        (!secret.is_empty()).then(|| Secret::new(secret))
    }

    pub(super) fn base_url(&mut self, key: &str) -> String {
        let url = self.value(key).0.trim_end_matches('/');
        if !is_origin_like(url) {
            self.wrong(key, "http:// or https:// and a host");
        }
        url.to_owned()
    }

    pub(super) fn algorithm(&mut self, key: &str) -> jsonwebtoken::Algorithm {
        use jsonwebtoken::Algorithm::{HS256, HS384, HS512};
        self.choice(
            key,
            &[("HS256", HS256), ("HS384", HS384), ("HS512", HS512)],
            HS256,
        )
    }

    pub(super) fn public_url(&mut self, key: &str, bind: SocketAddr) -> String {
        let url = self.value(key).0.trim_end_matches('/');
        if url.is_empty() {
            return format!("http://{bind}");
        }
        if !is_origin_like(url) {
            self.wrong(
                key,
                "http:// or https:// and a host, as https://school.example",
            );
        }
        url.to_owned()
    }

    pub(super) fn origins(&mut self, key: &str) -> Vec<String> {
        let given = self
            .value(key)
            .0
            .split(',')
            .map(str::trim)
            .filter(|origin| !origin.is_empty());
        let origins: Vec<String> = given.map(str::to_owned).collect();
        if !origins
            .iter()
            .all(|origin| is_origin_like(origin) && origin.matches('/').count() == 2)
        {
            self.wrong(key, "origins as https://app.example, comma-separated");
        }
        origins
    }

    pub(super) fn workers(&mut self, key: &str) -> usize {
        if self.value(key).0.is_empty() {
            return std::thread::available_parallelism().map_or(2, usize::from);
        }
        self.number(key, 1, 1_024)
    }

    pub(super) fn log_filter(&mut self, key: &str) -> String {
        let filter = self.value(key).0;
        if tracing_subscriber::EnvFilter::try_new(filter).is_err() {
            self.wrong(key, "a log filter, as info or warn,gateway=debug");
        }
        filter.to_owned()
    }

    pub(super) fn log_format(&mut self, key: &str) -> LogFormat {
        self.choice(
            key,
            &[("text", LogFormat::Text), ("json", LogFormat::Json)],
            LogFormat::Text,
        )
    }
}

fn is_origin_like(url: &str) -> bool {
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        !rest.is_empty()
            && !rest.starts_with('/')
            && url.is_ascii()
            && !url.contains([' ', '?', '#'])
    })
}

/// What stands in for a value that was refused, until all of them are reported.
pub(super) trait Fallback {
    fn fallback() -> Self;
}

impl Fallback for SocketAddr {
    fn fallback() -> Self {
        Self::from(([127, 0, 0, 1], 8_000))
    }
}
