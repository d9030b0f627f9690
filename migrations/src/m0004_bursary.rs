//! What a school charges for, and how much.

const UP: &[&str] = &[
    "CREATE TABLE fee_categories (
        @tenant,
        name text NOT NULL CHECK (name <> '' AND length(name) <= 100),
        description text NOT NULL DEFAULT '',
        is_optional boolean NOT NULL DEFAULT false,
        @key
    )",
    "CREATE UNIQUE INDEX fee_categories_name ON fee_categories (school_id, lower(name))",
    "CREATE INDEX fee_categories_by_name ON fee_categories (school_id, name, id)",
    "CREATE INDEX fee_categories_by_age ON fee_categories (school_id, created_at, id)",
    "CREATE TABLE fee_items (
        @tenant,
        category_id bigint NOT NULL,
        class_id bigint,
        amount_minor bigint NOT NULL CHECK (amount_minor > 0),
        session text NOT NULL CHECK (session <> '' AND length(session) <= 20),
        term text NOT NULL CHECK (term <> '' AND length(term) <= 50),
        active boolean NOT NULL DEFAULT true,
        is_optional boolean NOT NULL DEFAULT false,
        @key,
        FOREIGN KEY (school_id, category_id) REFERENCES fee_categories (school_id, id),
        FOREIGN KEY (school_id, class_id) REFERENCES classes (school_id, id)
    )",
    "CREATE INDEX fee_items_of_category ON fee_items (school_id, category_id)",
    "CREATE INDEX fee_items_of_class ON fee_items (school_id, class_id)",
    "CREATE INDEX fee_items_of_term ON fee_items (school_id, session, term, id)",
    "CREATE INDEX fee_items_by_amount ON fee_items (school_id, amount_minor, id)",
    "CREATE INDEX fee_items_by_age ON fee_items (school_id, created_at, id)",
];

const DOWN: &[&str] = &["DROP TABLE fee_items", "DROP TABLE fee_categories"];

crate::ddl::migration!(UP, DOWN);
