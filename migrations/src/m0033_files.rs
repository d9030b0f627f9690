//! The files of a school, each once by its content.

const UP: &[&str] = &[
    "CREATE TABLE files (
        @tenant,
        digest text NOT NULL CHECK (length(digest) = 64),
        media_type text NOT NULL CHECK (media_type IN ('image/jpeg', 'image/png', 'application/pdf')),
        bytes bigint NOT NULL CHECK (bytes > 0),
        width bigint CHECK (width > 0),
        height bigint CHECK (height > 0),
        purpose text NOT NULL CHECK (purpose IN ('picture', 'newsletter')),
        uploaded_by bigint,
        used_at @time NOT NULL,
        @key,
        UNIQUE (school_id, digest),
        FOREIGN KEY (school_id, uploaded_by) REFERENCES users (school_id, id),
        CHECK ((media_type = 'application/pdf') = (width IS NULL)),
        CHECK ((width IS NULL) = (height IS NULL))
    )",
    "CREATE INDEX files_by_use ON files (school_id, used_at)",
    "CREATE INDEX files_of_uploader ON files (school_id, uploaded_by)",
];

const DOWN: &[&str] = &["DROP TABLE files"];

crate::ddl::migration!(UP, DOWN);
