//! Holds a value against a [`Shape`], normalising it on the way.

use std::fmt::Write;

use chrono::{DateTime, NaiveDate};
use serde_json::{Map, Value};

use super::{Field, Shape};
use crate::{FieldErrors, Money, MoneyError, fields::NON_FIELD};

/// Longest text inside what a client keeps in a shape of its own, in characters.
const LONGEST_LOOSE: usize = 10_000;
/// Longest key of a map, in characters.
const LONGEST_KEY: usize = 255;

const NULLS: &str = "Null characters are not allowed.";

/// Where in the body the check stands.
#[derive(Default)]
pub(super) struct Path(String);

impl Path {
    fn at<R>(&mut self, step: impl std::fmt::Display, work: impl FnOnce(&mut Self) -> R) -> R {
        let length = self.0.len();
        let dot = if length == 0 { "" } else { "." };
        // Writing to a String cannot fail.
        let _ = write!(self.0, "{dot}{step}");
        let done = work(self);
        self.0.truncate(length);
        done
    }

    fn name(&self) -> &str {
        if self.0.is_empty() {
            NON_FIELD
        } else {
            &self.0
        }
    }
}

pub(super) fn check(shape: &Shape, value: &mut Value, path: &mut Path, errors: &mut FieldErrors) {
    let outcome = match shape {
        Shape::Nullable(_) if is_none(shape, value) => {
            *value = Value::Null;
            Ok(())
        }
        Shape::Nullable(inner) => return check(inner, value, path, errors),
        Shape::Object(fields) => return object(fields, value, path, errors),
        Shape::Map(item) => return map(item, value, path, errors),
        Shape::List { item, max } => return list(item, *max, value, path, errors),
        Shape::Any => loose(value),
        _ if value.is_null() => Err("This field may not be null.".into()),
        scalar => self::scalar(scalar, value),
    };
    if let Err(message) = outcome {
        errors.add(path.name(), message);
    }
}

/// `""` for an optional date, key, number or choice means none; for plain text it is the empty text.
fn is_none(shape: &Shape, value: &Value) -> bool {
    let Shape::Nullable(inner) = shape else {
        return false;
    };
    let blank = value.as_str().is_some_and(|text| text.trim().is_empty());
    let is_plain_text =
        matches!(inner.as_ref(), Shape::Text { choices, min: 0, .. } if choices.is_empty());
    value.is_null() || (blank && !is_plain_text)
}

fn scalar(shape: &Shape, value: &mut Value) -> Result<(), String> {
    match shape {
        Shape::Text {
            min,
            max,
            choices,
            secret,
        } => {
            let checked = text(value, *min, *max, choices, *secret)?;
            *value = Value::String(checked);
        }
        Shape::Integer { min, max } => *value = integer(value, *min, *max)?.into(),
        Shape::Number {
            min,
            max,
            hundredths,
        } => {
            *value = number(value, *min, *max, *hundredths)?.into();
        }
        Shape::Pk => *value = pk(value)?.into(),
        Shape::Money { min, max } => *value = money(value, *min, *max)?.to_string().into(),
        Shape::Boolean => *value = boolean(value)?.into(),
        Shape::Date => {
            let text = value.as_str().unwrap_or_default().trim();
            NaiveDate::parse_from_str(text, "%Y-%m-%d")
                .ok()
                .filter(|_| text.len() == 10)
                .ok_or("Date has wrong format. Use one of these formats instead: YYYY-MM-DD.")?;
            *value = Value::String(text.to_owned());
        }
        Shape::DateTime => {
            DateTime::parse_from_rfc3339(value.as_str().unwrap_or_default())
                .map_err(|_| "Datetime has wrong format. Use RFC 3339: YYYY-MM-DDThh:mm:ssZ.")?;
        }
        _ => {}
    }
    Ok(())
}

fn text(
    value: &Value,
    min: usize,
    max: Option<usize>,
    choices: &[String],
    secret: bool,
) -> Result<String, String> {
    let raw = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return Err("Not a valid string.".into()),
    };
    if raw.contains('\0') {
        return Err(NULLS.into());
    }
    let text = if secret { raw } else { raw.trim().to_owned() };
    if !choices.is_empty() {
        return if choices.contains(&text) {
            Ok(text)
        } else {
            Err(format!("\"{text}\" is not a valid choice."))
        };
    }
    let length = text.chars().count();
    if length == 0 && min > 0 {
        return Err("This field may not be blank.".into());
    }
    if length < min {
        return Err(format!("Ensure this field has at least {min} characters."));
    }
    match max {
        Some(max) if length > max => Err(format!(
            "Ensure this field has no more than {max} characters."
        )),
        _ => Ok(text),
    }
}

fn integer(value: &Value, min: i64, max: i64) -> Result<i64, String> {
    let number = match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    let number = number.ok_or("A valid integer is required.")?;
    if number < min {
        return Err(format!(
            "Ensure this value is greater than or equal to {min}."
        ));
    }
    if number > max {
        return Err(format!("Ensure this value is less than or equal to {max}."));
    }
    Ok(number)
}

fn number(value: &Value, min: f64, max: f64, hundredths: bool) -> Result<f64, String> {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    let number = number
        .filter(|number| number.is_finite())
        .ok_or("A valid number is required.")?;
    if hundredths && (number * 100.0 - (number * 100.0).round()).abs() > 1e-6 {
        return Err("Ensure that there are no more than 2 decimal places.".into());
    }
    if number < min {
        return Err(format!(
            "Ensure this value is greater than or equal to {min}."
        ));
    }
    if number > max {
        return Err(format!("Ensure this value is less than or equal to {max}."));
    }
    Ok(number)
}

