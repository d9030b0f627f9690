//! Who may act, and for which school.
//!
//! This crate owns schools and their settings, accounts and their sign-ins, and the link between a
//! parent and a pupil. It refuses to say why a sign-in failed, to keep a password in any form but its
//! hash, and to leave a school without an administrator.

pub mod entities;

use resource::Mounts;

/// Mounts every collection and action of this crate.
pub fn mount(_mounts: &mut Mounts) {}
