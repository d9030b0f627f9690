//! Who may reach which row.
//!
//! This crate owns the school as a tenant: the [`Principal`] read from a token, the permission
//! [`matrix`], the guard that answers 401 before a body is read, and [`Scope`], the only door to
//! rows. A [`Database`] hides its connection, so a query that forgets its school cannot be written
//! outside this crate; the composite keys of the schema are the wall behind that one.

mod clock;
mod database;
mod entity;
pub mod guard;
mod links;
pub mod matrix;
mod module;
mod platform;
mod principal;
mod scope;
mod signer;
pub mod statements;
mod tables;
mod token;
mod trail_key;
mod write;

pub use clock::Clock;
pub use database::{ConnectOptions, Database};
pub use entity::{PlatformEntity, TenantEntity};
pub use guard::{Access, Permission, Refusal};
pub use links::{LinkRefused, Links};
pub use matrix::{Rows, Verb};
pub use module::Module;
pub use platform::Platform;
pub use principal::{Actor, Principal, Role, SchoolId};
pub use scope::Scope;
pub use tables::Table;
pub use token::{AccessClaims, RefreshClaims, TokenConfig, TokenError, Tokens};
pub use trail_key::TrailKey;

#[doc(hidden)]
pub use sea_orm;
