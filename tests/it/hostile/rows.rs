//! How many rows a school has in every table, and how often they were written.

use std::collections::BTreeMap;

use sea_orm::{DbBackend, FromQueryResult};

use crate::harness::App;

/// Table → rows, and the sum of their versions where they have one.
pub type Rows = BTreeMap<String, (i64, i64)>;

#[derive(FromQueryResult)]
struct Table {
    name: String,
    versioned: i64,
}

#[derive(FromQueryResult)]
struct Counted {
    name: String,
    held: i64,
    written: i64,
}

const TABLES_OF_SQLITE: &str = "SELECT m.name, \
    (SELECT count(*) FROM pragma_table_info(m.name) c WHERE c.name = 'row_version') AS versioned \
    FROM sqlite_master m WHERE m.type = 'table' AND EXISTS \
    (SELECT 1 FROM pragma_table_info(m.name) c WHERE c.name = 'school_id')";
const TABLES_OF_POSTGRES: &str = "SELECT table_name::text AS name, \
    count(*) FILTER (WHERE column_name = 'row_version') AS versioned \
    FROM information_schema.columns WHERE table_schema = current_schema() GROUP BY table_name \
    HAVING bool_or(column_name = 'school_id')";

/// Counts every table of the school, whichever there are.
pub async fn rows(app: &App, school: i64) -> Rows {
    app.beside(move |state| async move {
        let platform = state.database.platform();
        let tables = match platform.backend() {
            DbBackend::Postgres => TABLES_OF_POSTGRES,
            _ => TABLES_OF_SQLITE,
        };
        let tables: Vec<Table> = platform.query(tables, Vec::new()).await.unwrap();
        assert!(tables.len() > 10, "the schema lost its tables");
        let counts = tables.iter().map(|Table { name, versioned }| {
            let written = if *versioned == 1 { "sum(row_version)" } else { "0" };
            format!(
                "SELECT '{name}' AS name, count(*) AS held, CAST(coalesce({written}, 0) AS bigint) AS written \
                 FROM {name} WHERE school_id = $1"
            )
        });
        let sql = counts.collect::<Vec<_>>().join(" UNION ALL ");
        let counted: Vec<Counted> = platform.query(&sql, vec![school.into()]).await.unwrap();
        counted.into_iter().map(|one| (one.name, (one.held, one.written))).collect()
    })
    .await
}
