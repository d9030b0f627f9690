//! What the demo's people tell and write each other.

use std::collections::HashMap;

use core_messaging::{
    entities::{announcement, announcement_read, message, newsletter, webhook_endpoint},
    routes::preferences::{EmailKinds, Preferences, QuietHours},
    services::{preferences::save, threads},
};
use identity::entities::user;
use resource::{
    ApiError,
    outbox::Event,
    tenant_guard::{Role, Scope},
};
use sea_orm::ActiveValue::Set;
use serde_json::json;

/// Who writes, title, content, audience, priority, whether it is pinned, and whether it is for the
/// teacher's class.
const ANNOUNCEMENTS: [(Role, &str, &str, &str, &str, bool, bool); 4] = [
    (
        Role::SchoolAdmin,
        "The library opens at half past seven",
        "From Monday on the library opens an hour before the first lesson. Breakfast stays outside.",
        "all",
        "normal",
        true,
        false,
    ),
    (
        Role::SchoolAdmin,
        "Third-term marks are due on Friday",
        "Please enter the marks of the third term by Friday noon; cards are published on Monday.",
        "teachers",
        "high",
        false,
        false,
    ),
    (
        Role::SchoolAdmin,
        "Evening for parents",
        "Class teachers are in their rooms from six to eight on Thursday. Come without an appointment.",
        "parents",
        "normal",
        false,
        false,
    ),
    (
        Role::Teacher,
        "Museum of science on the 12th",
        "We leave from the gate at nine and are back by four. Bring lunch and a water bottle.",
        "all",
        "normal",
        false,
        true,
    ),
];

/// Who writes to whom, subject, text, and the place of the letter it answers.
const LETTERS: [(Role, Role, &str, &str, Option<usize>); 6] = [
    (
        Role::Parent,
        Role::Bursar,
        "Receipt of the second term",
        "Could you send me the receipt of the second term once more? I cannot find it.",
        None,
    ),
    (
        Role::Bursar,
        Role::Parent,
        "Re: Receipt of the second term",
        "It is at the desk in an envelope with your name. We are open until four.",
        Some(0),
    ),
    (
        Role::Parent,
        Role::Bursar,
        "Re: Receipt of the second term",
        "Thank you, I will pass by on Thursday.",
        Some(1),
    ),
    (
        Role::SchoolAdmin,
        Role::Teacher,
        "Room for the evening for parents",
        "Would you rather have room 12 or the library?",
        None,
    ),
    (
        Role::Teacher,
        Role::SchoolAdmin,
        "Re: Room for the evening for parents",
        "Room 12, please: the projector works there.",
        Some(3),
    ),
    (
        Role::SchoolAdmin,
        Role::Parent,
        "Lost scarf",
        "A red scarf with your daughter's name is waiting at the desk.",
        None,
    ),
];

/// Loads what the school tells and its people write; `class` is the teacher's, `newsletter` names the file of
/// the one that is published.
pub(super) async fn load(
    scope: &Scope,
    people: &HashMap<Role, user::Model>,
    class: Option<i64>,
    newsletter: String,
) -> Result<(), ApiError> {
    announcements(scope, people, class).await?;
    newsletters(scope, newsletter).await?;
    webhook(scope).await?;
    letters(scope, people).await
}

async fn announcements(
    scope: &Scope,
    people: &HashMap<Role, user::Model>,
    class: Option<i64>,
) -> Result<(), ApiError> {
    for (by, title, content, target, priority, is_pinned, of_class) in ANNOUNCEMENTS {
        let row = announcement::ActiveModel {
            title: Set(title.into()),
            content: Set(content.into()),
            target: Set(target.into()),
            priority: Set(priority.into()),
            class_id: Set(class.filter(|_| of_class)),
            is_pinned: Set(is_pinned),
            expires_at: Set(None),
            created_by: Set(people.get(&by).map(|one| one.id)),
            ..Default::default()
        };
        let row = scope.insert::<announcement::Entity, _>(row).await?;
        if let Some(bursar) = people.get(&Role::Bursar).filter(|_| is_pinned) {
            let mark = announcement_read::ActiveModel {
                announcement_id: Set(row.id),
                user_id: Set(bursar.id),
                ..Default::default()
            };
            scope.insert::<announcement_read::Entity, _>(mark).await?;
        }
    }
    Ok(())
}

/// One that everyone reads, and one that is still being written.
async fn newsletters(scope: &Scope, file: String) -> Result<(), ApiError> {
    for (title, description, file, is_published) in [
        (
            "The second term",
            "The new laboratory, the choir on tour, and what the technology class built out of bicycle parts.",
            file,
            true,
        ),
        (
            "Summer plans",
            "Camps, dates and who to ask.",
            String::new(),
            false,
        ),
    ] {
        let row = newsletter::ActiveModel {
            title: Set(title.into()),
            description: Set(description.into()),
            file: Set(file),
            is_published: Set(is_published),
            published_at: Set(is_published.then(|| scope.now())),
            ..Default::default()
        };
        scope.insert::<newsletter::Entity, _>(row).await?;
    }
    Ok(())
}

/// The school's accounting program, which is not there and so is told of nothing yet.
async fn webhook(scope: &Scope) -> Result<(), ApiError> {
    let row = webhook_endpoint::ActiveModel {
        url: Set("https://accounts.example/termbook".into()),
        description: Set("The accounting program books each payment.".into()),
        events: Set(json!([Event::PaymentRecorded])),
        secret: Set(String::new()),
        is_active: Set(false),
        ..Default::default()
    };
    scope.insert::<webhook_endpoint::Entity, _>(row).await?;
    Ok(())
}

/// What the parent wants to be told by e-mail: no results, and nothing at night.
pub(super) async fn preferences(parent: &Scope) -> Result<(), ApiError> {
    let wanted = Preferences {
        email: EmailKinds {
            result: false,
            ..EmailKinds::default()
        },
        quiet_hours: Some(QuietHours {
            from: "21:00".into(),
            to: "06:30".into(),
        }),
    };
    save(parent, &Preferences::default(), &wanted).await?;
    Ok(())
}

/// The letters; one that was answered has been read.
async fn letters(scope: &Scope, people: &HashMap<Role, user::Model>) -> Result<(), ApiError> {
    let mut written: Vec<message::Model> = Vec::new();
    for (place, (from, to, subject, body, answers)) in LETTERS.into_iter().enumerate() {
        let (Some(from), Some(to)) = (people.get(&from), people.get(&to)) else {
            continue;
        };
        let answered = answers.and_then(|place| written.get(place));
        let is_read = LETTERS.iter().any(|letter| letter.4 == Some(place));
        let row = message::ActiveModel {
            sender_id: Set(from.id),
            recipient_id: Set(to.id),
            parent_id: Set(answered.map(|letter| letter.id)),
            thread_id: Set(answered.map(threads::root)),
            subject: Set(subject.into()),
            body: Set(body.into()),
            is_read: Set(is_read),
            read_at: Set(is_read.then(|| scope.now())),
            ..Default::default()
        };
        written.push(scope.insert::<message::Entity, _>(row).await?);
    }
    Ok(())
}
