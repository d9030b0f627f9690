//! Who hears of what the school publishes.

use identity::services::audience;
use resource::{
    ApiError,
    outbox::{Event, Hearers, News, publish},
    tenant_guard::Scope,
};
use serde_json::json;

use crate::entities::{announcement, newsletter};

/// Tells of an announcement that was made: those it is for, and the school's webhooks.
///
/// # Errors
/// When the database fails.
pub async fn announced(scope: &Scope, row: &announcement::Model) -> Result<(), ApiError> {
    let facts = json!({ "target": row.target, "priority": row.priority, "class_id": row.class_id });
    let news = News::of(Event::AnnouncementPublished, row.id, facts);
    let (accounts, values) = audience::accounts(&row.target, row.class_id);
    publish(scope, &[news], Some(Hearers { accounts, values })).await
}

/// Tells of a newsletter that was published for the first time: everyone, and the school's webhooks.
///
/// # Errors
/// When the database fails.
pub async fn published(scope: &Scope, row: &newsletter::Model) -> Result<(), ApiError> {
    let news = News::of(Event::NewsletterPublished, row.id, json!({}));
    let everyone = "SELECT id AS account FROM users WHERE school_id = $1 AND is_active";
    let hearers = Hearers {
        accounts: everyone.into(),
        values: Vec::new(),
    };
    publish(scope, &[news], Some(hearers)).await
}
