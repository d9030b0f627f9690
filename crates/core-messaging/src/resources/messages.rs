//! `messages/`: what the caller sent and received.

use actix_web::{HttpRequest, http::Method};
use chrono::{DateTime, Utc};
use identity::entities::user;
use resource::{
    ApiError, Ctx, FieldErrors, Pk, Reference, Resource,
    pagination::{Kind, Listing, Viewer},
    tenant_guard::{Rows, Scope},
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, FromQueryResult, IntoActiveModel, JoinType, QuerySelect, RelationTrait,
    Select,
    sea_query::{Alias, Expr, Func},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    entities::message::{self, Column},
    services::{correspondence, notices, sending, threads},
};

/// Longest life of cached answers about messages, in seconds.
pub const TTL: u64 = 60;

/// A message to send; of a message that was sent, `is_read` alone can change, and what is left out stays.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
pub struct MessageInput {
    /// Account to write to, of those the directory shows the caller; required to send. An answer to a
    /// message that the caller received reaches its sender in any case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recipient: Option<Pk>,
    /// Another spelling of `recipient`, which wins where both are given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_id: Option<Pk>,
    /// Subject; an answer that has none takes that of its message after `Re: `.
    #[schema(max_length = 255)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Text; required to send.
    #[schema(min_length = 1, max_length = 10_000)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Message this one answers, of those the caller sees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<Pk>,
    /// `true` by the recipient stamps `read_at`, once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_read: Option<bool>,
}

