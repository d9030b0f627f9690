//! `termbook create-superuser`: the first operator of the platform, made from the machine itself.

use std::io::{BufRead, IsTerminal};

use clap::{Arg, ArgMatches, Command};

use super::{Done, open_ready, print};
use crate::Config;

pub(super) fn command() -> Command {
    let text = |name: &'static str, help: &'static str| {
        Arg::new(name)
            .long(name)
            .required(true)
            .value_name("TEXT")
            .help(help)
    };
    Command::new("create-superuser")
        .about("Create an operator of the platform; the password is asked for, or read from standard input")
        .args([text("email", "E-mail the operator signs in by"), text("name", "Name of the operator")])
}

pub(super) async fn create(config: Config, flags: ArgMatches) -> Done {
    let given = |name: &str| flags.get_one::<String>(name).cloned().unwrap_or_default();
    let (email, name) = (given("email"), given("name"));
    let password = password()?;
    let state = open_ready(config).await?;
    let wrong = identity::password::weaknesses(&password, &[&email, &name]);
    if !wrong.is_empty() {
        return Err(wrong.join(" ").into());
    }
    let hash = state.hasher.hash(password).await?;
    identity::services::create_operator(&state.database.platform(), &email, &name, &hash).await?;
    print(&format!("{email} may now sign in.\n"))?;
    Ok(state.database.close().await?)
}

fn password() -> std::io::Result<String> {
    if std::io::stdin().is_terminal() {
        return rpassword::prompt_password("Password: ");
    }
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
