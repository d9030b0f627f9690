//! What each account wants to be told by e-mail, and when not. Removed with the account.
//!
//! Quiet hours are minutes of the school's day; those that begin after they end go over midnight.

const UP: &[&str] = &["CREATE TABLE user_preferences (@tenant,
        user_id bigint NOT NULL,
        muted @json NOT NULL,
        quiet_from bigint CHECK (quiet_from BETWEEN 0 AND 1439),
        quiet_to bigint CHECK (quiet_to BETWEEN 0 AND 1439),
        @key,
        CHECK ((quiet_from IS NULL) = (quiet_to IS NULL)),
        CHECK (quiet_from <> quiet_to),
        UNIQUE (school_id, user_id),
        FOREIGN KEY (school_id, user_id) REFERENCES users (school_id, id) ON DELETE CASCADE)"];

const DOWN: &[&str] = &["DROP TABLE user_preferences"];

crate::ddl::migration!(UP, DOWN);
