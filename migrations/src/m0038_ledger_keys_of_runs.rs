//! PostgreSQL finds an entry of a billing run to be of its school by the pupil's line in the run, which is of
//! that run and of that pupil, and does not look both up again: a tenth of a billing run went into that. Only
//! what no run posted is looked up in `students`. SQLite, which changes no key but by making the table anew,
//! keeps looking both up.

const UP: &[&str] = &[
    "@postgres ALTER TABLE billing_run_pupils DROP CONSTRAINT billing_run_pupils_school_id_fkey",
    "@postgres ALTER TABLE ledger_entries
        ADD COLUMN hand_student_id bigint
            GENERATED ALWAYS AS (CASE WHEN billing_run_id IS NULL THEN student_id END) STORED,
        DROP CONSTRAINT ledger_entries_school_id_student_id_fkey,
        DROP CONSTRAINT ledger_entries_school_id_billing_run_id_fkey,
        ADD FOREIGN KEY (school_id, hand_student_id) REFERENCES students (school_id, id),
        ADD FOREIGN KEY (school_id, billing_run_id, student_id)
            REFERENCES billing_run_pupils (school_id, billing_run_id, student_id)",
    "@postgres CREATE INDEX ledger_entries_by_hand ON ledger_entries (school_id, hand_student_id)
        WHERE hand_student_id IS NOT NULL",
];

const DOWN: &[&str] = &[
    "@postgres ALTER TABLE ledger_entries
        DROP CONSTRAINT ledger_entries_school_id_billing_run_id_student_id_fkey,
        DROP COLUMN hand_student_id,
        ADD FOREIGN KEY (school_id, student_id) REFERENCES students (school_id, id),
        ADD FOREIGN KEY (school_id, billing_run_id) REFERENCES billing_runs (school_id, id)",
    "@postgres ALTER TABLE billing_run_pupils ADD FOREIGN KEY (school_id) REFERENCES schools (id)",
];

crate::ddl::migration!(UP, DOWN);
