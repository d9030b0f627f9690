//! Links to a school's files. Whoever holds one reads the file without a token, as a page that shows an
//! image sends none; so a link is good for a while only, and for that one file of that one school.

use std::{fmt, sync::Arc};

use chrono::{DateTime, Utc};

use crate::{SchoolId, signer::Signer};

/// Separates this use of the secret from every other.
const PURPOSE: &[u8] = b"termbook file links 1";
/// Where files are read, below the base of links.
const PATH: &str = "/api/files/";

/// Makes links and checks them; cloning shares the key.
#[derive(Clone)]
pub struct Links(Arc<Inner>);

struct Inner {
    base: String,
    life: i64,
    key: Signer,
}

impl fmt::Debug for Links {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Links")
    }
}

/// Why a link opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LinkRefused {
    /// It was not made here, or altered since.
    #[error("the link is forged")]
    Forged,
    /// It was good once.
    #[error("the link has expired")]
    Expired,
}

impl Links {
    /// Links below `base`, an origin without a slash at its end, each good for at least `life` seconds and
    /// less than twice as long.
    #[must_use]
    pub fn new(secret: &[u8], base: &str, life: u32) -> Self {
        Self(Arc::new(Inner {
            base: base.trim_end_matches('/').to_owned(),
            life: i64::from(life.max(1)),
            key: Signer::of(PURPOSE, secret),
        }))
    }

    /// The link to the file of `digest`.
    ///
    /// Ends fall on whole multiples of a life, so that the same file keeps its link for a while, and a
    /// browser what it has of it.
    #[must_use]
    pub fn to(&self, school: SchoolId, digest: &str, now: DateTime<Utc>) -> String {
        let Inner { base, life, .. } = self.0.as_ref();
        let expires = (now.timestamp().div_euclid(*life) + 2) * life;
        let signature = self.0.key.sign(&said(school, digest, expires));
        let school = school.0;
        format!("{base}{PATH}{school}/{digest}/?expires={expires}&signature={signature}")
    }

    /// How many seconds a link is still good for.
    ///
    /// # Errors
    /// [`LinkRefused`].
    pub fn open(
        &self,
        school: SchoolId,
        digest: &str,
        (expires, signature): (i64, &str),
        now: DateTime<Utc>,
    ) -> Result<i64, LinkRefused> {
        let text = said(school, digest, expires);
        if !self.0.key.signed(&text, signature) {
            return Err(LinkRefused::Forged);
        }
        let left = expires - now.timestamp();
        if left > 0 {
            Ok(left)
        } else {
            Err(LinkRefused::Expired)
        }
    }

    /// The school and the digest in a link of this server, whatever its signature says; a client sends
    /// back what it was given, and may have kept it for long.
    #[must_use]
    pub fn read<'a>(&self, text: &'a str) -> Option<(&'a str, &'a str)> {
        let path = text.strip_prefix(&self.0.base).unwrap_or(text);
        let rest = path.strip_prefix(PATH)?;
        let named = rest.split(['?', '#']).next()?;
        named.trim_end_matches('/').split_once('/')
    }
}

fn said(school: SchoolId, digest: &str, expires: i64) -> String {
    format!("{}\n{digest}\n{expires}", school.0)
}

#[cfg(test)]
mod tests {
    use chrono::{Duration, TimeZone};
    use proptest::prelude::*;

    use super::*;

    const LIFE: u32 = 3_600;

    fn links() -> Links {
        Links::new(b"one secret", "https://school.test/", LIFE)
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        Utc.timestamp_opt(1_767_600_000 + seconds, 0).unwrap()
    }

    fn asked(link: &str) -> (i64, &str) {
        let (expires, signature) = link
            .split_once("expires=")
            .unwrap()
            .1
            .split_once("&signature=")
            .unwrap();
        (expires.parse().unwrap(), signature)
    }

    proptest! {
        #[test]
        fn a_link_is_good_for_a_life_and_for_less_than_two(made in 0_i64..100_000, later in 0_i64..10_000) {
            let (links, school) = (links(), SchoolId(1));
            let link = links.to(school, "abc", at(made));
            let left = links.open(school, "abc", asked(&link), at(made));
            prop_assert!(left.is_ok_and(|left| (i64::from(LIFE) + 1..=2 * i64::from(LIFE)).contains(&left)));
            let opened = links.open(school, "abc", asked(&link), at(made + later));
            prop_assert!(later > i64::from(LIFE) || opened.is_ok());
            prop_assert!(later < 2 * i64::from(LIFE) || opened == Err(LinkRefused::Expired));
        }
    }

    #[test]
    fn a_link_is_for_one_file_of_one_school_until_one_moment_by_one_key() {
        let (links, school) = (links(), SchoolId(1));
        let link = links.to(school, "abc", at(0));
        let (expires, signature) = asked(&link);
        let open = |links: &Links, school, digest, expires, signature| {
            links.open(SchoolId(school), digest, (expires, signature), at(0))
        };
        assert!(open(&links, 1, "abc", expires, signature).is_ok());
        let other = Links::new(b"another secret", "https://school.test", LIFE);
        for refused in [
            open(&links, 2, "abc", expires, signature),
            open(&links, 1, "abd", expires, signature),
            open(&links, 1, "abc", expires + 1, signature),
            open(&links, 1, "abc", expires, ""),
            open(&other, 1, "abc", expires, signature),
        ] {
            assert_eq!(refused, Err(LinkRefused::Forged));
        }
    }

    #[test]
    fn links_of_one_file_are_the_same_for_a_while() {
        let (links, school) = (links(), SchoolId(1));
        let start = at(0) - Duration::seconds(at(0).timestamp() % i64::from(LIFE));
        let end = start + Duration::seconds(i64::from(LIFE) - 1);
        assert_eq!(links.to(school, "abc", start), links.to(school, "abc", end));
    }

    #[test]
    fn what_a_client_sends_back_is_understood() {
        let (links, school) = (links(), SchoolId(7));
        let link = links.to(school, "abc", at(0));
        for text in [
            link.as_str(),
            "/api/files/7/abc/?expires=1",
            "/api/files/7/abc",
            "https://school.test/api/files/7/abc/",
        ] {
            assert_eq!(links.read(text), Some(("7", "abc")), "{text}");
        }
        for text in [
            "",
            "https://other.test/api/files/7/abc/",
            "/media/7/abc/",
            "/api/files/7",
            "data:image/png;base64,AA",
        ] {
            assert_eq!(links.read(text), None, "{text}");
        }
    }
}
