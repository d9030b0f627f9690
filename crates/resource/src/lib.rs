//! One way to serve a collection.
//!
//! A domain crate implements [`Resource`] for each of its collections; this crate owns everything
//! that is the same for all: the six handlers, validation against the published schema, problem+json
//! errors, cached answers, `Idempotency-Key`, `If-Match`, the audit trail, and the `OpenAPI` description
//! that comes from the same registration as the route. An action that is not CRUD is an ordinary
//! handler, mounted by [`Mounts::action`].

pub mod audit;
mod body;
mod cached;
mod context;
mod describe;
mod edge;
mod error;
mod etag;
pub mod fields;
mod handlers;
pub mod idempotency;
mod list_within;
mod money;
mod mounts;
pub mod outbox;
pub mod outgoing;
mod path;
mod pk;
mod rules;
pub mod shape;
mod traits;
mod unit;

pub use body::{Body, checked_body, json_body};
pub use cached::{Viewer, accepts_gzip, cached_json, cached_row};
pub use context::{Ctx, Kernel};
pub use describe::problems;
pub use edge::{RequestId, edge};
pub use error::{ApiError, CODES, Problem};
pub use etag::{detail_tag, precondition, row_version, unchanged};
pub use fields::FieldErrors;
pub use list_within::{ListWithin, PageOf, list_within};
pub use money::{Money, MoneyError};
pub use mounts::{Mounts, Operation};
pub use path::path_key;
pub use pk::Pk;
pub use rules::{Dependent, Reference, Unique, unused};
pub use tenant_guard::Access;
pub use traits::{NoBody, Resource, Verbs};
pub use unit::write;

pub use {caching, pagination, tenant_guard};
