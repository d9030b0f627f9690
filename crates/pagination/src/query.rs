//! A list query that was understood.

use std::{collections::BTreeMap, fmt::Write};

use form_urlencoded::Serializer;
use sea_orm::Condition;

use crate::{cursor::Cursor, order::Ordered};

/// Which part of the list is asked for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Position {
    /// A page by its number, from 1.
    Number(u64),
    /// The rows from a cursor on; from the start without one.
    Cursor(Option<Cursor>),
}

/// What a query string asks of a [`crate::Listing`].
pub struct ListQuery {
    pub(crate) size: u64,
    pub(crate) position: Position,
    pub(crate) order: Vec<Ordered>,
    /// What the filters and the search ask, all of it.
    pub(crate) conditions: Vec<Condition>,
    /// Filters and search in their one spelling.
    pub(crate) kept: BTreeMap<String, String>,
    /// Ordering and page size, where they are not the default.
    pub(crate) shape: BTreeMap<&'static str, String>,
    /// The user, where a filter depends on who asks.
    pub(crate) user: Option<i64>,
}

impl ListQuery {
    /// The query in its one spelling: what means the same is the same text, whatever the order and
    /// writing of the parameters; defaults are left out. Where a filter depends on the viewer, the viewer's
    /// id is in it.
    #[must_use]
    pub fn canonical(&self) -> String {
        let mut text = self.address(self.position_parameter());
        self.sign(&mut text);
        text
    }

    /// As [`ListQuery::canonical`], without page, page size and ordering: what decides the count.
    #[must_use]
    pub fn count_key(&self) -> String {
        let mut text = Serializer::new(String::new())
            .extend_pairs(&self.kept)
            .finish();
        self.sign(&mut text);
        text
    }

    /// Whether the answer is a cursor's page, without a count.
    #[must_use]
    pub fn is_cursor(&self) -> bool {
        matches!(self.position, Position::Cursor(_))
    }

    /// The count of the whole list, where the `found` rows of a numbered page tell it already: a
    /// page that is not full is the last, unless it is beyond the end.
    #[must_use]
    pub fn count_from(&self, found: usize) -> Option<u64> {
        let Position::Number(number) = self.position else {
            return None;
        };
        let found = found as u64;
        let is_last = found < self.size && (found > 0 || number == 1);
        is_last.then(|| (number - 1) * self.size + found)
    }

    /// A viewer's id, which no parameter can be mistaken for.
    fn sign(&self, text: &mut String) {
        if let Some(user) = self.user {
            // Writing to a String cannot fail.
            let _ = write!(text, "#{user}");
        }
    }

    fn position_parameter(&self) -> Option<(&'static str, String)> {
        match &self.position {
            Position::Number(1) => None,
            Position::Number(number) => Some(("page", number.to_string())),
            Position::Cursor(None) => Some(("cursor", String::new())),
            Position::Cursor(Some(cursor)) => Some(("cursor", cursor.encode(self.fingerprint()))),
        }
    }

    /// The parameters of this query with another position.
    pub(crate) fn address(&self, position: Option<(&'static str, String)>) -> String {
        Serializer::new(String::new())
            .extend_pairs(&self.kept)
            .extend_pairs(&self.shape)
            .extend_pairs(position)
            .finish()
    }

    /// Of the ordering and what decides which rows there are: a cursor belongs to these.
    pub(crate) fn fingerprint(&self) -> u64 {
        let order = self
            .order
            .iter()
            .map(|ordered| format!(" {}", ordered.spelt()));
        // FNV-1a, the same in every build: a cursor outlives the process that made it.
        order
            .fold(self.count_key(), |text, key| text + &key)
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            })
    }
}
