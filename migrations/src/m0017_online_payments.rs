//! Payments asked of a gateway, and what gateways send of their own accord.
//!
//! What a gateway sends belongs to no school until its reference is known here, so the inbox is the
//! platform's.

const UP: &[&str] = &[
    "CREATE TABLE payment_intents (
        @tenant,
        student_id bigint NOT NULL,
        provider text NOT NULL CHECK (length(provider) BETWEEN 1 AND 20),
        reference text NOT NULL CHECK (length(reference) BETWEEN 1 AND 100),
        amount_minor bigint NOT NULL CHECK (amount_minor > 0),
        currency text NOT NULL CHECK (length(currency) = 3),
        session text NOT NULL CHECK (length(session) BETWEEN 1 AND 20),
        term text NOT NULL CHECK (length(term) BETWEEN 1 AND 50),
        category_id bigint,
        payer_id bigint,
        status text NOT NULL CHECK (status IN ('pending', 'paid', 'failed', 'mismatch', 'abandoned')),
        checks bigint NOT NULL CHECK (checks >= 0),
        check_at @time NOT NULL,
        payment_id bigint,
        @key,
        UNIQUE (school_id, reference),
        CHECK ((status = 'paid') = (payment_id IS NOT NULL)),
        FOREIGN KEY (school_id, student_id) REFERENCES students (school_id, id),
        FOREIGN KEY (school_id, category_id) REFERENCES fee_categories (school_id, id),
        FOREIGN KEY (school_id, payer_id) REFERENCES users (school_id, id),
        FOREIGN KEY (school_id, payment_id) REFERENCES payments (school_id, id)
    )",
    // A gateway names a reference and no school; references are random.
    "CREATE INDEX payment_intents_reference ON payment_intents (reference)",
    "CREATE INDEX payment_intents_due ON payment_intents (check_at) WHERE status = 'pending'",
    "CREATE INDEX payment_intents_of_pupil ON payment_intents (school_id, student_id)",
    "CREATE INDEX payment_intents_of_payer ON payment_intents (school_id, payer_id)",
    "CREATE INDEX payment_intents_of_payment ON payment_intents (school_id, payment_id)",
    "CREATE INDEX payment_intents_of_category ON payment_intents (school_id, category_id)",
    "CREATE TABLE gateway_events (
        @platform,
        provider text NOT NULL CHECK (length(provider) BETWEEN 1 AND 20),
        event_hash text NOT NULL CHECK (length(event_hash) = 64),
        kind text NOT NULL CHECK (length(kind) <= 100),
        reference text NOT NULL CHECK (length(reference) <= 100),
        amount_minor bigint,
        currency text NOT NULL CHECK (length(currency) <= 10),
        outcome text NOT NULL CHECK (outcome IN ('received', 'credited', 'mismatch', 'unknown_reference', 'ignored')),
        UNIQUE (provider, event_hash)
    )",
    "CREATE INDEX gateway_events_reference ON gateway_events (reference)",
];

const DOWN: &[&str] = &["DROP TABLE gateway_events", "DROP TABLE payment_intents"];

crate::ddl::migration!(UP, DOWN);
