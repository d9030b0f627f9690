//! A gateway on a thread of its own, listening on a free port.

use std::{
    future::Future,
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener},
    sync::{Arc, OnceLock, mpsc},
    thread,
};

use actix_web::{dev::ServerHandle, rt::System};
use gateway::State;
use resource::tenant_guard::Clock;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::oneshot,
};
use uuid::Uuid;

use super::{Caller, Engine, School};

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
                let mut settings = settings;
                settings.push(("TERMBOOK_BIND".into(), address.to_string()));
                settings.push(("TERMBOOK_WORKERS".into(), "2".into()));
                settings.push(("TERMBOOK_JWT_SECRET".into(), SECRET.into()));
                let state = engine.open(&settings, clock).await;
                let server = gateway::server(&state, listener).unwrap();
                let host = Self {
                    address,
                    state,
                    server: server.handle(),
                    system: System::current(),
                };
                tell.send(host).unwrap();
                server.await.unwrap();
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

/// The application under test, as the binary builds it.
#[derive(Clone)]
pub struct App {
    engine: Engine,
    host: Arc<Host>,
    client: reqwest::Client,
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
        let host = Host::start(self.engine, settings.collect(), clock);
        Self::of(self.engine, Arc::new(host))
    }

    fn of(engine: Engine, host: Arc<Host>) -> Self {
        // Answers are looked at as they are sent.
        let client = reqwest::Client::builder()
            .no_gzip()
            .no_proxy()
            .local_address(own_address());
        let client = client.build().unwrap();
        Self {
            engine,
            host,
            client,
        }
    }

    /// Someone who has not signed in.
    pub fn anonymous(&self) -> Caller {
        Caller::new(self.client.clone(), format!("http://{}", self.host.address))
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
