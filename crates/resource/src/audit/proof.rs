//! What a row of the trail is signed over, in a spelling that both engines give back alike.
//!
//! PostgreSQL keeps JSON as values, not as text: it sorts keys and spells numbers its own way. So the
//! signed text sorts keys itself, spells whole numbers as integers and others as the shortest text
//! that reads back the same, and takes JSON `null` and SQL `NULL` for one. Times count in microseconds,
//! the finest step both engines store.

use std::fmt::Write;

use chrono::{DateTime, Utc};
use serde_json::{Number, Value as Json};
use tenant_guard::TrailKey;
use uuid::Uuid;

use super::entity::Model;

/// Opens every signed row, so that a later spelling cannot be taken for this one.
const SPELLING: &str = "row 1";

/// Everything a row says, but for its own key: that is known only once the row is written, and is
/// bound by its seal.
pub(super) struct Facts<'a> {
    pub school: i64,
    pub actor_id: Option<i64>,
    pub actor_role: &'a str,
    pub impersonator_id: Option<i64>,
    pub action: &'a str,
    pub resource: &'a str,
    pub resource_id: Option<i64>,
    pub before: Option<&'a Json>,
    pub after: Option<&'a Json>,
    pub request_id: Option<&'a str>,
    pub at: DateTime<Utc>,
}

impl<'a> Facts<'a> {
    pub(super) fn of(row: &'a Model) -> Self {
        Self {
            school: row.school_id,
            actor_id: row.actor_id,
            actor_role: &row.actor_role,
            impersonator_id: row.impersonator_id,
            action: &row.action,
            resource: &row.resource,
            resource_id: row.resource_id,
            before: row.before.as_ref(),
            after: row.after.as_ref(),
            request_id: row.request_id.as_deref(),
            at: row.at,
        }
    }

    /// A signature of these facts that no other row has, for it opens with a number of its own.
    pub(super) fn prove(&self, key: &TrailKey) -> String {
        let nonce = Uuid::now_v7().simple().to_string();
        let signature = key.sign(&self.text(&nonce));
        format!("{nonce}.{signature}")
    }

    /// Whether `proof` was made of these facts by the holder of `key`.
    pub(super) fn proved(&self, key: &TrailKey, proof: &str) -> bool {
        proof
            .split_once('.')
            .is_some_and(|(nonce, signature)| key.signed(&self.text(nonce), signature))
    }

    /// The facts in one spelling.
    pub(super) fn text(&self, nonce: &str) -> String {
        let mut text = format!("{SPELLING}\n");
        let number = |id: Option<i64>| id.map_or(Json::Null, Json::from);
        let words = [
            Json::from(nonce),
            Json::from(self.school),
            number(self.actor_id),
            Json::from(self.actor_role),
            number(self.impersonator_id),
            Json::from(self.action),
            Json::from(self.resource),
            number(self.resource_id),
            self.request_id.map_or(Json::Null, Json::from),
            Json::from(self.at.timestamp_micros()),
        ];
        for word in &words {
            spell(word, &mut text);
            text.push('\n');
        }
        for side in [self.before, self.after] {
            spell(side.unwrap_or(&Json::Null), &mut text);
            text.push('\n');
        }
        text
    }
}

fn spell(value: &Json, text: &mut String) {
    match value {
        Json::Null | Json::Bool(_) | Json::String(_) => push(value, text),
        Json::Number(number) => spell_number(number, text),
        Json::Array(items) => {
            text.push('[');
            for item in items {
                spell(item, text);
                text.push(',');
            }
            text.push(']');
        }
        Json::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_unstable_by_key(|(name, _)| *name);
            text.push('{');
            for (name, item) in fields {
                push(&Json::from(name.as_str()), text);
                text.push(':');
                spell(item, text);
                text.push(',');
            }
            text.push('}');
        }
    }
}

/// Writing to a String cannot fail.
fn push(value: &Json, text: &mut String) {
    let _ = write!(text, "{value}");
}

/// 1, 1.0 and 1e0 are one number, and PostgreSQL may give back another than it was given.
#[allow(
    clippy::cast_possible_truncation,
    reason = "a whole number below 2^53 in size is an integer to the bit"
)]
fn spell_number(number: &Number, text: &mut String) {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let real = number.as_f64().unwrap_or_default();
    let _ = if number.is_i64() || number.is_u64() {
        write!(text, "{number}")
    } else if real.fract() == 0.0 && real.abs() < EXACT {
        write!(text, "{}", real as i64)
    } else {
        write!(text, "{real}")
    };
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn spelled(value: &Json) -> String {
        let mut text = String::new();
        spell(value, &mut text);
        text
    }

    #[test]
    fn what_an_engine_may_spell_otherwise_is_spelled_alike() {
        let sent: Json = serde_json::from_str(r#"{"b":1e2,"a":[1.50,-0.0],"c":1e300}"#).unwrap();
        let mut kept = r#"{"a": [1.50, 0.0], "b": 100, "c": 1"#.to_owned();
        kept.push_str(&"0".repeat(300));
        kept.push('}');
        let kept: Json = serde_json::from_str(&kept).unwrap();
        assert_eq!(spelled(&sent), spelled(&kept));
        assert_eq!(
            spelled(&json!({"a": [1.5, 0], "b": 100})),
            r#"{"a":[1.5,0,],"b":100,}"#
        );
    }

    #[test]
    fn what_differs_is_spelled_apart() {
        let all = [
            json!(null),
            json!("null"),
            json!(1),
            json!("1"),
            json!([1, 2]),
            json!([12]),
            json!(["1,2"]),
            json!({"a": 1}),
            json!({"a": 1.5}),
            json!({"a": "1.5"}),
            json!({"a\":1,\"b": 1}),
            json!(u64::MAX),
            json!(i64::MIN),
        ];
        let mut texts: Vec<String> = all.iter().map(spelled).collect();
        texts.sort_unstable();
        texts.dedup();
        assert_eq!(texts.len(), all.len());
    }

    proptest! {
        #[test]
        fn a_number_is_spelled_as_it_is_read_back(real in any::<f64>().prop_filter("finite", |real| real.is_finite())) {
            let sent = json!(real);
            // PostgreSQL writes numbers out in full, without an exponent.
            let kept: Json = serde_json::from_str(&format!("{real}")).unwrap();
            prop_assert_eq!(spelled(&sent), spelled(&kept));
        }
    }
}
