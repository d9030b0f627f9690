//! What the people of a message are told of it.

use resource::{
    ApiError,
    outbox::{self, Letter, Parcel},
    tenant_guard::Scope,
};

use crate::entities::message;

/// Tells the recipient that a message waits; the e-mail repeats nothing of it, since an inbox elsewhere is
/// not the school's to guard.
///
/// # Errors
/// When the database fails.
pub async fn sent(scope: &Scope, message: &message::Model) -> Result<(), ApiError> {
    let to = message.recipient_id;
    let key = format!("message:{}", message.id);
    let letter = Letter {
        subject: "A new message from your school".into(),
        text: "A new message waits for you in Termbook. Sign in to read it.".into(),
    };
    let parcels = vec![
        Parcel::live("message", to, key.clone(), "messages", message.id),
        Parcel::mail("message", to, key, &letter),
    ];
    outbox::enqueue(scope, parcels).await
}
