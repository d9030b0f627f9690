//! The OpenAPI operations of a collection, from the same trait its handlers use.

use pagination::page_schema;
use serde_json::json;
use tenant_guard::{Access, Verb};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        Content, ContentBuilder, HeaderBuilder, ObjectBuilder, Ref, RefOr, Response,
        ResponseBuilder, Schema, Type,
        extensions::ExtensionsBuilder,
        path::{Operation, OperationBuilder, Parameter, ParameterBuilder, ParameterIn},
        request_body::{RequestBody, RequestBodyBuilder},
        security::SecurityRequirement,
    },
};

use crate::{Resource, handlers::Mounted};

/// Name of the security scheme of `Authorization: Bearer`.
pub(crate) const BEARER: &str = "bearer";

/// Named schemas a description refers to.
pub(crate) type Components = Vec<(String, RefOr<Schema>)>;

/// The five operations on rows and the list, as far as a collection serves them.
pub(crate) struct Described {
    pub list: Operation,
    pub retrieve: Operation,
    pub create: Operation,
    pub replace: Operation,
    pub update: Operation,
    pub delete: Operation,
}

pub(crate) fn describe<R: Resource>(
    mounted: &Mounted<R>,
    tag: &str,
    components: &mut Components,
) -> Described {
    name_schemas::<R>(components);
    let singular = R::ITEM.replace(' ', "_");
    let plural = R::PATH.replace(['-', '/'], "_");
    let alias = if tag == R::PATH {
        String::new()
    } else {
        format!("_as_{tag}")
    };
    let start = |verb: &str, noun: &str, summary: String| {
        OperationBuilder::new()
            .operation_id(Some(format!("{verb}_{noun}{alias}")))
            .tag(tag)
            .summary(Some(summary))
    };
    let item = R::ITEM;
    let list = start(
        "list",
        &plural,
        format!("List {}", R::PATH.replace('-', " ")),
    )
    .parameters(Some(mounted.listing.parameters()))
    .response("200", json_response(&page_name::<R>(), "One page."));
    let retrieve = start("retrieve", &singular, format!("One {item}"))
        .parameter(id_parameter())
        .response("200", tagged(&R::Output::name(), "The row."));
    let mut create = start("create", &singular, format!("Create a {item}"))
        .parameter(header(
            "Idempotency-Key",
            "A repeat with the same key and body answers the first response again.",
        ))
        .request_body(Some(body(&R::Input::name(), "application/json")))
        .response(
            "201",
            json_response(&R::Output::name(), "The row as created."),
        );
    if R::UPSERTS {
        create = create.response(
            "200",
            json_response(&R::Output::name(), "The row that was found, as it is now."),
        );
    }
    let replace = start("replace", &singular, format!("Replace a {item}"))
        .parameter(id_parameter())
        .parameter(if_match())
        .request_body(Some(body(&R::Input::name(), "application/json")))
        .response("200", tagged(&R::Output::name(), "The row as it is now."));
    let update = start(
        "update",
        &singular,
        format!("Change a {item} by JSON merge patch (RFC 7396)"),
    )
    .parameter(id_parameter())
    .parameter(if_match())
    .request_body(Some(body(&patch_name::<R>(), "application/json")))
    .response("200", tagged(&R::Output::name(), "The row as it is now."));
    let (delete, deleted) = if R::VOIDS {
        (
            format!("Void a {item}; the row stays"),
            "Voided. A second time answers 409.",
        )
    } else {
        (format!("Delete a {item}"), "Deleted.")
    };
    let delete = start("delete", &singular, delete)
        .parameter(id_parameter())
        .parameter(if_match())
        .response("204", ResponseBuilder::new().description(deleted));
    let finish = |operation: OperationBuilder, verb, errors: &[&str]| {
        let described = operation.build();
        with_guard(problems(described, errors), Access::Guarded, R::PATH, verb)
    };
    Described {
        list: finish(list, Verb::Read, &["400", "404"]),
        retrieve: finish(retrieve, Verb::Read, &["404"]),
        create: finish(create, Verb::Write, &["400", "409", "413", "415", "422"]),
        replace: finish(
            replace,
            Verb::Write,
            &["400", "404", "409", "412", "413", "415"],
        ),
        update: finish(
            update,
            Verb::Write,
            &["400", "404", "409", "412", "413", "415"],
        ),
        delete: finish(delete, Verb::Write, &["404", "409", "412"]),
    }
}

