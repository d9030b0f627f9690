//! Events that take place again: the rule (RFC 5545 §3.8.5.3), the days left out, and when the last one ends.

const UP: &[&str] = &[
    "ALTER TABLE events ADD COLUMN recurrence text NOT NULL DEFAULT '' CHECK (length(recurrence) <= 300)",
    "ALTER TABLE events ADD COLUMN excluded_dates @json NOT NULL DEFAULT '[]'",
    "ALTER TABLE events ADD COLUMN repeats_until @time",
];

const DOWN: &[&str] = &[
    "ALTER TABLE events DROP COLUMN repeats_until",
    "ALTER TABLE events DROP COLUMN excluded_dates",
    "ALTER TABLE events DROP COLUMN recurrence",
];

crate::ddl::migration!(UP, DOWN);
