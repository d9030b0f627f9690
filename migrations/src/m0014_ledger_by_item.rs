//! One index for all that is asked of a fee's entries: whether it was charged to a pupil, and whether
//! anything rests on it. Entries that are no charge of a fee have no occurrence, and so never meet.
//!
//! Two indexes that both begin with the fee let PostgreSQL choose the one without the pupil, where it has
//! not yet counted the rows, and read every pupil's charge for each of them.

const UP: &[&str] = &[
    "DROP INDEX ledger_entries_of_item",
    // In one go: another connection to SQLite may not have heard yet that the name is free.
    "DROP INDEX ledger_entries_charged_once;
     CREATE UNIQUE INDEX ledger_entries_charged_once ON ledger_entries
        (school_id, fee_item_id, student_id, occurrence)",
];

const DOWN: &[&str] = &[
    "DROP INDEX ledger_entries_charged_once;
     CREATE UNIQUE INDEX ledger_entries_charged_once ON ledger_entries
        (school_id, fee_item_id, student_id, occurrence) WHERE occurrence IS NOT NULL",
    "CREATE INDEX ledger_entries_of_item ON ledger_entries (school_id, fee_item_id)
        WHERE fee_item_id IS NOT NULL",
];

crate::ddl::migration!(UP, DOWN);
