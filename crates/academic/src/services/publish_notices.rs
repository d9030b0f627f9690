//! Who is told that a report card was published.

use resource::{
    ApiError,
    outbox::{self, Event, Letter, News, Parcel},
    tenant_guard::{Role, Scope},
};
use sea_orm::FromQueryResult;
use serde_json::json;

const CONCERNED: &str = "SELECT c.id AS card, g.user_id AS account, true AS parent FROM report_cards c \
    JOIN guardianships g ON g.school_id = c.school_id AND g.student_id = c.student_id \
    WHERE c.school_id = $1 AND c.id IN (@ids) UNION ALL \
    SELECT c.id, s.user_id, false FROM report_cards c \
    JOIN students s ON s.school_id = c.school_id AND s.id = c.student_id \
    WHERE c.school_id = $1 AND c.id IN (@ids) AND s.user_id IS NOT NULL";

#[derive(FromQueryResult)]
struct Concerned {
    card: i64,
    account: i64,
    parent: bool,
}

/// Tells the pupils of the cards on the live stream, their parents there and by e-mail, and the school's webhooks, in
/// three statements. The e-mail has no mark and no name in it. What the system itself publishes, as the demo, is no news.
///
/// # Errors
/// When the database fails.
pub async fn tell(scope: &Scope, cards: &[i64]) -> Result<(), ApiError> {
    let principal = scope.principal();
    if principal.role == Role::SuperAdmin && principal.user_id == 0 {
        return Ok(());
    }
    let ids: Vec<String> = cards.iter().map(i64::to_string).collect();
    let sql = CONCERNED.replace("@ids", &ids.join(", "));
    let concerned: Vec<Concerned> = scope.query(&sql, Vec::new()).await?;
    let letter = Letter {
        subject: "A report card was published".into(),
        text: "A report card was published in Termbook. Sign in to read it.".into(),
    };
    // A card taken back and published again is news again.
    let moment = scope.now().timestamp_micros();
    let mut parcels = Vec::with_capacity(concerned.len() * 2);
    for Concerned {
        card,
        account,
        parent,
    } in concerned
    {
        let key = format!("result:{card}:{account}:{moment}");
        if parent {
            parcels.push(Parcel::mail("result", account, key.clone(), &letter));
        }
        parcels.push(Parcel::live("result", account, key, "reports", card));
    }
    outbox::enqueue(scope, parcels).await?;
    let told = |card: &i64| News::of(Event::ReportPublished, *card, json!({})).marked(moment);
    let news: Vec<News> = cards.iter().map(told).collect();
    outbox::publish(scope, &news, None).await
}
