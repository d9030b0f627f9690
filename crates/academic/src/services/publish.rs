//! Publishing report cards: from then on pupils and parents see them, their marks are locked, and what
//! they show is kept.

use std::collections::BTreeSet;

use resource::{
    ApiError, FieldErrors,
    audit::{self, Act},
    fields::unknown_pk,
    tenant_guard::{Role, Scope},
};
use sea_orm::{
    ColumnTrait, Condition, DbBackend, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
    sea_query::Expr,
};
use serde_json::json;

use super::{publish_notices, versions};
use crate::entities::{class, report_card};

/// The cards of one class in one term.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// The class.
    pub class_id: i64,
    /// School year.
    pub session: String,
    /// Term.
    pub term: String,
}

/// The cards meant.
#[derive(Debug, Clone)]
pub enum Cards {
    /// By their keys.
    Ids(Vec<i64>),
    /// All of a sheet.
    Sheet(Sheet),
}

impl Cards {
    fn condition(&self) -> Condition {
        match self {
            Self::Ids(ids) => {
                Condition::all().add(report_card::Column::Id.is_in(ids.iter().copied()))
            }
            Self::Sheet(sheet) => Condition::all()
                .add(report_card::Column::ClassId.eq(sheet.class_id))
                .add(report_card::Column::Session.eq(sheet.session.as_str()))
                .add(report_card::Column::Term.eq(sheet.term.as_str())),
        }
    }
}

#[derive(FromQueryResult)]
struct Card {
    id: i64,
    is_passed: bool,
}

/// Publishes or takes back the cards; answers the keys of those whose state changed.
///
/// # Errors
/// A field error on `ids` or `class_id` for a key of no row; else when the database fails.
pub async fn set_published(
    scope: &Scope,
    cards: &Cards,
    published: bool,
) -> Result<Vec<i64>, ApiError> {
    let meant = meant(scope, cards).await?;
    let ids: Vec<i64> = meant
        .iter()
        .filter(|card| card.is_passed != published)
        .map(|card| card.id)
        .collect();
    if ids.is_empty() {
        return Ok(ids);
    }
    // An operator, and the system that publishes the demo, is no user of the school.
    let principal = scope.principal();
    let by = (published && principal.role != Role::SuperAdmin).then_some(principal.user_id);
    let columns = vec![
        (report_card::Column::IsPassed, Expr::value(published)),
        (
            report_card::Column::PassedAt,
            Expr::value(published.then(|| scope.now())),
        ),
        (report_card::Column::PassedBy, Expr::value(by)),
    ];
    let which = cards
        .condition()
        .add(report_card::Column::IsPassed.eq(!published));
    scope
        .update_where::<report_card::Entity>(columns, which)
        .await?;
    if published {
        versions::keep(scope, &ids).await?;
    }
    let act = Act {
        action: if published { "publish" } else { "unpublish" },
        resource: "reports",
        id: None,
        before: None,
        after: Some(json!({ "ids": ids })),
    };
    audit::record(scope, act).await?;
    if published {
        publish_notices::tell(scope, &ids).await?;
    }
    Ok(ids)
}

/// The cards meant, held against other writers in the order of their keys.
async fn meant(scope: &Scope, cards: &Cards) -> Result<Vec<Card>, ApiError> {
    let mut query = scope
        .find::<report_card::Entity>()
        .filter(cards.condition())
        .select_only()
        .columns([report_card::Column::Id, report_card::Column::IsPassed])
        .order_by_asc(report_card::Column::Id);
    if scope.backend() == DbBackend::Postgres {
        query = query.lock_exclusive();
    }
    let found: Vec<Card> = scope.rows(query).await?;
    match cards {
        Cards::Ids(ids) => {
            let known: BTreeSet<i64> = found.iter().map(|card| card.id).collect();
            let mut errors = FieldErrors::default();
            for id in ids.iter().filter(|id| !known.contains(id)) {
                errors.add("ids", unknown_pk(*id));
            }
            if !errors.is_empty() {
                return Err(ApiError::invalid(errors));
            }
        }
        Cards::Sheet(sheet) => {
            if found.is_empty() && scope.get::<class::Entity>(sheet.class_id).await?.is_none() {
                return Err(ApiError::field("class_id", unknown_pk(sheet.class_id)));
            }
        }
    }
    Ok(found)
}
