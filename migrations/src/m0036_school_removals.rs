//! Removing a school: what was archived of it, when it goes, and that it was here.

const UP: &[&str] = &[
    "ALTER TABLE schools ADD COLUMN archived_at @time",
    "ALTER TABLE schools ADD COLUMN archive_sha256 text CHECK (length(archive_sha256) = 64)",
    "ALTER TABLE schools ADD COLUMN removal_due_at @time CHECK (removal_due_at IS NULL OR status = 'suspended')",
    "CREATE TABLE removed_schools (@platform,
        domain text NOT NULL,
        archive_sha256 text NOT NULL CHECK (length(archive_sha256) = 64),
        rows_removed bigint NOT NULL CHECK (rows_removed > 0)
    )",
];

const DOWN: &[&str] = &[
    "DROP TABLE removed_schools",
    "ALTER TABLE schools DROP COLUMN removal_due_at",
    "ALTER TABLE schools DROP COLUMN archive_sha256",
    "ALTER TABLE schools DROP COLUMN archived_at",
];

crate::ddl::migration!(UP, DOWN);
