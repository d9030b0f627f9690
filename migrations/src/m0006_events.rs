//! The school's calendar.
//!
//! A day is kept as its midnight in UTC beside `all_day`, so that days and moments sort in one order.

const UP: &[&str] = &[
    "CREATE TABLE events (@tenant, \
     title text NOT NULL CHECK (length(title) BETWEEN 1 AND 255), \
     description text NOT NULL, \
     starts_at @time NOT NULL, \
     ends_at @time, \
     all_day boolean NOT NULL, \
     event_type text NOT NULL \
     CHECK (event_type IN ('academic', 'holiday', 'exam', 'meeting', 'sports', 'cultural', 'other')), \
     target_audience text NOT NULL \
     CHECK (target_audience IN ('all', 'teachers', 'students', 'parents', 'staff')), \
     class_id bigint, \
     created_by bigint, \
     @key, \
     CHECK (ends_at >= starts_at), \
     FOREIGN KEY (school_id, class_id) REFERENCES classes (school_id, id), \
     FOREIGN KEY (school_id, created_by) REFERENCES users (school_id, id))",
    "CREATE INDEX events_by_start ON events (school_id, starts_at, id)",
    "CREATE INDEX events_by_title ON events (school_id, title, id)",
    "CREATE INDEX events_of_class ON events (school_id, class_id)",
    "CREATE INDEX events_of_creator ON events (school_id, created_by)",
];

const DOWN: &[&str] = &["DROP TABLE events"];

crate::ddl::migration!(UP, DOWN);
