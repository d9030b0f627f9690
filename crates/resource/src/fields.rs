//! Messages by field, all of them at once.

use std::collections::BTreeMap;

use serde::Serialize;

/// Key of rules that concern several fields.
pub const NON_FIELD: &str = "non_field_errors";

/// Field errors of one request body or query: a field's path (`rows.3.ca1`) to its messages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct FieldErrors(pub BTreeMap<String, Vec<String>>);

impl FieldErrors {
    /// One message on one field.
    pub fn of(field: impl Into<String>, message: impl Into<String>) -> Self {
        let mut errors = Self::default();
        errors.add(field, message);
        errors
    }

    /// Adds a message to a field.
    pub fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.0.entry(field.into()).or_default().push(message.into());
    }

    /// Takes in the messages of `other`.
    pub fn merge(&mut self, other: Self) {
        for (field, messages) in other.0 {
            self.0.entry(field).or_default().extend(messages);
        }
    }

    /// Whether the field, or anything below it, has a message.
    #[must_use]
    pub fn concerns(&self, field: &str) -> bool {
        self.0.keys().any(|key| {
            key == field
                || key
                    .strip_prefix(field)
                    .is_some_and(|rest| rest.starts_with('.'))
        })
    }

    /// Whether there is no message at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The message for a key that finds no row of this school, another school's included.
#[must_use]
pub fn unknown_pk(id: i64) -> String {
    format!("Invalid pk \"{id}\" - object does not exist.")
}
