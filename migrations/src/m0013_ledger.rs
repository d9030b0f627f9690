//! What each pupil owes and why: the ledger, what of it is settled by what, and what bills come from.
//!
//! Entries and allocations are only added. A charge of a fee carries an occurrence, so that the same
//! fee is charged to a pupil twice only where the first charge was taken back.

const UP: &[&str] = &[
    "CREATE TABLE scholarships (
        @tenant,
        name text NOT NULL CHECK (name <> '' AND length(name) <= 100),
        description text NOT NULL CHECK (length(description) <= 1000),
        benefit_type text NOT NULL CHECK (benefit_type IN ('percentage', 'fixed')),
        value_hundredths bigint NOT NULL CHECK (value_hundredths >= 0),
        is_active boolean NOT NULL,
        @key,
        CHECK (benefit_type = 'fixed' OR value_hundredths <= 10000)
    )",
    "CREATE INDEX scholarships_by_name ON scholarships (school_id, name, id)",
    "CREATE INDEX scholarships_by_age ON scholarships (school_id, created_at, id)",
    "CREATE TABLE student_fees (
        @tenant,
        student_id bigint NOT NULL,
        fee_item_id bigint NOT NULL,
        scholarship_id bigint,
        discount_minor bigint NOT NULL CHECK (discount_minor >= 0),
        @key,
        UNIQUE (school_id, student_id, fee_item_id),
        FOREIGN KEY (school_id, student_id) REFERENCES students (school_id, id),
        FOREIGN KEY (school_id, fee_item_id) REFERENCES fee_items (school_id, id),
        FOREIGN KEY (school_id, scholarship_id) REFERENCES scholarships (school_id, id)
    )",
    "CREATE INDEX student_fees_of_item ON student_fees (school_id, fee_item_id)",
    "CREATE INDEX student_fees_of_scholarship ON student_fees (school_id, scholarship_id)",
    "CREATE INDEX student_fees_by_age ON student_fees (school_id, created_at, id)",
    "CREATE TABLE billing_runs (
        @tenant,
        session text NOT NULL CHECK (session <> '' AND length(session) <= 20),
        term text NOT NULL CHECK (term <> '' AND length(term) <= 50),
        class_id bigint,
        effective_date @date NOT NULL,
        due_date @date NOT NULL,
        recorded_by bigint,
        undone_at @time,
        undone_by bigint,
        @key,
        CHECK (due_date >= effective_date),
        CHECK (undone_at IS NOT NULL OR undone_by IS NULL),
        FOREIGN KEY (school_id, class_id) REFERENCES classes (school_id, id),
        FOREIGN KEY (school_id, recorded_by) REFERENCES users (school_id, id),
        FOREIGN KEY (school_id, undone_by) REFERENCES users (school_id, id)
    )",
    "CREATE INDEX billing_runs_of_term ON billing_runs (school_id, session, term, id)",
    "CREATE INDEX billing_runs_of_class ON billing_runs (school_id, class_id)",
    "CREATE INDEX billing_runs_of_recorder ON billing_runs (school_id, recorded_by)",
    "CREATE INDEX billing_runs_of_undoer ON billing_runs (school_id, undone_by)",
    "CREATE INDEX billing_runs_by_date ON billing_runs (school_id, effective_date, id)",
    "CREATE INDEX billing_runs_by_age ON billing_runs (school_id, created_at, id)",
    // Who was looked at, and as what: how each came out is told by the entries of the run.
    "CREATE TABLE billing_run_pupils (
        @tenant,
        billing_run_id bigint NOT NULL,
        student_id bigint NOT NULL,
        status text NOT NULL CHECK (status IN ('active', 'graduated', 'withdrawn')),
        @key,
        UNIQUE (school_id, billing_run_id, student_id),
        FOREIGN KEY (school_id, billing_run_id) REFERENCES billing_runs (school_id, id),
        FOREIGN KEY (school_id, student_id) REFERENCES students (school_id, id) ON DELETE CASCADE
    )",
    "CREATE INDEX billing_run_pupils_of_pupil ON billing_run_pupils (school_id, student_id)",
    // Above zero the pupil owes more, below zero less. What a discount lowers, and what is carried
    // forward, is named by charge_id; the category is the fee's where there is a fee.
    "CREATE TABLE ledger_entries (
        @tenant,
        student_id bigint NOT NULL,
        kind text NOT NULL CHECK (kind IN ('charge', 'discount', 'payment', 'reversal', 'refund', 'credit',
            'carried_forward', 'late_fee')),
        amount_minor bigint NOT NULL CHECK (amount_minor <> 0),
        effective_date @date NOT NULL,
        due_date @date,
        session text NOT NULL CHECK (session <> '' AND length(session) <= 20),
        term text NOT NULL CHECK (term <> '' AND length(term) <= 50),
        fee_item_id bigint,
        category_id bigint,
        billing_run_id bigint,
        charge_id bigint,
        reverses_id bigint,
        occurrence bigint CHECK (occurrence > 0),
        description text NOT NULL CHECK (length(description) <= 255),
        recorded_by bigint,
        @key,
        CHECK (CASE WHEN kind IN ('charge', 'refund', 'late_fee') THEN amount_minor > 0
            WHEN kind IN ('discount', 'payment', 'credit') THEN amount_minor < 0 ELSE true END),
        CHECK ((kind = 'reversal') = (reverses_id IS NOT NULL)),
        CHECK ((kind = 'charge' AND fee_item_id IS NOT NULL) = (occurrence IS NOT NULL)),
        CHECK (fee_item_id IS NULL OR category_id IS NULL),
        CHECK (due_date >= effective_date OR kind = 'carried_forward'),
        FOREIGN KEY (school_id, student_id) REFERENCES students (school_id, id),
        FOREIGN KEY (school_id, fee_item_id) REFERENCES fee_items (school_id, id),
        FOREIGN KEY (school_id, category_id) REFERENCES fee_categories (school_id, id),
        FOREIGN KEY (school_id, billing_run_id) REFERENCES billing_runs (school_id, id),
        FOREIGN KEY (school_id, charge_id) REFERENCES ledger_entries (school_id, id),
        FOREIGN KEY (school_id, reverses_id) REFERENCES ledger_entries (school_id, id),
        FOREIGN KEY (school_id, recorded_by) REFERENCES users (school_id, id)
    )",
    "CREATE UNIQUE INDEX ledger_entries_charged_once ON ledger_entries
        (school_id, fee_item_id, student_id, occurrence) WHERE occurrence IS NOT NULL",
    "CREATE UNIQUE INDEX ledger_entries_reversed_once ON ledger_entries (school_id, reverses_id)
        WHERE reverses_id IS NOT NULL",
    "CREATE INDEX ledger_entries_of_pupil ON ledger_entries (school_id, student_id, effective_date, id)",
    "CREATE INDEX ledger_entries_by_date ON ledger_entries (school_id, effective_date, id)",
    "CREATE INDEX ledger_entries_of_run ON ledger_entries (school_id, billing_run_id, id)
        WHERE billing_run_id IS NOT NULL",
    "CREATE INDEX ledger_entries_of_item ON ledger_entries (school_id, fee_item_id)
        WHERE fee_item_id IS NOT NULL",
    "CREATE INDEX ledger_entries_of_charge ON ledger_entries (school_id, charge_id)
        WHERE charge_id IS NOT NULL",
    "CREATE INDEX ledger_entries_of_category ON ledger_entries (school_id, category_id)
        WHERE category_id IS NOT NULL",
    "CREATE INDEX ledger_entries_of_recorder ON ledger_entries (school_id, recorded_by)
        WHERE recorded_by IS NOT NULL",
    // So much of a credit settles so much of a charge; below zero takes some of that back.
    "CREATE TABLE allocations (
        @tenant,
        credit_id bigint NOT NULL,
        charge_id bigint NOT NULL,
        amount_minor bigint NOT NULL CHECK (amount_minor <> 0),
        effective_date @date NOT NULL,
        billing_run_id bigint,
        @key,
        FOREIGN KEY (school_id, credit_id) REFERENCES ledger_entries (school_id, id),
        FOREIGN KEY (school_id, charge_id) REFERENCES ledger_entries (school_id, id),
        FOREIGN KEY (school_id, billing_run_id) REFERENCES billing_runs (school_id, id)
    )",
    "CREATE INDEX allocations_of_credit ON allocations (school_id, credit_id)",
    "CREATE INDEX allocations_of_charge ON allocations (school_id, charge_id)",
    "CREATE INDEX allocations_of_run ON allocations (school_id, billing_run_id)
        WHERE billing_run_id IS NOT NULL",
    "@sqlite CREATE TRIGGER ledger_entries_no_update BEFORE UPDATE ON ledger_entries
        BEGIN SELECT RAISE(ABORT, 'the ledger is only added to'); END",
    "@sqlite CREATE TRIGGER ledger_entries_no_delete BEFORE DELETE ON ledger_entries
        BEGIN SELECT RAISE(ABORT, 'the ledger is only added to'); END",
    "@sqlite CREATE TRIGGER allocations_no_update BEFORE UPDATE ON allocations
        BEGIN SELECT RAISE(ABORT, 'the ledger is only added to'); END",
    "@sqlite CREATE TRIGGER allocations_no_delete BEFORE DELETE ON allocations
        BEGIN SELECT RAISE(ABORT, 'the ledger is only added to'); END",
];

const DOWN: &[&str] = &[
    "DROP TABLE allocations",
    "DROP TABLE ledger_entries",
    "DROP TABLE billing_run_pupils",
    "DROP TABLE billing_runs",
    "DROP TABLE student_fees",
    "DROP TABLE scholarships",
];

crate::ddl::migration!(UP, DOWN);
