//! A stand-in for Paystack that answers as its documentation says.
//!
//! `POST /transaction/initialize` begins a transaction, `abandoned` until its payer pays, and
//! `GET /transaction/verify/:reference` says where it stands. Webhooks are signed as Paystack signs them.

use std::{
    collections::HashMap,
    fmt::Write,
    net::{SocketAddr, TcpListener},
    sync::{Mutex, OnceLock, mpsc},
    thread,
};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, rt::System, web};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha512;

/// The secret key of the account.
pub const KEY: &str = "sk_test_of_no_account";

/// The stand-in, which all gateways of this process ask.
#[derive(Default)]
pub struct Paystack {
    address: OnceLock<SocketAddr>,
    transactions: Mutex<HashMap<String, Value>>,
    /// Reference → how many more questions fail.
    faults: Mutex<HashMap<String, u32>>,
    asked: Mutex<HashMap<String, u32>>,
}

impl Paystack {
    /// The one of this process.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Paystack> = OnceLock::new();
        let shared = SHARED.get_or_init(Self::default);
        shared.address.get_or_init(serve);
        shared
    }

    /// Base of its API.
    pub fn url(&self) -> String {
        format!("http://{}", self.address.get().unwrap())
    }

    /// A transaction that was begun, changed as `change` says.
    pub fn change(&self, reference: &str, change: &Value) {
        let mut transactions = self.transactions.lock().unwrap();
        let transaction = transactions.get_mut(reference).expect("a transaction");
        for (field, value) in change.as_object().unwrap() {
            transaction[field] = value.clone();
        }
    }

    /// Its payer pays.
    pub fn pay(&self, reference: &str) {
        self.change(
            reference,
            &json!({"status": "success", "paid_at": "2026-01-05T08:00:00.000Z"}),
        );
    }

    /// A transaction that a client began by itself.
    pub fn begin(&self, reference: &str, transaction: Value) {
        self.transactions
            .lock()
            .unwrap()
            .insert(reference.to_owned(), transaction);
    }

    /// The next `times` questions about a transaction fail.
    pub fn fail(&self, reference: &str, times: u32) {
        self.faults
            .lock()
            .unwrap()
            .insert(reference.to_owned(), times);
    }

    /// How often a transaction was asked about.
    pub fn asked(&self, reference: &str) -> u32 {
        self.asked
            .lock()
            .unwrap()
            .get(reference)
            .copied()
            .unwrap_or_default()
    }

    /// What it sends of a transaction that succeeded.
    pub fn event(&self, reference: &str) -> Vec<u8> {
        let data = self.transactions.lock().unwrap()[reference].clone();
        json!({"event": "charge.success", "data": data})
            .to_string()
            .into_bytes()
    }

    fn begun(&self, asked: &Value) -> HttpResponse {
        let Some(reference) = asked["reference"].as_str() else {
            return refused(400, "No reference");
        };
        let amount: i64 = asked["amount"].as_str().unwrap().parse().unwrap();
        let mut transactions = self.transactions.lock().unwrap();
        if transactions.contains_key(reference) {
            return refused(400, "Duplicate Transaction Reference");
        }
        let transaction = json!({
            "id": transactions.len(), "status": "abandoned", "reference": reference, "amount": amount,
            "currency": asked["currency"], "metadata": asked["metadata"], "paid_at": null, "channel": "card",
            "customer": {"email": asked["email"]},
        });
        transactions.insert(reference.to_owned(), transaction);
        HttpResponse::Ok().json(
            json!({"status": true, "message": "Authorization URL created", "data": {
                "authorization_url": format!("https://checkout.paystack.test/{reference}"),
                "access_code": "code", "reference": reference,
            }}),
        )
    }

    fn standing(&self, reference: &str) -> HttpResponse {
        *self
            .asked
            .lock()
            .unwrap()
            .entry(reference.to_owned())
            .or_default() += 1;
        if let Some(left) = self.faults.lock().unwrap().get_mut(reference)
            && *left > 0
        {
            *left -= 1;
            return HttpResponse::BadGateway().body("<html>");
        }
        match self.transactions.lock().unwrap().get(reference) {
            Some(data) => HttpResponse::Ok()
                .json(json!({"status": true, "message": "Verification successful", "data": data})),
            None => refused(404, "Transaction reference not found."),
        }
    }
}

/// The signature of a body, by the account's key or another.
pub fn signature(key: &str, body: &[u8]) -> String {
    let mac = Hmac::<Sha512>::new_from_slice(key.as_bytes()).unwrap();
    let mut hex = String::new();
    for byte in mac.chain_update(body).finalize().into_bytes() {
        write!(hex, "{byte:02x}").unwrap();
    }
    hex
}

fn refused(status: u16, message: &str) -> HttpResponse {
    HttpResponse::build(status.try_into().unwrap())
        .json(json!({"status": false, "message": message}))
}

fn knows(request: &HttpRequest) -> bool {
    let bearer = request.headers().get("authorization");
    bearer.is_some_and(|value| value.as_bytes() == format!("Bearer {KEY}").as_bytes())
}

async fn initialize(request: HttpRequest, body: web::Json<Value>) -> HttpResponse {
    if !knows(&request) {
        return refused(401, "Invalid key");
    }
    Paystack::shared().begun(&body)
}

async fn verify(request: HttpRequest, reference: web::Path<String>) -> HttpResponse {
    if !knows(&request) {
        return refused(401, "Invalid key");
    }
    Paystack::shared().standing(&reference)
}

/// On a thread of its own: a test's runtime ends with the test.
fn serve() -> SocketAddr {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        System::new().block_on(async move {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            tell.send(listener.local_addr().unwrap()).unwrap();
            let app = || {
                App::new()
                    .route("/transaction/initialize", web::post().to(initialize))
                    .route("/transaction/verify/{reference}", web::get().to(verify))
            };
            let server = HttpServer::new(app).workers(1).disable_signals();
            server.listen(listener).unwrap().run().await.unwrap();
        });
    });
    told.recv().unwrap()
}
