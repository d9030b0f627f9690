//! Money received from families and given back to them, and the counters of its receipts.
//!
//! Each payment and each refund has one entry in the ledger. The counter of a year counts in the
//! transaction that uses its number, so that numbers have neither gaps nor doubles.

const UP: &[&str] = &[
    "CREATE TABLE payments (
        @tenant,
        student_id bigint NOT NULL,
        entry_id bigint NOT NULL,
        amount_minor bigint NOT NULL CHECK (amount_minor > 0),
        date @date NOT NULL,
        method text NOT NULL CHECK (method IN ('cash', 'transfer', 'pos', 'online')),
        category_id bigint,
        remark text NOT NULL CHECK (length(remark) <= 500),
        session text NOT NULL CHECK (length(session) BETWEEN 1 AND 20),
        term text NOT NULL CHECK (length(term) BETWEEN 1 AND 50),
        reference text NOT NULL CHECK (length(reference) BETWEEN 1 AND 60),
        external_reference text NOT NULL CHECK (length(external_reference) <= 100),
        gateway_reference text CHECK (length(gateway_reference) BETWEEN 1 AND 100),
        status text NOT NULL CHECK (status IN ('completed', 'refunded', 'voided')),
        recorded_by bigint,
        voided_by bigint,
        voided_at @time,
        void_reason text NOT NULL DEFAULT '',
        @key,
        UNIQUE (school_id, entry_id),
        UNIQUE (school_id, reference),
        CHECK ((status = 'voided') = (voided_at IS NOT NULL)),
        FOREIGN KEY (school_id, student_id) REFERENCES students (school_id, id),
        FOREIGN KEY (school_id, entry_id) REFERENCES ledger_entries (school_id, id),
        FOREIGN KEY (school_id, category_id) REFERENCES fee_categories (school_id, id),
        FOREIGN KEY (school_id, recorded_by) REFERENCES users (school_id, id),
        FOREIGN KEY (school_id, voided_by) REFERENCES users (school_id, id)
    )",
    "CREATE UNIQUE INDEX payments_gateway_reference ON payments (school_id, lower(gateway_reference))
        WHERE gateway_reference IS NOT NULL",
    "CREATE INDEX payments_by_date ON payments (school_id, date, id)",
    "CREATE INDEX payments_by_amount ON payments (school_id, amount_minor, id)",
    "CREATE INDEX payments_by_age ON payments (school_id, created_at, id)",
    "CREATE INDEX payments_of_pupil ON payments (school_id, student_id, id)",
    "CREATE INDEX payments_of_term ON payments (school_id, session, term, id)",
    "CREATE INDEX payments_of_category ON payments (school_id, category_id)
        WHERE category_id IS NOT NULL",
    "CREATE INDEX payments_of_recorder ON payments (school_id, recorded_by)",
    "CREATE INDEX payments_of_voider ON payments (school_id, voided_by)
        WHERE voided_by IS NOT NULL",
    "CREATE TABLE payment_lines (
        @tenant,
        payment_id bigint NOT NULL,
        place bigint NOT NULL CHECK (place > 0),
        purpose text NOT NULL CHECK (length(purpose) BETWEEN 1 AND 255),
        amount_minor bigint NOT NULL CHECK (amount_minor > 0),
        @key,
        UNIQUE (school_id, payment_id, place),
        FOREIGN KEY (school_id, payment_id) REFERENCES payments (school_id, id)
    )",
    "CREATE TABLE payment_refunds (
        @tenant,
        payment_id bigint NOT NULL,
        entry_id bigint NOT NULL,
        amount_minor bigint NOT NULL CHECK (amount_minor > 0),
        date @date NOT NULL,
        reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 255),
        recorded_by bigint,
        @key,
        UNIQUE (school_id, entry_id),
        FOREIGN KEY (school_id, payment_id) REFERENCES payments (school_id, id),
        FOREIGN KEY (school_id, entry_id) REFERENCES ledger_entries (school_id, id),
        FOREIGN KEY (school_id, recorded_by) REFERENCES users (school_id, id)
    )",
    "CREATE INDEX payment_refunds_of_payment ON payment_refunds (school_id, payment_id)",
    "CREATE INDEX payment_refunds_of_recorder ON payment_refunds (school_id, recorded_by)",
    // Year 0 counts the receipts of a pattern that does not name the year.
    "CREATE TABLE receipt_counters (
        @tenant,
        year bigint NOT NULL CHECK (year >= 0),
        last bigint NOT NULL CHECK (last > 0),
        @key,
        UNIQUE (school_id, year)
    )",
];

const DOWN: &[&str] = &[
    "DROP TABLE receipt_counters",
    "DROP TABLE payment_refunds",
    "DROP TABLE payment_lines",
    "DROP TABLE payments",
];

crate::ddl::migration!(UP, DOWN);
