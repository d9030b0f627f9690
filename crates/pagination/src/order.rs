//! Orderings: declared keys, and the place of a row among the others.

use std::sync::Arc;

use sea_orm::{
    Condition, ExprTrait, Order, Value,
    sea_query::{Expr, NullOrdering, SelectStatement},
};

use crate::kind::Kind;

/// A declared ordering.
pub(crate) struct Key {
    pub name: &'static str,
    pub expr: Expr,
    pub kind: Kind,
    /// Whether the value may be absent: a nullable column, or one of a table that is joined.
    pub nullable: bool,
}

/// A key and its direction.
#[derive(Clone)]
pub(crate) struct Ordered {
    pub key: Arc<Key>,
    pub descending: bool,
}

impl Ordered {
    pub(crate) fn reversed(&self) -> Self {
        Self {
            key: self.key.clone(),
            descending: !self.descending,
        }
    }

    pub(crate) fn spelt(&self) -> String {
        format!(
            "{}{}",
            if self.descending { "-" } else { "" },
            self.key.name
        )
    }

    fn expr(&self) -> Expr {
        self.key.expr.clone()
    }

    /// Rows with this very value.
    fn same(&self, value: &Value) -> Expr {
        if is_null(value) {
            self.expr().is_null()
        } else {
            self.expr().eq(value.clone())
        }
    }

    /// Rows whose value comes after this one; `None` where none can.
    fn after(&self, value: &Value) -> Option<Condition> {
        match (is_null(value), self.descending) {
            (true, false) => None,
            (true, true) => Some(Condition::all().add(self.expr().is_not_null())),
            (false, true) => Some(Condition::all().add(self.expr().lt(value.clone()))),
            (false, false) => {
                let greater = Condition::any().add(self.expr().gt(value.clone()));
                Some(if self.key.nullable {
                    greater.add(self.expr().is_null())
                } else {
                    greater
                })
            }
        }
    }

    /// A bound that an index can start from, on rows whose value is this one or comes after it.
    fn bound(&self, value: &Value) -> Option<Expr> {
        match (is_null(value), self.descending) {
            (true, _) => None,
            (false, true) => Some(self.expr().lte(value.clone())),
            (false, false) if self.key.nullable => None,
            (false, false) => Some(self.expr().gte(value.clone())),
        }
    }
}

fn is_null(value: &Value) -> bool {
    *value == value.as_null()
}

/// Orders a statement. Absent values sort as the greatest, which is what an index of PostgreSQL holds.
pub(crate) fn apply(statement: &mut SelectStatement, keys: &[Ordered]) {
    for ordered in keys {
        let (order, nulls) = if ordered.descending {
            (Order::Desc, NullOrdering::First)
        } else {
            (Order::Asc, NullOrdering::Last)
        };
        if ordered.key.nullable {
            statement.order_by_expr_with_nulls(ordered.expr(), order, nulls);
        } else {
            statement.order_by_expr(ordered.expr(), order);
        }
    }
}

/// Rows that come after the row with these values, one of each key.
pub(crate) fn after(keys: &[Ordered], values: &[Value]) -> Condition {
    let places: Vec<(&Ordered, &Value)> = keys.iter().zip(values).collect();
    if let Some(condition) = after_as_tuple(&places) {
        return condition;
    }
    let mut after = Condition::any();
    for (n, (ordered, value)) in places.iter().enumerate() {
        if let Some(beyond) = ordered.after(value) {
            let same = places
                .iter()
                .take(n)
                .map(|(ordered, value)| ordered.same(value));
            after = after.add(same.fold(Condition::all(), Condition::add).add(beyond));
        }
    }
    let bound = places
        .first()
        .and_then(|(ordered, value)| ordered.bound(value));
    Condition::all().add_option(bound).add(after)
}

/// Where every key is present and goes the same way, one comparison of tuples, which an index serves whole.
fn after_as_tuple(places: &[(&Ordered, &Value)]) -> Option<Condition> {
    let (first, _) = places.first()?;
    let uniform = |(ordered, _): &(&Ordered, &Value)| {
        !ordered.key.nullable && ordered.descending == first.descending
    };
    if !places.iter().all(uniform) {
        return None;
    }
    let columns = Expr::tuple(places.iter().map(|(ordered, _)| ordered.expr()));
    let values = Expr::tuple(places.iter().map(|(_, value)| Expr::val((*value).clone())));
    let beyond = if first.descending {
        columns.lt(values)
    } else {
        columns.gt(values)
    };
    Some(Condition::all().add(beyond))
}
