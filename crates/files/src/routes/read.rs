//! `files/{school}/{digest}/`: a file, to whoever holds a link to it.

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    body::SizedStream,
    http::header::{
        CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
        CROSS_ORIGIN_RESOURCE_POLICY, ETAG,
    },
    web,
};
use resource::{
    ApiError, Kernel, Problem, path_key,
    tenant_guard::{LinkRefused, Principal, SchoolId},
    unchanged,
};
use sea_orm::{ColumnTrait, QueryFilter};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    Files,
    entities::file::{Column, Entity, Model},
    error::link_expired,
};

/// Nothing a file holds may run, load or be framed, wherever it is opened.
const POLICY: &str = "default-src 'none'; sandbox";

/// What a link carries beside its path.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Signed {
    /// Until when it is good, in seconds since 1970.
    pub expires: i64,
    /// That it was made here.
    #[param(max_length = 64)]
    pub signature: String,
}

/// A file
///
/// The link is all that is asked for. One that is forged, of another school or of a file that is gone answers
/// alike.
///
/// # Errors
/// 404, 410 for a link that has expired, 503 when the store is away.
#[utoipa::path(
    get,
    path = "/api/files/{school}/{digest}/",
    operation_id = "read_file",
    tag = "files",
    params(
        ("school" = i64, Path, description = "Id of the school."),
        ("digest" = String, Path, description = "SHA-256 of the file, in hexadecimal."),
        Signed,
    ),
    responses(
        (status = 200, description = "The file; a PDF to be saved.", content_type = "application/octet-stream"),
        (status = 304, description = "The caller has it already."),
        (status = 404, description = "There is no such file, or the link is another's.", body = Problem, content_type = "application/problem+json"),
        (status = 410, description = "The link has expired.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn read(
    request: HttpRequest,
    kernel: web::Data<Kernel>,
    files: web::Data<Files>,
) -> Result<HttpResponse, ApiError> {
    let school = SchoolId(path_key(&request, "school")?);
    let digest = request.match_info().get("digest").unwrap_or_default();
    let signed = web::Query::<Signed>::from_query(request.query_string())
        .map_err(|_| ApiError::not_found())?;
    let scope = kernel.database.scope(school, Principal::system(school));
    let link = (signed.expires, signed.signature.as_str());
    let left = scope.links().open(school, digest, link, scope.now());
    let left = left.map_err(|refused| match refused {
        LinkRefused::Forged => ApiError::not_found(),
        LinkRefused::Expired => link_expired(),
    })?;
    let query = scope.find::<Entity>().filter(Column::Digest.eq(digest));
    let file = scope.one(query).await?.ok_or_else(ApiError::not_found)?;
    let tag = format!("\"{digest}\"");
    if unchanged(&request, &tag) {
        let mut response = HttpResponse::NotModified();
        return Ok(guarded(&mut response, &tag, left).finish());
    }
    let opened = files.store.get(school, digest).await?;
    let opened = opened.ok_or_else(|| {
        tracing::error!(
            school = school.0,
            file = file.id,
            "a file is not in the store"
        );
        ApiError::not_found()
    })?;
    let mut response = HttpResponse::Ok();
    Ok(guarded(&mut response, &tag, left)
        .insert_header((CONTENT_TYPE, file.media_type.as_str()))
        .insert_header((CONTENT_DISPOSITION, disposition(&file)))
        .body(SizedStream::new(opened.size, opened.content)))
}

/// Keeps a copy in the browser of whoever had the link, and no longer than the link is good.
fn guarded<'a>(
    response: &'a mut HttpResponseBuilder,
    tag: &str,
    left: i64,
) -> &'a mut HttpResponseBuilder {
    response
        .insert_header((ETAG, tag))
        .insert_header((CACHE_CONTROL, format!("private, max-age={left}, immutable")))
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        // The link is the permission, and the client's pages may be of another site.
        .insert_header((CROSS_ORIGIN_RESOURCE_POLICY, "cross-origin"))
}

/// An image may be shown; anything else is saved, under a name that no client chose.
fn disposition(file: &Model) -> String {
    let (how, ending) = match file.media_type.as_str() {
        "image/jpeg" => ("inline", "jpg"),
        "image/png" => ("inline", "png"),
        _ => ("attachment", "pdf"),
    };
    let name: String = file.digest.chars().take(16).collect();
    format!("{how}; filename=\"{name}.{ending}\"")
}
