//! Personal feeds of the calendar, and what a feed must still say of events that were deleted.
//!
//! A feed's secret is kept as its SHA-256 alone, and is looked up before it is known whose it is.

const UP: &[&str] = &[
    "CREATE TABLE event_feeds (@tenant, \
     user_id bigint NOT NULL, \
     secret_hash text NOT NULL CHECK (length(secret_hash) = 64), \
     @key, \
     UNIQUE (school_id, user_id), \
     FOREIGN KEY (school_id, user_id) REFERENCES users (school_id, id) ON DELETE CASCADE)",
    "CREATE INDEX event_feeds_secret ON event_feeds (secret_hash)",
    "CREATE TABLE cancelled_events (@tenant, \
     event_id bigint NOT NULL, \
     title text NOT NULL, \
     starts_at @time NOT NULL, \
     ends_at @time, \
     all_day boolean NOT NULL, \
     target_audience text NOT NULL, \
     class_id bigint, \
     sequence bigint NOT NULL, \
     @key, \
     UNIQUE (school_id, event_id))",
    "CREATE INDEX cancelled_events_by_start ON cancelled_events (school_id, starts_at, id)",
];

const DOWN: &[&str] = &["DROP TABLE cancelled_events", "DROP TABLE event_feeds"];

crate::ddl::migration!(UP, DOWN);
