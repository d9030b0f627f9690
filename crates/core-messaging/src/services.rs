//! Rules of correspondence on a scope; no HTTP here.

pub mod correspondence;
pub mod events;
pub mod group_send;
pub mod news;
pub mod noticeboard;
pub mod notices;
pub mod preferences;
pub mod replay;
pub mod sending;
pub mod threads;
pub mod webhooks;
