//! `termbook export`: one school as a file.

use std::{fs::OpenOptions, io::BufWriter};

use clap::{Arg, ArgMatches, Command};

use super::{Done, open_ready, print};
use crate::{Config, export};

pub(super) fn command() -> Command {
    let text = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name)
            .long(name)
            .required(true)
            .value_name(value)
            .help(help)
    };
    Command::new("export")
        .about("Write one school to a new file, as JSON lines")
        .arg(text("school", "DOMAIN", "Domain of the school"))
        .arg(text(
            "out",
            "FILE",
            "File to make; one that is there already is kept",
        ))
}

pub(super) async fn run(config: Config, flags: ArgMatches) -> Done {
    let text = |name: &str| flags.get_one::<String>(name).map_or("", String::as_str);
    let (domain, path) = (text("school"), text("out"));
    let state = open_ready(config).await?;
    if state.database.platform().school_of(domain).await?.is_none() {
        return Err(format!("there is no school {domain}").into());
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    // It names pupils: only the owner may read it.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options
        .open(path)
        .map_err(|error| format!("{path}: {error}"))?;
    let (database, store) = (&state.database, &state.files.store);
    let archive = export::export(database, store, domain, &mut BufWriter::new(&file)).await?;
    file.sync_all()?;
    let rows: u64 = archive.rows.values().sum();
    print(&format!(
        "{rows} rows of {} tables are in {path}, SHA-256 {}.\n",
        archive.rows.len(),
        archive.sha256
    ))?;
    Ok(state.database.close().await?)
}
