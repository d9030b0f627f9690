//! A real SMTP server that keeps what it takes.

use std::{
    ffi::OsString,
    fs, io,
    path::PathBuf,
    process::{Command, Stdio},
};

use crate::{binaries::find, keeper::Folder, servers::retried};

/// What the server is made of, all of it pinned.
const PACKAGES: [&str; 3] = ["aiosmtpd==1.4.6", "atpublic==9.0.0", "attrs==26.1.0"];

/// A letter as it was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Whom it is for.
    pub to: String,
    /// Its `X-Termbook-Dedupe`.
    pub dedupe: String,
    /// Its `Message-ID`.
    pub id: String,
    /// Its text.
    pub text: String,
}

/// An SMTP server of one test's own: aiosmtpd, in a virtual environment of its own.
#[derive(Debug)]
pub struct MailServer {
    port: String,
    kept: PathBuf,
    _folders: [Folder; 2],
}

impl MailServer {
    /// Starts one.
    ///
    /// # Errors
    /// When Python is missing, its packages cannot be had, or the server does not start.
    pub fn start() -> io::Result<Self> {
        let python = find("python3", "python3-venv")?;
        let installed = Folder::new()?;
        let place = installed.path().join("venv");
        run(Command::new(python).args(["-m", "venv"]).arg(&place))?;
        let python = place.join("bin").join("python");
        let mut pip = Command::new(&python);
        pip.args(["-m", "pip", "install", "--quiet", "--no-deps"])
            .args(PACKAGES);
        run(&mut pip).map_err(|error| {
            io::Error::other(format!(
                "the tests need {}; type: pip install {}\n{error}",
                PACKAGES[0],
                PACKAGES.join(" ")
            ))
        })?;
        let script = installed.path().join("mail_server.py");
        fs::write(&script, include_str!("mail_server.py"))?;
        let (port, kept, folder) = retried(|port| {
            let mut folder = Folder::of(None)?;
            let kept = folder.path().join("kept");
            let server: Vec<OsString> = vec![
                python.clone().into(),
                script.clone().into(),
                port.into(),
                kept.clone().into(),
            ];
            folder.serve(&server, "ready to take e-mail")?;
            Ok((port.to_owned(), kept, folder))
        })?;
        Ok(Self {
            port,
            kept,
            _folders: [installed, folder],
        })
    }

    /// `smtp://…`
    #[must_use]
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// What it took so far.
    ///
    /// # Errors
    /// When that cannot be read.
    pub fn taken(&self) -> io::Result<Vec<Taken>> {
        let kept = match fs::read_to_string(&self.kept) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            kept => kept.unwrap_or_default(),
        };
        // The last line may be half written.
        let read = |line: &str| {
            let [to, dedupe, id, text] = serde_json::from_str(line).ok()?;
            Some(Taken {
                to,
                dedupe,
                id,
                text,
            })
        };
        Ok(kept.lines().filter_map(read).collect())
    }
}

fn run(command: &mut Command) -> io::Result<()> {
    let done = command.stdin(Stdio::null()).output()?;
    if done.status.success() {
        return Ok(());
    }
    Err(io::Error::other(
        String::from_utf8_lossy(&done.stderr).into_owned(),
    ))
}
