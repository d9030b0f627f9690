//! What is wrong with a query string.

use std::collections::BTreeMap;

/// Why a query string is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// Messages by parameter, all of them at once: 400.
    #[error("invalid query parameters")]
    Invalid(BTreeMap<String, Vec<String>>),
    /// There is no such page: 404.
    #[error("Invalid page.")]
    Page,
}

/// Messages by parameter, as they are found.
#[derive(Default)]
pub(crate) struct Errors(BTreeMap<String, Vec<String>>);

impl Errors {
    pub(crate) fn add(&mut self, parameter: &str, message: impl Into<String>) {
        self.0
            .entry(parameter.to_owned())
            .or_default()
            .push(message.into());
    }

    /// Keeps what is sound; a message is noted under the parameter.
    pub(crate) fn note<T>(&mut self, parameter: &str, outcome: Result<T, String>) -> Option<T> {
        outcome.map_err(|message| self.add(parameter, message)).ok()
    }

    pub(crate) fn into_result(self) -> Result<(), QueryError> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(QueryError::Invalid(self.0))
        }
    }
}
