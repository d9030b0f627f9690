//! What a school tells its people: announcements, who has read them, and newsletters.
//!
//! A read mark goes with its announcement and with the account of its reader.

const UP: &[&str] = &[
    "CREATE TABLE announcements (@tenant, \
     title text NOT NULL CHECK (length(title) BETWEEN 1 AND 255), \
     content text NOT NULL CHECK (content <> ''), \
     target text NOT NULL CHECK (target IN ('all', 'teachers', 'students', 'parents', 'staff')), \
     priority text NOT NULL CHECK (priority IN ('low', 'normal', 'high', 'urgent')), \
     class_id bigint, \
     is_pinned boolean NOT NULL, \
     expires_at @time, \
     created_by bigint, \
     @key, \
     FOREIGN KEY (school_id, class_id) REFERENCES classes (school_id, id), \
     FOREIGN KEY (school_id, created_by) REFERENCES users (school_id, id))",
    "CREATE INDEX announcements_pinned_first ON announcements (school_id, is_pinned, created_at, id)",
    "CREATE INDEX announcements_by_creation ON announcements (school_id, created_at, id)",
    "CREATE INDEX announcements_by_title ON announcements (school_id, title, id)",
    "CREATE INDEX announcements_of_class ON announcements (school_id, class_id)",
    "CREATE INDEX announcements_of_creator ON announcements (school_id, created_by)",
    "CREATE TABLE announcement_reads (@tenant, \
     announcement_id bigint NOT NULL, \
     user_id bigint NOT NULL, \
     @key, \
     UNIQUE (school_id, user_id, announcement_id), \
     FOREIGN KEY (school_id, announcement_id) REFERENCES announcements (school_id, id) ON DELETE CASCADE, \
     FOREIGN KEY (school_id, user_id) REFERENCES users (school_id, id) ON DELETE CASCADE)",
    "CREATE INDEX announcement_reads_of_announcement ON announcement_reads (school_id, announcement_id)",
    "CREATE TABLE newsletters (@tenant, \
     title text NOT NULL CHECK (length(title) BETWEEN 1 AND 255), \
     description text NOT NULL, \
     file text NOT NULL CHECK (length(file) <= 2000), \
     is_published boolean NOT NULL, \
     published_at @time, \
     @key, \
     CHECK (NOT is_published OR published_at IS NOT NULL))",
    "CREATE INDEX newsletters_by_creation ON newsletters (school_id, created_at, id)",
    "CREATE INDEX newsletters_by_publication ON newsletters (school_id, published_at, id)",
    "CREATE INDEX newsletters_by_title ON newsletters (school_id, title, id)",
];

const DOWN: &[&str] = &[
    "DROP TABLE newsletters",
    "DROP TABLE announcement_reads",
    "DROP TABLE announcements",
];

crate::ddl::migration!(UP, DOWN);
