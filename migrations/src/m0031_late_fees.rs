//! A pupil is charged once for paying a term late; a fee that was taken back counts too.

const UP: &[&str] = &[
    "CREATE UNIQUE INDEX ledger_entries_late_once ON ledger_entries (school_id, student_id, session, term)
        WHERE kind = 'late_fee'",
];

const DOWN: &[&str] = &["DROP INDEX ledger_entries_late_once"];

crate::ddl::migration!(UP, DOWN);
