//! Where files are kept.
