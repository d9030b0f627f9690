//! What happened to a row of the school, told to the programs of its webhooks and on the live stream.

use sea_orm::{DbBackend, Value};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use std::fmt::Display;
use tenant_guard::Scope;
use utoipa::ToSchema;

use super::TABLE;
use crate::ApiError;

/// What a webhook may be told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub enum Event {
    /// Money was received.
    #[serde(rename = "payment.recorded")]
    PaymentRecorded,
    /// A payment was taken back: it counts no more.
    #[serde(rename = "payment.voided")]
    PaymentVoided,
    /// A payment, or a part of it, was given back.
    #[serde(rename = "payment.refunded")]
    PaymentRefunded,
    /// A report card was published.
    #[serde(rename = "report.published")]
    ReportPublished,
    /// An announcement was made.
    #[serde(rename = "announcement.published")]
    AnnouncementPublished,
    /// A newsletter was published for the first time.
    #[serde(rename = "newsletter.published")]
    NewsletterPublished,
}

impl Event {
    /// The event as webhooks spell it: a kind, and what happened.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PaymentRecorded => "payment.recorded",
            Self::PaymentVoided => "payment.voided",
            Self::PaymentRefunded => "payment.refunded",
            Self::ReportPublished => "report.published",
            Self::AnnouncementPublished => "announcement.published",
            Self::NewsletterPublished => "newsletter.published",
        }
    }

    /// The event as the live stream spells it, which says no more than the kind.
    const fn kind(self) -> &'static str {
        match self {
            Self::PaymentRecorded | Self::PaymentVoided | Self::PaymentRefunded => "payment",
            Self::ReportPublished => "result",
            Self::AnnouncementPublished => "announcement",
            Self::NewsletterPublished => "newsletter",
        }
    }

    /// The collection of the row it is about.
    const fn resource(self) -> &'static str {
        match self {
            Self::PaymentRecorded | Self::PaymentVoided | Self::PaymentRefunded => "payments",
            Self::ReportPublished => "reports",
            Self::AnnouncementPublished => "announcements",
            Self::NewsletterPublished => "newsletters",
        }
    }
}

/// One event of one row.
#[derive(Debug, Clone, PartialEq)]
pub struct News {
    event: Event,
    id: i64,
    key: String,
    facts: Json,
}

impl News {
    /// That `event` happened to row `id`. `facts` are what a program may know without asking: ids, amounts
    /// and days, and nobody's name. The same event of the same row is told once, however often it is put in.
    #[must_use]
    pub fn of(event: Event, id: i64, facts: Json) -> Self {
        Self {
            event,
            id,
            key: format!("{}:{id}", event.as_str()),
            facts,
        }
    }

    /// The same, of an event that may come to a row again: `mark` tells the times apart.
    #[must_use]
    pub fn marked(mut self, mark: impl Display) -> Self {
        self.key = format!("{}:{mark}", self.key);
        self
    }

    fn row(&self) -> Json {
        let live = json!({ "resource": self.event.resource(), "id": self.id });
        let mut told = live.clone();
        if let (Some(told), Some(facts)) = (told.as_object_mut(), self.facts.as_object()) {
            told.extend(facts.clone());
        }
        json!({
            "event": self.event.as_str(), "kind": self.event.kind(), "key": self.key, "told": told, "live": live,
        })
    }
}

/// The accounts that hear of something on the live stream.
#[derive(Debug, Clone, Default)]
pub struct Hearers {
    /// A query of their keys, as `account`; `$1` is the school, `$2` and on are `values`.
    pub accounts: String,
    /// What it binds.
    pub values: Vec<Value>,
}

const POSTGRES: &str = "SELECT n.event, n.kind, n.key, n.told, n.live \
    FROM jsonb_to_recordset(CAST(@news AS jsonb)) AS n(event text, kind text, key text, told jsonb, live jsonb)";
const SQLITE: &str = "SELECT n.value ->> '$.event' AS event, n.value ->> '$.kind' AS kind, \
    n.value ->> '$.key' AS key, n.value -> '$.told' AS told, n.value -> '$.live' AS live FROM json_each(@news) AS n";
const INTO: &str = " INSERT INTO outbox (school_id, kind, channel, recipient_id, endpoint_id, dedupe_key, payload, \
    due_at, created_at, updated_at) \
    SELECT $1, n.event, 'webhook', CAST(NULL AS bigint), e.id, n.key || ':' || CAST(e.id AS text), n.told, \
    @now, @now, @now FROM webhook_endpoints e CROSS JOIN news n WHERE e.school_id = $1 AND e.is_active \
    AND e.secret <> '' AND CAST(e.events AS text) LIKE '%\"' || n.event || '\"%'";
const HEARD: &str = " UNION ALL SELECT $1, n.kind, 'live', a.account, CAST(NULL AS bigint), \
    n.key || ':' || CAST(a.account AS text), n.live, @now, @now, @now FROM (@accounts) AS a CROSS JOIN news n WHERE true";
const ONCE: &str = " ON CONFLICT (school_id, channel, dedupe_key) DO NOTHING";

/// Tells of `news`, in the transaction of `scope` and one statement: each of it to every endpoint of the
/// school that is switched on and listens for it, and on the live stream to `hearers`.
///
/// # Errors
/// When the database fails; the act is then taken back with it.
pub async fn publish(
    scope: &Scope,
    news: &[News],
    hearers: Option<Hearers>,
) -> Result<(), ApiError> {
    if news.is_empty() {
        return Ok(());
    }
    let each = match scope.backend() {
        DbBackend::Postgres => POSTGRES,
        _ => SQLITE,
    };
    let mut sql = format!("WITH news AS ({each}){INTO}");
    let mut values = Vec::new();
    if let Some(hearers) = hearers {
        sql.push_str(&HEARD.replace("@accounts", &hearers.accounts));
        values = hearers.values;
    }
    sql.push_str(ONCE);
    let rows: Vec<Json> = news.iter().map(News::row).collect();
    let rows = serde_json::to_string(&rows).map_err(ApiError::internal)?;
    for (word, value) in [("@now", scope.now().into()), ("@news", rows.into())] {
        values.push(value);
        sql = sql.replace(word, &format!("${}", values.len() + 1));
    }
    scope.execute(&[TABLE], &sql, values).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_written_as_it_is_spelt() {
        for event in [
            Event::PaymentRecorded,
            Event::PaymentVoided,
            Event::PaymentRefunded,
            Event::ReportPublished,
            Event::AnnouncementPublished,
            Event::NewsletterPublished,
        ] {
            assert_eq!(json!(event), event.as_str());
        }
    }

    #[test]
    fn facts_are_beside_the_row_they_are_of_and_not_on_the_stream() {
        let news = News::of(Event::PaymentRefunded, 7, json!({ "amount": "5.00" })).marked(3);
        let row = news.row();
        assert_eq!(row["key"], "payment.refunded:7:3");
        assert_eq!(
            row["told"],
            json!({ "resource": "payments", "id": 7, "amount": "5.00" })
        );
        assert_eq!(row["live"], json!({ "resource": "payments", "id": 7 }));
    }
}
