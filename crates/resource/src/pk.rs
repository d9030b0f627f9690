//! Key of a row as bodies carry it.

use serde::{Deserialize, Serialize};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        ObjectBuilder, RefOr, Schema, SchemaFormat,
        schema::{SchemaType, Type},
    },
};

/// Id of a row of the same school: an integer, or its digits as text. An id of no such row, another
/// school's included, answers `Invalid pk "7" - object does not exist.`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pk(pub i64);

impl PartialSchema for Pk {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::from_iter([Type::Integer, Type::String]))
            .format(Some(SchemaFormat::Custom("pk".into())))
            .description(Some(
                "Id of a row of the same school: an integer, or its digits as text.",
            ))
            .examples([serde_json::json!(7)])
            .into()
    }
}

impl ToSchema for Pk {}
