//! Cursors: the place of a row in an ordering, opaque to clients.
//!
//! A cursor is no secret and no permission. It holds a fingerprint of the ordering and the filters it
//! was made under, and the row's keys as text; each is read again by the kind of its key, so a
//! forged one can only name another place.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sea_orm::{
    DbErr, FromQueryResult, QueryResult, Value,
    sea_query::{Expr, SelectStatement},
};

use crate::{
    kind::{fetch, text_of},
    order::Ordered,
};

const KINDS: &str = "cursor_kinds";

/// Column of the nth key.
fn column(n: usize) -> String {
    format!("cursor_key_{n}")
}

/// A row of a cursor's page, with the keys it is ordered by.
#[derive(Debug, Clone)]
pub struct Keyed<Row> {
    pub(crate) row: Row,
    pub(crate) keys: Vec<Value>,
}

/// Adds what [`Keyed`] reads: the keys, and a word that says their kinds.
pub(crate) fn select_keys(statement: &mut SelectStatement, order: &[Ordered]) {
    let kinds: String = order
        .iter()
        .map(|ordered| ordered.key.kind.letter())
        .collect();
    statement.expr_as(Expr::cust(format!("'{kinds}'")), KINDS);
    for (n, ordered) in order.iter().enumerate() {
        let key = &ordered.key;
        statement.expr_as(key.kind.widest(key.expr.clone()), column(n));
    }
}

impl<Row: FromQueryResult> FromQueryResult for Keyed<Row> {
    fn from_query_result(result: &QueryResult, prefix: &str) -> Result<Self, DbErr> {
        let kinds: String = result.try_get("", KINDS)?;
        let keys = kinds
            .chars()
            .enumerate()
            .map(|(n, letter)| fetch(result, letter, &column(n)));
        Ok(Self {
            keys: keys.collect::<Result<_, _>>()?,
            row: Row::from_query_result(result, prefix)?,
        })
    }
}

/// A place in an ordering, and which way to go from it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Cursor {
    pub backward: bool,
    /// One of each key of the ordering.
    pub values: Vec<Value>,
}

impl Cursor {
    pub(crate) fn encode(&self, fingerprint: u64) -> String {
        let texts: Vec<Option<String>> = self.values.iter().map(text_of).collect();
        let json = serde_json::json!([fingerprint, self.backward, texts]);
        URL_SAFE_NO_PAD.encode(json.to_string())
    }

    /// Reads a cursor made under this ordering and fingerprint; any other text is `None`.
    pub(crate) fn decode(text: &str, fingerprint: u64, order: &[Ordered]) -> Option<Self> {
        let json = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (made_under, backward, texts): (u64, bool, Vec<Option<String>>) =
            serde_json::from_slice(&json).ok()?;
        if made_under != fingerprint || texts.len() != order.len() {
            return None;
        }
        let values = texts.iter().zip(order).map(|(text, ordered)| match text {
            Some(text) => ordered.key.kind.read(text).ok(),
            None if ordered.key.nullable => Some(Value::BigInt(None)),
            None => None,
        });
        Some(Self {
            backward,
            values: values.collect::<Option<_>>()?,
        })
    }
}
