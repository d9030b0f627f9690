//! Finds the server binaries, and installs them where that is allowed.

use std::{
    env, io,
    path::PathBuf,
    process::{Command, Stdio},
};

/// Folders outside `PATH` where packages put servers; `*` stands for a version.
const PLACES: &[&str] = &[
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
];

/// The path of the program `name`, which the Debian package `package` holds.
///
/// # Errors
/// With the line to type when it is neither installed nor allowed to be.
pub fn find(name: &str, package: &str) -> io::Result<PathBuf> {
    if let Some(found) = installed(name) {
        return Ok(found);
    }
    if is_root() && on_path("apt-get").is_some() {
        install(package)?;
    }
    installed(name).ok_or_else(|| {
        io::Error::other(format!(
            "the tests need {name}; type: sudo apt-get install -y {package}"
        ))
    })
}

fn installed(name: &str) -> Option<PathBuf> {
    let mut found: Vec<PathBuf> = PLACES
        .iter()
        .flat_map(|place| matching(place))
        .map(|folder| folder.join(name))
        .collect();
    found.retain(|path| path.is_file());
    // The newest of several: `16` after `15`, and `9.6` before both.
    found.sort_by_key(|path| version(path));
    found.pop().or_else(|| on_path(name))
}

fn on_path(name: &str) -> Option<PathBuf> {
    let folders = env::var_os("PATH")?;
    env::split_paths(&folders)
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
}

fn matching(place: &str) -> Vec<PathBuf> {
    let Some((before, after)) = place.split_once('*') else {
        return Vec::new();
    };
    let (parent, prefix) = before.rsplit_once('/').unwrap_or(("", before));
    let entries = std::fs::read_dir(parent).into_iter().flatten().flatten();
    entries
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix))
        .map(|entry| entry.path().join(after.trim_start_matches('/')))
        .collect()
}

fn version(path: &std::path::Path) -> u32 {
    let folders = path
        .components()
        .filter_map(|part| part.as_os_str().to_str());
    let numbers = folders.filter_map(|folder| {
        let digits = folder.trim_start_matches(|one: char| !one.is_ascii_digit());
        digits.split('.').next()?.parse().ok()
    });
    numbers.max().unwrap_or_default()
}

fn install(package: &str) -> io::Result<()> {
    for arguments in [
        &["update", "-q"][..],
        &["install", "-y", "-q", "--no-install-recommends", package],
    ] {
        // What apt-get says would be mistaken for what the tests say.
        let done = Command::new("apt-get")
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdout(Stdio::null())
            .status()?;
        if !done.success() {
            return Err(io::Error::other(format!(
                "apt-get {} failed",
                arguments.join(" ")
            )));
        }
    }
    Ok(())
}

/// Whether this process runs as root, whom PostgreSQL refuses to serve.
pub(crate) fn is_root() -> bool {
    let asked = Command::new("id").arg("-u").output();
    asked.is_ok_and(|answer| answer.stdout.trim_ascii() == b"0")
}
