//! Messages between the people of a school.

mod messages;
