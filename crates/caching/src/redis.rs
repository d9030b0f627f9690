//! The protocol over Redis. The crate's page says what it promises and why it holds.

mod link;
mod recovery;
mod trust;

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use bytes::Bytes;
use deadpool_redis::redis::{Cmd, Value, cmd};
use sha2::{Digest, Sha256};
use uuid::Uuid;

pub use self::link::Fault;
use self::{
    link::{Answer, Link},
    trust::Trust,
};
use crate::{CacheConfig, Entry, Share, Stats, Window};

/// The field of a school's versions that names the run of the server they were made in.
const RUN: &str = "#run";

/// Versions and shared bodies in Redis, over one worker's connection.
#[derive(Clone)]
pub(crate) struct Redis {
    link: Arc<Link>,
    shared: Arc<Shared>,
}

/// What the workers of a process share.
struct Shared {
    config: CacheConfig,
    trust: Trust,
    faults: AtomicU64,
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The address may hold a password.
        f.write_str("Redis")
    }
}

impl Redis {
    pub(crate) fn open(url: &str, config: CacheConfig) -> Result<Self, Fault> {
        Ok(Self {
            link: Arc::new(Link::open(url, config.patience)?),
            shared: Arc::new(Shared {
                config,
                trust: Trust::default(),
                faults: AtomicU64::default(),
            }),
        })
    }

    pub(crate) fn for_worker(&self) -> Self {
        Self {
            // What opened once opens again; if it does not, a connection in common is slower and as right.
            link: self
                .link
                .another()
                .map_or_else(|_| self.link.clone(), Arc::new),
            shared: self.shared.clone(),
        }
    }

