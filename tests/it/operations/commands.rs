//! The commands of `termbook`, run as processes.

use std::{
    io::Write,
    process::{Command, Output, Stdio},
};

use sea_orm::{ConnectionTrait, Database};
use serde_json::json;
use termbook_tests::Folder;

use super::process::{free_address, serve, termbook};
use crate::harness::client;

const SUPERUSER: [&str; 5] = [
    "create-superuser",
    "--email",
    "root@platform.test",
    "--name",
    "Root",
];
const PASSWORD: &str = "a fine long password";
fn run(settings: &[(&str, &str)], arguments: &[&str]) -> Output {
    termbook(settings).args(arguments).output().unwrap()
}

/// Standard output of a command that must succeed.
#[track_caller]
fn printed(output: Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    String::from_utf8(output.stdout).unwrap()
}

/// Standard error of a command that must fail.
#[track_caller]
fn complaint(output: Output) -> String {
    assert!(!output.status.success());
    String::from_utf8(output.stderr).unwrap()
}

/// Makes the operator, the password given on standard input.
fn superuser(settings: &[(&str, &str)], password: &str) -> Output {
    let mut command = termbook(settings);
    let mut child = command
        .args(SUPERUSER)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    writeln!(input, "{password}").unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn openapi_prints_the_document_of_every_mount() {
    let document = gateway::openapi::pretty(&gateway::mounts()).unwrap();
    assert!(printed(run(&[], &["openapi"])) == document);
}

#[test]
fn routes_prints_every_operation_once() {
    let lines = printed(run(&[], &["routes"]));
    let operations = gateway::mounts().operations().len();
    assert_eq!(lines.lines().count(), operations);
    assert!(
        lines
            .lines()
            .any(|line| line.starts_with("POST ") && line.contains(" /api/token/ "))
    );
}

#[test]
fn config_says_where_each_value_came_from_and_hides_what_is_secret() {
    let settings = [
        (
            "TERMBOOK_JWT_SECRET",
            "hidden-hidden-hidden-hidden-hidden-hidden",
        ),
        (
            "TERMBOOK_DATABASE_URL",
            "postgres://user:hidden@host/database",
        ),
        ("TERMBOOK_REDIS_URL", "redis://:hidden@host:6379/0"),
    ];
    let lines = printed(run(&settings, &["config", "--workers", "3"]));
    assert!(!lines.contains("hidden"), "{lines}");
    for line in [
        "TERMBOOK_BIND=127.0.0.1:8000  # default",
        "TERMBOOK_WORKERS=3  # flag",
        "TERMBOOK_JWT_SECRET=***  # environment",
        "TERMBOOK_DATABASE_URL=***  # environment",
    ] {
        assert!(lines.lines().any(|one| one == line), "{line}\n{lines}");
    }
}

#[test]
fn a_server_that_is_badly_configured_says_all_of_it_and_does_not_start() {
    let settings = [
        ("TERMBOOK_BIND", "0.0.0.0:80"),
        ("TERMBOOK_DB_POOL", "0"),
        ("TERMBOOK_COLOUR", "blue"),
    ];
    let complaint = complaint(run(&settings, &["serve"]));
    for key in [
        "TERMBOOK_JWT_SECRET",
        "TERMBOOK_DB_POOL",
        "TERMBOOK_COLOUR: there is no such setting",
    ] {
        assert!(complaint.contains(key), "{complaint}");
    }
}

#[test]
fn the_schema_goes_down_and_up_with_what_it_held() {
    let folder = Folder::new().unwrap();
    let url = format!("sqlite://{}/termbook.db", folder.path().display());
    let settings = [("TERMBOOK_DATABASE_URL", url.as_str())];
    printed(run(&settings, &["migrate"]));
    printed(superuser(&settings, PASSWORD));
    let twice = complaint(superuser(&settings, PASSWORD));
    assert!(!twice.contains("panicked"), "{twice}");
    printed(run(&settings, &["migrate", "--down", "99"]));
    printed(run(&settings, &["migrate"]));
    printed(superuser(&settings, PASSWORD));
}

#[test]
fn a_school_is_exported_to_a_new_file_of_the_owners_own() {
    let folder = Folder::new().unwrap();
    let url = format!("sqlite://{}/termbook.db", folder.path().display());
    let settings = [("TERMBOOK_DATABASE_URL", url.as_str())];
    printed(run(&settings, &["demo"]));
    let file = folder.path().join("gp.jsonl");
    let file = file.to_str().unwrap();
    let unknown = complaint(run(
        &settings,
        &["export", "--school", "nowhere", "--out", file],
    ));
    assert!(unknown.contains("there is no school nowhere"), "{unknown}");
    let arguments = ["export", "--school", "gp", "--out", file];
    let said = printed(run(&settings, &arguments));
    assert!(said.contains(" rows of "), "{said}");
    let archive = std::fs::read_to_string(file).unwrap();
    assert!(archive.lines().count() > 400, "{said}");
    let twice = complaint(run(&settings, &arguments));
    assert!(twice.contains("exists"), "{twice}");
    assert_eq!(std::fs::read_to_string(file).unwrap(), archive);
}

#[tokio::test]
async fn a_forged_row_of_the_trail_fails_its_verification() {
    let folder = Folder::new().unwrap();
    let url = format!("sqlite://{}/termbook.db", folder.path().display());
    let settings = [("TERMBOOK_DATABASE_URL", url.as_str())];
    printed(run(&settings, &["demo"]));
    printed(run(&settings, &["audit", "seal"]));
    let sound = printed(run(&settings, &["audit", "verify"]));
    assert!(sound.ends_with(" rows of 2 schools hold.\n"), "{sound}");
    assert!(sound.contains("gp: "), "{sound}");
    let forge = "INSERT INTO activity_logs (school_id, id, created_at, updated_at, actor_role, action, resource, at) \
                 SELECT id, 4711, created_at, updated_at, 'BURSAR', 'create', 'payments', created_at FROM schools WHERE domain = 'gp'";
    let database = Database::connect(&url).await.unwrap();
    database.execute_unprepared(forge).await.unwrap();
    database.close().await.unwrap();
    for arguments in [
        &["audit", "verify"][..],
        &["audit", "verify", "--school", "gp"],
    ] {
        let complaint = complaint(run(&settings, arguments));
        assert!(
            complaint.contains("gp: row 4711 was inserted"),
            "{complaint}"
        );
    }
    let other = printed(run(&settings, &["audit", "verify", "--school", "ms"]));
    assert!(other.ends_with(" rows of 1 schools hold.\n"), "{other}");
    let unknown = complaint(run(&settings, &["audit", "verify", "--school", "nowhere"]));
    assert!(unknown.contains("there is no school nowhere"), "{unknown}");
}

#[tokio::test]
async fn a_superuser_signs_in_to_the_server_and_the_server_stops_when_told() {
    let folder = Folder::new().unwrap();
    let url = format!("sqlite://{}/termbook.db", folder.path().display());
    let address = free_address();
    let settings = [
        ("TERMBOOK_DATABASE_URL", url.as_str()),
        ("TERMBOOK_BIND", &address),
        ("TERMBOOK_WORKERS", "1"),
    ];
    let weak = complaint(superuser(&settings, "password"));
    assert!(weak.contains("common"), "{weak}");
    assert_eq!(
        printed(superuser(&settings, PASSWORD)),
        "root@platform.test may now sign in.\n"
    );
    let mut serving = serve(&settings, folder.path(), &address).await;
    let client = client();
    let base = format!("http://{address}");
    let body = json!({"username": "root@platform.test", "password": PASSWORD}).to_string();
    let answer = client.post(format!("{base}/api/token/")).body(body);
    let answer = answer.header("content-type", "application/json").send();
    let answer = answer.await.unwrap();
    assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap());
    let pid = serving.0.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .unwrap()
            .success()
    );
    assert!(serving.0.wait().unwrap().success());
}
