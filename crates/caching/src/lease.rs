//! A write under way.

use uuid::Uuid;

use crate::cache::Source;

/// A write under way, from before its commit until [`Lease::finish`]. Dropped without it, the tables
/// still get new versions: a task that is dropped may have committed.
#[derive(Debug)]
#[must_use = "a lease ends with `finish`, after the commit"]
pub struct Lease {
    source: Source,
    school: i64,
    tables: Vec<&'static str>,
    id: Uuid,
    ended: bool,
}

impl Lease {
    pub(crate) async fn begin(source: Source, school: i64, tables: Vec<&'static str>) -> Self {
        let lease = Self {
            source,
            school,
            tables,
            id: Uuid::now_v7(),
            ended: false,
        };
        if let Source::Redis(redis) = &lease.source {
            redis.lease(school, &lease.tables, lease.id).await;
        }
        lease
    }

    /// Ends the lease, whether the commit succeeded or not. When it returns, no reader that starts
    /// can see what was before the write, within what the crate's page says of Redis away.
    pub async fn finish(mut self) {
        if let Source::Redis(redis) = &self.source {
            self.ended = redis.release(self.school, &self.tables, self.id).await;
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        match &self.source {
            Source::Process(counters) => counters.advance(self.school, &self.tables),
            Source::Redis(redis) if !self.ended => redis.owe(self.school),
            Source::Redis(_) | Source::Off => {}
        }
    }
}
