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
    each_sent(scope, [(message.id, message.recipient_id)]).await
}

/// Tells each recipient of a message, given by the keys of both, as [`sent`] does; in one statement.
///
/// # Errors
/// When the database fails.
pub async fn each_sent(
    scope: &Scope,
    messages: impl IntoIterator<Item = (i64, i64)>,
) -> Result<(), ApiError> {
    let letter = Letter {
        subject: "A new message from your school".into(),
        text: "A new message waits for you in Termbook. Sign in to read it.".into(),
    };
    let parcels = messages.into_iter().flat_map(|(id, to)| {
        let key = format!("message:{id}");
        [
            Parcel::live("message", to, key.clone(), "messages", id),
            Parcel::mail("message", to, key, &letter),
        ]
    });
    outbox::enqueue(scope, parcels.collect()).await
}
