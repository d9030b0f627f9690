//! The schema: the same on both engines, there and back, and a wall between schools by itself.

mod read;
mod walls;

use std::collections::BTreeSet;

use read::Schema;

use crate::harness::{App, Engine};

/// Tables of the platform that hold no row one could edit, and so no version of one.
const UNVERSIONED: [&str; 2] = ["login_attempts", "token_families"];
/// Tables that name a school and are not a school's own: an operator has sessions too.
const ACROSS_SCHOOLS: [&str; 1] = ["token_families"];
/// Tables whose rows PostgreSQL finds to be of a school by the pupil, or the entry, of that school they name.
const IMPLIED: [&str; 3] = ["allocations", "billing_run_pupils", "ledger_entries"];
/// How else the pupil and the run of an entry are found: the first and the last by SQLite, those between by
/// PostgreSQL, which need not find as much for each entry of a run.
const ENTRIES: [&str; 4] = [
    "(school_id, billing_run_id) REFERENCES billing_runs(school_id, id)",
    "(school_id, billing_run_id, student_id) REFERENCES billing_run_pupils(school_id, billing_run_id, student_id)",
    "(school_id, hand_student_id) REFERENCES students(school_id, id)",
    "(school_id, student_id) REFERENCES students(school_id, id)",
];

fn of_a_school(table: &str) -> String {
    format!("{table}: FOREIGN KEY (school_id) REFERENCES schools(id)")
}

both! {
    async fn the_schema_goes_down_to_nothing_and_comes_back_the_same(app: App) {
        let app = app.alone().await;
        let up = Schema::of(&app).await;
        assert!(up.tables().len() > 15, "{:?}", up.tables());
        app.beside(|state| async move { state.migrate_down(99).await.unwrap() }).await;
        assert_eq!(Schema::of(&app).await, Schema::default());
        app.beside(|state| async move { state.migrate().await.unwrap() }).await;
        assert_eq!(Schema::of(&app).await, up);
    }

    async fn every_row_has_its_times_and_its_version(app: App) {
        let schema = Schema::of(&app).await;
        for table in schema.tables().iter().filter(|table| !UNVERSIONED.contains(&table.as_str())) {
            for column in ["created_at", "updated_at", "row_version"] {
                assert!(schema.columns.contains(&format!("{table}.{column}")), "{table}.{column}");
            }
        }
    }

    async fn every_table_of_a_school_is_keyed_by_school_and_refers_within_it(app: App) {
        let schema = Schema::of(&app).await;
        let tenant = schema.tenant_tables();
        assert!(tenant.len() > 12, "{tenant:?}");
        for table in &tenant {
            assert!(schema.columns.contains(&format!("{table}.school_id")), "{table}: a row without a school");
            assert!(schema.keys.contains(&format!("{table}: (school_id, id)")), "{table}");
            let of_a_school = schema.references.contains(&of_a_school(table));
            assert!(of_a_school || IMPLIED.contains(&table.as_str()), "{table}");
        }
        for reference in schema.references() {
            if tenant.contains(&reference.table) && tenant.contains(&reference.target) {
                assert!(reference.columns.len() > 1, "{reference:?}");
                assert_eq!((reference.columns[0].as_str(), reference.keys[0].as_str()), ("school_id", "school_id"));
            }
        }
        // A key that leaves the school out would tell one school what another has.
        for key in schema.keys.iter().chain(&schema.unique_indexes()) {
            let (table, columns) = key.split_once(": ").unwrap();
            assert!(!tenant.contains(table) || columns.starts_with("(school_id"), "{key}");
        }
    }
}

#[tokio::test]
async fn both_engines_have_the_same_tables_columns_keys_and_references() {
    let embedded = Schema::of(&App::on(Engine::Embedded)).await;
    let production = Schema::of(&App::on(Engine::Production)).await;
    let differ = |one: &BTreeSet<String>, other: &BTreeSet<String>| -> Vec<String> {
        one.symmetric_difference(other).cloned().collect()
    };
    let nothing: Vec<String> = Vec::new();
    assert_eq!(differ(&embedded.columns, &production.columns), nothing);
    assert_eq!(differ(&embedded.keys, &production.keys), nothing);
    let mut known: Vec<String> = IMPLIED.iter().copied().map(of_a_school).collect();
    known.extend(ENTRIES.map(|keys| format!("ledger_entries: FOREIGN KEY {keys}")));
    assert_eq!(differ(&embedded.references, &production.references), known);
    let by_hand = "create index ledger_entries_by_hand on ledger_entries school_id, hand_student_id \
                   where hand_student_id is not null";
    assert_eq!(differ(&embedded.indexes, &production.indexes), [by_hand]);
}
