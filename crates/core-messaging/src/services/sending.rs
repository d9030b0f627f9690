//! What may be sent, and what of it may change afterwards.

use resource::{ApiError, FieldErrors, Pk, fields::unknown_pk, tenant_guard::Scope};
use serde_json::Value;

use super::correspondence::{self, Unreachable};
use crate::{entities::message, resources::messages::MessageInput};

/// Settles `body` on `recipient`, whichever spelling was sent, and holds it against what sending
/// (`new`) needs.
///
/// # Errors
/// 409 when the body of a message that was sent would be emptied.
pub fn settle(new: bool, body: &mut Value) -> Result<FieldErrors, ApiError> {
    let mut errors = FieldErrors::default();
    let Some(fields) = body.as_object_mut() else {
        return Ok(errors);
    };
    if let Some(id) = fields.remove("to_id")
        && fields.get("recipient").is_none_or(Value::is_null)
    {
        fields.insert("recipient".into(), id);
    }
    if new {
        for field in ["recipient", "body"] {
            if fields.get(field).is_none_or(Value::is_null) {
                errors.add(field, "This field is required.");
            }
        }
    } else if ["recipient", "subject", "body"]
        .iter()
        .any(|field| fields.get(*field).is_some_and(Value::is_null))
    {
        return Err(fixed());
    }
    Ok(errors)
}

/// Whether the caller may send `input`: to whom, and in answer to what.
///
/// # Errors
/// When the database fails.
pub async fn sendable(scope: &Scope, input: &MessageInput) -> Result<FieldErrors, ApiError> {
    let mut errors = FieldErrors::default();
    let mut answered = None;
    if let Some(parent) = input.parent {
        answered = correspondence::seen(scope, parent.0).await?;
        if answered.is_none() {
            errors.add("parent", unknown_pk(parent.0));
        }
    }
    if let Some(Pk(recipient)) = input.recipient
        && let Some(why) = correspondence::reach(scope, recipient, answered.as_ref()).await?
    {
        errors.add("recipient", told(why, recipient));
    }
    Ok(errors)
}

/// Why a message does not reach `recipient`, in people's words.
fn told(why: Unreachable, recipient: i64) -> String {
    match why {
        Unreachable::Oneself => "Nobody writes to themselves.".into(),
        Unreachable::Outside => "An answer goes to the other person of its message.".into(),
        Unreachable::Unknown => unknown_pk(recipient),
        Unreachable::Closed => "This account is closed.".into(),
    }
}

/// Holds a change against the message as it was sent; what the input leaves out stays.
///
/// # Errors
/// 409 when what was sent would change or a read message become unread, 403 when the sender would
/// mark it read.
pub fn unchanged(
    scope: &Scope,
    input: &MessageInput,
    sent: &message::Model,
) -> Result<FieldErrors, ApiError> {
    let same = input.recipient.is_none_or(|pk| pk.0 == sent.recipient_id)
        && input.parent.is_none_or(|pk| Some(pk.0) == sent.parent_id)
        && input
            .subject
            .as_ref()
            .is_none_or(|subject| *subject == sent.subject)
        && input.body.as_ref().is_none_or(|body| *body == sent.body);
    if !same {
        return Err(fixed());
    }
    match (input.is_read, sent.is_read) {
        (Some(false), true) => Err(ApiError::conflict("A message that was read stays read.")),
        (Some(true), false) if scope.principal().user_id != sent.recipient_id => {
            Err(ApiError::forbidden())
        }
        _ => Ok(FieldErrors::default()),
    }
}

fn fixed() -> ApiError {
    ApiError::conflict("A message does not change once it is sent.")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn to_id_is_read_as_recipient_unless_both_are_given() {
        let mut body = json!({"to_id": 4, "body": "Good morning"});
        assert!(settle(true, &mut body).unwrap().is_empty());
        assert_eq!(body, json!({"recipient": 4, "body": "Good morning"}));
        let mut body = json!({"recipient": 3, "to_id": 4});
        assert!(settle(false, &mut body).unwrap().is_empty());
        assert_eq!(body, json!({"recipient": 3}));
    }

    #[test]
    fn sending_asks_for_recipient_and_body_at_once() {
        let errors = settle(true, &mut json!({"body": null})).unwrap();
        assert!(errors.concerns("recipient") && errors.concerns("body"));
    }

    #[test]
    fn emptying_what_was_sent_is_a_conflict_and_marking_it_read_is_not() {
        assert!(settle(false, &mut json!({"body": null})).is_err());
        assert!(
            settle(false, &mut json!({"is_read": true}))
                .unwrap()
                .is_empty()
        );
    }
}
