//! What holds for every collection, asked of each on both engine pairs.
//!
//! A collection is one line of [`collections::COLLECTIONS`]; what else a claim needs to know of it, such
//! as required fields, orderings and filters, comes from the published document. Who may call what
//! is in `permissions.rs`.

mod auditing;
mod bodies;
mod caching;
mod case;
mod collections;
mod fixture;
mod listing;
mod narrowing;
mod paging;
pub mod published;
mod refusing;
mod writing;
