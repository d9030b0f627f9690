//! What the people of a school write to each other.
//!
//! Owns messages between two accounts. It refuses to change what was sent, to show a message to a
//! third person, and to let a parent or pupil address anyone but the school's staff.

pub mod entities;
pub mod resources;
pub mod routes;
pub mod services;

use resource::{Access, Mounts, tenant_guard::Verb};

/// Mounts every collection and action of this crate.
pub fn mount(mounts: &mut Mounts) {
    mounts.resource::<resources::messages::Messages>();
    mounts.action(
        routes::unread_count::__path_unread_count,
        Access::Guarded,
        ("messages/unread-count", Verb::Read),
        routes::unread_count::unread_count,
    );
}
