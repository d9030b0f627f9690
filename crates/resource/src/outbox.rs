//! What is to be told to somebody once the act it tells of is committed: e-mails, calls of webhooks, and events
//! of the live stream.
//!
//! [`enqueue`] tells persons, [`publish`] whoever listens; there is no other way in. Both write in the
//! transaction of `scope`, so that an act taken back tells
//! nobody and a committed one is told even when the process dies the moment after. Delivery is at least
//! once: what is told twice carries the same dedupe key.
//!
//! ```no_run
//! # use resource::{ApiError, outbox::{self, Parcel, Letter}, tenant_guard::Scope};
//! # async fn told(scope: &Scope, payer: i64, run: i64) -> Result<(), ApiError> {
//! let letter = Letter { subject: "Fees".into(), text: "45 000.00 are due on Friday.".into() };
//! let parcel = Parcel::mail("reminder", payer, format!("reminder:{run}:{payer}"), &letter);
//! outbox::enqueue(scope, vec![parcel]).await?;
//! # Ok(())
//! # }
//! ```

use chrono::{DateTime, Utc};
use sea_orm::DbBackend;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use tenant_guard::Scope;

use crate::ApiError;

mod news;

pub use news::{Event, Hearers, News, publish};

/// The table.
pub const TABLE: &str = "outbox";

/// Rows of `outbox`.
#[allow(
    clippy::disallowed_methods,
    reason = "SeaORM's macro writes the relations by its own entrances"
)]
pub mod entity {
    use sea_orm::entity::prelude::*;

    /// One thing to tell one addressee.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "outbox")]
    pub struct Model {
        /// The school.
        #[sea_orm(primary_key, auto_increment = false)]
        pub school_id: i64,
        /// The row's own key.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i64,
        /// What it is about: `message`, `reminder`, …; of `webhook` an [`super::Event`].
        pub kind: String,
        /// `email`, `webhook` or `live`.
        pub channel: String,
        /// The account it is for.
        pub recipient_id: Option<i64>,
        /// Where it goes; empty: the e-mail address the account has when it is sent.
        pub address: String,
        /// What tells it from any other of its school and channel.
        pub dedupe_key: String,
        /// What is said: of `email` a [`super::Letter`], of `webhook` ids and facts, of `live` ids alone.
        pub payload: Json,
        /// `pending`, `sending`, `sent`, `skipped` (its reader does not want it) or `dead`.
        pub state: String,
        /// Not sent before this; of `sending`, when the lease of who sends it ends; none once there is nothing more to do.
        pub due_at: Option<DateTimeUtc>,
        /// How many times it was tried.
        pub attempts: i64,
        /// Who is sending it.
        pub lease: Option<String>,
        /// Why the last try failed; no address and no name.
        pub last_error: Option<String>,
        /// Its place among the events of the school, given after the commit; of `live` alone.
        pub place: Option<i64>,
        /// The webhook endpoint it is for; of `webhook` alone.
        pub endpoint_id: Option<i64>,
        /// When it was put in.
        pub created_at: DateTimeUtc,
        /// When the row last changed.
        pub updated_at: DateTimeUtc,
        /// How many times the row was written.
        pub row_version: i64,
    }

    tenant_guard::tenant_entity!("outbox");
}

/// Text of an e-mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// Subject, one line.
    pub subject: String,
    /// Plain text.
    pub text: String,
}

/// One thing to tell one addressee.
///
/// `kind` is at most 50 characters, what the parcel is about. `dedupe` is at most 200 and names the act
/// and the addressee (`message:17`, `reminder:<run>:<payer>`): a second parcel of the same school, channel
/// and key is left out without a word, so enqueueing the same act again tells nobody twice.
#[derive(Debug, Clone, PartialEq)]
pub struct Parcel {
    kind: &'static str,
    channel: &'static str,
    recipient: Option<i64>,
    address: String,
    dedupe: String,
    payload: Json,
    not_before: Option<DateTime<Utc>>,
}

