//! A line to a server, which a test cuts and mends.

use std::{
    net::{SocketAddr, TcpListener},
    thread::{self, JoinHandle},
};

use reqwest::Url;
use tokio::{io::copy_bidirectional, net::TcpStream, runtime, sync::oneshot, task::JoinSet};

/// Passes connections on to a server until it is cut; then the server is away, as when it has died.
pub struct Line {
    server: String,
    url: Url,
    address: SocketAddr,
    carrier: Option<Carrier>,
}

struct Carrier {
    thread: JoinHandle<()>,
    cut: oneshot::Sender<()>,
}

impl Line {
    /// A line to the server that `url` names, which is on `port` where it names none.
    pub fn to(url: &str, port: u16) -> Self {
        let mut url = Url::parse(url).unwrap();
        let port = url.port().unwrap_or(port);
        let server = format!("{}:{port}", url.host_str().unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        url.set_host(Some("127.0.0.1")).unwrap();
        url.set_port(Some(address.port())).unwrap();
        Self {
            carrier: Some(Carrier::start(listener, server.clone())),
            server,
            url,
            address,
        }
    }

    /// Address of the server by this line.
    pub fn url(&self) -> &str {
        self.url.as_str()
    }

    /// Breaks every connection; new ones are refused.
    pub fn cut(&mut self) {
        let carrier = self.carrier.take().unwrap();
        carrier.cut.send(()).unwrap();
        carrier.thread.join().unwrap();
    }

    /// Takes connections again.
    pub fn mend(&mut self) {
        let listener = TcpListener::bind(self.address).unwrap();
        self.carrier = Some(Carrier::start(listener, self.server.clone()));
    }
}

impl Carrier {
    /// On a thread of its own: a test's runtime stands still while a gateway starts.
    fn start(listener: TcpListener, server: String) -> Self {
        let (cut, end) = oneshot::channel();
        let thread = thread::spawn(move || {
            let runtime = runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(async {
                tokio::select! {
                    () = carry(listener, &server) => {}
                    _ = end => {}
                }
            });
        });
        Self { thread, cut }
    }
}

/// Its connections end with it.
async fn carry(listener: TcpListener, server: &str) {
    listener.set_nonblocking(true).unwrap();
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    let mut connections = JoinSet::new();
    loop {
        let (mut near, _) = listener.accept().await.unwrap();
        let server = server.to_owned();
        connections.spawn(async move {
            // A server that is away breaks the connection, which says it.
            if let Ok(mut far) = TcpStream::connect(server).await {
                let _ = copy_bidirectional(&mut near, &mut far).await;
            }
        });
    }
}
