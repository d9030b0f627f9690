//! Orderings and search.

use chrono::DateTime;
use serde_json::Value;

use super::case::{Case, every};

/// A value as it is ordered.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
pub enum Rank {
    /// Amounts, marks and ids; moments in microseconds.
    Number(f64),
    /// Everything else.
    Text(String),
}

impl Rank {
    /// The rank of a value on the wire.
    #[allow(
        clippy::cast_precision_loss,
        reason = "microseconds since 1970 are exact until the year 2255"
    )]
    pub fn of(value: &Value) -> Self {
        let Some(text) = value.as_str() else {
            return value
                .as_f64()
                .map_or_else(|| Self::Text(value.to_string()), Self::Number);
        };
        if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
            return Self::Number(moment.timestamp_micros() as f64);
        }
        text.parse()
            .map_or_else(|_| Self::Text(text.to_owned()), Self::Number)
    }
}

/// Rows by a key and then their id.
fn ranks(rows: &[Value], made: &[Value], key: &str) -> Vec<(Rank, Rank)> {
    let ours = |row: &&Value| made.iter().any(|one| one["id"] == row["id"]);
    rows.iter()
        .filter(ours)
        .map(|row| (Rank::of(&row[key]), Rank::of(&row["id"])))
        .collect()
}

/// What a list answers to a word, and what it should: rows whose searched text has it in any case.
async fn found(case: &Case, rows: &[Value], word: &str, encoded: &str) {
    let shown = case.line.searched.unwrap();
    let has = |row: &&Value| {
        let text = row[shown].as_str().unwrap().to_lowercase();
        text.contains(&word.to_lowercase())
    };
    let expected: Vec<&Value> = rows.iter().filter(has).collect();
    assert!(!expected.is_empty() && expected.len() < rows.len());
    let found = case.all(&format!("search={encoded}")).await;
    assert_eq!(
        found.iter().collect::<Vec<_>>(),
        expected,
        "{} searched for {word}",
        case.line.name
    );
}

both! {
    async fn every_ordering_sorts_either_way_and_ties_go_by_id(app: App) {
        for case in every(&app).await {
            let made = case.make_all(6).await;
            for key in case.published.orderings(case.line.name) {
                let place = format!("{} by {key}", case.line.name);
                let mut ascending = case.all(&format!("ordering={key}")).await;
                let ranks = ranks(&ascending, &made, &key);
                assert_eq!(ranks.len(), made.len(), "{place}");
                assert!(ranks.is_sorted(), "{place}: {ranks:?}");
                let descending = case.all(&format!("ordering=-{key}")).await;
                ascending.reverse();
                assert_eq!(ascending, descending, "{place}");
            }
        }
    }

    async fn an_ordering_that_is_none_is_refused_and_names_those_that_are(app: App) {
        for case in every(&app).await {
            let errors = case.list("?ordering=password_hash").await.field_errors();
            for key in case.published.orderings(case.line.name) {
                assert!(errors["ordering"][0].contains(&key), "{errors:?}");
            }
        }
    }

    async fn a_search_finds_what_it_says_and_takes_wildcards_for_letters(app: App) {
        for case in every(&app).await {
            let searchable = case.published.parameter(case.line.name, "search").is_some();
            assert_eq!(searchable, case.line.searched.is_some(), "{}", case.line.name);
            if !searchable {
                continue;
            }
            case.make_all(6).await;
            let rows = case.all("").await;
            for (word, encoded) in [("a%b", "a%25b"), ("a_b", "a_b"), ("AXB", "AXB"), ("row01", "row01"), ("w03 A%", "w03+A%25")] {
                found(&case, &rows, word, encoded).await;
            }
            assert!(case.all("search=nothing+like+it").await.is_empty(), "{}", case.line.name);
            assert_eq!(case.all("search=+").await, rows, "{}", case.line.name);
        }
    }
}
