//! Windows that all gateways draw from: so much in so long, counted in Redis.

use std::time::Duration;

use crate::{Cache, cache::Source};

/// A window: `most` in `length` from the first draw.
#[derive(Debug, Clone, Copy)]
pub struct Window<'a> {
    /// Whose it is; no two windows of different lengths share a name.
    pub name: &'a str,
    /// How much it holds.
    pub most: u32,
    /// How long it stays open.
    pub length: Duration,
}

/// What was drawn from a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// How much was granted; 0 when nothing is left.
    pub granted: u32,
    /// How much is left after that.
    pub left: u32,
    /// Time until the window closes and a new one may open.
    pub closes_in: Duration,
}

impl Cache {
    /// Draws up to `wanted` from a window in one round trip; none when there is no Redis, or it does not answer.
    pub async fn draw(&self, window: Window<'_>, wanted: u32) -> Option<Share> {
        match &self.source {
            Source::Redis(redis) => redis.draw(window, wanted).await,
            Source::Off | Source::Process(_) => None,
        }
    }
}
