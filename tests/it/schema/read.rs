//! Reads the schema out of a database, in one spelling for both engines.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, Statement};

use super::ACROSS_SCHOOLS;
use crate::harness::{App, Engine};

/// What a database holds, beside the migrations' own table.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Schema {
    /// `table.column`, with ` null` where it may be; what the engine works out by itself is left out.
    pub columns: BTreeSet<String>,
    /// `table: (column, column)` of primary and unique keys; a lone `id` is left out, for SQLite has
    /// one everywhere.
    pub keys: BTreeSet<String>,
    /// `table: FOREIGN KEY (…) REFERENCES …`.
    pub references: BTreeSet<String>,
    /// Indexes that are no constraint's, as declared.
    pub indexes: BTreeSet<String>,
    /// Everything as the engine itself spells it: types, defaults, checks, triggers.
    text: BTreeSet<String>,
}

/// One foreign key.
#[derive(Debug)]
pub struct Reference {
    pub table: String,
    pub columns: Vec<String>,
    pub target: String,
    pub keys: Vec<String>,
}

struct Queries {
    columns: &'static str,
    keys: &'static str,
    references: &'static str,
    indexes: &'static str,
    text: &'static str,
}

const POSTGRES: Queries = Queries {
    columns: "SELECT table_name || '.' || column_name || CASE is_nullable WHEN 'YES' THEN ' null' ELSE '' END \
              FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'seaql_migrations' \
              AND is_generated = 'NEVER'",
    keys: "SELECT conrelid::regclass || ': ' || substring(pg_get_constraintdef(oid) FROM '\\(.*') FROM pg_constraint \
           WHERE contype IN ('p', 'u') AND connamespace = 'public'::regnamespace \
           AND conrelid <> to_regclass('seaql_migrations') AND pg_get_constraintdef(oid) NOT LIKE '%(id)'",
    references: "SELECT conrelid::regclass || ': ' || pg_get_constraintdef(oid) FROM pg_constraint \
                 WHERE contype = 'f' AND connamespace = 'public'::regnamespace",
    indexes: "SELECT pg_get_indexdef(indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid \
              WHERE c.relnamespace = 'public'::regnamespace \
              AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = i.indexrelid)",
    text: "SELECT conrelid::regclass || ': ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint \
           WHERE connamespace = 'public'::regnamespace AND conrelid <> to_regclass('seaql_migrations') \
           UNION SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || coalesce(column_default, '') \
           || ' ' || is_identity FROM information_schema.columns \
           WHERE table_schema = 'public' AND table_name <> 'seaql_migrations'",
};

const SQLITE: Queries = Queries {
    // Only the key of whole numbers, the row's own, is never null without saying so.
    columns: "SELECT m.name || '.' || p.name || CASE WHEN p.\"notnull\" OR (p.pk > 0 AND lower(p.type) = 'integer') \
              THEN '' ELSE ' null' END FROM sqlite_master m, pragma_table_info(m.name) p \
              WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name <> 'seaql_migrations'",
    keys: "SELECT name || ': (' || group_concat(part, ', ') || ')' FROM \
           (SELECT m.name, l.seq AS list, i.name AS part FROM sqlite_master m, pragma_index_list(m.name) l, \
           pragma_index_info(l.name) i WHERE m.type = 'table' AND l.origin <> 'c' AND m.name NOT LIKE 'sqlite_%' \
           AND m.name <> 'seaql_migrations' ORDER BY m.name, l.seq, i.seqno) \
           GROUP BY name, list HAVING group_concat(part) <> 'id'",
    references: "SELECT name || ': FOREIGN KEY (' || group_concat(here, ', ') || ') REFERENCES ' || target \
                 || '(' || group_concat(there, ', ') || ')' \
                 || CASE gone WHEN 'NO ACTION' THEN '' ELSE ' ON DELETE ' || gone END FROM \
                 (SELECT m.name, f.id, f.\"from\" AS here, f.\"to\" AS there, f.\"table\" AS target, \
                 f.on_delete AS gone FROM sqlite_master m, pragma_foreign_key_list(m.name) f \
                 WHERE m.type = 'table' ORDER BY m.name, f.id, f.seq) GROUP BY name, id",
    indexes: "SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL",
    text: "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' \
           AND tbl_name <> 'seaql_migrations'",
};

impl Schema {
    /// The schema of the gateway's database.
    pub async fn of(app: &App) -> Self {
        let queries = match app.engine() {
            Engine::Embedded => SQLITE,
            Engine::Production => POSTGRES,
        };
        Self {
            columns: texts(app, queries.columns).await,
            keys: texts(app, queries.keys).await,
            references: texts(app, queries.references).await,
            indexes: texts(app, queries.indexes)
                .await
                .iter()
                .map(|sql| plain(sql))
                .collect(),
            text: texts(app, queries.text).await,
        }
    }

    /// Every table.
    pub fn tables(&self) -> BTreeSet<String> {
        let names = self
            .columns
            .iter()
            .filter_map(|column| column.split('.').next());
        names.map(str::to_owned).collect()
    }

    /// Every table whose rows are a school's.
    pub fn tenant_tables(&self) -> BTreeSet<String> {
        let mut tables = self.tables();
        tables.retain(|table| {
            let school = format!("{table}.school_id");
            let named = self
                .columns
                .iter()
                .any(|column| column.starts_with(&school));
            named && !ACROSS_SCHOOLS.contains(&table.as_str())
        });
        tables
    }

    /// Every foreign key.
    pub fn references(&self) -> Vec<Reference> {
        self.references
            .iter()
            .map(|text| Reference::of(text).unwrap_or_else(|| panic!("{text}")))
            .collect()
    }

    /// `table: (column …)` of unique indexes.
    pub fn unique_indexes(&self) -> BTreeSet<String> {
        let unique = self.indexes.iter().filter_map(|index| {
            let (_, on) = index
                .strip_prefix("create unique index ")?
                .split_once(" on ")?;
            let (table, columns) = on.split_once(' ')?;
            Some(format!("{table}: ({columns}"))
        });
        unique.collect()
    }
}

impl Reference {
    fn of(text: &str) -> Option<Self> {
        let (table, rest) = text.split_once(": FOREIGN KEY (")?;
        let (columns, rest) = rest.split_once(") REFERENCES ")?;
        let (target, rest) = rest.split_once('(')?;
        let (keys, _) = rest.split_once(')')?;
        Some(Self {
            table: table.to_owned(),
            columns: columns.split(", ").map(str::to_owned).collect(),
            target: target.to_owned(),
            keys: keys.split(", ").map(str::to_owned).collect(),
        })
    }
}

/// The first column of every row, which is text.
async fn texts(app: &App, sql: &'static str) -> BTreeSet<String> {
    let found = app.beside(move |state| async move {
        let database = state.database.for_migrations();
        let statement = Statement::from_string(database.get_database_backend(), sql);
        let rows = database.query_all_raw(statement).await.unwrap();
        rows.iter()
            .map(|row| row.try_get_by_index(0).unwrap())
            .collect()
    });
    found.await
}

/// An index without what PostgreSQL adds to its text and the parentheses it adds or drops.
fn plain(sql: &str) -> String {
    let mut text = sql.replace("public.", "").to_lowercase();
    for addition in [" using btree", "::text", "(", ")"] {
        text = text.replace(addition, if addition == "(" { " " } else { "" });
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ")
}
