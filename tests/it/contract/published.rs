//! The published document, as far as claims are derived from it.

use std::collections::BTreeSet;

use serde_json::Value;

/// Parameters that every list takes.
const EVERY_LIST: [&str; 5] = ["page", "page_size", "cursor", "ordering", "search"];

/// The document.
pub struct Published(Value);

/// One operation of it.
#[derive(Debug, Clone)]
pub struct Operation {
    /// Path with its parameters in braces.
    pub path: String,
    /// Method in capitals.
    pub method: String,
    /// Line of the permission matrix and whether it reads; none of an operation that is public.
    pub permission: Option<(String, bool)>,
    /// Whether it may be called without a token.
    pub open: bool,
}

/// A parameter of a list.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Schema of one value.
    pub schema: Value,
}

impl Published {
    /// The document as the application publishes it.
    pub fn read() -> Self {
        Self(serde_json::to_value(gateway::openapi::document(&gateway::mounts())).unwrap())
    }

    /// Every operation.
    pub fn operations(&self) -> Vec<Operation> {
        let mut all = Vec::new();
        for (path, item) in self.0["paths"].as_object().unwrap() {
            for (method, described) in item.as_object().unwrap() {
                all.push(operation(path, method, described));
            }
        }
        all
    }

    /// Names of the collections, sorted.
    pub fn lists(&self) -> Vec<String> {
        let names: BTreeSet<String> = self
            .operations()
            .iter()
            .filter(|one| one.method == "GET")
            .filter_map(|one| {
                let name = one.path.strip_prefix("/api/")?.strip_suffix('/')?;
                // What belongs to one row is no collection.
                if name.contains('{') {
                    return None;
                }
                let paged = self.parameters(name).iter().any(|one| one.name == "page");
                paged.then(|| name.to_owned())
            })
            .collect();
        names.into_iter().collect()
    }

    /// Methods of a path, in capitals and sorted.
    pub fn methods(&self, path: &str) -> BTreeSet<String> {
        let item = self.0["paths"][path].as_object().unwrap();
        item.keys().map(|method| method.to_uppercase()).collect()
    }

    /// Line of the permission matrix of a collection; aliases share one.
    pub fn resource(&self, collection: &str) -> &str {
        let list = &self.0["paths"][format!("/api/{collection}/")]["get"];
        list["x-permission"]["resource"].as_str().unwrap()
    }

    /// The schema of a body that creates.
    fn input(&self, collection: &str) -> &Value {
        let create = &self.0["paths"][format!("/api/{collection}/")]["post"];
        let schema = &create["requestBody"]["content"]["application/json"]["schema"];
        self.0
            .pointer(&schema["$ref"].as_str().unwrap()[1..])
            .unwrap()
    }

    /// Fields that a body must have.
    pub fn required(&self, collection: &str) -> Vec<String> {
        let required = &self.input(collection)["required"];
        serde_json::from_value(required.clone()).unwrap_or_default()
    }

    /// Fields of a body that hold the key of a row.
    pub fn references(&self, collection: &str) -> Vec<String> {
        let fields = self.input(collection)["properties"].as_object().unwrap();
        let keys = fields
            .iter()
            .filter(|(_, schema)| schema.to_string().contains("/schemas/Pk\""));
        keys.map(|(field, _)| field.clone()).collect()
    }

    /// Whether a body may hold a field.
    pub fn takes(&self, collection: &str, field: &str) -> bool {
        self.input(collection)["properties"].get(field).is_some()
    }

    fn parameters(&self, collection: &str) -> Vec<Parameter> {
        let list = &self.0["paths"][format!("/api/{collection}/")]["get"];
        let asked = list["parameters"].as_array().into_iter().flatten();
        asked
            .filter(|one| one["in"] == "query")
            .map(|one| {
                let schema = &one["schema"];
                Parameter {
                    name: one["name"].as_str().unwrap().to_owned(),
                    schema: schema.get("items").unwrap_or(schema).clone(),
                }
            })
            .collect()
    }

    /// A parameter of a list, where it has one of this name.
    pub fn parameter(&self, collection: &str, name: &str) -> Option<Parameter> {
        let mut all = self.parameters(collection).into_iter();
        all.find(|one| one.name == name)
    }

    /// The filters of a list.
    pub fn filters(&self, collection: &str) -> Vec<Parameter> {
        let mut all = self.parameters(collection);
        all.retain(|one| !EVERY_LIST.contains(&one.name.as_str()));
        all
    }

    /// The keys a list is ordered by, ascending.
    pub fn orderings(&self, collection: &str) -> Vec<String> {
        let ordering = self.parameter(collection, "ordering").unwrap();
        let words: Vec<String> = serde_json::from_value(ordering.schema["enum"].clone()).unwrap();
        let (ascending, descending): (Vec<_>, Vec<_>) =
            words.into_iter().partition(|word| !word.starts_with('-'));
        let reversed: Vec<String> = ascending.iter().map(|word| format!("-{word}")).collect();
        assert_eq!(descending, reversed, "{collection}");
        ascending
    }
}

fn operation(path: &str, method: &str, described: &Value) -> Operation {
    let permission = &described["x-permission"];
    let security = described["security"].as_array().unwrap();
    Operation {
        path: path.to_owned(),
        method: method.to_uppercase(),
        permission: permission["resource"]
            .as_str()
            .map(|resource| (resource.to_owned(), permission["verb"] == "read")),
        // No requirement, or one that asks for nothing.
        open: security.is_empty()
            || security
                .iter()
                .any(|one| one.as_object().unwrap().is_empty()),
    }
}
