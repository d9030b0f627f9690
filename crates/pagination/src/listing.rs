//! What a list may be asked.

use std::{marker::PhantomData, sync::Arc};

use sea_orm::{
    ColumnTrait, Condition, EntityTrait, IntoSimpleExpr, Iterable, PrimaryKeyToColumn, QueryFilter,
    QuerySelect, QueryTrait, Select, sea_query::Expr,
};

use crate::{
    Kind, ListQuery, Viewer, cursor,
    filter::{Filter, Test},
    order::{self, Key, Ordered},
    query::Position,
};

/// Declares the list of one collection: page sizes, orderings, search and filters. What is not
/// declared is refused.
///
/// ```text
/// Listing::large()
///     .ordering("student_no", Column::StudentNo)
///     .ordering("class_name", class::Column::Name)
///     .default_order("student_no")
///     .search([Column::Names, Column::StudentNo])
///     .filter("class_id", Column::ClassId, Kind::Pk)
///     .filter("dob", Column::Dob, Kind::Date)
/// ```
pub struct Listing<E: EntityTrait> {
    pub(crate) size: u64,
    pub(crate) largest: u64,
    pub(crate) keys: Vec<Arc<Key>>,
    pub(crate) default_order: &'static str,
    pub(crate) searched: Vec<Expr>,
    pub(crate) filters: Vec<Filter>,
    entity: PhantomData<fn() -> E>,
}

impl<E: EntityTrait> Listing<E> {
    /// Pages of 50 rows, at most 200.
    #[must_use]
    pub fn standard() -> Self {
        Self::sized(50, 200)
    }

    /// Pages of 100 rows, at most 500.
    #[must_use]
    pub fn large() -> Self {
        Self::sized(100, 500)
    }

    /// The rows' own key, the last column of the primary key, is always an ordering: `id`.
    fn sized(size: u64, largest: u64) -> Self {
        let listing = Self {
            size,
            largest,
            keys: Vec::new(),
            default_order: "id",
            searched: Vec::new(),
            filters: Vec::new(),
            entity: PhantomData,
        };
        match E::PrimaryKey::iter().last() {
            Some(key) => listing.ordering("id", key.into_column()),
            None => listing,
        }
    }

    /// Allows `?ordering=name` and `-name` by a column of the table, or of a table that the
    /// collection's select joins under its own name. An index on (school, column, id) serves it.
    ///
    /// A cursor ascending by values that may be absent walks that index from its start, so its cost
    /// grows with the depth; by any other key it begins at its place.
    #[must_use]
    pub fn ordering(self, name: &'static str, column: impl ColumnTrait) -> Self {
        let joined = column.entity_name().inner() != E::default().table_name();
        let key = Key {
            name,
            expr: column.into_simple_expr(),
            kind: Kind::of(&column),
            nullable: joined || column.def().is_null(),
        };
        self.ordering_key(key)
    }

    /// Allows an ordering by an expression of the collection's select, whose values are of `kind`
    /// and may be absent.
    #[must_use]
    pub fn ordering_by(self, name: &'static str, expr: impl IntoSimpleExpr, kind: Kind) -> Self {
        self.ordering_key(Key {
            name,
            expr: expr.into_simple_expr(),
            kind,
            nullable: true,
        })
    }

    fn ordering_key(mut self, key: Key) -> Self {
        self.keys.push(Arc::new(key));
        self
    }

    /// The ordering where none is asked for, written as in a query: `-date,student_no`. Without it,
    /// `id`. Its keys must be declared orderings.
    #[must_use]
    pub fn default_order(mut self, ordering: &'static str) -> Self {
        self.default_order = ordering;
        self
    }

    /// Lets `?search=` look into these columns of text: rows with every word in one of them, in any
    /// case. Columns of other tables, which the collection's select joins, take a second call.
    ///
    /// Case is that of PostgreSQL's `lower`; SQLite folds ASCII letters, and finds words with others
    /// as typed, in lower case, in capitals, and with a capital first.
    #[must_use]
    pub fn search(mut self, columns: impl IntoIterator<Item: IntoSimpleExpr>) -> Self {
        self.searched
            .extend(columns.into_iter().map(IntoSimpleExpr::into_simple_expr));
        self
    }

    /// Allows `?name=`, and the suffixes of its kind, to keep rows by a column or an expression, whose
    /// values must be of that kind.
    #[must_use]
    pub fn filter(mut self, name: &'static str, column: impl IntoSimpleExpr, kind: Kind) -> Self {
        self.filters.push(Filter {
            name,
            kind,
            test: Test::Column(column.into_simple_expr()),
            meaning: None,
        });
        self
    }

    /// Allows `?name=` to keep the rows of a condition made of the value, sound for its kind, and the
    /// school. `meaning` describes it in the API; the function's message becomes the field error.
    #[must_use]
    pub fn custom(
        mut self,
        name: &'static str,
        kind: Kind,
        meaning: &'static str,
        test: fn(&str, i64) -> Result<Condition, String>,
    ) -> Self {
        self.filters.push(Filter {
            name,
            kind,
            test: Test::OfSchool(test),
            meaning: Some(meaning),
        });
        self
    }

    /// As [`Listing::custom`], of a condition that depends on who asks; answers are then kept apart by user.
    #[must_use]
    pub fn personal(
        mut self,
        name: &'static str,
        kind: Kind,
        meaning: &'static str,
        test: fn(&str, &Viewer) -> Result<Condition, String>,
    ) -> Self {
        self.filters.push(Filter {
            name,
            kind,
            test: Test::OfViewer(test),
            meaning: Some(meaning),
        });
        self
    }

    /// Keeps the rows that the query's filters and search ask for.
    #[must_use]
    pub fn filtered(&self, select: Select<E>, query: &ListQuery) -> Select<E> {
        query
            .conditions
            .iter()
            .cloned()
            .fold(select, QueryFilter::filter)
    }

    /// Orders the rows, completed by the id, and cuts the page out: `page_size` rows of a numbered
    /// page; of a cursor's one more, each with its ordering keys, to be read as [`crate::Keyed`].
    #[must_use]
    pub fn paged(&self, mut select: Select<E>, query: &ListQuery) -> Select<E> {
        let position = match &query.position {
            Position::Number(number) => {
                order::apply(QueryTrait::query(&mut select), &query.order);
                return select.limit(query.size).offset((number - 1) * query.size);
            }
            Position::Cursor(position) => position,
        };
        let backward = position.as_ref().is_some_and(|cursor| cursor.backward);
        let order: Vec<Ordered> = if backward {
            query.order.iter().map(Ordered::reversed).collect()
        } else {
            query.order.clone()
        };
        if let Some(cursor) = position {
            select = select.filter(order::after(&order, &cursor.values));
        }
        cursor::select_keys(QueryTrait::query(&mut select), &query.order);
        order::apply(QueryTrait::query(&mut select), &order);
        select.limit(query.size + 1)
    }
}
