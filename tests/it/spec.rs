//! The published document, linted as data.

use resource::tenant_guard::{Access, matrix::MATRIX};
use serde_json::Value;

fn document() -> Value {
    serde_json::to_value(gateway::openapi::document(&gateway::mounts())).unwrap()
}

fn operations(document: &Value) -> Vec<(String, String, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    let all = paths.iter().flat_map(|(path, item)| {
        item.as_object()
            .unwrap()
            .iter()
            .map(move |(method, operation)| (path.clone(), method.clone(), operation))
    });
    all.filter(|(_, method, _)| {
        ["get", "post", "put", "patch", "delete"].contains(&method.as_str())
    })
    .collect()
}

#[test]
fn the_document_is_openapi_3_1() {
    assert!(document()["openapi"].as_str().unwrap().starts_with("3.1"));
}

#[test]
fn every_route_is_described_and_every_description_is_routed() {
    let document = document();
    let mut described: Vec<_> = operations(&document)
        .into_iter()
        .map(|(path, method, _)| (path, method.to_uppercase()))
        .collect();
    let mounts = gateway::mounts();
    let mut routed: Vec<_> = mounts
        .operations()
        .iter()
        .map(|one| (one.path.clone(), one.permission.method.to_string()))
        .collect();
    described.sort();
    routed.sort();
    assert_eq!(described, routed);
}

#[test]
fn every_operation_is_on_the_permission_matrix_unless_it_is_public() {
    for one in gateway::mounts().operations() {
        let listed = MATRIX
            .iter()
            .any(|rule| rule.resource == one.permission.resource);
        assert!(
            listed || one.access == Access::Public,
            "{} {}",
            one.permission.method,
            one.path
        );
    }
    for rule in MATRIX {
        let used = gateway::mounts()
            .operations()
            .iter()
            .any(|one| one.permission.resource == rule.resource);
        assert!(used, "{} is on the matrix and nowhere else", rule.resource);
    }
}

#[test]
fn every_operation_has_an_id_a_tag_a_summary_and_documented_answers() {
    let document = document();
    let mut ids = Vec::new();
    for (path, method, operation) in operations(&document) {
        let place = format!("{method} {path}");
        ids.push(
            operation["operationId"]
                .as_str()
                .unwrap_or_else(|| panic!("{place}: no id"))
                .to_owned(),
        );
        assert!(
            operation["summary"]
                .as_str()
                .is_some_and(|text| !text.is_empty()),
            "{place}: no summary"
        );
        assert!(
            operation["tags"]
                .as_array()
                .is_some_and(|tags| !tags.is_empty()),
            "{place}: no tag"
        );
        let answers = operation["responses"].as_object().unwrap();
        assert!(
            answers.keys().any(|status| status.starts_with('2')),
            "{place}: no success"
        );
        assert!(
            path.ends_with('/'),
            "{place}: the canonical path ends with a slash"
        );
    }
    let all = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(all, ids.len(), "an operation id is used twice");
}

#[test]
fn every_reference_leads_somewhere() {
    fn walk(value: &Value, document: &Value) {
        match value {
            Value::Object(fields) => {
                if let Some(reference) = fields.get("$ref").and_then(Value::as_str) {
                    assert!(document.pointer(&reference[1..]).is_some(), "{reference}");
                }
                fields.values().for_each(|inner| walk(inner, document));
            }
            Value::Array(items) => items.iter().for_each(|inner| walk(inner, document)),
            _ => {}
        }
    }
    let document = document();
    walk(&document, &document);
}

#[test]
fn every_field_of_every_schema_is_explained() {
    let document = document();
    let mut bare = Vec::new();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        for (field, property) in schema["properties"].as_object().into_iter().flatten() {
            // An optional reference keeps its words beside the reference.
            let choices = property["oneOf"].as_array().into_iter().flatten();
            let explained = choices.chain([property]).any(|one| {
                one["description"]
                    .as_str()
                    .is_some_and(|text| !text.is_empty())
            }) || property.get("$ref").is_some();
            if !explained {
                bare.push(format!("{name}.{field}"));
            }
        }
    }
    assert!(bare.is_empty(), "{bare:#?}");
}
