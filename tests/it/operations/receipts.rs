//! Receipts under load, and when the gateway dies in the middle of it: every payment that was
//! acknowledged is there once, and the numbers have neither holes nor doubles.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::{AtomicUsize, Ordering},
};

use futures::{StreamExt, future::join_all, stream};
use gateway::config::CacheKind;
use reqwest::Client;
use resource::tenant_guard::{Clock, Role};
use serde_json::Value;
use termbook_tests::Folder;

use super::process::{Serving, free_address, serve};
use crate::{
    bursary::books::{PAYMENTS, paying, pupil, sums},
    harness::{App, Engine, School, client},
};

/// Every payment of a school.
async fn payments(school: &School) -> Vec<Value> {
    let bursar = school.as_(Role::Bursar);
    let mut path = format!("{PAYMENTS}?page_size=500&cursor=");
    let mut all = Vec::new();
    loop {
        let page = bursar.get(&path).await.expect(200);
        all.extend(page["results"].as_array().unwrap().iter().cloned());
        let Some(next) = page["next"].as_str() else {
            return all;
        };
        next[next.find("/api/").unwrap()..].clone_into(&mut path);
    }
}

/// The numbers of receipts, which must be those from 1 on, each once.
#[track_caller]
fn numbers(payments: &[Value]) -> BTreeSet<usize> {
    let number = |one: &Value| {
        let reference = one["reference"].as_str().unwrap();
        reference.rsplit('-').next().unwrap().parse().unwrap()
    };
    let numbers: BTreeSet<usize> = payments.iter().map(number).collect();
    assert_eq!(numbers.len(), payments.len(), "a number is used twice");
    assert_eq!(
        numbers,
        (1..=payments.len()).collect(),
        "a number is missing"
    );
    numbers
}

#[tokio::test]
async fn a_thousand_payments_at_once_are_numbered_from_one_to_a_thousand() {
    let app = App::on(Engine::Production);
    let school = app.school().await;
    // A thousand callers queue for the counter of one school; none is to be sent away for it.
    let gateway = app.another(&[("TERMBOOK_DB_TIMEOUT_SECONDS", "60")], Clock::system());
    let mut pupils = Vec::new();
    for number in 0..20 {
        pupils.push(pupil(&school, &number.to_string()).await);
    }
    let token = format!("Bearer {}", school.as_(Role::Bursar).token().await);
    let bursar = gateway.anonymous().with("Authorization", &token);
    let pay = async |n: usize| {
        let made = bursar.post(PAYMENTS, &paying(pupils[n % 20], 5)).await;
        made.expect(201)
    };
    let made = join_all((0..1_000).map(pay)).await;
    assert_eq!(numbers(&made).len(), 1_000);
    let books = sums(&app, &school).await;
    assert_eq!((books.payments, books.paid), (1_000, 500_000));
}

/// One client's payment: which it is, and whether it is repeated under a key until it is acknowledged.
struct Paying {
    client: Client,
    base: String,
    token: String,
    pupil: i64,
    number: usize,
}

impl Paying {
    fn is_repeated(&self) -> bool {
        self.number.is_multiple_of(3)
    }

    async fn once(&self) -> Option<String> {
        let mut body = paying(self.pupil, 5);
        body["remark"] = Value::from(self.number.to_string());
        let mut request = self
            .client
            .post(format!("{}{PAYMENTS}", self.base))
            .bearer_auth(&self.token)
            .json(&body);
        if self.is_repeated() {
            request = request.header("Idempotency-Key", format!("payment-{}", self.number));
        }
        let answer = request.send().await.ok()?;
        if answer.status() != 201 {
            return None;
        }
        let made: Value = answer.json().await.ok()?;
        Some(made["reference"].as_str().unwrap().to_owned())
    }

    /// The number of the receipt, where one was acknowledged.
    async fn run(self) -> (usize, bool, Option<String>) {
        loop {
            let made = self.once().await;
            if made.is_some() || !self.is_repeated() {
                return (self.number, self.is_repeated(), made);
            }
            tokio::task::yield_now().await;
        }
    }
}

const CLIENTS: usize = 450;

#[tokio::test]
async fn every_acknowledged_payment_outlives_a_gateway_that_is_killed_twice() {
    let app = App::on(Engine::Production).alone().await;
    let school = app.school().await;
    let ada = pupil(&school, "1").await;
    let token = school.as_(Role::Bursar).token().await;
    let address = free_address();
    let folder = Folder::new().unwrap();
    let CacheKind::Redis(redis) = app.config().cache.clone() else {
        panic!("production caches in Redis");
    };
    let secret = app.config().jwt_secret.clone().unwrap();
    let settings = [
        ("TERMBOOK_DATABASE_URL", app.config().database_url.expose()),
        ("TERMBOOK_REDIS_URL", redis.expose()),
        ("TERMBOOK_JWT_SECRET", secret.expose()),
        ("TERMBOOK_BIND", address.as_str()),
        ("TERMBOOK_WORKERS", "2"),
        // All clients are one bursar at one address.
        ("TERMBOOK_RATE_USER_PER_MINUTE", "0"),
        ("TERMBOOK_RATE_ADDRESS_PER_MINUTE", "0"),
    ];
    let start = async || serve(&settings, folder.path(), &address).await;
    let mut serving: Serving = start().await;
    let done = AtomicUsize::new(0);
    let client = client();
    let clients = (0..CLIENTS).map(|number| {
        let paying = Paying {
            client: client.clone(),
            base: format!("http://{address}"),
            token: token.clone(),
            pupil: ada,
            number,
        };
        let done = &done;
        async move {
            let made = paying.run().await;
            done.fetch_add(1, Ordering::Relaxed);
            made
        }
    });
    let paid = stream::iter(clients).buffer_unordered(16);
    let killed = async {
        for deaths in 1..=2 {
            while done.load(Ordering::Relaxed) < deaths * CLIENTS / 4 {
                tokio::task::yield_now().await;
            }
            serving.kill();
            serving = start().await;
        }
    };
    let (paid, ()) = tokio::join!(paid.collect::<Vec<_>>(), killed);
    let stored = payments(&school).await;
    numbers(&stored);
    let mut by_client: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for one in &stored {
        let client = by_client.entry(one["remark"].as_str().unwrap());
        client.or_default().push(one["reference"].as_str().unwrap());
    }
    for (number, repeated, acknowledged) in &paid {
        let found = by_client
            .get(number.to_string().as_str())
            .cloned()
            .unwrap_or_default();
        match acknowledged {
            Some(reference) => assert_eq!(found, [reference], "client {number}"),
            None => assert!(!repeated && found.len() <= 1, "client {number}: {found:?}"),
        }
    }
    let refused = paid.iter().filter(|(.., made)| made.is_none()).count();
    assert!(refused > 0, "nobody noticed that the gateway died");
    let books = sums(&app, &school).await;
    assert_eq!(
        (books.payments, books.paid),
        (i64::try_from(stored.len()).unwrap(), books.payments * 500)
    );
    drop(serving);
}
