//! The published document and its viewer.

use std::io::Write as _;

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{CACHE_CONTROL, ContentEncoding, ETAG, VARY},
    web::{self, Bytes},
};
use flate2::{Compression, write::GzEncoder};
use resource::{Mounts, accepts_gzip, unchanged};
use sha2::{Digest, Sha256};
use utoipa::openapi::{InfoBuilder, OpenApi, OpenApiBuilder, tag::TagBuilder};
use utoipa_swagger_ui::{Config, SwaggerUi};

const ABOUT: &str = "\
The back end a school runs its term on. \
Sign in at POST /api/token/, press Authorize, and paste the `access` token. \
The school comes from the token; rows of another school answer as rows that do not exist. \
Every list pages alike, every error is a `Problem`, and unknown query parameters are refused.";

/// The whole document.
#[must_use]
pub fn document(mounts: &Mounts) -> OpenApi {
    let (paths, components) = mounts.described();
    let info = InfoBuilder::new()
        .title("Termbook")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(ABOUT));
    let tags = mounts
        .tags()
        .into_iter()
        .map(|name| TagBuilder::new().name(name).build());
    OpenApiBuilder::new()
        .info(info.build())
        .tags(Some(tags))
        .paths(paths)
        .components(Some(components))
        .build()
}

/// The document as it is checked in.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn pretty(mounts: &Mounts) -> Result<String, serde_json::Error> {
    Ok(document(mounts).to_pretty_json()? + "\n")
}

/// The document as it is served: made once.
#[derive(Debug)]
pub struct Document {
    json: Bytes,
    gzip: Bytes,
    tag: String,
}

impl Document {
    /// Renders the document of `mounts`.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub fn of(mounts: &Mounts) -> Result<Self, serde_json::Error> {
        let json = serde_json::to_vec(&document(mounts))?;
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        let gzip = encoder
            .write_all(&json)
            .and_then(|()| encoder.finish())
            .map_err(serde_json::Error::io)?;
        let digest = Sha256::digest(&json);
        let tag = hex::encode(digest.get(..8).unwrap_or_default());
        Ok(Self {
            json: json.into(),
            gzip: gzip.into(),
            tag,
        })
    }
}

pub(crate) fn mount(config: &mut web::ServiceConfig) {
    let viewer = Config::from("/api/schema/")
        .persist_authorization(true)
        .try_it_out_enabled(true)
        .display_request_duration(true)
        .doc_expansion("none")
        .filter(true);
    config
        .route("/api/schema/", web::get().to(schema))
        .service(SwaggerUi::new("/api/docs/{_:.*}").config(viewer));
}

async fn schema(request: HttpRequest, document: web::Data<Document>) -> HttpResponse {
    let compressed = accepts_gzip(&request);
    let suffix = if compressed { "-gzip" } else { "" };
    let tag = format!("\"{}{suffix}\"", document.tag);
    let had = unchanged(&request, &tag);
    let mut response = if had {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    response
        .insert_header((ETAG, tag))
        .insert_header((CACHE_CONTROL, "no-cache"))
        .insert_header((VARY, "accept-encoding"));
    if had {
        return response.finish();
    }
    response.content_type("application/json");
    if compressed {
        response.insert_header(ContentEncoding::Gzip);
        return response.body(document.gzip.clone());
    }
    response.body(document.json.clone())
}
