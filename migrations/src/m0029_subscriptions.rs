//! What a school subscribed to: the name of its plan, the modules it opens, and its last day.

const UP: &[&str] = &["CREATE TABLE subscriptions (@tenant,
        plan_name text NOT NULL CHECK (length(plan_name) BETWEEN 1 AND 100),
        allowed_modules @json,
        expires_on @date,
        @key,
        UNIQUE (school_id))"];

const DOWN: &[&str] = &["DROP TABLE subscriptions"];

crate::ddl::migration!(UP, DOWN);
