//! The versions of report cards: what families were shown, kept at the moment of publication.
//!
//! A version holds the card as `reports/` shows it, with the position that it has then. From that moment
//! on the published card shows this position, whatever becomes of the cards beside it.

use resource::{ApiError, Resource, tenant_guard::Scope};
use sea_orm::{ActiveValue::Set, ColumnTrait, QueryFilter};

use crate::{
    entities::{report_card, report_card_version},
    resources::reports::Reports,
};

/// The number of the version of a card that was published last; none while it never was.
pub const LATEST: &str = "(SELECT MAX(kept.version) FROM report_card_versions kept \
    WHERE kept.school_id = report_cards.school_id AND kept.report_card_id = report_cards.id)";

/// The position in that version.
pub const POSITION: &str = "(SELECT kept.position FROM report_card_versions kept \
    WHERE kept.school_id = report_cards.school_id AND kept.report_card_id = report_cards.id \
    ORDER BY kept.version DESC LIMIT 1)";

/// Keeps the next version of the cards `ids`, which have just been published, all in the same few
/// statements.
///
/// # Errors
/// When the database fails.
pub async fn keep(scope: &Scope, ids: &[i64]) -> Result<(), ApiError> {
    let query = scope
        .find::<report_card::Entity>()
        .filter(report_card::Column::Id.is_in(ids.iter().copied()));
    let cards = scope.rows(Reports::select(query)).await?;
    let mut rows = Vec::with_capacity(ids.len());
    let (cards, _) = Reports::marked(scope, cards).await?;
    for mut card in cards {
        let version = card.published_version.unwrap_or_default() + 1;
        card.published_version = Some(version);
        rows.push(report_card_version::ActiveModel {
            report_card_id: Set(card.id),
            version: Set(version),
            position: Set(card.position),
            published_at: Set(card.passed_at.unwrap_or_else(|| scope.now())),
            published_by: Set(card.passed_by),
            document: Set(serde_json::to_value(card).map_err(ApiError::internal)?),
            ..Default::default()
        });
    }
    scope
        .insert_many::<report_card_version::Entity, _>(rows)
        .await?;
    Ok(())
}
