//! Checks a body against the very schema that `/api/schema/` publishes.
//!
//! A type's [`ToSchema`] is compiled once into a [`Shape`]; checking normalises a JSON value
//! (numeric strings of keys, trimmed text, `""` for none) and reports every field error at once.
//! What Swagger UI shows is therefore what is enforced. Rules that need the database are not here.

mod check;
mod compile;

use std::{
    any::TypeId,
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use serde::de::DeserializeOwned;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{ApiError, FieldErrors, Money};

/// A schema made ready for checking.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// Anything, kept as it is.
    Any,
    /// Text, trimmed unless secret; lengths in characters.
    Text {
        /// Fewest characters; 1 refuses blank text.
        min: usize,
        /// Most characters.
        max: Option<usize>,
        /// The only values allowed, where limited.
        choices: Vec<String>,
        /// Kept to the letter, as a password is.
        secret: bool,
    },
    /// A whole number within bounds, both included.
    Integer {
        /// Least value.
        min: i64,
        /// Greatest value.
        max: i64,
    },
    /// A number within bounds, both included.
    Number {
        /// Least value.
        min: f64,
        /// Greatest value.
        max: f64,
        /// Whether more than two decimals are refused.
        hundredths: bool,
    },
    /// `true` or `false`.
    Boolean,
    /// `YYYY-MM-DD`.
    Date,
    /// RFC 3339.
    DateTime,
    /// An amount within bounds, both included: decimal text or a number.
    Money {
        /// Least amount.
        min: Money,
        /// Greatest amount.
        max: Money,
    },
    /// Key of a row: an integer from 1, or its digits as text.
    Pk,
    /// A list of like items.
    List {
        /// Shape of each item.
        item: Box<Shape>,
        /// Most items.
        max: usize,
    },
    /// An object of named fields; others are dropped.
    Object(Vec<Field>),
    /// An object of any keys with like values.
    Map(Box<Shape>),
    /// The inner shape, or null.
    Nullable(Box<Shape>),
}

/// One named field of an object.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    name: String,
    shape: Shape,
    required: bool,
}

impl Shape {
    /// Compiles the schema of `T`.
    #[must_use]
    pub fn of<T: ToSchema>() -> Self {
        let mut components = Vec::new();
        T::schemas(&mut components);
        compile::compile(&T::schema(), &components)
    }

    /// Normalises `value` in place and answers every field error.
    #[must_use]
    pub fn check(&self, value: &mut Value) -> FieldErrors {
        let mut errors = FieldErrors::default();
        check::check(self, value, &mut check::Path::default(), &mut errors);
        errors
    }

    /// Reads a value that was checked.
    ///
    /// # Errors
    /// 400 naming the reader's complaint, where a type is narrower than its schema says.
    pub fn read<T: DeserializeOwned>(value: Value) -> Result<T, ApiError> {
        serde_json::from_value(value)
            .map_err(|error| ApiError::field(crate::fields::NON_FIELD, error.to_string()))
    }
}

/// Compiled shapes by type, filled as they are first asked for.
#[derive(Debug, Default)]
pub struct Shapes(RwLock<HashMap<TypeId, Arc<Shape>>>);

impl Shapes {
    /// The shape of `T`.
    #[must_use]
    pub fn get<T: ToSchema + 'static>(&self) -> Arc<Shape> {
        let key = TypeId::of::<T>();
        if let Some(shape) = self
            .0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&key)
        {
            return shape.clone();
        }
        let shape = Arc::new(Shape::of::<T>());
        self.0
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(key)
            .or_insert(shape)
            .clone()
    }
}