/// A message as its two people see it.
#[derive(Debug, Serialize, ToSchema, FromQueryResult)]
pub struct Message {
    /// Id of the message.
    pub id: i64,
    /// Id of the school.
    #[sea_orm(from_alias = "school_id")]
    pub school: i64,
    /// Account of the sender.
    #[sea_orm(from_alias = "sender_id")]
    pub sender: i64,
    /// Name of the sender.
    pub sender_name: String,
    /// Role of the sender.
    pub sender_role: String,
    /// Account of the recipient.
    #[sea_orm(from_alias = "recipient_id")]
    pub recipient: i64,
    /// Name of the recipient.
    pub recipient_name: String,
    /// Role of the recipient.
    pub recipient_role: String,
    /// Message this one answers.
    #[sea_orm(from_alias = "parent_id")]
    pub parent: Option<i64>,
    /// Id of the first message of its thread, which is its own where it answers none.
    pub thread: i64,
    /// Subject.
    pub subject: String,
    /// Text.
    pub body: String,
    /// Whether the recipient has read it.
    pub is_read: bool,
    /// When the recipient read it.
    pub read_at: Option<DateTime<Utc>>,
    /// When it was sent.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// The collection.
pub struct Messages;

impl Resource for Messages {
    const PATH: &'static str = "messages";
    const ITEM: &'static str = "message";
    const READS: &'static [&'static str] = &["messages", "users"];
    const TTL: u64 = TTL;
    const REFERENCES: &'static [Reference] = &[
        Reference {
            field: "recipient",
            table: "users",
        },
        Reference {
            field: "parent",
            table: "messages",
        },
    ];

    type Entity = message::Entity;
    type Input = MessageInput;
    type Row = Message;
    type Output = Message;

    fn listing() -> Listing<message::Entity> {
        Listing::standard()
            .ordering("created_at", Column::CreatedAt)
            .default_order("-created_at")
            .search([Column::Subject, Column::Body])
            .filter("is_read", Column::IsRead, Kind::Boolean)
            .filter("thread", thread(), Kind::Pk)
            .personal(
                "box",
                Kind::Choice(&["inbox", "sent"]),
                "What the caller received, or sent; both when left out.",
                in_box,
            )
    }

    fn select(query: Select<message::Entity>) -> Select<message::Entity> {
        use message::Relation::{Recipient, Sender};
        let of = |table: &'static str, column: user::Column| Expr::col((Alias::new(table), column));
        query
            .join_as(JoinType::InnerJoin, Sender.def(), "sender")
            .join_as(JoinType::InnerJoin, Recipient.def(), "recipient")
            .column_as(thread(), "thread")
            .column_as(of("sender", user::Column::Name), "sender_name")
            .column_as(of("sender", user::Column::Role), "sender_role")
            .column_as(of("recipient", user::Column::Name), "recipient_name")
            .column_as(of("recipient", user::Column::Role), "recipient_role")
    }

    fn visible(scope: &Scope, _: Rows) -> Condition {
        correspondence::visible(scope)
    }

    async fn output(_: &Scope, rows: Vec<Message>) -> Result<Vec<Message>, ApiError> {
        Ok(rows)
    }

    // The audit trail keeps this: that a message was sent, never what was in it.
    async fn input(_: &Scope, row: &message::Model) -> Result<MessageInput, ApiError> {
        Ok(MessageInput {
            recipient: Some(Pk(row.recipient_id)),
            to_id: None,
            subject: None,
            body: None,
            parent: row.parent_id.map(Pk),
            is_read: Some(row.is_read),
        })
    }

    async fn prepare(
        _: &Ctx,
        request: &HttpRequest,
        body: &mut Value,
    ) -> Result<FieldErrors, ApiError> {
        sending::settle(request.method() == Method::POST, body)
    }

    async fn check(
        scope: &Scope,
        _: Rows,
        input: &MessageInput,
        before: Option<&message::Model>,
    ) -> Result<FieldErrors, ApiError> {
        match before {
            Some(sent) => sending::unchanged(scope, input, sent),
            None => sending::sendable(scope, input).await,
        }
    }

    fn assign(input: &MessageInput, row: &mut message::ActiveModel) {
        row.recipient_id = Set(input.recipient.map_or(0, |pk| pk.0));
        row.subject = Set(input.subject.clone().unwrap_or_default());
        row.body = Set(input.body.clone().unwrap_or_default());
        row.parent_id = Set(input.parent.map(|pk| pk.0));
    }

    async fn create(
        scope: &Scope,
        input: MessageInput,
    ) -> Result<(message::Model, bool), ApiError> {
        let mut row = message::ActiveModel {
            sender_id: Set(scope.principal().user_id),
            ..Default::default()
        };
        Self::assign(&input, &mut row);
        if let Some(Pk(parent)) = input.parent {
            let answered = scope.get::<message::Entity>(parent).await?;
            let answered = answered.ok_or_else(ApiError::not_found)?;
            row.thread_id = Set(Some(threads::root(&answered)));
            if input.subject.unwrap_or_default().is_empty() {
                row.subject = Set(threads::subject_of_answer(&answered.subject));
            }
        }
        let row = scope.insert::<message::Entity, _>(row).await?;
        notices::sent(scope, &row).await?;
        Ok((row, true))
    }

    async fn update(
        scope: &Scope,
        before: &message::Model,
        input: MessageInput,
    ) -> Result<message::Model, ApiError> {
        let mut row = before.clone().into_active_model();
        if input.is_read == Some(true) && !before.is_read {
            row.is_read = Set(true);
            row.read_at = Set(Some(scope.now()));
        }
        Ok(scope.update::<message::Entity, _>(before, row).await?)
    }

    async fn delete(scope: &Scope, row: &message::Model) -> Result<(), ApiError> {
        let me = scope.principal().user_id;
        let mut hidden = row.clone().into_active_model();
        hidden.hidden_by_sender = Set(row.hidden_by_sender || row.sender_id == me);
        hidden.hidden_by_recipient = Set(row.hidden_by_recipient || row.recipient_id == me);
        scope.update::<message::Entity, _>(row, hidden).await?;
        Ok(())
    }
}

/// Key of the first message of a message's thread.
fn thread() -> Expr {
    let columns = [Column::ThreadId, Column::Id];
    Expr::expr(Func::coalesce(
        columns.map(|column| Expr::col((message::Entity, column))),
    ))
}

#[allow(
    clippy::unnecessary_wraps,
    reason = "the listing asks for this signature; the choice is sound by then"
)]
fn in_box(name: &str, viewer: &Viewer) -> Result<Condition, String> {
    let column = if name == "inbox" {
        Column::RecipientId
    } else {
        Column::SenderId
    };
    Ok(Condition::all().add(column.eq(viewer.user_id)))
}
