//! From a query string to a [`ListQuery`].

use std::{collections::BTreeMap, num::IntErrorKind};

use sea_orm::EntityTrait;

use crate::{
    ListQuery, Listing, QueryError, Viewer,
    cursor::Cursor,
    error::Errors,
    filter::{Filter, Lookup},
    order::Ordered,
    query::Position,
    search,
};

/// Key of messages on a parameter whose very name cannot be read.
const NON_FIELD: &str = "non_field_errors";
const UNREADABLE: &str = "Must be percent-encoded UTF-8.";
/// Ordering that completes every other.
const ID: &str = "id";

/// A parameter that shapes the list, other than its pages.
enum Asked<'a> {
    Ordering,
    Search,
    Filter(&'a Filter, Lookup),
}

impl<E: EntityTrait> Listing<E> {
    /// Reads a query string, without its `?`. A parameter left empty counts as absent, but for
    /// `page`, and for `cursor`, which then starts.
    ///
    /// # Errors
    /// Every parameter that is unknown, repeated, unreadable or unsound, at once; else, where `page`
    /// is no positive number or greater than any list has, that there is no such page.
    pub fn parse(&self, query_string: &str, viewer: Viewer) -> Result<ListQuery, QueryError> {
        let mut errors = Errors::default();
        let mut given = read(query_string, &mut errors);
        let (page, cursor) = (given.remove("page"), given.remove("cursor"));
        let mut query = self.unasked();
        self.resize(&mut query, given.remove("page_size").as_deref());
        for (name, text) in &given {
            match self.asked(name) {
                None => errors.add(name, "Unknown query parameter."),
                Some(_) if text.trim().is_empty() => {}
                Some(asked) => {
                    errors.note(name, self.ask(&mut query, name, &asked, text, &viewer));
                }
            }
        }
        match (&page, &cursor) {
            (Some(_), Some(_)) => errors.add("cursor", "`cursor` and `page` exclude each other."),
            (None, Some(text)) => {
                let position = cursor_of(text, &query);
                query.position = errors
                    .note("cursor", position)
                    .unwrap_or(Position::Cursor(None));
            }
            _ => {}
        }
        errors.into_result()?;
        if let Some(text) = page {
            query.position = number_of(&text, query.size)?;
        }
        Ok(query)
    }

    /// The first page of everything.
    fn unasked(&self) -> ListQuery {
        let order = self.order(self.default_order);
        debug_assert!(
            order.is_ok(),
            "the default order names no declared ordering: {:?}",
            order.as_ref().err()
        );
        ListQuery {
            size: self.size,
            position: Position::Number(1),
            order: order.unwrap_or_default(),
            conditions: Vec::new(),
            kept: BTreeMap::new(),
            shape: BTreeMap::new(),
            user: None,
        }
    }

    fn resize(&self, query: &mut ListQuery, text: Option<&str>) {
        query.size = match text.map(|text| text.trim().parse::<u64>()) {
            Some(Ok(size)) if size > 0 => size.min(self.largest),
            Some(Err(error)) if *error.kind() == IntErrorKind::PosOverflow => self.largest,
            _ => self.size,
        };
        if query.size != self.size {
            query.shape.insert("page_size", query.size.to_string());
        }
    }

