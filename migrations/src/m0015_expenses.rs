//! What a school spends. An expense is voided, never deleted.

const UP: &[&str] = &[
    "CREATE TABLE expenses (
        @tenant,
        title text NOT NULL CHECK (length(title) BETWEEN 1 AND 255),
        amount_minor bigint NOT NULL CHECK (amount_minor > 0),
        category text NOT NULL CHECK (category IN ('salary', 'maintenance', 'supplies', 'utilities', 'other')),
        date @date NOT NULL,
        description text NOT NULL,
        session text NOT NULL CHECK (length(session) BETWEEN 1 AND 20),
        term text NOT NULL CHECK (length(term) BETWEEN 1 AND 50),
        status text NOT NULL CHECK (status IN ('pending', 'approved', 'voided')),
        recorded_by bigint,
        approved_by bigint,
        approved_at @time,
        voided_by bigint,
        voided_at @time,
        void_reason text NOT NULL DEFAULT '',
        @key,
        FOREIGN KEY (school_id, recorded_by) REFERENCES users (school_id, id),
        FOREIGN KEY (school_id, approved_by) REFERENCES users (school_id, id),
        FOREIGN KEY (school_id, voided_by) REFERENCES users (school_id, id),
        CHECK ((status = 'voided') = (voided_at IS NOT NULL)),
        CHECK (status <> 'pending' OR approved_at IS NULL),
        CHECK (approved_by IS NULL OR approved_by <> recorded_by)
    )",
    "CREATE INDEX expenses_by_date ON expenses (school_id, date, id)",
    "CREATE INDEX expenses_by_amount ON expenses (school_id, amount_minor, id)",
    "CREATE INDEX expenses_by_title ON expenses (school_id, title, id)",
    "CREATE INDEX expenses_by_age ON expenses (school_id, created_at, id)",
    "CREATE INDEX expenses_of_term ON expenses (school_id, session, term, id)",
    "CREATE INDEX expenses_by_status ON expenses (school_id, status, id)",
    "CREATE INDEX expenses_of_recorder ON expenses (school_id, recorded_by)",
    "CREATE INDEX expenses_of_approver ON expenses (school_id, approved_by)",
    "CREATE INDEX expenses_of_voider ON expenses (school_id, voided_by)",
];

const DOWN: &[&str] = &["DROP TABLE expenses"];

crate::ddl::migration!(UP, DOWN);
