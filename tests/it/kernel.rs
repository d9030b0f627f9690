//! What every operation has in common.

mod caching;
mod refusals;
