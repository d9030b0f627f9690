//! The published document, as these tests walk it.

use reqwest::Method;
use serde_json::{Map, Value, json};

/// Key of an entry that is put into an empty map.
const ENTRY: &str = "entry";

/// One operation.
#[derive(Debug, Clone)]
pub struct Operation {
    pub method: Method,
    pub path: String,
    /// Schema of its body, where it takes one.
    pub schema: Option<Value>,
    pub parameters: Vec<Value>,
}

/// One step into a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A field of an object.
    Field(String),
    /// The first item of a list.
    Item,
    /// A value of a map.
    Entry,
    /// A key of a map.
    Key,
}

/// Something a body may hold, at whatever depth.
#[derive(Debug, Clone)]
pub struct Property {
    pub path: Vec<Step>,
    pub schema: Value,
    pub nullable: bool,
    pub required: bool,
    /// Whether it is one of several shapes that are taken here.
    pub one_of: bool,
}

impl Operation {
    /// What of the path comes before the id: `students/bulk-promote`, `users`.
    pub fn collection(&self) -> &str {
        let rest = self.path.trim_start_matches("/api/");
        rest.split("{id}").next().unwrap().trim_matches('/')
    }

    pub fn is_of_a_row(&self) -> bool {
        self.path.contains("{id}")
    }

    pub fn properties(&self) -> Vec<Property> {
        let mut found = Vec::new();
        if let Some(schema) = &self.schema {
            walk(&document(), schema, &[], true, &mut found);
        }
        found.retain(|property| !property.path.is_empty());
        found
    }
}

impl Property {
    pub fn types(&self) -> Vec<&str> {
        type_names(&self.schema)
    }

    pub fn format(&self) -> &str {
        self.schema["format"].as_str().unwrap_or_default()
    }

    /// Plain text, of any length the schema allows.
    pub fn is_text(&self) -> bool {
        let plain = !["date", "date-time", "pk", "money"].contains(&self.format());
        self.types() == ["string"] && plain && self.path.last() != Some(&Step::Key)
    }

    /// Name of the nearest field.
    pub fn field(&self) -> &str {
        let fields = self.path.iter().rev().filter_map(|step| match step {
            Step::Field(name) => Some(name.as_str()),
            _ => None,
        });
        fields.take(1).next().unwrap_or_default()
    }

    /// The name it goes by.
    pub fn name(&self) -> String {
        self.name_in(&Value::Null)
    }

    /// The name its errors go by in `body`.
    pub fn name_in(&self, body: &Value) -> String {
        let mut at = body;
        let words = self.path.iter().map(|step| {
            let word = match step {
                Step::Field(name) => name.clone(),
                Step::Item => "0".into(),
                Step::Entry | Step::Key => first_key(at),
            };
            at = at.get(&word).or_else(|| at.get(0)).unwrap_or(&Value::Null);
            word
        });
        words.collect::<Vec<_>>().join(".")
    }

    /// `body` with `value` here.
    pub fn put(&self, body: &Value, value: Value) -> Value {
        let mut body = body.clone();
        put(&mut body, &self.path, value);
        body
    }
}

fn put(at: &mut Value, path: &[Step], value: Value) {
    let Some((step, rest)) = path.split_first() else {
        *at = value;
        return;
    };
    match step {
        Step::Item => {
            if at.get(0).is_none() {
                *at = json!([null]);
            }
            put(&mut at[0], rest, value);
        }
        Step::Field(name) => put(entry(at, name), rest, value),
        Step::Entry => put(entry(at, &first_key(at)), rest, value),
        Step::Key => {
            let held = entry(at, &first_key(at)).take();
            let key = value.as_str().map_or(value.to_string(), str::to_owned);
            *at = json!({ key: held });
        }
    }
}

fn first_key(at: &Value) -> String {
    let key = at.as_object().and_then(|fields| fields.keys().next());
    key.cloned().unwrap_or_else(|| ENTRY.into())
}

fn entry<'a>(at: &'a mut Value, key: &str) -> &'a mut Value {
    if !at.is_object() {
        *at = json!({});
    }
    let fields: &mut Map<String, Value> = at.as_object_mut().unwrap();
    fields.entry(key).or_insert(Value::Null)
}

pub fn document() -> Value {
    serde_json::to_value(gateway::openapi::document(&gateway::mounts())).unwrap()
}

pub fn operations() -> Vec<Operation> {
    let document = document();
    let paths = document["paths"].as_object().unwrap();
    let all = paths.iter().flat_map(|(path, item)| {
        let methods = item.as_object().unwrap().iter();
        methods.filter_map(|(method, described)| {
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).ok()?;
            let media = &described["requestBody"]["content"]["application/json"];
            Some(Operation {
                method,
                path: path.clone(),
                schema: media.get("schema").cloned(),
                parameters: described["parameters"]
                    .as_array()
                    .cloned()
                    .unwrap_or_default(),
            })
        })
    });
    all.collect()
}

/// Every operation that takes a body.
pub fn writes() -> Vec<Operation> {
    let all = operations().into_iter();
    let writes: Vec<_> = all.filter(|one| one.schema.is_some()).collect();
    assert!(writes.len() > 30, "the document lost its bodies");
    writes
}

fn type_names(schema: &Value) -> Vec<&str> {
    match &schema["type"] {
        Value::String(name) => vec![name],
        Value::Array(names) => {
            let names = names.iter().filter_map(Value::as_str);
            names.filter(|name| *name != "null").collect()
        }
        _ => Vec::new(),
    }
}

fn walk(
    document: &Value,
    schema: &Value,
    path: &[Step],
    required: bool,
    found: &mut Vec<Property>,
) {
    if let Some(reference) = schema["$ref"].as_str() {
        return walk(
            document,
            document.pointer(&reference[1..]).unwrap(),
            path,
            required,
            found,
        );
    }
    let choices = schema.get("oneOf").or_else(|| schema.get("anyOf"));
    let (nulls, others): (Vec<_>, Vec<_>) = choices
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .partition(|choice| choice["type"] == "null");
    let before = found.len();
    if let [only] = others[..] {
        walk(document, only, path, required, found);
    } else {
        found.push(Property {
            path: path.to_vec(),
            schema: schema.clone(),
            nullable: schema["type"]
                .as_array()
                .is_some_and(|all| all.contains(&json!("null"))),
            required,
            one_of: false,
        });
        let choices = found.len();
        for choice in others {
            walk(document, choice, path, false, found);
        }
        for choice in found.iter_mut().skip(choices) {
            choice.one_of = true;
        }
        walk_into(document, schema, path, found);
    }
    if let Some(property) = found.get_mut(before) {
        property.nullable |= !nulls.is_empty();
    }
}

fn walk_into(document: &Value, schema: &Value, path: &[Step], found: &mut Vec<Property>) {
    let step = |step: Step| [path, &[step]].concat();
    let required = schema["required"].as_array();
    for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
        if inner["readOnly"] != true {
            let required = required.is_some_and(|all| all.contains(&json!(name)));
            walk(
                document,
                inner,
                &step(Step::Field(name.clone())),
                required,
                found,
            );
        }
    }
    for (key, inside, required) in [
        ("items", Step::Item, true),
        ("additionalProperties", Step::Entry, true),
        ("propertyNames", Step::Key, true),
    ] {
        if let Some(inner) = schema.get(key).filter(|inner| inner.is_object()) {
            walk(document, inner, &step(inside), required, found);
        }
    }
}
