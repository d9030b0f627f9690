//! The envelopes of a page.

use serde::Serialize;
use utoipa::openapi::{
    ArrayBuilder, KnownFormat, Object, ObjectBuilder, RefOr, Schema, SchemaFormat, Type,
};

/// One numbered page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Page<T> {
    /// Rows of the whole list.
    pub count: u64,
    /// Absolute address of the next page.
    pub next: Option<String>,
    /// Absolute address of the page before.
    pub previous: Option<String>,
    /// Number of this page, from 1.
    pub current_page: u64,
    /// Number of pages; an empty list has one.
    pub total_pages: u64,
    /// The rows.
    pub results: Vec<T>,
}

/// One page of a cursor, which knows neither its number nor the count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CursorPage<T> {
    /// Absolute address of the next page.
    pub next: Option<String>,
    /// Absolute address of the page before.
    pub previous: Option<String>,
    /// The rows.
    pub results: Vec<T>,
}

/// Schema of a page of `item`s, numbered or a cursor's.
#[must_use]
pub fn page_schema(item: RefOr<Schema>) -> Object {
    let number = |description: &str| {
        ObjectBuilder::new()
            .schema_type(Type::Integer)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
            .description(Some(format!("{description} Left out by `cursor`.")))
    };
    let link = |description: &str| {
        ObjectBuilder::new()
            .schema_type(
                [Type::String, Type::Null]
                    .into_iter()
                    .collect::<utoipa::openapi::schema::SchemaType>(),
            )
            .format(Some(SchemaFormat::Custom("uri".into())))
            .description(Some(description))
    };
    ObjectBuilder::new()
        .property("count", number("Rows of the whole list."))
        .property("next", link("Absolute address of the next page."))
        .required("next")
        .property("previous", link("Absolute address of the page before."))
        .required("previous")
        .property("current_page", number("Number of this page, from 1."))
        .property(
            "total_pages",
            number("Number of pages; an empty list has one."),
        )
        .property(
            "results",
            ArrayBuilder::new()
                .items(item)
                .description(Some("The rows.")),
        )
        .required("results")
        .build()
}
