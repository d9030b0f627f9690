//! Filters, and parameters that are none.

use serde_json::{Value, json};

use super::{
    case::{Case, every},
    listing::Rank,
    published::Parameter,
};

/// A value as a query spells it.
fn spelt(value: &Value) -> String {
    let text = value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned);
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// A value that no row has, where the schema allows for one.
fn nobodys(schema: &Value) -> Option<&'static str> {
    match schema["type"].as_str() {
        Some("integer") => Some("999999999"),
        Some("string") if schema["enum"].is_null() && schema["format"].is_null() => Some("nobody"),
        _ => None,
    }
}

/// Whether a row whose value is `has` is kept by a filter of `value`.
fn keeps(lookup: &str, has: &Value, value: &Value) -> bool {
    let (has, value) = (Rank::of(has), Rank::of(value));
    match lookup {
        "gte" => has >= value,
        "lte" => has <= value,
        _ => has == value,
    }
}

/// The rows of a filter are those that show the value.
async fn shown(case: &Case, rows: &[Value], filter: &str, value: &Value) {
    let (field, lookup) = filter.split_once("__").unwrap_or((filter, "is"));
    let kept = |row: &&Value| !row[field].is_null() && keeps(lookup, &row[field], value);
    let expected: Vec<&Value> = rows.iter().filter(kept).collect();
    assert!(!expected.is_empty());
    let found = case.all(&format!("{filter}={}", spelt(value))).await;
    assert_eq!(
        found.iter().collect::<Vec<_>>(),
        expected,
        "{} by {filter}={value}",
        case.line.name
    );
}

async fn holds(case: &Case, rows: &[Value], filter: &Parameter) {
    let name = &filter.name;
    let field = name.split("__").next().unwrap_or_default();
    // Both ends of the rows, which differ where anything does.
    let mut values = rows
        .iter()
        .map(|row| &row[field])
        .filter(|value| !value.is_null());
    if let Some(first) = values.next() {
        shown(case, rows, name, first).await;
        shown(case, rows, name, values.next_back().unwrap_or(first)).await;
    } else {
        let choice = filter.schema["enum"].get(0).cloned();
        let value = choice.unwrap_or_else(|| case.fixture.hidden(field));
        let met = case.all(&format!("{name}={}", spelt(&value))).await;
        assert!(!met.is_empty(), "{} by {name}={value}", case.line.name);
    }
    let unmet = nobodys(&filter.schema).unwrap_or("neither");
    let answer = case.list(&format!("?{name}={unmet}")).await;
    if unmet == "neither" {
        assert_eq!(answer.field_errors().keys().collect::<Vec<_>>(), [name]);
    } else {
        assert_eq!(
            answer.expect(200)["count"],
            0,
            "{} by {name}",
            case.line.name
        );
    }
}

both! {
    async fn every_filter_of_the_document_keeps_the_rows_it_says(app: App) {
        for case in every(&app).await {
            case.make_all(4).await;
            let rows = case.all("").await;
            for filter in case.published.filters(case.line.name) {
                holds(&case, &rows, &filter).await;
            }
        }
    }

    async fn a_parameter_that_is_none_is_refused_by_name(app: App) {
        for case in every(&app).await {
            let errors = case.list("?nonsense=1&page_size=2&Ordering=id").await.field_errors();
            let unknown = || json!(["Unknown query parameter."]);
            assert_eq!(json!(errors), json!({"nonsense": unknown(), "Ordering": unknown()}), "{}", case.line.name);
            let errors = case.list("?page_size=2&page_size=3").await.field_errors();
            assert_eq!(errors["page_size"], ["May be given only once."], "{}", case.line.name);
        }
    }
}
