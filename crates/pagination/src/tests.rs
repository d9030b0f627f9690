//! The laws of paging, on a real database.

mod fixture;
mod paging;
mod reading;
mod searching;
