//! Who may act, and for which school.
//!
//! This crate owns schools and their settings, accounts and their sign-ins, and the link between a
//! parent and a pupil. It refuses to say why a sign-in failed, to keep a password in any form but its
//! hash, and to leave a school without an administrator.

mod client_address;
pub mod entities;
mod error;
pub mod password;
pub mod resources;
pub mod routes;
pub mod services;
pub mod settings;
#[cfg(test)]
mod testing;
pub mod zones;

use resource::{
    Access, Mounts,
    tenant_guard::Verb::{Read, Write},
};

pub use client_address::{TrustedProxies, client_address, network};
pub use error::CODES;

/// Mounts every collection and action of this crate.
pub fn mount(mounts: &mut Mounts) {
    use routes::{impersonate, me, token};
    mounts.action(
        token::__path_sign_in,
        Access::Public,
        ("token", Write),
        token::sign_in,
    );
    mounts.action(
        token::__path_refresh,
        Access::Public,
        ("token", Write),
        token::refresh,
    );
    mounts.action(
        token::__path_sign_out,
        Access::Public,
        ("token", Write),
        token::sign_out,
    );
    mounts.action(me::__path_me, Access::Guarded, ("users/me", Read), me::me);
    mounts.action(
        me::__path_change_password,
        Access::Guarded,
        ("users/me/password", Write),
        me::change_password,
    );
    mounts.action(
        impersonate::__path_impersonate,
        Access::Guarded,
        ("users/impersonate", Write),
        impersonate::impersonate,
    );
    mounts.resource::<resources::users::Users>();
    mounts.resource::<resources::guardianships::Guardianships>();
    mounts.resource::<resources::activity_logs::ActivityLogs>();
    mount_settings(mounts);
    mount_schools(mounts);
}

fn mount_settings(mounts: &mut Mounts) {
    use routes::settings;
    mounts.action(
        settings::__path_retrieve,
        Access::OpenRead,
        ("settings", Read),
        settings::retrieve,
    );
    mounts.action(
        settings::__path_replace,
        Access::Guarded,
        ("settings", Write),
        settings::replace,
    );
    mounts.action(
        settings::__path_update,
        Access::Guarded,
        ("settings", Write),
        settings::update,
    );
    mounts.takes_pictures("/api/settings/");
}

fn mount_schools(mounts: &mut Mounts) {
    use routes::{school_standing, schools};
    mounts.action(
        schools::__path_list,
        Access::Guarded,
        ("schools", Read),
        schools::list,
    );
    mounts.action(
        schools::__path_create,
        Access::Guarded,
        ("schools", Write),
        schools::create,
    );
    mounts.action(
        schools::__path_register,
        Access::Public,
        ("schools/register", Write),
        schools::register,
    );
    mounts.action(
        schools::__path_retrieve,
        Access::Guarded,
        ("schools", Read),
        schools::retrieve,
    );
    mounts.action(
        school_standing::__path_activate,
        Access::Guarded,
        ("schools", Write),
        school_standing::activate,
    );
    mounts.action(
        school_standing::__path_suspend,
        Access::Guarded,
        ("schools", Write),
        school_standing::suspend,
    );
    mounts.action(
        school_standing::__path_remove,
        Access::Guarded,
        ("schools", Write),
        school_standing::remove,
    );
    mounts.action(
        routes::subscriptions::__path_replace,
        Access::Guarded,
        ("schools", Write),
        routes::subscriptions::replace,
    );
    mounts.action(
        routes::school_usage::__path_retrieve,
        Access::Guarded,
        ("schools", Read),
        routes::school_usage::retrieve,
    );
}
