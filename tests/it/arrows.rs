//! The crates depend on one another as the design draws it, and in no other way.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, MetadataCommand};

/// Crate → the crates of this workspace it may depend on.
const ARROWS: &[(&str, &[&str])] = &[
    ("tenant-guard", &[]),
    ("pagination", &[]),
    ("caching", &[]),
    ("resource", &["pagination", "caching", "tenant-guard"]),
    ("files", &["resource"]),
    ("identity", &["resource", "files"]),
    ("academic", &["resource", "files", "identity"]),
    ("bursary", &["resource", "files", "identity", "academic"]),
    ("core-messaging", &["resource", "files", "identity"]),
    ("migrations", &[]),
    (
        "gateway",
        &[
            "resource",
            "files",
            "identity",
            "academic",
            "bursary",
            "core-messaging",
            "migrations",
        ],
    ),
];

#[test]
fn crates_depend_only_along_the_arrows() {
    let metadata = MetadataCommand::new().no_deps().exec().unwrap();
    let known: BTreeMap<&str, &[&str]> = ARROWS.iter().copied().collect();
    let members: BTreeSet<String> = metadata
        .packages
        .iter()
        .map(|package| package.name.to_string())
        .collect();
    let mut seen = 0;
    for package in metadata
        .packages
        .iter()
        .filter(|package| *package.name != "termbook-tests")
    {
        let allowed = known
            .get(package.name.as_str())
            .unwrap_or_else(|| panic!("{} is not in the design", package.name));
        seen += 1;
        for dependency in package
            .dependencies
            .iter()
            .filter(|one| one.kind == DependencyKind::Normal)
        {
            let ours = members.contains(&dependency.name);
            assert!(
                !ours || allowed.contains(&dependency.name.as_str()),
                "{} → {}",
                package.name,
                dependency.name
            );
        }
    }
    assert_eq!(seen, ARROWS.len(), "a crate of the design is missing");
}

#[test]
fn migrations_and_entities_know_no_http() {
    let root = MetadataCommand::new()
        .no_deps()
        .exec()
        .unwrap()
        .workspace_root;
    for folder in [
        "migrations/src",
        "crates/files/src/entities",
        "crates/identity/src/entities",
        "crates/academic/src/entities",
        "crates/bursary/src/entities",
        "crates/core-messaging/src/entities",
    ] {
        for file in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = file.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(
                !text.contains("actix") && !text.contains("serde::"),
                "{}",
                path.display()
            );
        }
    }
}