    fn asked(&self, name: &str) -> Option<Asked<'_>> {
        match name {
            "ordering" => Some(Asked::Ordering),
            "search" => (!self.searched.is_empty()).then_some(Asked::Search),
            _ => self
                .filters
                .iter()
                .find_map(|filter| Some(Asked::Filter(filter, filter.lookup(name)?))),
        }
    }

    fn ask(
        &self,
        query: &mut ListQuery,
        name: &str,
        asked: &Asked<'_>,
        text: &str,
        viewer: &Viewer,
    ) -> Result<(), String> {
        let (condition, canonical) = match asked {
            Asked::Ordering => {
                let order = self.order(text)?;
                if spelt(&order) != spelt(&query.order) {
                    query.shape.insert("ordering", spelt(&order));
                    query.order = order;
                }
                return Ok(());
            }
            Asked::Search => {
                let words: Vec<&str> = text.split_whitespace().collect();
                (search::condition(&self.searched, text)?, words.join(" "))
            }
            Asked::Filter(filter, lookup) => {
                let applied = filter.apply(*lookup, text.trim(), viewer)?;
                if applied.personal {
                    query.user = Some(viewer.user_id);
                }
                (applied.condition, applied.canonical)
            }
        };
        query.conditions.push(condition);
        query.kept.insert(name.to_owned(), canonical);
        Ok(())
    }

    /// Reads `-date,names`, and completes it by the id in the direction of the last key: an index on
    /// (school, key, id) then serves it either way. Keys after the id, or named again, decide nothing.
    fn order(&self, text: &str) -> Result<Vec<Ordered>, String> {
        let mut order: Vec<Ordered> = Vec::new();
        for word in text.split(',').map(str::trim) {
            let (name, descending) = word
                .strip_prefix('-')
                .map_or((word, false), |name| (name, true));
            self.add_key(&mut order, name, descending)?;
        }
        let descending = order.last().is_some_and(|last| last.descending);
        self.add_key(&mut order, ID, descending)?;
        Ok(order)
    }

    fn add_key(
        &self,
        order: &mut Vec<Ordered>,
        name: &str,
        descending: bool,
    ) -> Result<(), String> {
        let Some(key) = self.keys.iter().find(|key| key.name == name) else {
            let names: Vec<&str> = self.keys.iter().map(|key| key.name).collect();
            return Err(format!(
                "\"{name}\" is no ordering. Choose from: {}; - reverses.",
                names.join(", ")
            ));
        };
        let decides = order
            .iter()
            .all(|earlier| earlier.key.name != name && earlier.key.name != ID);
        if decides {
            order.push(Ordered {
                key: key.clone(),
                descending,
            });
        }
        Ok(())
    }
}

/// An ordering in its one spelling: the id goes without saying where it completes the others.
fn spelt(order: &[Ordered]) -> String {
    let goes_without_saying = match order {
        [.., last, id] => id.key.name == ID && id.descending == last.descending,
        _ => false,
    };
    let said = order.len() - usize::from(goes_without_saying);
    order
        .iter()
        .take(said)
        .map(Ordered::spelt)
        .collect::<Vec<_>>()
        .join(",")
}

fn cursor_of(text: &str, query: &ListQuery) -> Result<Position, String> {
    if text.is_empty() {
        return Ok(Position::Cursor(None));
    }
    Cursor::decode(text, query.fingerprint(), &query.order)
        .map(|cursor| Position::Cursor(Some(cursor)))
        .ok_or_else(|| "Invalid cursor.".into())
}

fn number_of(text: &str, size: u64) -> Result<Position, QueryError> {
    let number: u64 = text.trim().parse().map_err(|_| QueryError::Page)?;
    // An offset is a 64-bit integer with a sign, on both engines.
    let offset = number
        .checked_sub(1)
        .and_then(|before| before.checked_mul(size));
    match offset.map(i64::try_from) {
        Some(Ok(_)) => Ok(Position::Number(number)),
        _ => Err(QueryError::Page),
    }
}

/// The parameters of a query string, without its `?`, by name, for an answer that is no list; and the
/// messages on those that are unreadable or repeated.
#[must_use]
pub fn given(query_string: &str) -> (BTreeMap<String, String>, BTreeMap<String, Vec<String>>) {
    let mut errors = Errors::default();
    let given = read(query_string, &mut errors);
    match errors.into_result() {
        Err(QueryError::Invalid(errors)) => (given, errors),
        _ => (given, BTreeMap::new()),
    }
}

/// The parameters by name; what is unreadable or repeated is noted.
fn read(query_string: &str, errors: &mut Errors) -> BTreeMap<String, String> {
    let mut given = BTreeMap::new();
    for pair in query_string.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let Some(name) = decode(name) else {
            errors.add(NON_FIELD, UNREADABLE);
            continue;
        };
        let Some(value) = decode(value) else {
            errors.add(&name, UNREADABLE);
            continue;
        };
        if given.insert(name.clone(), value).is_some() {
            errors.add(&name, "May be given only once.");
        }
    }
    given
}

/// Undoes `application/x-www-form-urlencoded`, to the letter: a lenient reader would search for
/// something else than was asked.
fn decode(text: &str) -> Option<String> {
    let hex = |byte: Option<u8>| {
        char::from(byte?)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => hex(bytes.next())? << 4 | hex(bytes.next())?,
            plain => plain,
        });
    }
    String::from_utf8(decoded).ok()
}
