//! `reports/publish/` and `reports/unpublish/`.

use actix_web::HttpResponse;
use resource::{ApiError, Body, Ctx, FieldErrors, Pk, write};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::services::{
    positions,
    publish::{Cards, Sheet, set_published},
};

/// Which report cards: by `ids`, or all of `class_id`, `session` and `term`.
#[derive(Debug, Deserialize, ToSchema)]
pub struct CardsMeant {
    /// Ids of the cards.
    #[serde(default)]
    #[schema(max_items = 1000)]
    pub ids: Option<Vec<Pk>>,
    /// The class.
    #[serde(default)]
    pub class_id: Option<Pk>,
    /// School year.
    #[serde(default)]
    #[schema(max_length = 20)]
    pub session: Option<String>,
    /// Term.
    #[serde(default)]
    #[schema(max_length = 50)]
    pub term: Option<String>,
}

impl CardsMeant {
    fn cards(self) -> Result<Cards, ApiError> {
        if let Some(ids) = self.ids {
            return Ok(Cards::Ids(ids.into_iter().map(|id| id.0).collect()));
        }
        let mut errors = FieldErrors::default();
        for (field, missing) in [
            ("class_id", self.class_id.is_none()),
            ("session", self.session.is_none()),
            ("term", self.term.is_none()),
        ] {
            if missing {
                errors.add(field, "This field is required.");
            }
        }
        match (self.class_id, self.session, self.term) {
            (Some(class), Some(session), Some(term)) => Ok(Cards::Sheet(Sheet {
                class_id: class.0,
                session,
                term,
            })),
            _ => Err(ApiError::invalid(errors)),
        }
    }
}

/// What was published or taken back.
#[derive(Debug, Serialize, ToSchema)]
pub struct Published {
    /// The same in words.
    pub message: String,
    /// How many cards changed.
    pub processed: usize,
    /// Their ids.
    pub ids: Vec<i64>,
    /// How many marks the cards published lack: subjects that the class takes without a mark, or, where
    /// it declares none, those that any card of the sheet has. What a pupil missed is not lacking. Left
    /// out when cards are taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incomplete: Option<i64>,
}

/// Publish report cards: pupils and parents see them, and their marks are locked.
///
/// # Errors
/// 400 naming a card or class that does not exist; 503 or 500 when the database fails.
#[utoipa::path(
    post,
    path = "/api/reports/publish/",
    tag = "reports",
    request_body = CardsMeant,
    responses(
        (status = 200, body = Published, description = "What changed; cards published already are left alone."),
        (status = 400, body = resource::Problem, content_type = "application/problem+json", description = "A card or class that does not exist."),
    )
)]
pub async fn publish(ctx: Ctx, body: Body<CardsMeant>) -> Result<HttpResponse, ApiError> {
    act(&ctx, body.0, true).await
}

/// Take report cards back: their marks can be written again.
///
/// # Errors
/// As [`publish`].
#[utoipa::path(
    post,
    path = "/api/reports/unpublish/",
    tag = "reports",
    request_body = CardsMeant,
    responses(
        (status = 200, body = Published, description = "What changed; cards not published are left alone."),
        (status = 400, body = resource::Problem, content_type = "application/problem+json", description = "A card or class that does not exist."),
    )
)]
pub async fn unpublish(ctx: Ctx, body: Body<CardsMeant>) -> Result<HttpResponse, ApiError> {
    act(&ctx, body.0, false).await
}

async fn act(ctx: &Ctx, meant: CardsMeant, published: bool) -> Result<HttpResponse, ApiError> {
    let cards = meant.cards()?;
    let (ids, incomplete) = write(ctx, async |scope| {
        let ids = set_published(scope, &cards, published).await?;
        let incomplete = if published {
            Some(positions::missing(scope, &ids).await?)
        } else {
            None
        };
        Ok((ids, incomplete))
    })
    .await?;
    let verb = if published {
        "published"
    } else {
        "unpublished"
    };
    Ok(HttpResponse::Ok().json(Published {
        message: format!("Successfully {verb} {} report cards", ids.len()),
        processed: ids.len(),
        ids,
        incomplete,
    }))
}