impl Parcel {
    /// An e-mail to an account, at the address it has when the mail is sent; to one that is closed or has no
    /// address it ends as `dead`.
    #[must_use]
    pub fn mail(kind: &'static str, account: i64, dedupe: String, letter: &Letter) -> Self {
        Self {
            recipient: Some(account),
            ..Self::new(kind, "email", dedupe, json!(letter))
        }
    }

    /// An e-mail to an address of nobody's account, such as the one a pupil's record has of a parent.
    #[must_use]
    pub fn mail_to(kind: &'static str, address: String, dedupe: String, letter: &Letter) -> Self {
        Self {
            address,
            ..Self::new(kind, "email", dedupe, json!(letter))
        }
    }

    /// An event of the live stream of an account: that row `id` of `resource` is new or changed. It says no
    /// more, whoever hears it reads the row by the ordinary way.
    #[must_use]
    pub fn live(kind: &'static str, account: i64, dedupe: String, resource: &str, id: i64) -> Self {
        let payload = json!({"resource": resource, "id": id});
        Self {
            recipient: Some(account),
            ..Self::new(kind, "live", dedupe, payload)
        }
    }

    /// The same, sent no earlier than `moment`.
    #[must_use]
    pub fn not_before(mut self, moment: DateTime<Utc>) -> Self {
        self.not_before = Some(moment);
        self
    }

    fn new(kind: &'static str, channel: &'static str, dedupe: String, payload: Json) -> Self {
        Self {
            kind,
            channel,
            recipient: None,
            address: String::new(),
            dedupe,
            payload,
            not_before: None,
        }
    }

    fn row(&self) -> Json {
        json!({
            "kind": self.kind, "channel": self.channel, "recipient": self.recipient,
            "address": self.address, "dedupe": self.dedupe, "payload": self.payload,
        })
    }
}

const INTO: &str = "INSERT INTO outbox (school_id, kind, channel, recipient_id, address, dedupe_key, \
    payload, due_at, created_at, updated_at) SELECT $1, ";
const ONCE: &str = " WHERE true ON CONFLICT (school_id, channel, dedupe_key) DO NOTHING";
const POSTGRES: &str = "p.kind, p.channel, p.recipient, p.address, p.dedupe, p.payload, $2, $3, $3 \
    FROM jsonb_to_recordset(CAST($4 AS jsonb)) AS p(kind text, channel text, recipient bigint, address text, \
    dedupe text, payload jsonb)";
const SQLITE: &str = "p.value ->> '$.kind', p.value ->> '$.channel', p.value ->> '$.recipient', \
    p.value ->> '$.address', p.value ->> '$.dedupe', p.value -> '$.payload', $2, $3, $3 \
    FROM json_each($4) AS p";

/// Puts `parcels` in the outbox, in the transaction of `scope`: one statement, however many there are, for
/// each moment they are not to be sent before.
///
/// # Errors
/// When a recipient is no account of the school, a bound is not kept, or the database fails; the act is
/// then taken back with it.
pub async fn enqueue(scope: &Scope, parcels: Vec<Parcel>) -> Result<(), ApiError> {
    let now = scope.now();
    let mut by_moment: BTreeMap<DateTime<Utc>, Vec<Json>> = BTreeMap::new();
    for parcel in &parcels {
        let due = parcel.not_before.unwrap_or(now);
        by_moment.entry(due).or_default().push(parcel.row());
    }
    let each = match scope.backend() {
        DbBackend::Postgres => POSTGRES,
        _ => SQLITE,
    };
    let sql = format!("{INTO}{each}{ONCE}");
    for (due, rows) in by_moment {
        let rows = serde_json::to_string(&rows).map_err(ApiError::internal)?;
        let values = vec![due.into(), now.into(), rows.into()];
        scope.execute(&[TABLE], &sql, values).await?;
    }
    Ok(())
}
