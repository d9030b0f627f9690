//! The two servers and their addresses.

use std::{env, ffi::OsString, fs, io, net::TcpListener, process::Stdio};

use crate::{
    binaries::{find, is_root},
    keeper::{Account, Folder},
};

/// Variable that names a PostgreSQL database of one's own for the tests.
pub const DATABASE_URL: &str = "TERMBOOK_TEST_DATABASE_URL";
/// Variable that names a Redis of one's own for the tests.
pub const REDIS_URL: &str = "TERMBOOK_TEST_REDIS_URL";

const DATABASE: &str = "termbook";
/// Attempts at a port that stays free.
const ATTEMPTS: usize = 3;
/// What production sorts and folds by: Unicode, in code point order.
const LOCALE: &str = if cfg!(target_os = "macos") {
    "--locale=en_US.UTF-8"
} else {
    "--locale=C.UTF-8"
};
/// A server for minutes: nothing of it need outlive a power cut.
const SETTINGS: [&str; 6] = [
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "max_connections=300",
    "fsync=off",
    "full_page_writes=off",
    "synchronous_commit=off",
];

/// A PostgreSQL database and a Redis for tests: those the environment names, else private ones.
#[derive(Debug)]
pub struct Servers {
    /// `postgres://…`
    pub database_url: String,
    /// `redis://…`
    pub redis_url: String,
    _folders: Vec<Folder>,
}

impl Servers {
    /// Takes or starts both.
    ///
    /// # Errors
    /// When a binary is missing and may not be installed, with the line to type; or when a server
    /// does not start, with its log.
    pub fn start() -> io::Result<Self> {
        let mut folders = Vec::new();
        let mut take =
            |variable, start: fn() -> io::Result<(String, Folder)>| match env_value(variable) {
                Some(url) => Ok(url),
                None => start().map(|(url, folder)| {
                    folders.push(folder);
                    url
                }),
            };
        let database_url = take(DATABASE_URL, postgres)?;
        let redis_url = take(REDIS_URL, redis)?;
        Ok(Self {
            database_url,
            redis_url,
            _folders: folders,
        })
    }
}

#[allow(
    clippy::disallowed_methods,
    reason = "the tests' own two settings are none of the gateway's"
)]
fn env_value(variable: &str) -> Option<String> {
    env::var(variable).ok().filter(|value| !value.is_empty())
}

fn postgres() -> io::Result<(String, Folder)> {
    let binary = |name| find(name, "postgresql");
    let (initdb, server, createdb) = (binary("initdb")?, binary("postgres")?, binary("createdb")?);
    let account = account()?;
    retried(|port| {
        let mut folder = Folder::of(account)?;
        let data = folder.path().join("data");
        let data = data.to_string_lossy();
        run(
            &folder,
            &initdb,
            &[
                "-D",
                &data,
                "-U",
                DATABASE,
                "-A",
                "trust",
                "-E",
                "UTF8",
                LOCALE,
                "--no-sync",
            ],
        )?;
        let mut command = words(&[&server.to_string_lossy(), "-D", &data, "-p", port]);
        command.extend(SETTINGS.iter().flat_map(|setting| words(&["-c", setting])));
        folder.serve(&command, "database system is ready to accept connections")?;
        run(
            &folder,
            &createdb,
            &["-h", "127.0.0.1", "-p", port, "-U", DATABASE, DATABASE],
        )?;
        Ok((
            format!("postgres://{DATABASE}@127.0.0.1:{port}/{DATABASE}"),
            folder,
        ))
    })
}

fn redis() -> io::Result<(String, Folder)> {
    retried(|port| Ok((format!("redis://127.0.0.1:{port}/0"), redis_on(port)?)))
}

/// An empty Redis on a port of one's choice.
pub(crate) fn redis_on(port: &str) -> io::Result<Folder> {
    let server = find("redis-server", "redis-server")?;
    let mut folder = Folder::of(None)?;
    let command = words(&[
        &server.to_string_lossy(),
        "--port",
        port,
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--appendonly",
        "no",
    ]);
    folder.serve(&command, "Ready to accept connections")?;
    Ok(folder)
}

/// Another process may take a free port before the server does; then there is another.
pub(crate) fn retried<T>(start: impl Fn(&str) -> io::Result<T>) -> io::Result<T> {
    let mut attempts = 1..=ATTEMPTS;
    loop {
        let port = TcpListener::bind("127.0.0.1:0")?
            .local_addr()?
            .port()
            .to_string();
        match (start(&port), attempts.next()) {
            (Err(_), Some(_)) => {}
            (done, _) => return done,
        }
    }
}

fn words(words: &[&str]) -> Vec<OsString> {
    words.iter().map(OsString::from).collect()
}

fn run(
    folder: &Folder,
    program: impl AsRef<std::ffi::OsStr>,
    arguments: &[&str],
) -> io::Result<()> {
    let done = folder
        .command(program)
        .args(arguments)
        .stdin(Stdio::null())
        .output()?;
    if done.status.success() {
        return Ok(());
    }
    Err(io::Error::other(
        String::from_utf8_lossy(&done.stderr).into_owned(),
    ))
}

/// The account PostgreSQL runs as: one's own, or its package's where one is root, which it refuses.
fn account() -> io::Result<Option<Account>> {
    if !is_root() {
        return Ok(None);
    }
    let accounts = fs::read_to_string("/etc/passwd")?;
    let named = |name: &str| {
        let line = accounts
            .lines()
            .find(|line| line.split(':').next() == Some(name))?;
        let mut numbers = line.split(':').skip(2);
        Some(Account {
            user: numbers.next()?.parse().ok()?,
            group: numbers.next()?.parse().ok()?,
        })
    };
    let account = named("postgres").or_else(|| named("nobody"));
    account.map(Some).ok_or_else(|| {
        io::Error::other("PostgreSQL will not run as root, and there is no account `postgres`")
    })
}
