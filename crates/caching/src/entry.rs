//! One cached answer, and how a caller came by it.

use std::{io::Write as _, sync::OnceLock, time::Duration};

use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};

/// Shortest body worth compressing, in bytes: below it the headers and a packet eat the gain.
const GZIP_FROM: usize = 1 << 10;

/// How an answer was come by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was in this process.
    Hit,
    /// Another made it: it came through Redis, or from a caller who asked at the same time.
    Shared,
    /// It was loaded and stored.
    Miss,
    /// It was loaded and not stored: the cache is off or away, or a write was under way.
    Bypass,
}

impl Outcome {
    /// The word for it in a `Server-Timing` header.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Shared => "shared",
            Self::Miss => "miss",
            Self::Bypass => "bypass",
        }
    }
}

/// One answer's bytes, with its entity tag and compressed form once somebody asked for them.
#[derive(Debug)]
pub struct Entry {
    body: Bytes,
    lasts: Duration,
    tag: OnceLock<String>,
    gzip: OnceLock<Option<Bytes>>,
}

impl Entry {
    pub(crate) fn new(body: Bytes, lasts: Duration) -> Self {
        Self {
            body,
            lasts,
            tag: OnceLock::new(),
            gzip: OnceLock::new(),
        }
    }

    /// The answer; cloning shares the bytes.
    #[must_use]
    pub fn body(&self) -> Bytes {
        self.body.clone()
    }

    /// A strong entity tag with its quotes: the first 128 bits of the body's SHA-256.
    #[must_use]
    pub fn etag(&self) -> &str {
        self.tag.get_or_init(|| {
            let digest = Sha256::digest(&self.body);
            format!("\"{}\"", hex::encode(digest.get(..16).unwrap_or_default()))
        })
    }

    /// The body compressed with gzip, made once; `None` for a body under 1 KiB or one that does not
    /// shrink to half.
    #[must_use]
    pub fn gzip(&self) -> Option<Bytes> {
        self.gzip.get_or_init(|| compressed(&self.body)).clone()
    }

    /// How long the entry may live.
    pub(crate) fn lasts(&self) -> Duration {
        self.lasts
    }

    /// Most memory the entry can come to take, in bytes, its compressed form included.
    pub(crate) fn weight(&self) -> usize {
        let gzip = if self.body.len() < GZIP_FROM {
            0
        } else {
            self.body.len() / 2
        };
        self.body.len() + gzip
    }
}

fn compressed(body: &[u8]) -> Option<Bytes> {
    if body.len() < GZIP_FROM {
        return None;
    }
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), Compression::default());
    encoder.write_all(body).ok()?;
    let made = encoder.finish().ok()?;
    // The bound on memory counts half a body, so a larger one is not kept.
    (made.len() <= body.len() / 2).then(|| made.into_boxed_slice().into())
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::GzDecoder;
    use proptest::prelude::*;

    use super::*;

    fn entry(body: impl Into<Bytes>) -> Entry {
        Entry::new(body.into(), Duration::from_secs(1))
    }

    #[test]
    fn a_tag_is_quoted_and_changes_with_the_body() {
        let (one, other) = (entry("one"), entry("other"));
        assert_eq!(one.etag(), "\"7692c3ad3540bb803c020b3aee66cd88\"");
        assert_ne!(one.etag(), other.etag());
    }

    #[test]
    fn a_short_body_is_not_compressed() {
        assert_eq!(entry(vec![b'a'; GZIP_FROM - 1]).gzip(), None);
        assert!(entry(vec![b'a'; GZIP_FROM]).gzip().is_some());
    }

    #[test]
    fn the_compressed_form_is_made_once() {
        let entry = entry(vec![b'a'; 4_096]);
        let (first, second) = (entry.gzip().unwrap(), entry.gzip().unwrap());
        assert_eq!(first.as_ptr(), second.as_ptr());
    }

    proptest! {
        #[test]
        fn a_compressed_body_unpacks_to_the_body_and_stays_within_its_weight(
            unit in prop::collection::vec(any::<u8>(), 1..64), times in 1_usize..200,
        ) {
            let body = unit.repeat(times);
            let entry = entry(body.clone());
            if let Some(gzip) = entry.gzip() {
                let mut unpacked = Vec::new();
                GzDecoder::new(&*gzip).read_to_end(&mut unpacked).unwrap();
                prop_assert_eq!(unpacked, body);
                prop_assert!(entry.body().len() + gzip.len() <= entry.weight());
            }
        }
    }
}
