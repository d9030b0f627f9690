//! One page of a collection: which rows, in which order, how many, and where the others are.
//!
//! A [`Listing`] declares what a list may be asked; [`Listing::parse`] reads a query string against
//! it and refuses the rest, every bad parameter at once. The [`ListQuery`] that results filters,
//! orders and cuts a select, names the answer for caches, and links to the neighbouring pages.
//! Nothing of a query string reaches a statement but as a bound value or a declared column.
//!
//! Absent values sort as greater than any other, on both engines: last in ascending order, first in
//! descending order.

mod cursor;
mod error;
mod filter;
mod kind;
mod links;
mod listing;
mod order;
mod page;
mod parameters;
mod parse;
mod query;
mod search;
#[cfg(test)]
mod tests;

pub use cursor::Keyed;
pub use error::QueryError;
pub use filter::Viewer;
pub use kind::Kind;
pub use links::CursorLinks;
pub use listing::Listing;
pub use page::{CursorPage, Page, page_schema};
pub use parse::given;
pub use query::ListQuery;

/// A condition that no row meets.
#[must_use]
pub fn nothing() -> sea_orm::Condition {
    sea_orm::Condition::all().add(sea_orm::sea_query::Expr::cust("1 = 0"))
}