    /// Appends the versions of `tables` to `key`; `None` when nothing may be stored or served.
    pub(crate) async fn append(
        &self,
        school: i64,
        tables: &[&'static str],
        key: &mut Vec<u8>,
    ) -> Option<()> {
        let trust = &self.shared.trust;
        if trust.suspended() {
            self.resume_abandoned();
            return None;
        }
        let standing = trust.standing(school);
        if standing.trusted && self.known(school, tables, key).await? {
            return Some(());
        }
        let tokens = Box::pin(self.opened(school, tables, !standing.trusted)).await?;
        if !standing.trusted {
            trust.restore(school, standing);
        }
        append(&tokens, key).then_some(())
    }

    /// Appends the versions as they are, in one round trip; `false` when one is missing.
    async fn known(&self, school: i64, tables: &[&'static str], key: &mut Vec<u8>) -> Option<bool> {
        let hash = versions(school);
        let answer = self
            .ask(|_| {
                let mut command = cmd("HMGET");
                command.arg(&hash).arg(RUN).arg(tables);
                command
            })
            .await?;
        let Value::Array(fields) = &answer.value else {
            return Some(false);
        };
        let Some((Value::BulkString(run), tokens)) = fields.split_first() else {
            return Some(false);
        };
        Some(run.as_slice() == answer.run.as_bytes() && append(tokens, key))
    }

    /// The versions, those that are missing made anew; empty for a table being written.
    async fn opened(&self, school: i64, tables: &[&'static str], drop: bool) -> Option<Vec<Value>> {
        let token = Uuid::now_v7();
        let answer = self
            .ask(|run| {
                let mut command = script(include_str!("redis/open.lua"), school, tables);
                command.arg(run).arg(if drop { "drop" } else { "" });
                command.arg(token.as_bytes()).arg(tables);
                command
            })
            .await?;
        match answer.value {
            Value::Array(tokens) => Some(tokens),
            _ => None,
        }
    }

    /// Marks `tables` as being written.
    pub(crate) async fn lease(&self, school: i64, tables: &[&'static str], id: Uuid) {
        let length = millis(self.shared.config.lease);
        // Without an answer the end of the lease does all the work.
        let _ = self
            .ask(|_| {
                let mut command = script(include_str!("redis/lease.lua"), school, tables);
                command.arg(id.as_bytes()).arg(length).arg(tables);
                command
            })
            .await;
    }

    /// Ends a lease; answers whether Redis knows.
    pub(crate) async fn release(&self, school: i64, tables: &[&'static str], id: Uuid) -> bool {
        self.ask(|_| {
            let mut command = script(include_str!("redis/release.lua"), school, tables);
            command.arg(id.as_bytes()).arg(tables);
            command
        })
        .await
        .is_some()
    }

    /// The shared body of an entry, if there is one.
    pub(crate) async fn body(&self, school: i64, lookup: &[u8], ttl: Duration) -> Option<Entry> {
        if self.shared.trust.suspended() {
            return None;
        }
        let key = body_key(school, lookup);
        let answer = self
            .ask(|_| {
                let mut command = cmd("EVAL");
                command.arg(include_str!("redis/body.lua")).arg(1).arg(&key);
                command
            })
            .await?;
        let Value::Array(parts) = answer.value else {
            return None;
        };
        let [Value::BulkString(body), Value::Int(left)] = parts.as_slice() else {
            return None;
        };
        let left = Duration::from_millis(u64::try_from(*left).unwrap_or_default());
        Some(Entry::new(Bytes::copy_from_slice(body), left.min(ttl)))
    }

    /// Shares the body of an entry, if it is not too large.
    pub(crate) async fn keep(&self, school: i64, lookup: &[u8], entry: &Entry) {
        let (body, lasts) = (entry.body(), millis(entry.lasts()));
        if body.len() > self.shared.config.shared_bytes
            || lasts == 0
            || self.shared.trust.suspended()
        {
            return;
        }
        let key = body_key(school, lookup);
        // A body that is not shared is made again by whoever needs it.
        let _ = self
            .ask(|_| {
                let mut command = cmd("SET");
                command.arg(&key).arg(&*body).arg("PX").arg(lasts);
                command
            })
            .await;
    }

    /// Draws from a window; `None` while Redis is not asked.
    pub(crate) async fn draw(&self, window: Window<'_>, wanted: u32) -> Option<Share> {
        if self.shared.trust.suspended() {
            self.resume_abandoned();
            return None;
        }
        let (key, length) = (
            format!("termbook:rate:{}", window.name),
            millis(window.length),
        );
        let answer = self
            .ask(|_| {
                let mut command = cmd("EVAL");
                command.arg(include_str!("redis/draw.lua")).arg(1).arg(&key);
                command.arg(window.most).arg(wanted).arg(length);
                command
            })
            .await?;
        let Value::Array(parts) = answer.value else {
            return None;
        };
        let [Value::Int(granted), Value::Int(left), Value::Int(closes)] = parts.as_slice() else {
            return None;
        };
        Some(Share {
            granted: u32::try_from(*granted).ok()?,
            left: u32::try_from(*left).ok()?,
            closes_in: Duration::from_millis(u64::try_from(*closes).ok()?),
        })
    }

    pub(crate) fn stats(&self, stats: Stats) -> Stats {
        Stats {
            faults: self.shared.faults.load(Relaxed),
            outages: self.shared.trust.outages(),
            owed: self.shared.trust.owed(),
            ..stats
        }
    }

    pub(crate) async fn ping(&self) -> Result<(), Fault> {
        self.link
            .ask(|_| cmd("PING"), || self.doubt())
            .await
            .map(drop)
    }

    /// Asks Redis; without an answer the cache is suspended.
    async fn ask(&self, command: impl Fn(&str) -> Cmd) -> Option<Answer> {
        match self.link.ask(command, || self.doubt()).await {
            Ok(answer) => Some(answer),
            Err(fault) => {
                self.shared.faults.fetch_add(1, Relaxed);
                self.suspend(&fault.to_string());
                None
            }
        }
    }

    fn doubt(&self) {
        self.shared.faults.fetch_add(1, Relaxed);
        self.shared.trust.doubt();
    }
}

/// Appends the tokens; `false`, and nothing appended, when one is missing.
fn append(tokens: &[Value], key: &mut Vec<u8>) -> bool {
    let before = key.len();
    for token in tokens {
        match token {
            Value::BulkString(token) if !token.is_empty() => key.extend_from_slice(token),
            _ => {
                key.truncate(before);
                return false;
            }
        }
    }
    true
}

fn script(text: &str, school: i64, tables: &[&'static str]) -> Cmd {
    let mut command = cmd("EVAL");
    command
        .arg(text)
        .arg(tables.len() + 1)
        .arg(versions(school));
    for table in tables {
        command.arg(format!("termbook:{{{school}}}:leases:{table}"));
    }
    command
}

// The school in braces keeps its keys in one slot of a Redis Cluster.
fn versions(school: i64) -> String {
    format!("termbook:{{{school}}}:versions")
}

fn body_key(school: i64, lookup: &[u8]) -> String {
    let digest = Sha256::digest(lookup);
    format!("termbook:{{{school}}}:body:{}", hex::encode(digest))
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
