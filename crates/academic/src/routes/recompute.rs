//! `reports/recompute/`.

use actix_web::HttpResponse;
use resource::{ApiError, Body, Ctx, Pk, Problem, write};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    marks::Mark,
    services::{positions::Standing, publish::Sheet, recompute::recompute_sheet},
};

/// The cards of a class in a term.
#[derive(Debug, Deserialize, ToSchema)]
pub struct SheetMeant {
    /// The class.
    pub class_id: Pk,
    /// School year.
    #[schema(min_length = 1, max_length = 20)]
    pub session: String,
    /// Term.
    #[schema(min_length = 1, max_length = 50)]
    pub term: String,
}

/// Where a card stands once it is computed.
#[derive(Debug, Serialize, ToSchema)]
pub struct CardStanding {
    /// Id of the card.
    pub id: i64,
    /// Id of the pupil.
    pub student_id: i64,
    /// Sum of the rows' totals; none while nothing is marked.
    pub total_score: Option<Mark>,
    /// Mean of the rows' totals, half up; subjects without a mark do not count.
    pub average: Option<Mark>,
    /// Position by the marks as they are now.
    pub position: Option<i64>,
}

impl From<Standing> for CardStanding {
    fn from(card: Standing) -> Self {
        Self {
            id: card.id,
            student_id: card.student_id,
            total_score: card.total_score.map(Mark),
            average: card.average.map(Mark),
            position: card.position,
        }
    }
}

/// A sheet, computed.
#[derive(Debug, Serialize, ToSchema)]
pub struct Recomputed {
    /// How many cards the sheet has.
    pub processed: usize,
    /// The cards, the best first, those without a position last.
    pub cards: Vec<CardStanding>,
}

/// Compute a class's open report cards anew: letters by the school's scale, sums and averages, and where
/// every card stands. Published cards keep their marks and letters.
///
/// # Errors
/// 400 naming bad fields; 503 or 500 when the database fails.
#[utoipa::path(
    post,
    path = "/api/reports/recompute/",
    operation_id = "recompute_reports",
    tag = "reports",
    request_body = SheetMeant,
    responses(
        (status = 200, description = "Where every card of the sheet stands.", body = Recomputed),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "Bad fields."),
    )
)]
pub async fn recompute(ctx: Ctx, body: Body<SheetMeant>) -> Result<HttpResponse, ApiError> {
    let SheetMeant {
        class_id,
        session,
        term,
    } = body.0;
    let sheet = Sheet {
        class_id: class_id.0,
        session,
        term,
    };
    let cards = write(&ctx, async |scope| recompute_sheet(scope, &sheet).await).await?;
    Ok(HttpResponse::Ok().json(Recomputed {
        processed: cards.len(),
        cards: cards.into_iter().map(CardStanding::from).collect(),
    }))
}