fn money(value: &Value, min: Money, max: Money) -> Result<Money, String> {
    // A number is read by its shortest text, which spells every amount within Money::MAX exactly.
    let read = match value {
        Value::Number(number) => number.to_string().parse(),
        Value::String(text) => text.trim().parse(),
        _ => Err(MoneyError::Malformed),
    };
    let money: Money = read.map_err(|error: MoneyError| error.to_string())?;
    if money < min {
        return Err(format!(
            "Ensure this value is greater than or equal to {min}."
        ));
    }
    if money > max {
        return Err(format!("Ensure this value is less than or equal to {max}."));
    }
    Ok(money)
}

fn pk(value: &Value) -> Result<i64, String> {
    let id = match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => {
            let digits = text.trim();
            let all_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            if all_digits {
                digits.parse().ok()
            } else {
                None
            }
        }
        _ => None,
    };
    id.ok_or_else(|| {
        format!(
            "Incorrect type. Expected pk value, received {}.",
            kind(value)
        )
    })
}

fn boolean(value: &Value) -> Result<bool, String> {
    match value {
        Value::Bool(flag) => Ok(*flag),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Ok(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Ok(false),
        _ => Err("Must be a valid boolean.".into()),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "str",
        Value::Array(_) => "list",
        Value::Object(_) => "dict",
    }
}

fn object(fields: &[Field], value: &mut Value, path: &mut Path, errors: &mut FieldErrors) {
    let Value::Object(given) = value else {
        let message = format!(
            "Invalid data. Expected a dictionary, but got {}.",
            kind(value)
        );
        return errors.add(path.name(), message);
    };
    let mut kept = Map::new();
    for field in fields {
        let Some(mut inner) = given.remove(&field.name) else {
            if field.required {
                path.at(&field.name, |path| {
                    errors.add(path.name(), "This field is required.");
                });
            }
            continue;
        };
        // A client that sends null for an optional text means the same as leaving it out.
        let optional = !field.required && !matches!(field.shape, Shape::Nullable(_));
        if inner.is_null() && optional {
            continue;
        }
        path.at(&field.name, |path| {
            check(&field.shape, &mut inner, path, errors);
        });
        kept.insert(field.name.clone(), inner);
    }
    *given = kept;
}

fn map(item: &Shape, value: &mut Value, path: &mut Path, errors: &mut FieldErrors) {
    let Value::Object(given) = value else {
        let message = format!(
            "Expected a dictionary of items but got type \"{}\".",
            kind(value)
        );
        return errors.add(path.name(), message);
    };
    for (key, inner) in given {
        match bounded(key, LONGEST_KEY) {
            Ok(()) => path.at(key, |path| check(item, inner, path, errors)),
            Err(message) => errors.add(path.name(), message),
        }
    }
}

fn list(item: &Shape, max: usize, value: &mut Value, path: &mut Path, errors: &mut FieldErrors) {
    let Value::Array(items) = value else {
        let message = format!("Expected a list of items but got type \"{}\".", kind(value));
        return errors.add(path.name(), message);
    };
    if items.len() > max {
        return errors.add(
            path.name(),
            format!("Ensure this field has no more than {max} elements."),
        );
    }
    for (index, inner) in items.iter_mut().enumerate() {
        path.at(index, |path| check(item, inner, path, errors));
    }
}

/// What a client keeps in a shape of its own is held against what no text may be.
fn loose(value: &Value) -> Result<(), String> {
    match value {
        Value::String(text) => bounded(text, LONGEST_LOOSE),
        Value::Array(items) => items.iter().try_for_each(loose),
        Value::Object(fields) => fields
            .iter()
            .try_for_each(|(key, inner)| bounded(key, LONGEST_KEY).and_then(|()| loose(inner))),
        _ => Ok(()),
    }
}

fn bounded(text: &str, most: usize) -> Result<(), String> {
    if text.contains('\0') {
        Err(NULLS.into())
    } else if text.chars().count() > most {
        Err(format!(
            "Ensure this field has no more than {most} characters."
        ))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn errors(shape: &Shape, mut value: Value) -> Vec<String> {
        shape.check(&mut value).0.into_keys().collect()
    }

    #[test]
    fn what_a_client_keeps_in_a_shape_of_its_own_is_bounded_at_any_depth() {
        let longest = "é".repeat(LONGEST_LOOSE);
        assert!(errors(&Shape::Any, json!({"a": [1, null, {"b": longest}]})).is_empty());
        for beyond in [
            json!(["x".repeat(LONGEST_LOOSE + 1)]),
            json!({"x".repeat(LONGEST_KEY + 1): 1}),
            json!([{"a": "\0"}]),
        ] {
            assert_eq!(errors(&Shape::Any, beyond), [NON_FIELD]);
        }
    }

    #[test]
    fn a_key_of_a_map_is_bounded_and_its_value_named_by_it() {
        let map = Shape::Map(Box::new(Shape::Boolean));
        assert_eq!(
            errors(&map, json!({"neatness": "x", "punctuality": true})),
            ["neatness"]
        );
        assert_eq!(
            errors(&map, json!({"x".repeat(LONGEST_KEY + 1): true, "\0": true})),
            [NON_FIELD]
        );
    }
}
