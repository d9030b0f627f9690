//! `upload/`: one file, by `multipart/form-data`.

use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::{
    HttpRequest, HttpResponse,
    error::PayloadError,
    http::{
        StatusCode,
        header::{CONTENT_TYPE, LOCATION},
    },
    web::{self, Bytes},
};
use futures::{Stream, StreamExt, TryStreamExt};
use resource::{ApiError, Ctx, FieldErrors, Problem};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{Files, Purpose, entities::file::Model, error::too_large, services::keep};

/// Bytes of a form beside its file: names, boundaries, the purpose.
const BESIDE: usize = 16 << 10;
/// Longest text of the form, in bytes.
const LONGEST_TEXT: usize = 64;
const REQUIRED: &str = "This field is required.";

/// A form with one file.
#[derive(Debug, ToSchema)]
pub struct UploadForm {
    /// The file. Its name and the type it is said to have do not matter.
    #[schema(format = Binary)]
    pub file: String,
    /// What it is for; a PDF is taken for a newsletter alone.
    pub purpose: Option<Purpose>,
}

/// A file that was taken in.
#[derive(Debug, Serialize, ToSchema)]
pub struct UploadedFile {
    /// Where it is, for an hour or so; put it where a row takes the address of a file. What names the file
    /// gives a fresh one.
    pub url: String,
    /// What it is, by its content, and as it is kept: `image/jpeg`, `image/png` or `application/pdf`.
    pub media_type: String,
    /// Size, in bytes, as it is kept.
    pub bytes: i64,
    /// Width of an image, in pixels, as it is kept.
    pub width: Option<i64>,
    /// Height of an image, in pixels, as it is kept.
    pub height: Option<i64>,
    /// What it was first sent for.
    #[schema(value_type = Purpose)]
    pub purpose: String,
}

/// Send a file
///
/// PNG, JPEG and WebP images are decoded and written anew: at most 2048 pixels a side, upright, with nothing in
/// them but the picture. A file that no row names for a day is removed.
///
/// # Errors
/// 400 with what is wrong of the form or the file, 413, 415, 503.
#[utoipa::path(
    post,
    path = "/api/upload/",
    operation_id = "upload_file",
    tag = "upload",
    request_body(content = UploadForm, content_type = "multipart/form-data"),
    responses(
        (status = 201, description = "The file.", body = UploadedFile),
        (status = 200, description = "The file, which the school had already.", body = UploadedFile),
        (status = 400, description = "Every field that is wrong.", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The file is larger than this server accepts.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "This is no form.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn upload(
    ctx: Ctx,
    request: HttpRequest,
    payload: web::Payload,
    files: web::Data<Files>,
) -> Result<HttpResponse, ApiError> {
    let limit = files.door.limit();
    let form = Form::read(&request, bounded(payload, limit + BESIDE), limit).await?;
    let (bytes, purpose) = form.checked()?;
    let sound = files.door.examine(bytes, purpose).await?;
    let sound = sound.map_err(|refusal| ApiError::field("file", refusal.to_string()))?;
    let (file, new) = keep::keep(&ctx, &files.store, sound, purpose).await?;
    let shown = shown(&ctx, file);
    let mut response = if new {
        HttpResponse::Created()
    } else {
        HttpResponse::Ok()
    };
    Ok(response
        .insert_header((LOCATION, shown.url.as_str()))
        .json(shown))
}

fn shown(ctx: &Ctx, file: Model) -> UploadedFile {
    let scope = &ctx.scope;
    UploadedFile {
        url: scope.links().to(scope.school(), &file.digest, scope.now()),
        media_type: file.media_type,
        bytes: file.bytes,
        width: file.width,
        height: file.height,
        purpose: file.purpose,
    }
}

/// The body up to `limit` bytes; beyond that it is too large, whatever it said of its length.
fn bounded(
    payload: web::Payload,
    limit: usize,
) -> impl Stream<Item = Result<Bytes, PayloadError>> + 'static {
    let mut left = limit;
    payload.map(move |chunk| {
        let chunk = chunk?;
        left = left
            .checked_sub(chunk.len())
            .ok_or(PayloadError::Overflow)?;
        Ok(chunk)
    })
}

/// What a form held.
#[derive(Default)]
struct Form {
    files: Vec<Vec<u8>>,
    purpose: Option<String>,
}

impl Form {
    async fn read(
        request: &HttpRequest,
        body: impl Stream<Item = Result<Bytes, PayloadError>> + 'static,
        limit: usize,
    ) -> Result<Self, ApiError> {
        let is_form = |media: &str| {
            let essence = media.split(';').next().unwrap_or_default();
            essence.trim().eq_ignore_ascii_case("multipart/form-data")
        };
        let media = request.headers().get(CONTENT_TYPE);
        if !media.is_some_and(|media| media.to_str().is_ok_and(is_form)) {
            return Err(no_form());
        }
        let mut parts = Multipart::new(request.headers(), body);
        let mut form = Self::default();
        while let Some(part) = parts.try_next().await.map_err(unreadable)? {
            match part.name() {
                Some("file") => form.files.push(content(part, limit).await?),
                Some("purpose") => {
                    let text = content(part, LONGEST_TEXT).await?;
                    form.purpose = Some(String::from_utf8_lossy(&text).trim().to_owned());
                }
                _ => drop(content(part, BESIDE).await?),
            }
        }
        Ok(form)
    }

    /// The one file and its purpose, or everything that is wrong of them.
    fn checked(mut self) -> Result<(Vec<u8>, Purpose), ApiError> {
        let mut errors = FieldErrors::default();
        let purpose = match self.purpose.as_deref() {
            None | Some("" | "picture") => Purpose::Picture,
            Some("newsletter") => Purpose::Newsletter,
            Some(other) => {
                errors.add("purpose", format!("\"{other}\" is not a valid choice."));
                Purpose::Picture
            }
        };
        let file = self.files.pop();
        if file.is_none() {
            errors.add("file", REQUIRED);
        } else if !self.files.is_empty() {
            errors.add("file", "Send one file.");
        }
        match file {
            Some(file) if errors.is_empty() => Ok((file, purpose)),
            _ => Err(ApiError::invalid(errors)),
        }
    }
}

async fn content(mut part: Field, limit: usize) -> Result<Vec<u8>, ApiError> {
    let mut content = Vec::new();
    while let Some(chunk) = part.try_next().await.map_err(unreadable)? {
        if content.len() + chunk.len() > limit {
            return Err(too_large());
        }
        content.extend_from_slice(&chunk);
    }
    Ok(content)
}

fn no_form() -> ApiError {
    ApiError::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "unsupported_media_type",
        "Send the file by multipart/form-data.",
    )
}

#[allow(
    clippy::needless_pass_by_value,
    reason = "a function that errors are mapped by takes them as they come"
)]
fn unreadable(error: MultipartError) -> ApiError {
    match error {
        MultipartError::Payload(PayloadError::Overflow) => too_large(),
        _ => ApiError::parse("The form could not be read."),
    }
}
