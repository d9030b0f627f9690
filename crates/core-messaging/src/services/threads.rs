//! Threads: a message, and all that answers it or one of its answers.

use resource::{
    ApiError, Resource,
    audit::{self, Act},
    tenant_guard::Scope,
};
use sea_orm::{ColumnTrait, Condition, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr};

use super::correspondence;
use crate::{
    entities::message::{Column, Entity, Model},
    resources::messages::{Message, Messages},
};

/// Most messages of a thread that are shown at once, those sent last.
pub const MOST: u64 = 1_000;

/// Longest subject, in characters.
const LONGEST_SUBJECT: usize = 255;

/// What opens the subject of an answer.
const ANSWERS: &str = "Re: ";

/// Key of the first message of the thread that `message` is of.
#[must_use]
pub fn root(message: &Model) -> i64 {
    message.thread_id.unwrap_or(message.id)
}

/// The subject of an answer that names none: that of the message it answers after `Re: `, which is
/// said once however long the thread is.
#[must_use]
pub fn subject_of_answer(subject: &str) -> String {
    let opened = subject.get(..3);
    if subject.is_empty() || opened.is_some_and(|opened| opened.eq_ignore_ascii_case("re:")) {
        return subject.to_owned();
    }
    let whole = ANSWERS.chars().chain(subject.chars());
    whole.take(LONGEST_SUBJECT).collect()
}

/// The messages of a thread that the caller sees, the last [`MOST`] of them in the order they were sent,
/// found by any message of it that the caller sees.
///
/// # Errors
/// 404 for a message the caller does not see; else when the database fails.
pub async fn messages(scope: &Scope, id: i64) -> Result<(i64, Vec<Message>), ApiError> {
    let root = found(scope, id).await?;
    let query = Messages::select(scope.find::<Entity>())
        .filter(of(root))
        .filter(correspondence::visible(scope))
        .order_by_desc(Column::CreatedAt)
        .order_by_desc(Column::Id)
        .limit(MOST);
    let mut messages: Vec<Message> = scope.rows(query).await?;
    messages.reverse();
    Ok((root, messages))
}

/// Puts every message of a thread away for the caller; the other person's stay.
///
/// # Errors
/// As [`messages`].
pub async fn put_away(scope: &Scope, id: i64) -> Result<(), ApiError> {
    let root = found(scope, id).await?;
    let me = scope.principal().user_id;
    for (person, hidden) in [
        (Column::SenderId, Column::HiddenBySender),
        (Column::RecipientId, Column::HiddenByRecipient),
    ] {
        let theirs = Condition::all()
            .add(of(root))
            .add(person.eq(me))
            .add(hidden.eq(false));
        let away = vec![(hidden, Expr::value(true))];
        scope.update_where::<Entity>(away, theirs).await?;
    }
    let act = Act {
        action: "put_away",
        resource: Messages::PATH,
        id: Some(root),
        before: None,
        after: None,
    };
    audit::record(scope, act).await
}

async fn found(scope: &Scope, id: i64) -> Result<i64, ApiError> {
    let message = correspondence::seen(scope, id).await?;
    message.as_ref().map(root).ok_or_else(ApiError::not_found)
}

fn of(root: i64) -> Condition {
    Condition::any()
        .add(Column::Id.eq(root))
        .add(Column::ThreadId.eq(root))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_answer_says_re_once_and_nothing_of_nothing() {
        for (subject, answer) in [
            ("Fees", "Re: Fees"),
            ("Re: Fees", "Re: Fees"),
            ("RE:Fees", "RE:Fees"),
            ("Renewal", "Re: Renewal"),
            ("é", "Re: é"),
            ("ré: Fees", "Re: ré: Fees"),
            ("", ""),
        ] {
            assert_eq!(subject_of_answer(subject), answer);
        }
    }

    proptest! {
        #[test]
        fn an_answer_to_an_answer_has_its_subject_within_the_bound(subject in ".{0,255}") {
            let answer = subject_of_answer(&subject);
            prop_assert!(answer.chars().count() <= LONGEST_SUBJECT);
            prop_assert_eq!(subject_of_answer(&answer), answer);
        }
    }
}
