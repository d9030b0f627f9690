//! Values that a property of the document must refuse.

use reqwest::Method;
use serde_json::{Value, json};

use super::document::{Operation, Property, Step};

/// Values of every wrong type.
pub fn of_a_wrong_type(operation: &Operation, property: &Property) -> Vec<Value> {
    if property.one_of || property.path.last() == Some(&Step::Key) {
        return Vec::new();
    }
    let limited = property.schema.get("enum").is_some();
    let mut wrong = match (&property.types()[..], property.format()) {
        (_, "pk" | "money") | (["integer"], _) => vec![
            json!(true),
            json!([]),
            json!({}),
            json!("x"),
            json!(1e20),
            json!(1.5e-7),
        ],
        (["number"], _) => vec![
            json!(true),
            json!([]),
            json!({}),
            json!("x"),
            json!("NaN"),
            json!("inf"),
        ],
        (["boolean"], _) => vec![json!(1), json!("x"), json!([]), json!({})],
        (["string"], "date" | "date-time") => {
            vec![
                json!(true),
                json!(1),
                json!("x"),
                json!("2025-02-30"),
                json!([]),
                json!({}),
            ]
        }
        (["string"], _) if limited => vec![json!(true), json!(1), json!("x"), json!([]), json!({})],
        (["string"], _) => vec![json!(true), json!([]), json!({})],
        (["array"], _) => vec![json!(true), json!(1), json!("x"), json!({})],
        (["object"], _) => vec![json!(true), json!(1), json!("x"), json!([])],
        _ => Vec::new(),
    };
    // A merge patch takes a null for the wish to be without (RFC 7396).
    let takes_away =
        operation.method == Method::PATCH && property.path.last() == Some(&Step::Entry);
    if property.required && !property.nullable && !takes_away && !wrong.is_empty() {
        wrong.push(Value::Null);
    }
    wrong
}

/// Values one beyond each bound the document names.
pub fn beyond_its_bounds(property: &Property) -> Vec<Value> {
    let schema = &property.schema;
    let mut beyond = Vec::new();
    if property.is_text() {
        let longest = schema["maxLength"]
            .as_u64()
            .and_then(|most| usize::try_from(most).ok());
        // The longest are images, whose bodies are as long as they may be with letters of one byte.
        let letter = |most| if most < 100_000 { "é" } else { "x" };
        beyond.extend(longest.map(|most| json!(letter(most).repeat(most + 1))));
        beyond.extend(
            schema["minLength"]
                .as_u64()
                .filter(|_| !property.nullable)
                .map(|_| json!("")),
        );
    }
    if property.types() == ["array"] {
        let most = schema["maxItems"]
            .as_u64()
            .and_then(|most| usize::try_from(most).ok());
        beyond.extend(most.map(|most| Value::from(vec![Value::Null; most + 1])));
    }
    beyond.extend(schema["maximum"].as_f64().map(|most| json!(most + 1.0)));
    beyond.extend(schema["minimum"].as_f64().map(|least| json!(least - 1.0)));
    if property.types() == ["integer"] {
        // The same as whole numbers, which these are.
        beyond = beyond
            .iter()
            .filter_map(Value::as_f64)
            .map(|bound| json!(format!("{bound:.0}")))
            .collect();
    }
    beyond
}

/// Whether the document bounds what it takes here.
pub fn is_bounded(property: &Property) -> bool {
    let schema = &property.schema;
    match &property.types()[..] {
        ["string"] if property.is_text() => {
            schema.get("enum").is_some() || schema.get("maxLength").is_some()
        }
        ["array"] => schema.get("maxItems").is_some(),
        _ => true,
    }
}

/// Values with a null character in them.
pub fn with_a_null_character(property: &Property) -> Vec<Value> {
    match &property.types()[..] {
        ["string"] if property.path.last() != Some(&Step::Key) => vec![json!("a\0b"), json!("\0")],
        [] => vec![json!({"a": ["b\0"]}), json!({"\0": 1})],
        _ => Vec::new(),
    }
}
