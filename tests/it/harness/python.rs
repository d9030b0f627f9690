//! Programs in Python that tests ask for a second opinion.

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use uuid::Uuid;

/// A folder of programs, with a `requirements.txt` of what they need beside them.
pub struct Python {
    folder: PathBuf,
    packages: PathBuf,
}

impl Python {
    /// The programs of a folder under `tests/data/`; what they need is installed where it is not yet, into a
    /// folder of the build's own.
    pub fn of(folder: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("data")
            .join(folder);
        let needs = folder.join("requirements.txt");
        let mut pinned = DefaultHasher::new();
        fs::read(&needs).unwrap().hash(&mut pinned);
        let built = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let packages = built.join(format!("python-{:016x}", pinned.finish()));
        if !packages.is_dir() {
            install(&needs, &packages);
        }
        Self { folder, packages }
    }

    /// What a program answers to `input`.
    pub fn run(&self, program: &str, arguments: &[&str], input: &str) -> String {
        let mut child = Command::new("python3")
            .arg(self.folder.join(program))
            .args(arguments)
            .env("PYTHONPATH", &self.packages)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = child.stdin.take().unwrap();
        line.write_all(input.as_bytes()).unwrap();
        drop(line);
        let done = child.wait_with_output().unwrap();
        assert!(done.status.success(), "{program} {arguments:?}");
        String::from_utf8(done.stdout).unwrap()
    }
}

/// Installs beside the place and moves there, so that no test finds half of it.
fn install(needs: &Path, packages: &Path) {
    let half = packages.with_extension(Uuid::now_v7().simple().to_string());
    let done = Command::new("python3")
        .args(["-m", "pip", "install", "--quiet", "--no-deps", "--target"])
        .arg(&half)
        .arg("--requirement")
        .arg(needs)
        .stdout(Stdio::null())
        .status();
    assert!(
        done.is_ok_and(|status| status.success()),
        "the tests need Python with pip; type: sudo apt-get install -y python3 python3-pip"
    );
    // Another test may have been faster; then its folder serves both.
    if fs::rename(&half, packages).is_err() {
        fs::remove_dir_all(&half).unwrap();
    }
    assert!(packages.is_dir());
}
