//! The tables of a school, read from the schema itself, so that none can be forgotten.

use std::collections::BTreeMap;

use sea_orm::{DbBackend, DbErr, FromQueryResult};

use crate::Platform;

/// One table whose rows belong to schools.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns and their types as the engine names them, by name.
    pub columns: BTreeMap<String, String>,
}

#[derive(FromQueryResult)]
struct Field {
    table_name: String,
    name: String,
    kind: String,
}

#[derive(FromQueryResult)]
struct Reference {
    table_name: String,
    target: String,
}

const COLUMNS_OF_SQLITE: &str = "SELECT m.name AS table_name, c.name, lower(c.type) AS kind \
    FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' \
    AND EXISTS (SELECT 1 FROM pragma_table_info(m.name) s WHERE s.name = 'school_id')";
const COLUMNS_OF_POSTGRES: &str = "SELECT table_name::text, column_name::text AS name, data_type::text AS kind \
    FROM information_schema.columns c WHERE table_schema = current_schema() AND is_generated = 'NEVER' \
    AND EXISTS (SELECT 1 FROM information_schema.columns s WHERE s.table_schema = c.table_schema \
    AND s.table_name = c.table_name AND s.column_name = 'school_id')";
const REFERENCES_OF_SQLITE: &str = "SELECT DISTINCT m.name AS table_name, f.\"table\" AS target \
    FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table'";
const REFERENCES_OF_POSTGRES: &str = "SELECT DISTINCT a.relname::text AS table_name, b.relname::text AS target \
    FROM pg_constraint c JOIN pg_class a ON a.oid = c.conrelid JOIN pg_class b ON b.oid = c.confrelid \
    WHERE c.contype = 'f' AND c.connamespace = current_schema()::regnamespace";

impl Platform {
    /// Every table with a `school_id`, each after the tables it refers to, else by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn school_tables(&self) -> Result<Vec<Table>, DbErr> {
        let (columns, references) = match self.backend() {
            DbBackend::Postgres => (COLUMNS_OF_POSTGRES, REFERENCES_OF_POSTGRES),
            _ => (COLUMNS_OF_SQLITE, REFERENCES_OF_SQLITE),
        };
        let columns: Vec<Field> = self.query(columns, Vec::new()).await?;
        let references: Vec<Reference> = self.query(references, Vec::new()).await?;
        let mut tables: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
        for column in columns {
            let table = tables.entry(column.table_name).or_default();
            table.insert(column.name, column.kind);
        }
        Ok(in_order(tables, &references))
    }
}

/// Takes the first table that refers to none of those left, again and again; in a ring, the first.
fn in_order(
    mut tables: BTreeMap<String, BTreeMap<String, String>>,
    references: &[Reference],
) -> Vec<Table> {
    let mut ordered = Vec::with_capacity(tables.len());
    loop {
        let free = tables.keys().find(|name| {
            let waits = |one: &Reference| {
                one.table_name == **name && one.target != **name && tables.contains_key(&one.target)
            };
            !references.iter().any(waits)
        });
        let Some(name) = free.or_else(|| tables.keys().next()).cloned() else {
            return ordered;
        };
        let columns = tables.remove(&name).unwrap_or_default();
        ordered.push(Table { name, columns });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_comes_after_those_it_refers_to() {
        let names = ["a", "b", "c", "d"];
        let tables = names.map(|name| (name.to_owned(), BTreeMap::new()));
        let refers = |one: &str, other: &str| Reference {
            table_name: one.into(),
            target: other.into(),
        };
        let references = [
            refers("a", "c"),
            refers("c", "d"),
            refers("d", "d"),
            refers("d", "schools"),
        ];
        let ordered = in_order(tables.into(), &references);
        let ordered: Vec<&str> = ordered.iter().map(|table| table.name.as_str()).collect();
        assert_eq!(ordered, ["b", "d", "c", "a"]);
    }
}
