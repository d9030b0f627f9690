//! Actions that are no collection.

pub mod impersonate;
pub mod me;
pub mod schools;
pub mod settings;
pub mod token;
