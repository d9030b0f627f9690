//! Actions that are no collection.

pub mod impersonate;
pub mod me;
pub mod school_standing;
pub mod school_usage;
pub mod schools;
pub mod settings;
pub mod subscriptions;
pub mod token;
