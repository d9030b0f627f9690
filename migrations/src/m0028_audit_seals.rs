//! The proof of the audit trail: a signature in each row, and seals that chain the rows of a school.
//!
//! A seal has no foreign key to its row: a row that is removed must leave its seal behind to tell.

const UP: &[&str] = &[
    "ALTER TABLE activity_logs ADD COLUMN proof text NOT NULL DEFAULT ''",
    "CREATE INDEX activity_logs_resource_at ON activity_logs (school_id, resource, resource_id, at, id)",
    "CREATE INDEX activity_logs_actor_at ON activity_logs (school_id, actor_id, at, id)",
    "DROP INDEX activity_logs_resource",
    "CREATE TABLE audit_seals (@tenant,
        number bigint NOT NULL CHECK (number > 0),
        log_id bigint NOT NULL,
        mac text NOT NULL CHECK (length(mac) = 43),
        @key,
        UNIQUE (school_id, number),
        UNIQUE (school_id, log_id))",
    "@sqlite CREATE TRIGGER audit_seals_no_update BEFORE UPDATE ON audit_seals
        BEGIN SELECT RAISE(ABORT, 'the audit trail is only added to'); END",
    "@sqlite CREATE TRIGGER audit_seals_no_delete BEFORE DELETE ON audit_seals
        BEGIN SELECT RAISE(ABORT, 'the audit trail is only added to'); END",
];

const DOWN: &[&str] = &[
    "DROP TABLE audit_seals",
    "CREATE INDEX activity_logs_resource ON activity_logs (school_id, resource, resource_id)",
    "DROP INDEX activity_logs_actor_at",
    "DROP INDEX activity_logs_resource_at",
    "ALTER TABLE activity_logs DROP COLUMN proof",
];

crate::ddl::migration!(UP, DOWN);
