//! `termbook audit seal` and `termbook audit verify`: the proof of the trail.

use std::fmt::Write;

use clap::{Arg, ArgAction, ArgMatches, Command};
use resource::{
    audit::{
        seal::{Reach, seal, seal_all},
        verify::verify,
    },
    tenant_guard::{Database, SchoolId, sea_orm::FromQueryResult},
};

use super::{Done, open_ready, print};
use crate::Config;

pub(super) fn command<I: IntoIterator<Item = Arg>>(settings: &impl Fn() -> I) -> Command {
    let text = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).help(help)
    };
    let adopt = Arg::new("adopt")
        .long("adopt")
        .action(ArgAction::SetTrue)
        .help("Seal rows older than signatures too, as they stand");
    Command::new("audit")
        .about("Seal or verify the audit trail")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands([
            Command::new("seal")
                .about("Seal every row that is not sealed")
                .arg(adopt)
                .args(settings()),
            Command::new("verify")
                .about("Seal, then walk each trail and name the first row that was altered, removed or inserted")
                .arg(text("school", "DOMAIN", "Only the trail of this school"))
                .arg(text("head", "MAC", "A head noted before, which the school's chain must still have").requires("school"))
                .args(settings()),
        ])
}

/// The flags of the innermost command, which hold the settings.
pub(super) fn flags<'a>(name: &str, flags: &'a ArgMatches) -> &'a ArgMatches {
    match flags.subcommand() {
        Some((_, inner)) if name == "audit" => inner,
        _ => flags,
    }
}

pub(super) async fn run(config: Config, flags: ArgMatches) -> Done {
    let state = open_ready(config).await?;
    let database = &state.database;
    match flags.subcommand() {
        Some(("seal", flags)) => {
            let reach = if flags.get_flag("adopt") {
                Reach::Unsigned
            } else {
                Reach::All
            };
            let sealed = seal_all(database, reach).await?;
            print(&format!("{sealed} rows sealed.\n"))?;
        }
        Some(("verify", flags)) => {
            let school = flags.get_one::<String>("school").map(String::as_str);
            let head = flags.get_one::<String>("head").map(String::as_str);
            verify_all(database, school, head).await?;
        }
        _ => {}
    }
    Ok(state.database.close().await?)
}

#[derive(FromQueryResult)]
struct School {
    id: i64,
    domain: String,
}

/// Every trail is walked, whatever became of the one before; what is broken fails the command.
async fn verify_all(database: &Database, only: Option<&str>, head: Option<&str>) -> Done {
    let sql = "SELECT id, domain FROM schools WHERE domain = $1 OR $1 = '' ORDER BY domain";
    let asked = only.unwrap_or_default().to_lowercase();
    let schools: Vec<School> = database.platform().query(sql, vec![asked.into()]).await?;
    if let (Some(domain), true) = (only, schools.is_empty()) {
        return Err(format!("there is no school {domain}").into());
    }
    let (mut rows, mut said, mut broken) = (0, String::new(), String::new());
    for School { id, domain } in &schools {
        seal(database, SchoolId(*id), Reach::All).await?;
        // Writing to a String cannot fail.
        let _ = match verify(database, SchoolId(*id), head).await? {
            Ok(trail) => {
                rows += trail.rows;
                writeln!(
                    said,
                    "{domain}: {} rows, head {} {}",
                    trail.rows, trail.head.number, trail.head.mac
                )
            }
            Err(found) => write!(broken, "\n  {domain}: {found}"),
        };
    }
    print(&said)?;
    if broken.is_empty() {
        return print(&format!("{rows} rows of {} schools hold.\n", schools.len()));
    }
    Err(format!("the audit trail does not hold:{broken}").into())
}