fn name_schemas<R: Resource>(components: &mut Components) {
    components.push((R::Output::name().into(), R::Output::schema()));
    let item = Ref::from_schema_name(R::Output::name());
    components.push((page_name::<R>(), page_schema(item.into()).into()));
    R::Output::schemas(components);
    if R::VERBS.create || R::VERBS.update {
        components.push((R::Input::name().into(), R::Input::schema()));
        components.push((patch_name::<R>(), patch_schema::<R>()));
        R::Input::schemas(components);
    }
}

fn page_name<R: Resource>() -> String {
    format!("{}Page", R::Output::name())
}

fn patch_name<R: Resource>() -> String {
    format!("{}Patch", R::Output::name())
}

/// The input with nothing required.
fn patch_schema<R: Resource>() -> RefOr<Schema> {
    let mut schema = R::Input::schema();
    if let RefOr::T(Schema::Object(object)) = &mut schema {
        object.required.clear();
    }
    schema
}

fn json_content(name: &str) -> Content {
    ContentBuilder::new()
        .schema(Some(Ref::from_schema_name(name)))
        .build()
}

fn json_response(name: &str, description: &str) -> Response {
    ResponseBuilder::new()
        .description(description)
        .content("application/json", json_content(name))
        .build()
}

fn tagged(name: &str, description: &str) -> Response {
    let tag = HeaderBuilder::new()
        .description(Some(
            "Entity tag that carries the row's version; send it back as If-Match.",
        ))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)));
    let mut response = json_response(name, description);
    response.headers.insert("ETag".into(), tag.build().into());
    response
}

fn body(name: &str, media: &str) -> RequestBody {
    RequestBodyBuilder::new()
        .content(media, json_content(name))
        .required(Some(utoipa::openapi::Required::True))
        .build()
}

fn id_parameter() -> Parameter {
    ParameterBuilder::new()
        .name("id")
        .parameter_in(ParameterIn::Path)
        .required(utoipa::openapi::Required::True)
        .description(Some(
            "Id of the row; an id of another school answers as an unknown one, 404.",
        ))
        .schema(Some(<i64 as PartialSchema>::schema()))
        .build()
}

fn header(name: &str, description: &str) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(utoipa::openapi::Required::False)
        .description(Some(description))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .build()
}

fn if_match() -> Parameter {
    header(
        "If-Match",
        "Entity tag the row must still have; 412 when it moved on.",
    )
}

/// Adds the problem response under each status.
#[must_use]
pub fn problems(mut operation: Operation, statuses: &[&str]) -> Operation {
    for status in statuses {
        operation
            .responses
            .responses
            .entry((*status).to_owned())
            .or_insert_with(|| Ref::from_response_name("Problem").into());
    }
    operation
}

/// Says who may call: the bearer scheme, the statuses of the guard, and the line of the permission matrix.
pub(crate) fn with_guard(
    operation: Operation,
    access: Access,
    resource: &str,
    verb: Verb,
) -> Operation {
    let mut operation = match access {
        Access::Public => problems(operation, &["400", "429"]),
        Access::OpenRead | Access::Guarded => problems(operation, &["401", "403", "429"]),
    };
    operation.security = Some(match access {
        Access::Public => Vec::new(),
        Access::OpenRead if verb == Verb::Read => {
            vec![
                SecurityRequirement::default(),
                SecurityRequirement::new(BEARER, [""; 0]),
            ]
        }
        Access::OpenRead | Access::Guarded => vec![SecurityRequirement::new(BEARER, [""; 0])],
    });
    if access != Access::Public {
        let permission = json!({
            "resource": resource,
            "verb": if verb == Verb::Read { "read" } else { "write" },
        });
        operation.extensions = Some(
            ExtensionsBuilder::new()
                .add("x-permission", permission)
                .build(),
        );
    }
    operation
}
