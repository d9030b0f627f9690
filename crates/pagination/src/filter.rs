//! Filters: a parameter's name, the values it takes, and the rows it keeps.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use sea_orm::{Condition, ExprTrait, Value, sea_query::Expr};

use crate::kind::{Kind, text_of};

/// Most values of one `__in`.
const MOST: usize = 200;

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Viewer {
    /// The user.
    pub user_id: i64,
    /// The school whose rows are listed.
    pub school_id: i64,
    /// When.
    pub now: DateTime<Utc>,
}

/// The condition of a value of this school; the value is sound for the filter's kind.
pub(crate) type OfSchool = fn(&str, i64) -> Result<Condition, String>;
/// The condition of a value for this viewer; the value is sound for the filter's kind.
pub(crate) type OfViewer = fn(&str, &Viewer) -> Result<Condition, String>;

pub(crate) enum Test {
    Column(Expr),
    OfSchool(OfSchool),
    OfViewer(OfViewer),
}

pub(crate) struct Filter {
    pub name: &'static str,
    pub kind: Kind,
    pub test: Test,
    /// What it keeps, for the published description; a column's own is known.
    pub meaning: Option<&'static str>,
}

/// How a column is held against a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lookup {
    Is,
    AtLeast,
    AtMost,
    AnyOf,
}

impl Lookup {
    pub(crate) fn suffix(self) -> &'static str {
        match self {
            Self::Is => "",
            Self::AtLeast => "__gte",
            Self::AtMost => "__lte",
            Self::AnyOf => "__in",
        }
    }

    fn of(kind: Kind) -> &'static [Self] {
        match kind {
            Kind::Text | Kind::Pk | Kind::Choice(_) => &[Self::Is, Self::AnyOf],
            Kind::Boolean => &[Self::Is],
            Kind::Integer | Kind::Real | Kind::Date | Kind::DateTime => {
                &[Self::Is, Self::AtLeast, Self::AtMost]
            }
        }
    }
}

/// What a filter makes of a value.
pub(crate) struct Applied {
    pub condition: Condition,
    /// The value in its one spelling.
    pub canonical: String,
    /// Whether the condition is this viewer's alone.
    pub personal: bool,
}

impl Filter {
    /// The lookups served, each under the filter's name and its own suffix.
    pub(crate) fn lookups(&self) -> &'static [Lookup] {
        match self.test {
            Test::Column(_) => Lookup::of(self.kind),
            Test::OfSchool(_) | Test::OfViewer(_) => &[Lookup::Is],
        }
    }

    /// The lookup that a parameter of this name asks for.
    pub(crate) fn lookup(&self, parameter: &str) -> Option<Lookup> {
        let suffix = parameter.strip_prefix(self.name)?;
        self.lookups()
            .iter()
            .copied()
            .find(|lookup| lookup.suffix() == suffix)
    }

    pub(crate) fn apply(
        &self,
        lookup: Lookup,
        text: &str,
        viewer: &Viewer,
    ) -> Result<Applied, String> {
        let (values, canonical) = self.values(lookup, text)?;
        let condition = match &self.test {
            Test::Column(column) => compare(column, lookup, values),
            Test::OfSchool(of) => of(&canonical, viewer.school_id)?,
            Test::OfViewer(of) => of(&canonical, viewer)?,
        };
        Ok(Applied {
            condition,
            canonical,
            personal: matches!(self.test, Test::OfViewer(_)),
        })
    }

    fn values(&self, lookup: Lookup, text: &str) -> Result<(Vec<Value>, String), String> {
        if lookup != Lookup::AnyOf {
            let value = self.kind.read(text)?;
            let canonical = text_of(&value).unwrap_or_default();
            return Ok((vec![value], canonical));
        }
        let read = |one: &str| {
            self.kind
                .read(one)
                .map(|value| text_of(&value).unwrap_or_default())
        };
        let spelt = text
            .split(',')
            .map(|one| read(one.trim()))
            .collect::<Result<BTreeSet<String>, _>>()?;
        if spelt.len() > MOST {
            return Err(format!("Ensure this list has at most {MOST} values."));
        }
        let values = spelt
            .iter()
            .map(|one| self.kind.read(one))
            .collect::<Result<_, _>>()?;
        Ok((values, Vec::from_iter(spelt).join(",")))
    }
}

fn compare(column: &Expr, lookup: Lookup, values: Vec<Value>) -> Condition {
    let kept = values.into_iter().fold(Condition::any(), |any, value| {
        any.add(match lookup {
            Lookup::AtLeast => column.clone().gte(value),
            Lookup::AtMost => column.clone().lte(value),
            Lookup::Is | Lookup::AnyOf => column.clone().eq(value),
        })
    });
    Condition::all().add(kept)
}
