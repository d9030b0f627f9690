//! Parameters of an action's query, whose faults are told all at once.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, web};
use resource::{ApiError, FieldErrors, fields::NON_FIELD};

const REQUIRED: &str = "This field is required.";

/// What a query string gives. Each parameter is taken once; what is left is unknown.
#[derive(Debug, Default)]
pub(super) struct Parameters {
    given: BTreeMap<String, String>,
    errors: FieldErrors,
}

impl Parameters {
    /// Those of a request.
    ///
    /// # Errors
    /// A field error of no parameter's own for a query that is no text.
    pub(super) fn of(request: &HttpRequest) -> Result<Self, ApiError> {
        web::Query::<BTreeMap<String, String>>::from_query(request.query_string())
            .map(|given| given.into_inner().into())
            .map_err(|error| ApiError::field(NON_FIELD, error.to_string()))
    }

    /// An id; none where there is none, or none that can be.
    pub(super) fn pk(&mut self, name: &str) -> Option<i64> {
        let text = self.given.remove(name)?;
        let id = text.parse().ok().filter(|id| *id > 0);
        if id.is_none() {
            self.wrong(name, format!("\"{text}\" is not an id."));
        }
        id
    }

    /// A text; none where there is none, or none that can be.
    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        let text = self.given.remove(name)?;
        if text.contains('\0') {
            self.wrong(name, "Null characters are not allowed.");
            return None;
        }
        Some(text)
    }

    /// An id that must be there.
    pub(super) fn required_pk(&mut self, name: &str) -> Option<i64> {
        self.require(name);
        self.pk(name)
    }

    /// A text that must be there.
    pub(super) fn required_text(&mut self, name: &str) -> Option<String> {
        self.require(name);
        self.text(name)
    }

    fn require(&mut self, name: &str) {
        if !self.given.contains_key(name) {
            self.wrong(name, REQUIRED);
        }
    }

    /// Adds a message to a parameter.
    pub(super) fn wrong(&mut self, name: impl Into<String>, message: impl Into<String>) {
        self.errors.add(name, message);
    }

    /// Whether every parameter taken so far is sound.
    pub(super) fn is_sound(&self) -> bool {
        self.errors.is_empty()
    }

    /// `asked`, where all is sound and every parameter was taken.
    ///
    /// # Errors
    /// What is wrong, by parameter.
    pub(super) fn finish<T>(mut self, asked: Option<T>) -> Result<T, FieldErrors> {
        for name in std::mem::take(&mut self.given).into_keys() {
            self.errors.add(name, "Unknown query parameter.");
        }
        match asked {
            Some(asked) if self.errors.is_empty() => Ok(asked),
            _ => Err(self.errors),
        }
    }
}

impl From<BTreeMap<String, String>> for Parameters {
    fn from(given: BTreeMap<String, String>) -> Self {
        Self {
            given,
            errors: FieldErrors::default(),
        }
    }
}
