//! Table `messages`.

use resource::tenant_guard;
use sea_orm::entity::prelude::*;

/// One message from one account to another.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "messages")]
pub struct Model {
    /// The school.
    #[sea_orm(primary_key, auto_increment = false)]
    pub school_id: i64,
    /// The row's own key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// Who wrote it.
    pub sender_id: i64,
    /// To whom.
    pub recipient_id: i64,
    /// The message it answers.
    pub parent_id: Option<i64>,
    /// The first message of its thread, where it answers one.
    pub thread_id: Option<i64>,
    /// Subject, possibly empty; at most 255 characters.
    pub subject: String,
    /// Text, never empty.
    pub body: String,
    /// Whether the recipient has read it.
    pub is_read: bool,
    /// When; set once, together with `is_read`.
    pub read_at: Option<DateTimeUtc>,
    /// Whether the sender put it away.
    pub hidden_by_sender: bool,
    /// Whether the recipient put it away.
    pub hidden_by_recipient: bool,
    /// When it was sent.
    pub created_at: DateTimeUtc,
    /// When the row last changed.
    pub updated_at: DateTimeUtc,
    /// How many times the row was written.
    pub row_version: i64,
    /// The account of the sender.
    #[sea_orm(
        belongs_to,
        relation_enum = "Sender",
        from = "(SchoolId, SenderId)",
        to = "(SchoolId, Id)"
    )]
    pub sender: HasOne<identity::entities::user::Entity>,
    /// The account of the recipient.
    #[sea_orm(
        belongs_to,
        relation_enum = "Recipient",
        from = "(SchoolId, RecipientId)",
        to = "(SchoolId, Id)"
    )]
    pub recipient: HasOne<identity::entities::user::Entity>,
}

tenant_guard::tenant_entity!("messages");
