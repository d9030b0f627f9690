use super::*;

fn read(pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let pairs = pairs
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    Config::read(&Raw::new(pairs, []))
}

#[test]
fn the_defaults_are_sound() {
    let config = read(&[]).unwrap();
    assert_eq!(config.bind.port(), 8_000);
    assert_eq!(config.public_url, "http://127.0.0.1:8000");
    assert_eq!(config.cache, CacheKind::InProcess);
    assert_eq!(config.access_life, Duration::from_hours(1));
}

#[test]
fn every_bad_key_is_reported_at_once() {
    let problems = read(&[
        ("TERMBOOK_BIND", "here"),
        ("TERMBOOK_DB_POOL", "0"),
        ("TERMBOOK_DATABASE_URL", "mysql://x"),
        ("TERMBOOK_REDIS_URL", "memcached://x"),
        ("TERMBOOK_JWT_ALGORITHM", "none"),
        ("TERMBOOK_JWT_SECRET", "short"),
        ("TERMBOOK_CORS_ORIGINS", "https://a.example/path"),
        ("TERMBOOK_LOG_FORMAT", "xml"),
        ("TERMBOOK_FILES_URL", "ftp://files"),
        ("TERMBOOK_S3_ACCESS_KEY", "alone"),
        ("TERMBOOK_S3_ENDPOINT", "minio"),
        ("TERMBOOK_BNID", "127.0.0.1:1"),
    ])
    .unwrap_err()
    .0;
    assert_eq!(problems.len(), 12, "{problems:#?}");
}

#[test]
fn a_secret_is_demanded_beyond_loopback_and_never_shown() {
    let problems = read(&[("TERMBOOK_BIND", "0.0.0.0:80")]).unwrap_err().0;
    assert!(
        problems
            .iter()
            .all(|line| line.starts_with("TERMBOOK_JWT_SECRET")),
        "{problems:?}"
    );
    let secret = "0123456789abcdef0123456789abcdef";
    let config = read(&[
        ("TERMBOOK_JWT_SECRET", secret),
        ("TERMBOOK_DATABASE_URL", "postgres://u:hidden@h/d"),
        ("TERMBOOK_REDIS_URL", "redis://:hidden@h/0"),
    ])
    .unwrap();
    let shown = format!("{config:?}");
    assert!(
        !shown.contains(secret) && !shown.contains("hidden"),
        "{shown}"
    );
}

#[test]
fn a_flag_overrules_the_environment() {
    let raw = Raw::new(
        [("TERMBOOK_BIND".to_owned(), "127.0.0.1:1".to_owned())],
        [("TERMBOOK_BIND".to_owned(), "127.0.0.1:2".to_owned())],
    );
    assert_eq!(Config::read(&raw).unwrap().bind.port(), 2);
}

#[test]
fn variables_of_the_test_harness_are_left_alone() {
    assert!(read(&[("TERMBOOK_TEST_REDIS_URL", "redis://x")]).is_ok());
}
