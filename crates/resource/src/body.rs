//! Reads a JSON body: the media type, the syntax, then the schema, each with its own documented error.

use std::marker::PhantomData;

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::{
        StatusCode,
        header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderValue},
    },
    web,
};
use futures::future::LocalBoxFuture;
use serde::de::DeserializeOwned;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{ApiError, Kernel, shape::Shape};

/// Extractor of a body that was held against the schema of `T`.
pub struct Body<T>(pub T, PhantomData<()>);

impl<T: ToSchema + DeserializeOwned + 'static> FromRequest for Body<T> {
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, actix_web::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let bytes = web::Bytes::from_request(request, payload);
        let request = request.clone();
        Box::pin(async move {
            let kernel = request
                .app_data::<web::Data<Kernel>>()
                .ok_or_else(ApiError::unavailable)?;
            let body = checked_body(kernel, &request, &bytes.await?)?;
            Ok(Self(body, PhantomData))
        })
    }
}

/// The `T` of a body, for an act that needs its bytes too; else [`Body`] reads it.
///
/// # Errors
/// As [`json_body`], and 400 naming every field that is wrong.
pub fn checked_body<T: ToSchema + DeserializeOwned + 'static>(
    kernel: &Kernel,
    request: &HttpRequest,
    bytes: &[u8],
) -> Result<T, ApiError> {
    let mut value = json_body(request, bytes)?;
    let errors = kernel.shapes.get::<T>().check(&mut value);
    if errors.is_empty() {
        Shape::read(value)
    } else {
        Err(ApiError::invalid(errors))
    }
}

/// The JSON of a body.
///
/// # Errors
/// 415 for another media type or a compressed body, 400 `parse_error` for what is no JSON.
pub fn json_body(request: &HttpRequest, bytes: &[u8]) -> Result<Value, ApiError> {
    let media = request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .map(|value| value.trim().to_ascii_lowercase())
        .unwrap_or_default();
    let is_json = media == "application/json"
        || (media.starts_with("application/") && media.ends_with("+json"));
    if !is_json {
        return Err(unsupported(format!(
            "Unsupported media type \"{media}\" in request."
        )));
    }
    let is_plain = |coding: &HeaderValue| coding.as_bytes().eq_ignore_ascii_case(b"identity");
    if !request.headers().get_all(CONTENT_ENCODING).all(is_plain) {
        return Err(unsupported("Compressed bodies are not accepted."));
    }
    serde_json::from_slice(bytes).map_err(|error| {
        ApiError::parse(format!(
            "JSON parse error at line {} column {}.",
            error.line(),
            error.column()
        ))
    })
}

fn unsupported(detail: impl Into<String>) -> ApiError {
    ApiError::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "unsupported_media_type",
        detail,
    )
}
