//! Tables of identity.

pub mod guardianship;
pub mod login_attempt;
pub mod operator;
pub mod school;
pub mod school_settings;
pub mod token_family;
pub mod user;
