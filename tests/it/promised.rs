//! The flows that the system Termbook replaces promised as tests, under the names it gave them.

mod bursary;
mod calendar;
mod messaging;
mod permission;
