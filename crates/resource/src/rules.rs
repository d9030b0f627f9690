//! Rules of a body that need the database, declared by field and asked in one statement.

use sea_orm::{FromQueryResult, Value};
use serde_json::Value as Json;
use tenant_guard::Scope;

use crate::{ApiError, FieldErrors, fields::unknown_pk};

/// A field that holds the key of a row of the same school.
#[derive(Debug, Clone, Copy)]
pub struct Reference {
    /// Field of the body.
    pub field: &'static str,
    /// Table the key is of.
    pub table: &'static str,
}

/// A field whose value no two rows of a school may share; text is compared whatever its case.
#[derive(Debug, Clone, Copy)]
pub struct Unique {
    /// Field of the body.
    pub field: &'static str,
    /// Column that keeps it.
    pub column: &'static str,
}

/// Rows that rely on a row, and so keep it from being deleted.
#[derive(Debug, Clone, Copy)]
pub struct Dependent {
    /// Their table.
    pub table: &'static str,
    /// Their column that names the row.
    pub column: &'static str,
    /// What people call them, in the plural.
    pub name: &'static str,
}

#[derive(FromQueryResult)]
struct Broken {
    n: i64,
}

#[derive(FromQueryResult)]
struct Uses {
    n: i64,
    uses: i64,
}

/// The declared rules of one collection.
#[derive(Clone, Copy)]
pub(crate) struct Rules {
    pub table: &'static str,
    pub item: &'static str,
    pub references: &'static [Reference],
    pub uniques: &'static [Unique],
}

/// The questions of one statement, and the message each answer gives.
#[derive(Default)]
struct Questions {
    sql: Vec<String>,
    values: Vec<Value>,
    messages: Vec<(&'static str, String)>,
}

impl Questions {
    fn bind(&mut self, value: impl Into<Value>) -> usize {
        self.values.push(value.into());
        self.values.len() + 1
    }

    fn ask(&mut self, condition: &str, field: &'static str, message: String) {
        let n = self.messages.len();
        self.sql
            .push(format!("SELECT CAST({n} AS BIGINT) AS n WHERE {condition}"));
        self.messages.push((field, message));
    }

    fn reference(&mut self, reference: Reference, id: i64) {
        let place = self.bind(id);
        let condition = format!(
            "NOT EXISTS (SELECT 1 FROM {} WHERE school_id = $1 AND id = ${place})",
            reference.table
        );
        self.ask(&condition, reference.field, unknown_pk(id));
    }

    fn unique(&mut self, rules: &Rules, unique: Unique, value: &Json, own_id: i64) {
        let (bound, compare) = match value {
            Json::String(text) if !text.is_empty() => (Value::from(text.as_str()), true),
            Json::Number(number) => match number.as_i64() {
                Some(id) => (Value::from(id), false),
                None => return,
            },
            _ => return,
        };
        let place = self.bind(bound);
        let own = self.bind(own_id);
        let column = unique.column;
        let same = if compare {
            format!("lower({column}) = lower(${place})")
        } else {
            format!("{column} = ${place}")
        };
        let condition = format!(
            "EXISTS (SELECT 1 FROM {} WHERE school_id = $1 AND {same} AND id <> ${own})",
            rules.table
        );
        let message = format!("{} with this {} already exists.", rules.item, unique.field);
        self.ask(&condition, unique.field, message);
    }
}

impl Rules {
    /// Asks every rule whose field is sound so far; `own_id` is the row being changed.
    pub(crate) async fn check(
        &self,
        scope: &Scope,
        body: &Json,
        sound: &FieldErrors,
        own_id: Option<i64>,
    ) -> Result<FieldErrors, ApiError> {
        let mut questions = Questions::default();
        for reference in self
            .references
            .iter()
            .filter(|one| !sound.concerns(one.field))
        {
            // What is no key was told so by the schema, if under another spelling of the field.
            if let Some(id) = body.get(reference.field).and_then(Json::as_i64) {
                questions.reference(*reference, id);
            }
        }
        for unique in self.uniques.iter().filter(|one| !sound.concerns(one.field)) {
            if let Some(value) = body.get(unique.field) {
                questions.unique(self, *unique, value, own_id.unwrap_or_default());
            }
        }
        let mut errors = FieldErrors::default();
        if questions.sql.is_empty() {
            return Ok(errors);
        }
        // One row for each rule that is broken. The leading line names $1 for rules that do not.
        let sql = format!(
            "SELECT CAST(-1 AS BIGINT) AS n WHERE $1 < 0 UNION ALL {}",
            questions.sql.join(" UNION ALL ")
        );
        let broken: Vec<Broken> = scope.query(&sql, questions.values).await?;
        for rule in broken {
            let place = usize::try_from(rule.n).unwrap_or(usize::MAX);
            if let Some((field, message)) = questions.messages.get(place) {
                errors.add(*field, message.as_str());
            }
        }
        Ok(errors)
    }
}

/// Refuses to delete a row that others rely on, naming them.
///
/// # Errors
/// 409 with how many of each kind there are.
pub async fn unused(
    scope: &Scope,
    item: &str,
    dependents: &[Dependent],
    id: i64,
) -> Result<(), ApiError> {
    if dependents.is_empty() {
        return Ok(());
    }
    let counts: Vec<String> = dependents
        .iter()
        .enumerate()
        .map(|(n, one)| {
            format!(
                "SELECT CAST({n} AS BIGINT) AS n, COUNT(*) AS uses FROM {} WHERE school_id = $1 AND {} = $2",
                one.table, one.column
            )
        })
        .collect();
    let uses: Vec<Uses> = scope
        .query(&counts.join(" UNION ALL "), vec![id.into()])
        .await?;
    let named: Vec<String> = uses
        .iter()
        .filter(|one| one.uses > 0)
        .filter_map(|one| {
            let place = usize::try_from(one.n).ok()?;
            Some(format!("{} ({})", dependents.get(place)?.name, one.uses))
        })
        .collect();
    if named.is_empty() {
        return Ok(());
    }
    Err(ApiError::conflict(format!(
        "This {item} cannot be deleted. What relies on it: {}.",
        named.join(", ")
    )))
}
