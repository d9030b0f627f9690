//! Tables of identity.

#![allow(
    clippy::disallowed_methods,
    reason = "the entity macro writes these calls; ours go through a scope"
)]

pub mod guardianship;
pub mod operator;
pub mod school;
pub mod school_settings;
pub mod subscription;
pub mod token_family;
pub mod user;
