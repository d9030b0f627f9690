//! The commands of `termbook`.

use std::{error::Error, future::Future, io::Write, net::TcpListener, process::ExitCode};

use actix_web::rt::signal;
use clap::{Arg, ArgMatches, Command};
use core_messaging::routes::stream::Live;
use identity::password::Hasher;
use resource::tenant_guard::Clock;

use crate::{
    Config, State, app,
    config::{Raw, SETTINGS, Source},
    demo, openapi, orphans, sweeper, telemetry,
};

mod audit;
mod export;
mod remove;
mod superuser;

type Done = Result<(), Box<dyn Error>>;

/// Runs the command of this process.
#[must_use]
pub fn run() -> ExitCode {
    let matches = command().get_matches();
    match dispatch(&matches) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Standard error is all there is left to tell the operator on.
            let _ = writeln!(std::io::stderr(), "termbook: {error}");
            ExitCode::FAILURE
        }
    }
}

fn command() -> Command {
    let settings = || {
        SETTINGS.iter().map(|one| {
            Arg::new(one.key)
                .long(flag(one.key))
                .value_name("VALUE")
                .help(one.about)
        })
    };
    let down = Arg::new("down")
        .long("down")
        .value_name("N")
        .value_parser(clap::value_parser!(u32))
        .help("Take back the last N migrations");
    Command::new("termbook")
        .about("The back end a school runs its term on")
        .version(env!("CARGO_PKG_VERSION"))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands([
            Command::new("serve")
                .about("Serve the API until told to stop")
                .args(settings()),
            Command::new("migrate")
                .about("Bring the schema up to date")
                .arg(down)
                .args(settings()),
            Command::new("demo")
                .about("Load the two demo schools, once")
                .args(settings()),
            superuser::command().args(settings()),
            audit::command(&settings),
            export::command().args(settings()),
            remove::command().args(settings()),
            Command::new("openapi").about("Print the OpenAPI document"),
            Command::new("routes").about("Print every operation and who may call it"),
            Command::new("config")
                .about("Print every setting, its value and where it came from")
                .args(settings()),
        ])
}

fn flag(key: &str) -> String {
    key.trim_start_matches("TERMBOOK_")
        .to_ascii_lowercase()
        .replace('_', "-")
}

fn dispatch(matches: &ArgMatches) -> Done {
    match matches.subcommand() {
        Some(("openapi", _)) => print(&openapi::pretty(&app::mounts())?),
        Some(("routes", _)) => print(&routes()),
        Some(("config", flags)) => settings(&raw(flags)),
        Some((name, flags)) => {
            let config = Config::read(&raw(audit::flags(name, flags)))?;
            telemetry::start(&config);
            match name {
                "migrate" => on_a_runtime(migrate(config, flags.get_one("down").copied())),
                "demo" => on_a_runtime(load_demo(config)),
                "export" => on_a_runtime(export::run(config, flags.clone())),
                "remove" => on_a_runtime(remove::run(config, flags.clone())),
                "audit" => on_a_runtime(audit::run(config, flags.clone())),
                "create-superuser" => on_a_runtime(superuser::create(config, flags.clone())),
                _ => on_a_runtime(serve(config)),
            }
        }
        None => Ok(()),
    }
}

fn raw(flags: &ArgMatches) -> Raw {
    let given = SETTINGS.iter().filter_map(|one| {
        Some((
            one.key.to_owned(),
            flags.get_one::<String>(one.key)?.clone(),
        ))
    });
    Raw::of_process(given)
}

fn on_a_runtime(work: impl Future<Output = Done>) -> Done {
    actix_web::rt::System::new().block_on(work)
}

fn print(text: &str) -> Done {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

async fn open(config: Config) -> Result<State, Box<dyn Error>> {
    let hasher = Hasher::new(config.password_hashes);
    Ok(State::open(config, Clock::system(), hasher).await?)
}

/// As [`open`], with the schema up to date: an embedded database is this process's own to migrate.
async fn open_ready(config: Config) -> Result<State, Box<dyn Error>> {
    let state = open(config).await?;
    if state.config.is_embedded() {
        state.migrate().await?;
    }
    let pending = state.pending().await?;
    if pending.is_empty() {
        return Ok(state);
    }
    Err(format!(
        "the database lacks {}; run `termbook migrate`",
        pending.join(", ")
    )
    .into())
}

async fn serve(config: Config) -> Done {
    let state = open_ready(config).await?;
    let listener = TcpListener::bind(state.config.bind)?;
    let server = app::server(&state, listener)?;
    if !state.config.is_loopback()
        && state
            .config
            .public_url
            .ends_with(&state.config.bind.to_string())
    {
        tracing::warn!("TERMBOOK_PUBLIC_URL is unset: links in answers lead to the bind address");
    }
    tracing::info!(address = %state.config.bind, docs = format!("{}/api/docs/", state.config.public_url), "listening");
    let sweeper = sweeper::start(&state);
    let orphans = orphans::start(&state);
    let delivery = app::deliver(&state);
    let streams = actix_web::rt::spawn(close_streams(state.live.clone()));
    let outcome = server.await;
    sweeper.abort();
    orphans.abort();
    streams.abort();
    delivery.stop().await;
    outcome?;
    tracing::info!("stopped");
    Ok(state.database.close().await?)
}

/// A stream is a request in flight that would never finish.
async fn close_streams(live: actix_web::web::Data<Live>) {
    let interrupted = signal::ctrl_c();
    #[cfg(unix)]
    if let Ok(mut terminated) = signal::unix::signal(signal::unix::SignalKind::terminate()) {
        tokio::select! {
            _ = interrupted => {}
            _ = terminated.recv() => {}
        }
        return live.close();
    }
    let _ = interrupted.await;
    live.close();
}

async fn migrate(config: Config, down: Option<u32>) -> Done {
    let state = open(config).await?;
    match down {
        Some(steps) => state.migrate_down(steps).await?,
        None => state.migrate().await?,
    }
    Ok(state.database.close().await?)
}

async fn load_demo(config: Config) -> Done {
    let state = open_ready(config).await?;
    let loaded = demo::load(&state).await?;
    print(if loaded {
        "The demo schools are loaded.\n"
    } else {
        "The demo schools are here already.\n"
    })?;
    Ok(state.database.close().await?)
}

fn routes() -> String {
    let mounts = app::mounts();
    let lines = mounts.operations().iter().map(|one| {
        let permission = &one.permission;
        format!(
            "{:<7} {:<36} {:?} {:?} {}\n",
            permission.method.as_str(),
            one.path,
            one.access,
            permission.verb,
            permission.resource
        )
    });
    lines.collect()
}

fn settings(raw: &Raw) -> Done {
    let lines = SETTINGS.iter().map(|one| {
        let (value, source) = raw.value(one);
        let shown = match (one.secret || has_password(value), value.is_empty()) {
            (_, true) => "(unset)",
            (true, false) => "***",
            (false, false) => value,
        };
        let source = match source {
            Source::Flag => "flag",
            Source::Environment => "environment",
            Source::Default => "default",
        };
        format!("{}={shown}  # {source}\n", one.key)
    });
    print(&lines.collect::<String>())?;
    Ok(Config::read(raw).map(drop)?)
}

/// Whether an address carries credentials, as `postgres://user:password@host`.
fn has_password(value: &str) -> bool {
    value
        .split_once("://")
        .is_some_and(|(_, rest)| rest.contains('@'))
}
