//! What the people of a school write to each other, and what the school tells them.
//!
//! Owns announcements, newsletters and messages between two accounts, and the delivery of what the outbox
//! holds. It refuses to change what was sent, to show a message to a
//! third person, and to let a parent or pupil address anyone whom the directory does not show them.

pub mod delivery;
pub mod entities;
pub mod groups;
pub mod resources;
pub mod routes;
pub mod services;

use files::Mention;
use resource::{Access, Mounts, tenant_guard::Verb};

/// Where rows of this crate name files.
pub const MENTIONS: &[Mention] = &[Mention {
    table: "newsletters",
    column: "file",
    document: false,
}];

/// Mounts every collection and action of this crate.
pub fn mount(mounts: &mut Mounts) {
    mounts.resource::<resources::announcements::Announcements>();
    mounts.action(
        routes::read_announcement::__path_read_announcement,
        Access::Guarded,
        ("announcements/read", Verb::Write),
        routes::read_announcement::read_announcement,
    );
    mounts.resource::<resources::newsletters::Newsletters>();
    mount_messages(mounts);
    mounts.action(
        routes::stream::__path_stream,
        Access::Guarded,
        ("stream", Verb::Read),
        routes::stream::stream,
    );
    mount_delivery(mounts);
}

fn mount_delivery(mounts: &mut Mounts) {
    mounts.resource::<resources::webhook_endpoints::WebhookEndpoints>();
    mounts.action(
        routes::webhook_secret::__path_renew_secret,
        Access::Guarded,
        ("webhook-endpoints/secret", Verb::Write),
        routes::webhook_secret::renew_secret,
    );
    mounts.action(
        routes::preferences::__path_retrieve,
        Access::Guarded,
        ("users/me/preferences", Verb::Read),
        routes::preferences::retrieve,
    );
    mounts.action(
        routes::preferences::__path_change,
        Access::Guarded,
        ("users/me/preferences", Verb::Write),
        routes::preferences::change,
    );
    mounts.resource::<resources::outbox::Outbox>();
    mounts.action(
        routes::replay::__path_replay_all,
        Access::Guarded,
        ("outbox/replay", Verb::Write),
        routes::replay::replay_all,
    );
    mounts.action(
        routes::replay::__path_replay_one,
        Access::Guarded,
        ("outbox/replay", Verb::Write),
        routes::replay::replay_one,
    );
}

fn mount_messages(mounts: &mut Mounts) {
    mounts.resource::<resources::messages::Messages>();
    mounts.action(
        routes::unread_count::__path_unread_count,
        Access::Guarded,
        ("messages/unread-count", Verb::Read),
        routes::unread_count::unread_count,
    );
    mounts.action(
        routes::send_to_groups::__path_send_to_groups,
        Access::Guarded,
        ("messages/group", Verb::Write),
        routes::send_to_groups::send_to_groups,
    );
    mounts.action(
        routes::thread::__path_thread,
        Access::Guarded,
        ("messages", Verb::Read),
        routes::thread::thread,
    );
    mounts.action(
        routes::thread::__path_put_away,
        Access::Guarded,
        ("messages", Verb::Write),
        routes::thread::put_away,
    );
}
