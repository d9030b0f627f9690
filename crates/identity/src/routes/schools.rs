//! `schools/`: the platform's own list of its tenants, and public sign-up.

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use chrono::{DateTime, Utc};
use resource::{
    ApiError, Body, FieldErrors, Kernel, Problem,
    pagination::{Keyed, Kind, Listing, Viewer, page_schema},
    tenant_guard::{Platform, Principal, Role},
};
use serde::{Deserialize, Serialize};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{Ref, RefOr, Schema},
};

use crate::{
    entities::school::{Column, Entity, Model},
    password::{Hasher, weaknesses},
    services::{
        accounts::{NO_EMAIL, NewUser, is_email},
        limits::{self, Limit},
        schools::{self, NewSchool},
    },
};

const PATH: &str = "/api/schools/";
const STATUSES: &[&str] = &["pending", "active", "suspended", "expired"];

/// A school to found.
#[derive(Debug, Deserialize, ToSchema)]
pub struct SchoolInput {
    /// Name.
    #[schema(min_length = 1, max_length = 255)]
    pub name: String,
    /// Domain, unique on the platform: a-z, 0-9 and -.
    #[schema(min_length = 1, max_length = 63)]
    pub domain: String,
    /// Who is to run it.
    pub administrator: Administrator,
}

/// The first administrator of a school.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Administrator {
    /// User name; the e-mail where it is left out.
    #[serde(default)]
    #[schema(max_length = 150)]
    pub username: String,
    /// E-mail.
    #[schema(min_length = 1, max_length = 254)]
    pub email: String,
    /// Full name.
    #[schema(min_length = 1, max_length = 255)]
    pub name: String,
    /// Password: at least 8 characters, neither a name of the account nor a common one.
    #[schema(format = Password, min_length = 1, max_length = 128)]
    pub password: String,
}

