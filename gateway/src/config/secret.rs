//! A value that is never printed, and the signing key kept in a file.

use std::{fmt, fs, io, path::Path};

use base64::Engine;

/// Text that shows as `***`.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Secret(String);

impl Secret {
    /// Hides `text`.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// The key in `file`, made there on first use so that tokens outlive a restart; only the owner may read it.
pub(super) fn kept_in(file: &Path) -> io::Result<Secret> {
    match fs::read_to_string(file) {
        Ok(text) if text.trim().len() >= 32 => return Ok(Secret::new(text.trim())),
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut bytes = [0_u8; 48];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    let text = base64::engine::general_purpose::STANDARD.encode(bytes);
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    write_private(file, &text)?;
    Ok(Secret::new(text))
}

#[cfg(unix)]
fn write_private(file: &Path, text: &str) -> io::Result<()> {
    use std::{io::Write, os::unix::fs::OpenOptionsExt};
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    options.open(file)?.write_all(text.as_bytes())
}

#[cfg(not(unix))]
fn write_private(file: &Path, text: &str) -> io::Result<()> {
    fs::write(file, text)
}
