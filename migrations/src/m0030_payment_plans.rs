//! What families agreed to pay of a term, and by which days. What was paid of it is told by the ledger.

const UP: &[&str] = &[
    // It is of the term's debts up to an entry, the newest when it was agreed: what is charged later is
    // none of it.
    "CREATE TABLE payment_plans (
        @tenant,
        student_id bigint NOT NULL,
        session text NOT NULL CHECK (length(session) BETWEEN 1 AND 20),
        term text NOT NULL CHECK (length(term) BETWEEN 1 AND 50),
        note text NOT NULL CHECK (length(note) <= 500),
        agreed_on @date NOT NULL,
        last_entry_id bigint NOT NULL,
        recorded_by bigint,
        @key,
        UNIQUE (school_id, student_id, session, term),
        FOREIGN KEY (school_id, student_id) REFERENCES students (school_id, id),
        FOREIGN KEY (school_id, last_entry_id) REFERENCES ledger_entries (school_id, id),
        FOREIGN KEY (school_id, recorded_by) REFERENCES users (school_id, id)
    )",
    "CREATE INDEX payment_plans_of_term ON payment_plans (school_id, session, term, id)",
    "CREATE INDEX payment_plans_by_age ON payment_plans (school_id, created_at, id)",
    "CREATE INDEX payment_plans_to_entry ON payment_plans (school_id, last_entry_id)",
    "CREATE INDEX payment_plans_of_recorder ON payment_plans (school_id, recorded_by)",
    // Late from the moment its last day is over where the school is.
    "CREATE TABLE payment_plan_parts (
        @tenant,
        payment_plan_id bigint NOT NULL,
        due_date @date NOT NULL,
        late_from @time NOT NULL,
        amount_minor bigint NOT NULL CHECK (amount_minor > 0),
        @key,
        UNIQUE (school_id, payment_plan_id, due_date),
        FOREIGN KEY (school_id, payment_plan_id) REFERENCES payment_plans (school_id, id)
    )",
];

const DOWN: &[&str] = &["DROP TABLE payment_plan_parts", "DROP TABLE payment_plans"];

crate::ddl::migration!(UP, DOWN);