/// A school.
#[derive(Debug, Serialize, ToSchema)]
pub struct School {
    /// Id.
    pub id: i64,
    /// Name.
    pub name: String,
    /// Domain.
    pub domain: String,
    /// `pending`, `active`, `suspended` or `expired`; only an active school's people sign in.
    pub status: String,
    /// When it was founded.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

impl From<Model> for School {
    fn from(row: Model) -> Self {
        Self {
            id: row.id,
            name: row.name,
            domain: row.domain,
            status: row.status,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// One page of schools, as it is published.
#[derive(Debug)]
pub struct SchoolPage;

impl PartialSchema for SchoolPage {
    fn schema() -> RefOr<Schema> {
        page_schema(Ref::from_schema_name(School::name()).into()).into()
    }
}

impl ToSchema for SchoolPage {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((School::name().into(), School::schema()));
    }
}

fn listing() -> Listing<Entity> {
    Listing::standard()
        .ordering("name", Column::Name)
        .ordering("domain", Column::Domain)
        .ordering("created_at", Column::CreatedAt)
        .default_order("name")
        .search([Column::Name, Column::Domain])
        .filter("status", Column::Status, Kind::Choice(STATUSES))
}

/// List schools
///
/// # Errors
/// 400 for an unknown parameter, 404 for a page there is not.
#[utoipa::path(
    get,
    path = "/api/schools/",
    operation_id = "list_schools",
    tag = "schools",
    params(
        ("page" = Option<u64>, Query, description = "Number of the page, from 1."),
        ("page_size" = Option<u64>, Query, description = "Rows of a page: 50, at most 200."),
        ("cursor" = Option<String>, Query, description = "Cursor of a neighbouring page; empty starts."),
        ("ordering" = Option<String>, Query, description = "`name`, `domain`, `created_at` or `id`, with `-` before it for descending."),
        ("search" = Option<String>, Query, description = "Words to look for in name and domain."),
        ("status" = Option<String>, Query, description = "Only schools of this status."),
        ("status__in" = Option<String>, Query, description = "Only schools of these statuses, separated by commas."),
    ),
    responses(
        (status = 200, description = "One page.", body = SchoolPage),
        (status = 400, description = "An unknown or wrong parameter.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such page.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn list(
    request: HttpRequest,
    principal: Principal,
    kernel: web::Data<Kernel>,
) -> Result<HttpResponse, ApiError> {
    let (listing, platform, url) = (listing(), kernel.database.platform(), &kernel.public_url);
    let viewer = Viewer {
        user_id: principal.user_id,
        school_id: 0,
    };
    let query = listing.parse(request.query_string(), viewer)?;
    let matching = listing.filtered(platform.find::<Entity>(), &query);
    if query.is_cursor() {
        let found: Vec<Keyed<Model>> = platform.rows(listing.paged(matching, &query)).await?;
        let (rows, links) = query.cursor_page_of(url, PATH, found)?;
        return Ok(
            HttpResponse::Ok().json(links.page(rows.into_iter().map(School::from).collect()))
        );
    }
    let found = platform
        .all(listing.paged(matching.clone(), &query))
        .await?;
    let count = match query.count_from(found.len()) {
        Some(count) => count,
        None => platform.count(matching).await?,
    };
    let schools: Vec<School> = found.into_iter().map(School::from).collect();
    Ok(HttpResponse::Ok().json(query.page_of(url, PATH, count, schools)?))
}

/// One school
///
/// # Errors
/// 404.
#[utoipa::path(
    get,
    path = "/api/schools/{id}/",
    operation_id = "retrieve_school",
    tag = "schools",
    params(("id" = i64, Path, description = "Id of the school.")),
    responses(
        (status = 200, description = "The school.", body = School),
        (status = 404, description = "No such school.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn retrieve(
    path: web::Path<String>,
    kernel: web::Data<Kernel>,
) -> Result<HttpResponse, ApiError> {
    let school = schools::school(&kernel.database.platform(), id_of(&path)?).await?;
    Ok(HttpResponse::Ok().json(School::from(school)))
}

/// What is no id finds nothing.
fn id_of(path: &str) -> Result<i64, ApiError> {
    path.parse().map_err(|_| ApiError::not_found())
}

/// Found a school, active at once
///
/// # Errors
/// 400 with every field error at once, 503.
#[utoipa::path(
    post,
    path = "/api/schools/",
    operation_id = "create_school",
    tag = "schools",
    request_body = SchoolInput,
    responses(
        (status = 201, description = "The school.", body = School),
        (status = 400, description = "Every field that is wrong.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The domain was taken at the same moment.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn create(
    principal: Principal,
    kernel: web::Data<Kernel>,
    hasher: web::Data<Hasher>,
    body: Body<SchoolInput>,
) -> Result<HttpResponse, ApiError> {
    found(
        &kernel.database.platform(),
        &hasher,
        Some(&principal),
        body.0,
        "active",
    )
    .await
}

/// Sign a school up
///
/// Anyone may; nobody signs in to it until an operator has activated it. One address may register five
/// schools an hour.
///
/// # Errors
/// 400 with every field error at once, 429, 503.
#[utoipa::path(
    post,
    path = "/api/schools/register/",
    operation_id = "register_school",
    tag = "schools",
    request_body = SchoolInput,
    responses(
        (status = 201, description = "The school, pending.", body = School),
        (status = 409, description = "The domain was taken at the same moment.", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many schools of one address; see Retry-After.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn register(
    request: HttpRequest,
    kernel: web::Data<Kernel>,
    hasher: web::Data<Hasher>,
    body: Body<SchoolInput>,
) -> Result<HttpResponse, ApiError> {
    let platform = kernel.database.platform();
    let limit: Vec<Limit> = request
        .peer_addr()
        .map(|address| Limit::registration(address.ip()))
        .into_iter()
        .collect();
    limits::spend(&platform, &limit).await?;
    found(&platform, &hasher, None, body.0, "pending").await
}

async fn found(
    platform: &Platform,
    hasher: &Hasher,
    by: Option<&Principal>,
    input: SchoolInput,
    status: &str,
) -> Result<HttpResponse, ApiError> {
    let SchoolInput {
        name,
        domain,
        administrator,
    } = input;
    let domain = domain.to_lowercase();
    let Administrator {
        username,
        email,
        name: full_name,
        password,
    } = administrator;
    let username = if username.is_empty() {
        &email
    } else {
        &username
    };
    let mut errors = schools::domain_errors(platform, &domain).await?;
    errors.merge(administrator_errors(
        username, &email, &full_name, &password,
    ));
    if !errors.is_empty() {
        return Err(ApiError::invalid(errors));
    }
    let hash = hasher.hash(password).await?;
    let administrator = NewUser {
        username,
        email: &email,
        name: &full_name,
        role: Role::SchoolAdmin,
        password_hash: &hash,
    };
    let new = NewSchool {
        name: &name,
        domain: &domain,
        status,
        administrator,
    };
    let school = schools::found(platform, by, &new).await?;
    let location = format!("{PATH}{}/", school.id);
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, location))
        .json(School::from(school)))
}

fn administrator_errors(username: &str, email: &str, name: &str, password: &str) -> FieldErrors {
    let mut errors = FieldErrors::default();
    if !is_email(email) {
        errors.add("administrator.email", NO_EMAIL);
    }
    if username.chars().count() > 150 {
        errors.add(
            "administrator.username",
            "Ensure this field has no more than 150 characters.",
        );
    }
    for weakness in weaknesses(password, &[username, email, name]) {
        errors.add("administrator.password", weakness);
    }
    errors
}

/// Activate a school
///
/// # Errors
/// 404.
#[utoipa::path(
    post,
    path = "/api/schools/{id}/activate/",
    operation_id = "activate_school",
    tag = "schools",
    params(("id" = i64, Path, description = "Id of the school.")),
    responses(
        (status = 200, description = "The school as it is now.", body = School),
        (status = 404, description = "No such school.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn activate(
    path: web::Path<String>,
    principal: Principal,
    kernel: web::Data<Kernel>,
) -> Result<HttpResponse, ApiError> {
    set_status(&kernel, &principal, id_of(&path)?, "active").await
}

/// Suspend a school
///
/// Nobody signs in to it any more, and no session of it is renewed.
///
/// # Errors
/// 404.
#[utoipa::path(
    post,
    path = "/api/schools/{id}/suspend/",
    operation_id = "suspend_school",
    tag = "schools",
    params(("id" = i64, Path, description = "Id of the school.")),
    responses(
        (status = 200, description = "The school as it is now.", body = School),
        (status = 404, description = "No such school.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn suspend(
    path: web::Path<String>,
    principal: Principal,
    kernel: web::Data<Kernel>,
) -> Result<HttpResponse, ApiError> {
    set_status(&kernel, &principal, id_of(&path)?, "suspended").await
}

/// Sets the status under a lease, as the school's settings show it and are cached.
async fn set_status(
    kernel: &Kernel,
    by: &Principal,
    id: i64,
    status: &str,
) -> Result<HttpResponse, ApiError> {
    let lease = kernel.cache.begin_write(id, &["schools"].into()).await;
    let done = schools::set_status(&kernel.database.platform(), by, id, status).await;
    lease.finish().await;
    Ok(HttpResponse::Ok().json(School::from(done?)))
}
