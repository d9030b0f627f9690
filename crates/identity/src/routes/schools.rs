//! `schools/`: the platform's own list of its tenants, and public sign-up.

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use chrono::{DateTime, Utc};
use resource::{
    ApiError, FieldErrors, Kernel, PageOf, Problem, json_body,
    pagination::{Keyed, Kind, Listing, Viewer},
    path_key,
    shape::Shape,
    tenant_guard::{Principal, Role},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    client_address,
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
    /// User name.
    #[schema(min_length = 1, max_length = 150)]
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
    /// When it was archived, since it was last suspended.
    pub archived_at: Option<DateTime<Utc>>,
    /// From when it may be removed.
    pub removal_due_at: Option<DateTime<Utc>>,
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
            archived_at: row.archived_at,
            removal_due_at: row.removal_due_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// One page of schools.
type SchoolPage = PageOf<School>;

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
        now: kernel.database.clock().now(),
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
    request: HttpRequest,
    kernel: web::Data<Kernel>,
) -> Result<HttpResponse, ApiError> {
    let school = schools::school(&kernel.database.platform(), path_key(&request, "id")?).await?;
    Ok(HttpResponse::Ok().json(School::from(school)))
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
    request: HttpRequest,
    principal: Principal,
    kernel: web::Data<Kernel>,
    hasher: web::Data<Hasher>,
    bytes: web::Bytes,
) -> Result<HttpResponse, ApiError> {
    let input = sound(&kernel, json_body(&request, &bytes)?).await?;
    found(&kernel, &hasher, Some(&principal), input, "active").await
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
    bytes: web::Bytes,
) -> Result<HttpResponse, ApiError> {
    let input = sound(&kernel, json_body(&request, &bytes)?).await?;
    if let Some(address) = client_address(&request) {
        let limit = [Limit::registration(address)];
        limits::spend(&kernel.database.platform(), &limit).await?;
    }
    found(&kernel, &hasher, None, input, "pending").await
}

/// The school of a body, or every error of schema and rules at once.
async fn sound(kernel: &Kernel, mut body: Value) -> Result<SchoolInput, ApiError> {
    let mut errors = kernel.shapes.get::<SchoolInput>().check(&mut body);
    let mut rules = administrator_errors(&body);
    if let Some(domain) = body.get_mut("domain") {
        let lower = domain.as_str().unwrap_or_default().to_lowercase();
        rules.merge(schools::domain_errors(&kernel.database.platform(), &lower).await?);
        *domain = lower.into();
    }
    rules.0.retain(|field, _| !errors.concerns(field));
    errors.merge(rules);
    if errors.is_empty() {
        Shape::read(body)
    } else {
        Err(ApiError::invalid(errors))
    }
}

fn administrator_errors(body: &Value) -> FieldErrors {
    let mut errors = FieldErrors::default();
    let Some(Value::Object(given)) = body.get("administrator") else {
        return errors;
    };
    let text = |field: &str| given.get(field).and_then(Value::as_str).unwrap_or_default();
    if !is_email(text("email")) {
        errors.add("administrator.email", NO_EMAIL);
    }
    for weakness in weaknesses(
        text("password"),
        &[text("username"), text("email"), text("name")],
    ) {
        errors.add("administrator.password", weakness);
    }
    errors
}

async fn found(
    kernel: &Kernel,
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
    let hash = hasher.hash(administrator.password).await?;
    let administrator = NewUser {
        username: &administrator.username,
        email: &administrator.email,
        name: &administrator.name,
        role: Role::SchoolAdmin,
        password_hash: &hash,
    };
    let new = NewSchool {
        name: &name,
        domain: &domain,
        status,
        administrator,
    };
    let school = schools::found(&kernel.database.platform(), by, &new).await?;
    let location = format!("{PATH}{}/", school.id);
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, location))
        .json(School::from(school)))
}
