//! A gateway on a thread of its own, listening on a free port.

use std::{
    future::Future,
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener},
    sync::{Arc, OnceLock, mpsc},
    thread,
};

use actix_web::{dev::ServerHandle, rt::System};
use gateway::{Config, State};
use resource::tenant_guard::Clock;
use termbook_tests::Redis;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::{OnceCell, oneshot},
};
use uuid::Uuid;

use super::{Caller, Engine, Paystack, School, paystack};

/// Gateways that share a database take one another's tokens.
const SECRET: &str = "only-ever-signs-the-tokens-of-tests";

/// One running gateway.
struct Host {
    address: SocketAddr,
    state: State,
    server: ServerHandle,
    system: System,
}

impl Host {
    fn start(engine: Engine, settings: Vec<(String, String)>, clock: Clock) -> Self {
        let (tell, told) = mpsc::channel();
        // Connections belong to the runtime that made them, and a test's runtime ends with the test.
        thread::spawn(move || {
            System::new().block_on(async move {
                let listener = TcpListener::bind("127.0.0.1:0").unwrap();
                let address = listener.local_addr().unwrap();
                let mut own = vec![
                    ("TERMBOOK_BIND".into(), address.to_string()),
                    ("TERMBOOK_WORKERS".into(), "2".into()),
                    ("TERMBOOK_JWT_SECRET".into(), SECRET.into()),
                    ("TERMBOOK_PAYSTACK_SECRET".into(), paystack::KEY.into()),
                    ("TERMBOOK_PAYSTACK_URL".into(), Paystack::shared().url()),
                    // A test is as fast as it can; those that are about limits set them themselves.
                    ("TERMBOOK_RATE_USER_PER_MINUTE".into(), "0".into()),
                    ("TERMBOOK_RATE_ADDRESS_PER_MINUTE".into(), "0".into()),
                    // Tests count rows; those that are about seals set them themselves.
                    ("TERMBOOK_AUDIT_SEAL_SECONDS".into(), "0".into()),
                    // Receivers of tests are on this machine; those that are about addresses set it themselves.
                    ("TERMBOOK_WEBHOOK_PRIVATE".into(), "on".into()),
                ];
                own.extend(settings);
                let settings = own;
                let state = engine.open(&settings, clock).await;
                let server = gateway::server(&state, listener).unwrap();
                let delivery = gateway::deliver(&state);
                let host = Self {
                    address,
                    state,
                    server: server.handle(),
                    system: System::current(),
                };
                tell.send(host).unwrap();
                server.await.unwrap();
                delivery.stop().await;
            });
        });
        told.recv()
            .unwrap_or_else(|_| panic!("the gateway did not start; its reason is above"))
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // The command is sent at once; its end need not be awaited.
        drop(self.server.stop(false));
    }
}

/// An address of this test's own: attempts are limited by address, and one test must not use up
/// another's. Only Linux lets a process call from all of 127.0.0.0/8.
fn own_address() -> Option<IpAddr> {
    let [.., a, b, c] = *Uuid::now_v7().as_bytes();
    cfg!(target_os = "linux").then(|| Ipv4Addr::new(127, a, b, c.clamp(2, 254)).into())
}

/// A client of a test's own.
pub fn client() -> reqwest::Client {
    // The first to install one wins; the product names its own.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // Answers are looked at as they are sent.
    let client = reqwest::Client::builder()
        .no_gzip()
        .no_proxy()
        .local_address(own_address());
    client.build().unwrap()
}

/// The application under test, as the binary builds it.
#[derive(Clone)]
pub struct App {
    engine: Engine,
    host: Arc<Host>,
    client: reqwest::Client,
    /// Settings that every gateway beside it shares.
    base: Vec<(String, String)>,
    redis: Option<Arc<Redis>>,
}

impl App {
    /// The gateway that the tests of this process share.
    pub fn on(engine: Engine) -> Self {
        static EMBEDDED: OnceLock<Arc<Host>> = OnceLock::new();
        static PRODUCTION: OnceLock<Arc<Host>> = OnceLock::new();
        let shared = match engine {
            Engine::Embedded => &EMBEDDED,
            Engine::Production => &PRODUCTION,
        };
        let host =
            shared.get_or_init(|| Arc::new(Host::start(engine, Vec::new(), Clock::system())));
        Self::of(engine, host.clone())
    }

