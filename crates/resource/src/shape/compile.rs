//! From an OpenAPI schema to a [`Shape`].

use serde_json::Value;
use utoipa::openapi::{RefOr, Schema};

use super::{Field, Shape};
use crate::Money;

/// Most items of a list whose schema names no bound.
const LIST_BOUND: usize = 10_000;

type Components = [(String, RefOr<Schema>)];

pub(super) fn compile(schema: &RefOr<Schema>, components: &Components) -> Shape {
    let json = serde_json::to_value(schema).unwrap_or_default();
    shape(&json, components)
}

fn shape(json: &Value, components: &Components) -> Shape {
    if let Some(reference) = json.get("$ref").and_then(Value::as_str) {
        return referred(reference, components);
    }
    if let Some(choices) = json
        .get("oneOf")
        .or_else(|| json.get("anyOf"))
        .and_then(Value::as_array)
    {
        return one_of(choices, components);
    }
    let (nulls, types): (Vec<&str>, Vec<&str>) = type_names(json)
        .into_iter()
        .partition(|name| *name == "null");
    let nullable = !nulls.is_empty();
    let inner = plain(json, &types, components);
    if nullable {
        Shape::Nullable(Box::new(inner))
    } else {
        inner
    }
}

fn referred(reference: &str, components: &Components) -> Shape {
    let name = reference.rsplit('/').next().unwrap_or_default();
    components
        .iter()
        .find(|(known, _)| known == name)
        .map_or(Shape::Any, |(_, schema)| compile(schema, components))
}

fn one_of(choices: &[Value], components: &Components) -> Shape {
    let is_null = |choice: &&Value| type_names(choice) == ["null"];
    let nullable = choices.iter().any(|choice| is_null(&choice));
    let mut others = choices.iter().filter(|choice| !is_null(choice));
    match (others.next(), others.next()) {
        (Some(only), None) if nullable => Shape::Nullable(Box::new(shape(only, components))),
        (Some(only), None) => shape(only, components),
        _ => Shape::Any,
    }
}

fn type_names(json: &Value) -> Vec<&str> {
    match json.get("type") {
        Some(Value::String(name)) => vec![name],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn plain(json: &Value, names: &[&str], components: &Components) -> Shape {
    let format = json
        .get("format")
        .and_then(Value::as_str)
        .unwrap_or_default();
    match (names, format) {
        (_, "pk") => Shape::Pk,
        (_, "money") => Shape::Money {
            min: amount(json, "minimum").unwrap_or(Money::of_minor(-Money::MAX.minor())),
            max: amount(json, "maximum").unwrap_or(Money::MAX),
        },
        (["string"], "date") => Shape::Date,
        (["string"], "date-time") => Shape::DateTime,
        (["string"], _) => text(json, format == "password"),
        (["integer"], _) => Shape::Integer {
            min: json
                .get("minimum")
                .and_then(Value::as_i64)
                .unwrap_or(i64::MIN),
            max: json
                .get("maximum")
                .and_then(Value::as_i64)
                .unwrap_or_else(|| widest(format)),
        },
        (["number"], _) => Shape::Number {
            min: json
                .get("minimum")
                .and_then(Value::as_f64)
                .unwrap_or(f64::MIN),
            max: json
                .get("maximum")
                .and_then(Value::as_f64)
                .unwrap_or(f64::MAX),
            hundredths: format == "mark",
        },
        (["boolean"], _) => Shape::Boolean,
        (["array"], _) => Shape::List {
            item: Box::new(
                json.get("items")
                    .map_or(Shape::Any, |items| shape(items, components)),
            ),
            max: size(json, "maxItems").unwrap_or(LIST_BOUND),
        },
        (["object"], _) => object(json, components),
        _ => Shape::Any,
    }
}

fn widest(format: &str) -> i64 {
    if format == "int32" {
        i64::from(i32::MAX)
    } else {
        i64::MAX
    }
}

fn size(json: &Value, key: &str) -> Option<usize> {
    json.get(key)
        .and_then(Value::as_u64)
        .and_then(|size| usize::try_from(size).ok())
}

fn amount(json: &Value, key: &str) -> Option<Money> {
    json.get(key)?.as_number()?.to_string().parse().ok()
}

fn text(json: &Value, secret: bool) -> Shape {
    let choices = json.get("enum").and_then(Value::as_array);
    Shape::Text {
        min: size(json, "minLength").unwrap_or(0),
        max: size(json, "maxLength"),
        choices: choices
            .into_iter()
            .flatten()
            .filter_map(|choice| choice.as_str().map(str::to_owned))
            .collect(),
        secret,
    }
}

fn object(json: &Value, components: &Components) -> Shape {
    match json.get("additionalProperties") {
        Some(Value::Bool(true)) => return Shape::Map(Box::new(Shape::Any)),
        Some(inner @ Value::Object(_)) => return Shape::Map(Box::new(shape(inner, components))),
        _ => {}
    }
    let Some(properties) = json.get("properties").and_then(Value::as_object) else {
        return Shape::Map(Box::new(Shape::Any));
    };
    let required = json.get("required").and_then(Value::as_array);
    let is_required = |name: &str| required.is_some_and(|all| all.iter().any(|one| one == name));
    let fields = properties
        .iter()
        .filter(|(_, schema)| schema.get("readOnly") != Some(&Value::Bool(true)))
        .map(|(name, schema)| Field {
            name: name.clone(),
            shape: shape(schema, components),
            required: is_required(name),
        });
    Shape::Object(fields.collect())
}
