//! Ties a folder, and a server in it, to the life of this process.
//!
//! A shell waits at the other end of a pipe. When this process ends, by whatever end, the pipe
//! closes, and the shell stops the server and removes the folder. It has a process group of its
//! own, so that Ctrl-C reaches the tests first and the server only through them.

use std::{
    ffi::OsString,
    io::{self, BufRead, BufReader, Write},
    os::unix::{fs::chown, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, ChildStderr, ChildStdin, Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

/// `$0` is the folder, `$@` the server; what the pipe said before it closed is the signal. The shell lets go
/// of the log, so that it ends with the server.
const KEEP: &str = r#"if [ $# -gt 0 ]; then "$@" >&2 & fi
exec 2>/dev/null
how=$(cat)
if [ $# -gt 0 ]; then kill "-${how:-INT}" $!; wait; fi
rm -rf "$0""#;

/// Longest wait for a server to say that it is ready.
const PATIENCE: Duration = Duration::from_mins(1);

/// Whom a server runs as.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Account {
    pub(crate) user: u32,
    pub(crate) group: u32,
}

/// A fresh folder that is gone when this process is.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    owner: Option<Account>,
    keeper: Option<Keeper>,
}

#[derive(Debug)]
struct Keeper {
    shell: Child,
    pipe: Option<ChildStdin>,
}

impl Folder {
    /// Makes a folder.
    ///
    /// # Errors
    /// When it cannot be made or kept.
    pub fn new() -> io::Result<Self> {
        let mut folder = Self::of(None)?;
        folder.keep(&[])?;
        Ok(folder)
    }

    /// Makes a folder that belongs to `owner`, to run a server in.
    pub(crate) fn of(owner: Option<Account>) -> io::Result<Self> {
        let path = tempfile::Builder::new()
            .prefix("termbook-")
            .tempdir()?
            .keep();
        if let Some(account) = owner {
            chown(&path, Some(account.user), Some(account.group))?;
        }
        Ok(Self {
            path,
            owner,
            keeper: None,
        })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A command that runs as the folder's owner, in it.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.path);
        if let Some(account) = self.owner {
            command.uid(account.user).gid(account.group);
        }
        command
    }

    /// Runs a server until this process ends; answers once a line of its log has `ready` in it.
    pub(crate) fn serve(&mut self, server: &[OsString], ready: &'static str) -> io::Result<()> {
        let log = self.keep(server)?;
        let (tell, told) = mpsc::channel();
        // It reads on after that, or a full pipe would stop the server.
        thread::spawn(move || {
            let mut seen = String::new();
            for line in BufReader::new(log).lines().map_while(Result::ok) {
                if line.contains(ready) {
                    let _ = tell.send(Ok(()));
                }
                seen.push_str(&line);
                seen.push('\n');
            }
            let _ = tell.send(Err(io::Error::other(seen)));
        });
        told.recv_timeout(PATIENCE).map_err(io::Error::other)?
    }

    /// Ends the server without a chance to put its house in order.
    ///
    /// # Errors
    /// When its keeper cannot be told.
    pub(crate) fn kill(mut self) -> io::Result<()> {
        match self.keeper.as_mut().and_then(|keeper| keeper.pipe.as_mut()) {
            Some(pipe) => pipe.write_all(b"KILL"),
            None => Ok(()),
        }
    }

    fn keep(&mut self, server: &[OsString]) -> io::Result<ChildStderr> {
        let mut shell = self
            .command("sh")
            .arg("-c")
            .arg(KEEP)
            .arg(&self.path)
            .args(server)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()?;
        let log = shell
            .stderr
            .take()
            .ok_or_else(|| io::Error::other("a shell without its log"))?;
        let pipe = shell.stdin.take();
        self.keeper = Some(Keeper { shell, pipe });
        Ok(log)
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.pipe.take());
        // It ends by itself; waiting only keeps the end in order.
        let _ = self.shell.wait();
    }
}
