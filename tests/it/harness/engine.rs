//! The two pairs of engines, started once in a process.

use std::sync::OnceLock;

use gateway::{Config, State, config::Raw};
use identity::password::Hasher;
use reqwest::Url;
use resource::tenant_guard::Clock;
use sea_orm::{ConnectOptions, ConnectionTrait, Database};
use termbook_tests::{Folder, Servers};
use uuid::Uuid;

/// A database with a cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// SQLite and the cache in process.
    Embedded,
    /// PostgreSQL and Redis.
    Production,
}

fn folder() -> &'static Folder {
    static FOLDER: OnceLock<Folder> = OnceLock::new();
    FOLDER.get_or_init(|| Folder::new().unwrap())
}

fn servers() -> &'static Servers {
    static SERVERS: OnceLock<Servers> = OnceLock::new();
    SERVERS.get_or_init(|| Servers::start().unwrap_or_else(|error| panic!("{error}")))
}

impl Engine {
    /// The settings that choose it.
    fn settings(self) -> Vec<(&'static str, String)> {
        match self {
            Self::Embedded => vec![(
                "TERMBOOK_DATABASE_URL",
                format!("sqlite://{}/termbook.db", folder().path().display()),
            )],
            Self::Production => vec![
                ("TERMBOOK_DATABASE_URL", servers().database_url.clone()),
                ("TERMBOOK_REDIS_URL", servers().redis_url.clone()),
                (
                    "TERMBOOK_FILES_URL",
                    format!("file://{}/files", folder().path().display()),
                ),
            ],
        }
    }

    /// Address of a new database with nothing in it.
    pub(super) async fn empty_database(self) -> String {
        let name = format!("t{}", Uuid::now_v7().simple());
        match self {
            Self::Embedded => format!("sqlite://{}/{name}.db", folder().path().display()),
            Self::Production => {
                let mut url = Url::parse(&servers().database_url).unwrap();
                let server = Database::connect(url.as_str()).await.unwrap();
                let create = format!("CREATE DATABASE {name}");
                server.execute_unprepared(&create).await.unwrap();
                server.close().await.unwrap();
                url.set_path(&name);
                url.into()
            }
        }
    }

    /// Address of a new folder with nothing in it.
    pub(super) fn empty_folder() -> String {
        format!("file://{}/{}", folder().path().display(), Uuid::now_v7())
    }

    /// A state with the schema up to date; `settings` overrule those of the engine.
    pub(super) async fn open(self, settings: &[(String, String)], clock: Clock) -> State {
        let own = self
            .settings()
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value));
        let config = Config::read(&Raw::new(own, settings.iter().cloned())).unwrap();
        // The cheapest cost the algorithm knows: a test is not attacked.
        let state = State::open(config, clock, Hasher::with_cost(4, 8, 1))
            .await
            .unwrap();
        match self {
            Self::Embedded => state.migrate().await.unwrap(),
            Self::Production => migrate_in_turn(&state).await,
        }
        state
    }
}

/// Processes that share a database, as under nextest, migrate it one after another.
async fn migrate_in_turn(state: &State) {
    let mut options = ConnectOptions::new(state.config.database_url.expose());
    options.max_connections(1);
    let turn = Database::connect(options).await.unwrap();
    turn.execute_unprepared("SELECT pg_advisory_lock(20052006)")
        .await
        .unwrap();
    state.migrate().await.unwrap();
    turn.close().await.unwrap();
}
