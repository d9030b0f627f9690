//! What a school charges, what its pupils owe, what comes in, and what it spends.

mod assigned_fees;
mod bad_money;
mod balances;
mod billing;
pub mod books;
mod expenses;
mod fees;
mod late_fees;
mod ledger;
mod online;
mod payment_plans;
mod payments;
mod receipts;
mod reminders;
mod statement;
mod summary;

use serde_json::Value;

use crate::harness::Caller;

const SESSION: &str = "2025/2026";
const TERM: &str = "First Term";

/// A row that must come to be.
async fn created(caller: &Caller, collection: &str, body: &Value) -> Value {
    let made = caller.post(&format!("/api/{collection}/"), body).await;
    made.expect(201)
}

/// What a pupil owes: the sum of the entries, as the ledger shows them.
async fn owed(caller: &Caller, pupil: &Value) -> String {
    let path = format!("/api/ledger-entries/?student={pupil}&page_size=500");
    let page = caller.get(&path).await.expect(200);
    let amounts = page["results"].as_array().unwrap().iter();
    let minor = amounts.map(|one| {
        one["amount"]
            .as_str()
            .unwrap()
            .parse::<bursary::Money>()
            .unwrap()
            .minor()
    });
    bursary::Money::of_minor(minor.sum()).to_string()
}
