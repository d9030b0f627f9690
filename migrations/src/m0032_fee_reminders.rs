//! When each payer was last reminded of what is owed, so that nobody is reminded again too soon.

const UP: &[&str] = &["CREATE TABLE fee_reminders (
        @tenant,
        address text NOT NULL CHECK (length(address) BETWEEN 1 AND 600),
        amount_minor bigint NOT NULL CHECK (amount_minor > 0),
        reminded_at @time NOT NULL,
        @key,
        UNIQUE (school_id, address)
    )"];

const DOWN: &[&str] = &["DROP TABLE fee_reminders"];

crate::ddl::migration!(UP, DOWN);