    /// Another gateway over the same database and cache, with settings and a clock of its own; it
    /// stops when it is dropped.
    pub fn another(&self, settings: &[(&str, &str)], clock: Clock) -> Self {
        let settings = settings
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        let settings = self.base.iter().cloned().chain(settings);
        let host = Host::start(self.engine, settings.collect(), clock);
        Self {
            base: self.base.clone(),
            redis: self.redis.clone(),
            ..Self::of(self.engine, Arc::new(host))
        }
    }

    /// A gateway over an empty database and an empty cache that no other test reaches.
    pub async fn alone(&self) -> Self {
        self.alone_with(&[]).await
    }

    /// The same, with settings that it and every gateway beside it share.
    pub async fn alone_with(&self, settings: &[(&str, &str)]) -> Self {
        let redis = match self.engine {
            Engine::Embedded => None,
            Engine::Production => Some(Arc::new(Redis::start().unwrap())),
        };
        let database = self.engine.empty_database().await;
        let mut base = vec![
            ("TERMBOOK_DATABASE_URL".to_owned(), database),
            ("TERMBOOK_FILES_URL".to_owned(), Engine::empty_folder()),
        ];
        if let Some(redis) = &redis {
            base.push(("TERMBOOK_REDIS_URL".to_owned(), redis.url()));
        }
        let shared = settings.iter();
        base.extend(shared.map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
        let host = Host::start(self.engine, base.clone(), Clock::system());
        Self {
            base,
            redis,
            ..Self::of(self.engine, Arc::new(host))
        }
    }

    /// A gateway over the two demo schools, which the tests of this process share: they only read.
    pub async fn demo(&self) -> Self {
        static EMBEDDED: OnceCell<App> = OnceCell::const_new();
        static PRODUCTION: OnceCell<App> = OnceCell::const_new();
        let shared = match self.engine {
            Engine::Embedded => &EMBEDDED,
            Engine::Production => &PRODUCTION,
        };
        let demo = shared.get_or_init(|| async {
            let app = self.alone().await;
            assert!(app.load_demo().await);
            app
        });
        // Its connections belong to a runtime that ends with its first test.
        demo.await.elsewhere()
    }

    /// The same gateway, called from another address.
    pub fn elsewhere(&self) -> Self {
        Self {
            client: client(),
            ..self.clone()
        }
    }

    /// Loads the demo; `false` when it is there already.
    pub async fn load_demo(&self) -> bool {
        let loaded = self.beside(|state| async move { gateway::demo::load(&state).await.unwrap() });
        loaded.await
    }

    /// The engines it runs on.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Its configuration.
    pub fn config(&self) -> &Config {
        &self.host.state.config
    }

    /// Address it listens on, as the base of its URLs.
    pub fn base(&self) -> String {
        format!("http://{}", self.host.address)
    }

    /// Tells it to stop: it takes no more connections and finishes the requests in flight.
    pub fn stop(&self) -> impl Future<Output = ()> + use<> {
        self.host.server.stop(true)
    }

    fn of(engine: Engine, host: Arc<Host>) -> Self {
        Self {
            engine,
            host,
            client: client(),
            base: Vec::new(),
            redis: None,
        }
    }

    /// Someone who has not signed in.
    pub fn anonymous(&self) -> Caller {
        Caller::new(self.client.clone(), self.base())
    }

    /// A new school with one user of each role.
    pub async fn school(&self) -> School {
        School::open(self).await
    }

    /// Runs `work` beside the gateway, where its connections live.
    pub async fn beside<T, F>(&self, work: impl FnOnce(State) -> F + Send + 'static) -> T
    where
        T: Send + 'static,
        F: Future<Output = T> + 'static,
    {
        let (tell, told) = oneshot::channel();
        let state = self.host.state.clone();
        self.host.system.arbiter().spawn_fn(move || {
            actix_web::rt::spawn(async move {
                // A test that failed meanwhile no longer listens.
                let _ = tell.send(work(state).await);
            });
        });
        told.await
            .unwrap_or_else(|_| panic!("the work beside the gateway panicked; its reason is above"))
    }

    /// Sends `bytes` as they are, HTTP or not, and answers what comes back until the server hangs up.
    pub async fn raw(&self, bytes: &[u8]) -> Vec<u8> {
        let mut stream = TcpStream::connect(self.host.address).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        answer
    }
}
