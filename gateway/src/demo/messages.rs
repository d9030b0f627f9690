//! What the demo's people tell and write each other.

use std::collections::HashMap;

use core_messaging::entities::{announcement, announcement_read, newsletter};
use identity::entities::user;
use resource::{
    ApiError,
    tenant_guard::{Role, Scope},
};
use sea_orm::ActiveValue::Set;

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

/// Loads what the school tells and its people write; `class` is the teacher's.
pub(super) async fn load(
    scope: &Scope,
    people: &HashMap<Role, user::Model>,
    class: Option<i64>,
) -> Result<(), ApiError> {
    announcements(scope, people, class).await?;
    newsletters(scope).await
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
async fn newsletters(scope: &Scope) -> Result<(), ApiError> {
    for (title, description, is_published) in [
        (
            "The second term in pictures",
            "The new laboratory, the choir on tour, and what the sixteen-year-olds built out of bicycle parts.",
            true,
        ),
        ("Summer plans", "Camps, dates and who to ask.", false),
    ] {
        let row = newsletter::ActiveModel {
            title: Set(title.into()),
            description: Set(description.into()),
            file: Set(String::new()),
            is_published: Set(is_published),
            published_at: Set(is_published.then(|| scope.now())),
            ..Default::default()
        };
        scope.insert::<newsletter::Entity, _>(row).await?;
    }
    Ok(())
}
