//! PostgreSQL looks a bulk of entries up in `students`, within their school, and need not look every one
//! of them up in `schools` again: an eighth of a billing run went into that. SQLite, which drops no key but
//! by making the table anew, keeps the second look.

const UP: &[&str] = &[
    "@postgres ALTER TABLE ledger_entries DROP CONSTRAINT ledger_entries_school_id_fkey",
    "@postgres ALTER TABLE allocations DROP CONSTRAINT allocations_school_id_fkey",
];

const DOWN: &[&str] = &[
    "@postgres ALTER TABLE allocations ADD FOREIGN KEY (school_id) REFERENCES schools (id)",
    "@postgres ALTER TABLE ledger_entries ADD FOREIGN KEY (school_id) REFERENCES schools (id)",
];

crate::ddl::migration!(UP, DOWN);
