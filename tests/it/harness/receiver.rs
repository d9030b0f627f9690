//! A program of a school that is called by webhook: it keeps what it is sent, and answers as it is told.

use std::{
    collections::VecDeque,
    net::{SocketAddr, TcpListener},
    sync::{Arc, Mutex, mpsc},
    thread,
    time::{Duration, Instant},
};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer, dev::ServerHandle, http::StatusCode, rt::System,
    web,
};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

/// Longest wait for a call.
const PATIENCE: Duration = Duration::from_mins(1);

/// One call.
#[derive(Debug, Clone)]
pub struct Call {
    /// `X-Termbook-Event`.
    pub event: String,
    /// `X-Termbook-Dedupe`.
    pub dedupe: String,
    /// `X-Termbook-Signature`.
    pub signature: String,
    /// The body, as it was sent.
    pub body: Vec<u8>,
}

impl Call {
    /// What it says.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Whether it was signed by `secret`, by the rule that receivers are told.
    pub fn is_signed_by(&self, secret: &str) -> bool {
        let (moment, signed) = self.signature.split_once(',').unwrap();
        let (moment, signed) = (
            moment.strip_prefix("t=").unwrap(),
            signed.strip_prefix("v1=").unwrap(),
        );
        let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        let mac = mac
            .chain_update(moment)
            .chain_update(".")
            .chain_update(&self.body);
        let hex: Vec<String> = mac
            .finalize()
            .into_bytes()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        hex.concat() == signed
    }
}

#[derive(Default)]
struct Book {
    calls: Mutex<Vec<Call>>,
    answers: Mutex<VecDeque<u16>>,
}

/// One such program, which stops when it is dropped.
pub struct Receiver {
    address: SocketAddr,
    book: Arc<Book>,
    server: ServerHandle,
}

impl Receiver {
    /// Starts one, which answers 204.
    pub fn start() -> Self {
        let book = Arc::new(Book::default());
        let (tell, told) = mpsc::channel();
        let shared = web::Data::from(book.clone());
        // On a thread of its own: a test's runtime ends with the test.
        thread::spawn(move || {
            System::new().block_on(async move {
                let listener = TcpListener::bind("127.0.0.1:0").unwrap();
                let address = listener.local_addr().unwrap();
                let app = move || {
                    App::new()
                        .app_data(shared.clone())
                        .default_service(web::to(taken))
                };
                let server = HttpServer::new(app).workers(1).disable_signals();
                let server = server.listen(listener).unwrap().run();
                tell.send((address, server.handle())).unwrap();
                server.await.unwrap();
            });
        });
        let (address, server) = told.recv().unwrap();
        Self {
            address,
            book,
            server,
        }
    }

    /// Where it is called.
    pub fn url(&self) -> String {
        format!("http://{}/hooks", self.address)
    }

    /// The port it is called on.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Answers the next calls so, each once.
    pub fn answer(&self, statuses: impl IntoIterator<Item = u16>) {
        self.book.answers.lock().unwrap().extend(statuses);
    }

    /// What it was sent so far.
    pub fn calls(&self) -> Vec<Call> {
        self.book.calls.lock().unwrap().clone()
    }

    /// Waits until it was called as often.
    pub async fn called(&self, times: usize) -> Vec<Call> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let calls = self.calls();
            if calls.len() >= times {
                return calls;
            }
            assert!(Instant::now() < deadline, "{} calls", calls.len());
            tokio::task::yield_now().await;
        }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        // The command is sent at once; its end need not be awaited.
        drop(self.server.stop(false));
    }
}

async fn taken(request: HttpRequest, body: web::Bytes, book: web::Data<Book>) -> HttpResponse {
    let header = |name: &str| {
        let value = request.headers().get(name);
        value
            .map(|value| value.to_str().unwrap().to_owned())
            .unwrap_or_default()
    };
    let call = Call {
        event: header("x-termbook-event"),
        dedupe: header("x-termbook-dedupe"),
        signature: header("x-termbook-signature"),
        body: body.to_vec(),
    };
    book.calls.lock().unwrap().push(call);
    match book.answers.lock().unwrap().pop_front() {
        Some(status @ 300..400) => HttpResponse::build(StatusCode::from_u16(status).unwrap())
            .insert_header(("Location", "/elsewhere"))
            .finish(),
        Some(status) => HttpResponse::build(StatusCode::from_u16(status).unwrap()).finish(),
        None => HttpResponse::NoContent().finish(),
    }
}
