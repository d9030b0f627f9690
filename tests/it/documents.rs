//! Documents that could go stale are held against what they describe.

use std::{fs, path::PathBuf};

use gateway::{config::SETTINGS, openapi};
use resource::tenant_guard::{Role, Rows, matrix::MATRIX};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The lines of a document between `<!-- name -->` and the next `<!-- end -->`.
fn section(document: &str, name: &str) -> Vec<String> {
    let start = format!("<!-- {name} -->");
    let (_, rest) = document
        .split_once(&start)
        .unwrap_or_else(|| panic!("no {start}"));
    let (section, _) = rest.split_once("<!-- end -->").unwrap();
    section.trim().lines().map(str::to_owned).collect()
}

#[test]
fn the_checked_in_openapi_document_is_current() {
    let current = openapi::pretty(&gateway::mounts()).unwrap();
    assert!(
        read("openapi/openapi.json") == current,
        "run `make openapi`"
    );
}

#[test]
fn the_configuration_table_is_current() {
    let rows = SETTINGS.iter().map(|one| {
        let default = if one.default.is_empty() {
            "unset".to_owned()
        } else {
            format!("`{}`", one.default)
        };
        format!("| `{}` | {default} | {} |", one.key, one.about)
    });
    let expected: Vec<String> = ["| variable | default | meaning |", "|---|---|---|"]
        .map(str::to_owned)
        .into_iter()
        .chain(rows)
        .collect();
    assert_eq!(
        section(&read("docs/CONFIG.md"), "settings"),
        expected,
        "{}",
        expected.join("\n")
    );
}

#[test]
fn the_printed_permission_matrix_is_current() {
    let roles = Role::ALL.map(Role::as_str).join(" | ");
    let head = [
        format!("| resource | verb | {roles} |"),
        format!("|---|---{}|", "|---".repeat(Role::ALL.len())),
    ];
    let rows = MATRIX.iter().flat_map(|rule| {
        [("read", &rule.read), ("write", &rule.write)].map(|(verb, rows)| {
            format!(
                "| `{}` | {verb} | {} |",
                rule.resource,
                rows.map(Rows::as_str).join(" | ")
            )
        })
    });
    let expected: Vec<String> = head.into_iter().chain(rows).collect();
    assert_eq!(
        section(&read("docs/API.md"), "matrix"),
        expected,
        "{}",
        expected.join("\n")
    );
}

#[test]
fn the_printed_error_table_is_current() {
    let rows = resource::CODES
        .iter()
        .chain(files::CODES)
        .chain(identity::CODES)
        .chain(bursary::CODES)
        .map(|(code, status, title)| format!("| {status} | `{code}` | {title} |"));
    let expected: Vec<String> = ["| status | code | title |", "|---|---|---|"]
        .map(str::to_owned)
        .into_iter()
        .chain(rows)
        .collect();
    assert_eq!(
        section(&read("docs/API.md"), "errors"),
        expected,
        "{}",
        expected.join("\n")
    );
}
