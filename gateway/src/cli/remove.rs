//! `termbook remove`: a school goes for good.

use clap::{Arg, ArgMatches, Command};

use super::{Done, open_ready, print};
use crate::{Config, removal};

pub(super) fn command() -> Command {
    Command::new("remove")
        .about("Remove a school for good, once that was asked for, is due, and the school is what was archived")
        .arg(
            Arg::new("school")
                .long("school")
                .required(true)
                .value_name("DOMAIN")
                .help("Domain of the school"),
        )
}

pub(super) async fn run(config: Config, flags: ArgMatches) -> Done {
    let domain = flags.get_one::<String>("school").map_or("", String::as_str);
    let state = open_ready(config).await?;
    let archive = removal::remove(&state.database, &state.files.store, domain).await?;
    print(&format!(
        "{domain} is removed: {} rows, as they are in the archive with SHA-256 {}.\n",
        archive.rows.values().sum::<u64>(),
        archive.sha256
    ))?;
    Ok(state.database.close().await?)
}
