//! Registers routes and their descriptions together, so that they cannot differ.

use std::{collections::BTreeMap, sync::Arc};

use actix_web::{
    FromRequest, Handler, HttpResponse, Responder, Scope,
    http::Method,
    middleware::from_fn,
    web::{self, PayloadConfig, ServiceConfig},
};
use indexmap::{IndexMap, IndexSet};
use tenant_guard::{Access, Permission, Verb, guard};
use utoipa::{
    __dev::SchemaReferences,
    PartialSchema, ToSchema,
    openapi::{
        Components, ComponentsBuilder, ContentBuilder, HttpMethod, Paths, Ref, ResponseBuilder,
        path::Operation as Described,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use crate::{
    Problem, Resource,
    describe::{self, BEARER},
    handlers::{self, Mounted},
};

/// One operation, for `termbook routes` and for tests over all of them.
#[derive(Debug, Clone)]
pub struct Operation {
    /// Path with its parameters in braces.
    pub path: String,
    /// Who may call it.
    pub access: Access,
    /// Its method, and its place in the permission matrix.
    pub permission: Permission,
}

/// What every path begins with.
const API: &str = "/api/";
/// What the images in a body may add to its length, in bytes: one of 3 MiB as base64, with something to spare.
const PICTURES: usize = 5 << 20;

type Step = Arc<dyn Fn(actix_web::Resource) -> actix_web::Resource + Send + Sync>;

#[derive(Clone)]
struct PathMount {
    access: Access,
    pictures: bool,
    steps: Vec<Step>,
    permissions: Vec<Permission>,
}

/// Everything mounted: routes, their description, and the list of operations.
#[derive(Clone, Default)]
pub struct Mounts {
    paths: IndexMap<String, PathMount>,
    described: Paths,
    components: describe::Components,
    operations: Vec<Operation>,
}

impl Mounts {
    /// Mounts a collection under its own path.
    pub fn resource<R: Resource>(&mut self) {
        self.alias::<R>(R::PATH);
    }

    /// Mounts a collection under another name as well.
    pub fn alias<R: Resource>(&mut self, name: &str) {
        let mounted = web::Data::new(Mounted::<R>::at(name));
        let described = describe::describe(&mounted, name, &mut self.components);
        let list = mounted.path.clone();
        let row = format!("{list}{{id}}/");
        for path in [&list, &row] {
            let data = mounted.clone();
            self.step(
                path,
                Access::Guarded,
                Arc::new(move |resource| resource.app_data(data.clone())),
            );
        }
        let verbs = R::VERBS;
        self.collection::<R, _, _>(
            &list,
            HttpMethod::Get,
            described.list,
            handlers::list::<R>,
            true,
        );
        self.collection::<R, _, _>(
            &list,
            HttpMethod::Post,
            described.create,
            handlers::create::<R>,
            verbs.create,
        );
        self.collection::<R, _, _>(
            &row,
            HttpMethod::Get,
            described.retrieve,
            handlers::retrieve::<R>,
            true,
        );
        self.collection::<R, _, _>(
            &row,
            HttpMethod::Put,
            described.replace,
            handlers::replace::<R>,
            verbs.update,
        );
        self.collection::<R, _, _>(
            &row,
            HttpMethod::Patch,
            described.update,
            handlers::update::<R>,
            verbs.update,
        );
        self.collection::<R, _, _>(
            &row,
            HttpMethod::Delete,
            described.delete,
            handlers::delete::<R>,
            verbs.delete,
        );
        if R::PICTURES {
            self.takes_pictures(&list);
            self.takes_pictures(&row);
        }
    }

    fn collection<R: Resource, H, Args>(
        &mut self,
        path: &str,
        method: HttpMethod,
        described: Described,
        handler: H,
        served: bool,
    ) where
        H: Handler<Args> + Send + Sync,
        H::Output: Responder + 'static,
        Args: FromRequest + 'static,
    {
        if !served {
            return;
        }
        let verb = if method == HttpMethod::Get {
            Verb::Read
        } else {
            Verb::Write
        };
        self.route(path, &method, Access::Guarded, (R::PATH, verb), handler);
        self.described
            .add_path_operation(path, vec![method], described);
    }

    /// Mounts one action, described by its `#[utoipa::path]`, under a line of the permission matrix.
    #[allow(
        clippy::needless_pass_by_value,
        reason = "the value names the type of the description"
    )]
    pub fn action<P, H, Args>(
        &mut self,
        _described: P,
        access: Access,
        permission: (&str, Verb),
        handler: H,
    ) where
        P: utoipa::Path + SchemaReferences,
        H: Handler<Args> + Send + Sync,
        H::Output: Responder + 'static,
        Args: FromRequest + 'static,
    {
        let path = P::path();
        let (resource, verb) = permission;
        P::schemas(&mut self.components);
        for method in P::methods() {
            self.route(&path, &method, access, permission, handler.clone());
            let mut described = describe::with_guard(P::operation(), access, resource, verb);
            described.tags = Some(vec![tag(&path).to_owned()]);
            self.described
                .add_path_operation(&path, vec![method], described);
        }
    }

    fn route<H, Args>(
        &mut self,
        path: &str,
        method: &HttpMethod,
        access: Access,
        permission: (&str, Verb),
        handler: H,
    ) where
        H: Handler<Args> + Send + Sync,
        H::Output: Responder + 'static,
        Args: FromRequest + 'static,
    {
        let method = http_method(method);
        let served = method.clone();
        let routed = handler.clone();
        self.step(
            path,
            access,
            Arc::new(move |resource| {
                resource.route(web::method(served.clone()).to(routed.clone()))
            }),
        );
        if method == Method::GET {
            // A HEAD is a GET whose body is not sent (RFC 9110 §9.3.2); the server leaves it out.
            self.step(
                path,
                access,
                Arc::new(move |resource| resource.route(web::head().to(handler.clone()))),
            );
        }
        let (resource, verb) = permission;
        let permission = Permission {
            method,
            resource: resource.to_owned(),
            verb,
        };
        if let Some(mount) = self.paths.get_mut(path) {
            mount.permissions.push(permission.clone());
        }
        self.operations.push(Operation {
            path: path.to_owned(),
            access,
            permission,
        });
    }

    fn step(&mut self, path: &str, access: Access, step: Step) {
        self.paths
            .entry(path.to_owned())
            .or_insert_with(|| PathMount {
                access,
                pictures: false,
                steps: Vec::new(),
                permissions: Vec::new(),
            })
            .steps
            .push(step);
    }

    /// Lets the bodies of a path that is mounted hold images.
    pub fn takes_pictures(&mut self, path: &str) {
        if let Some(mount) = self.paths.get_mut(path) {
            mount.pictures = true;
        }
    }

    /// Every operation, in the order mounted.
    #[must_use]
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// Names of the collections and other first words of paths, in the order mounted.
    #[must_use]
    pub fn tags(&self) -> Vec<&str> {
        let tags: IndexSet<&str> = self.operations.iter().map(|one| tag(&one.path)).collect();
        tags.into_iter().collect()
    }

    /// Registers the routes with one worker's application. Fixed words come before `{id}`, which
    /// would swallow them. A body has at most `limit` bytes, where images do not add to it.
    ///
    /// The router tries one route after the other, those with `{id}` by a regular expression: the routes of a
    /// collection are tried only where the path begins with its name.
    pub fn configure(&self, config: &mut ServiceConfig, limit: usize) {
        let (fixed, open): (Vec<_>, Vec<_>) =
            self.paths.iter().partition(|(path, _)| !path.contains('{'));
        let mut collections: IndexMap<&str, Vec<_>> = IndexMap::new();
        for (path, mount) in fixed.into_iter().chain(open) {
            let (collection, rest) = path.split_at(API.len() + tag(path).len());
            let mut resource = actix_web::Resource::new(rest);
            for step in &mount.steps {
                resource = step(resource);
            }
            if mount.pictures {
                resource = resource.app_data(PayloadConfig::new(limit + PICTURES));
            }
            let access = mount.access;
            let permissions: Arc<[Permission]> = mount.permissions.as_slice().into();
            let resource = resource
                .default_service(web::to(refuse_method(&permissions)))
                .wrap(from_fn(move |request, next| {
                    let permissions = permissions.clone();
                    async move { guard::guard(access, &permissions, request, next).await }
                }));
            collections.entry(collection).or_default().push(resource);
        }
        for (collection, resources) in collections {
            let scope = resources
                .into_iter()
                .fold(web::scope(collection), Scope::service);
            config.service(scope);
        }
    }

    /// Paths and components of the OpenAPI document.
    #[must_use]
    pub fn described(&self) -> (Paths, Components) {
        let named: BTreeMap<_, _> = self
            .components
            .iter()
            .cloned()
            .chain([(Problem::name().into_owned(), Problem::schema())])
            .collect();
        let problem = ContentBuilder::new()
            .schema(Some(Ref::from_schema_name(Problem::name())))
            .build();
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .description(Some("The `access` token of POST /api/token/."))
            .build();
        let components = ComponentsBuilder::new()
            .schemas_from_iter(named)
            .response(
                "Problem",
                ResponseBuilder::new()
                    .description("What went wrong, with every field error at once.")
                    .content("application/problem+json", problem)
                    .build(),
            )
            .security_scheme(BEARER, SecurityScheme::Http(bearer))
            .build();
        (self.described.clone(), components)
    }
}

/// What an operation is listed under: the collection its path begins with.
fn tag(path: &str) -> &str {
    path.trim_start_matches(API)
        .split('/')
        .next()
        .unwrap_or_default()
}

fn http_method(method: &HttpMethod) -> Method {
    match method {
        HttpMethod::Post => Method::POST,
        HttpMethod::Put => Method::PUT,
        HttpMethod::Patch => Method::PATCH,
        HttpMethod::Delete => Method::DELETE,
        _ => Method::GET,
    }
}

fn refuse_method(
    served: &[Permission],
) -> impl Fn() -> std::future::Ready<HttpResponse> + Clone + 'static {
    let mut allow: Vec<&str> = served.iter().map(|one| one.method.as_str()).collect();
    if allow.contains(&"GET") {
        allow.push("HEAD");
    }
    let allow = allow.join(", ");
    move || {
        let refusal = HttpResponse::MethodNotAllowed()
            .insert_header(("Allow", allow.as_str()))
            .finish();
        std::future::ready(refusal)
    }
}
