//! The parameters of a list, as the API describes them.

use sea_orm::EntityTrait;
use utoipa::openapi::{
    ArrayBuilder, KnownFormat, ObjectBuilder, RefOr, Required, Schema, SchemaFormat, Type,
    path::{Parameter, ParameterBuilder, ParameterIn},
};

use crate::{
    Kind, Listing,
    filter::{Filter, Lookup},
    search,
};

impl<E: EntityTrait> Listing<E> {
    /// Every parameter the list takes.
    #[must_use]
    pub fn parameters(&self) -> Vec<Parameter> {
        let mut parameters = vec![
            parameter(
                "page",
                "Number of the page, from 1. Beyond the last: 404.",
                whole(None, None),
            ),
            parameter(
                "page_size",
                &format!("Rows of a page; more than {} count as {0}.", self.largest),
                whole(Some(self.size), Some(self.largest)),
            ),
            parameter(
                "cursor",
                "In place of `page`: pages in constant time at any depth, without `count`. Empty, it starts; \
                 `next` and `previous` carry it on.",
                ObjectBuilder::new().schema_type(Type::String),
            ),
            self.ordering_parameter(),
        ];
        if !self.searched.is_empty() {
            let text = ObjectBuilder::new()
                .schema_type(Type::String)
                .max_length(Some(search::LONGEST));
            parameters.push(parameter(
                "search",
                "Rows that contain every one of these words, in any case.",
                text,
            ));
        }
        let filters = self.filters.iter();
        parameters.extend(filters.flat_map(|filter| {
            filter
                .lookups()
                .iter()
                .map(|lookup| described(filter, *lookup))
        }));
        parameters
    }

    fn ordering_parameter(&self) -> Parameter {
        let words = self
            .keys
            .iter()
            .flat_map(|key| [key.name.to_owned(), format!("-{}", key.name)]);
        let word = ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(words));
        let mut parameter = parameter(
            "ordering",
            &format!(
                "Keys to order by, the first one first; `-` reverses. Completed by the id. Default `{}`.",
                self.default_order
            ),
            ArrayBuilder::new().items(word),
        );
        parameter.explode = Some(false);
        parameter
    }
}

fn described(filter: &Filter, lookup: Lookup) -> Parameter {
    let name = format!("{}{}", filter.name, lookup.suffix());
    let in_time = matches!(filter.kind, Kind::Date | Kind::DateTime);
    let meaning = match lookup {
        Lookup::Is => "equal to this",
        Lookup::AtLeast if in_time => "this or later",
        Lookup::AtLeast => "this or more",
        Lookup::AtMost if in_time => "this or earlier",
        Lookup::AtMost => "this or less",
        Lookup::AnyOf => "any of these",
    };
    let meaning = filter.meaning.map_or_else(
        || format!("Rows whose `{}` is {meaning}.", filter.name),
        str::to_owned,
    );
    if lookup != Lookup::AnyOf {
        return parameter(&name, &meaning, value(filter.kind));
    }
    let mut parameter = parameter(
        &name,
        &meaning,
        ArrayBuilder::new().items(value(filter.kind)),
    );
    parameter.explode = Some(false);
    parameter
}

fn parameter(name: &str, description: &str, schema: impl Into<RefOr<Schema>>) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some(description))
        .schema(Some(schema))
        .build()
}

fn whole(default: Option<u64>, most: Option<u64>) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(1))
        .maximum(most)
        .default(default.map(Into::into))
}

fn value(kind: Kind) -> ObjectBuilder {
    let (name, format) = match kind {
        Kind::Text | Kind::Choice(_) => (Type::String, None),
        Kind::Pk | Kind::Integer => (Type::Integer, Some(KnownFormat::Int64)),
        Kind::Real => (Type::Number, Some(KnownFormat::Double)),
        Kind::Boolean => (Type::Boolean, None),
        Kind::Date => (Type::String, Some(KnownFormat::Date)),
        Kind::DateTime => (Type::String, Some(KnownFormat::DateTime)),
    };
    let schema = ObjectBuilder::new()
        .schema_type(name)
        .format(format.map(SchemaFormat::KnownFormat));
    match kind {
        Kind::Choice(words) => schema.enum_values(Some(words.iter().copied())),
        _ => schema,
    }
}
