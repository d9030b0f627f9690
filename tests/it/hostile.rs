//! Bad input and other schools' ids, asked of every operation of the published document.

mod bodies;
mod document;
mod foreign_ids;
mod mutations;
mod problems;
mod queries;
mod raw;
pub mod rows;
mod tokens;
mod unwritten;
mod values;
mod world;
