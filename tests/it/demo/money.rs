//! The money of the demo adds up, whichever way it is read.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::{every, person};
use crate::harness::{App, Caller};

/// An amount of the wire in minor units.
fn minor(amount: &Value) -> i64 {
    let text = amount.as_str().unwrap().replace('.', "");
    text.parse().unwrap()
}

fn sum<'a>(rows: impl IntoIterator<Item = &'a Value>, field: &str) -> i64 {
    rows.into_iter().map(|row| minor(&row[field])).sum()
}

async fn statement(caller: &Caller, student: &Value) -> Value {
    let path = format!("/api/students/{student}/statement/");
    caller.get(&path).await.expect(200)
}

/// Pupils who take a fee that is optional in the First Term.
async fn taking(app: &App, bursar: &Caller, fee: &str) -> usize {
    let path = "/api/student-fees/?term=First%20Term&page_size=200";
    let own = every(app, bursar, path).await;
    let taken = own.iter().filter(|row| row["fee_item_name"] == fee);
    taken.count()
}

both! {
    async fn what_every_pupil_owes_is_the_sum_of_its_entries(app: App) {
        let app = app.demo().await;
        for (domain, pupils, owed) in [("gp", 441, "26509.50"), ("ms", 233, "13921.50")] {
            let bursar = person(&app, &format!("bursar@{domain}.demo"));
            let entries = every(&app, &bursar, "/api/ledger-entries/?page_size=500").await;
            let mut sums: HashMap<i64, i64> = HashMap::new();
            for entry in &entries {
                *sums.entry(entry["student"].as_i64().unwrap()).or_default() += minor(&entry["amount"]);
            }
            let balances = every(&app, &bursar, "/api/balances/?page_size=500").await;
            assert_eq!((balances.len(), sums.len()), (pupils, pupils));
            for balance in &balances {
                assert_eq!(minor(&balance["amount"]), sums[&balance["student"].as_i64().unwrap()], "{balance}");
                assert_eq!(minor(&balance["amount"]), minor(&balance["open"]) - minor(&balance["credit"]), "{balance}");
                // Whoever still owes has no money waiting.
                assert!(balance["open"] == "0.00" || balance["credit"] == "0.00", "{balance}");
            }
            let told = bursar.get("/api/balances/").await.expect(200);
            assert_eq!(told["totals"]["amount"], owed);
            for part in ["open", "credit", "amount"] {
                assert_eq!(minor(&told["totals"][part]), sum(&balances, part), "{domain} {part}");
            }
        }
    }

    async fn receipts_are_numbered_from_one_without_a_gap(app: App) {
        let app = app.demo().await;
        for (domain, payments) in [("gp", 1_478), ("ms", 781)] {
            let bursar = person(&app, &format!("bursar@{domain}.demo"));
            let paid = every(&app, &bursar, "/api/payments/?page_size=500").await;
            let number = |one: &Value| -> usize {
                let reference = one["reference"].as_str().unwrap();
                reference.rsplit('-').next().unwrap().parse().unwrap()
            };
            let mut numbers: Vec<usize> = paid.iter().map(number).collect();
            numbers.sort_unstable();
            assert_eq!(numbers, (1..=payments).collect::<Vec<_>>(), "{domain}");
            let used = |method: &str| paid.iter().any(|one| one["method"] == method);
            assert!(["cash", "transfer", "pos"].into_iter().all(used));
            let voided: Vec<_> = paid.iter().filter(|one| one["status"] == "voided").collect();
            assert_eq!((voided.len(), &voided[0]["void_reason"]), (1, &json!("Recorded twice")));
            let given: Vec<_> = paid.iter().flat_map(|one| one["refunds"].as_array().unwrap()).collect();
            assert_eq!((given.len(), &given[0]["amount"]), (1, &json!("150.00")));
            // What was paid is what the ledger says was paid.
            let entries = every(&app, &bursar, "/api/ledger-entries/?kind=payment&page_size=500").await;
            assert_eq!(sum(&paid, "amount"), -sum(&entries, "amount"));
        }
    }

    async fn the_bus_is_for_the_country_and_lessons_for_whom_the_data_says(app: App) {
        let app = app.demo().await;
        for (domain, bus, lessons) in [("gp", 82, 175), ("ms", 122, 29)] {
            let bursar = person(&app, &format!("bursar@{domain}.demo"));
            assert_eq!(taking(&app, &bursar, "School bus").await, bus);
            assert_eq!(taking(&app, &bursar, "Extra lessons").await, lessons);
        }
    }

    async fn a_parent_reads_why_something_is_owed(app: App) {
        let app = app.demo().await;
        let parent = person(&app, "parent@gp.demo");
        let children = every(&app, &parent, "/api/students/?ordering=student_no").await;
        let mut owed = Vec::new();
        for child in &children {
            let told = statement(&parent, &child["id"]).await;
            let mut balance = 0;
            for line in told["lines"].as_array().unwrap() {
                balance += minor(&line["amount"]);
                assert_eq!(minor(&line["balance"]), balance, "{line}");
                let settled = sum(line["allocations"].as_array().unwrap(), "amount");
                assert_eq!(minor(&line["open"]), minor(&line["amount"]).abs() - settled, "{line}");
            }
            assert_eq!(minor(&told["closing_balance"]), balance);
            owed.push(told["closing_balance"].clone());
        }
        assert_eq!(owed, [json!("465.00"), json!("0.00")]);
        // What the first child's family paid too much went to the tuition of the next term.
        let first = statement(&parent, &children[0]["id"]).await;
        let paid = first["lines"].as_array().unwrap().iter().find(|line| line["kind"] == "payment").unwrap();
        let next = paid["allocations"].as_array().unwrap().iter().find(|one| one["term"] == "Second Term").unwrap();
        assert_eq!((&paid["amount"], &next["description"], &next["amount"]), (&json!("-560.00"), &json!("Tuition"), &json!("50.00")));
    }

    async fn an_expense_above_the_limit_waits_for_the_head(app: App) {
        let app = app.demo().await;
        for domain in ["gp", "ms"] {
            let bursar = person(&app, &format!("bursar@{domain}.demo"));
            let spent = every(&app, &bursar, "/api/expenses/").await;
            let of = |status: &str| spent.iter().filter(|one| one["status"] == status).count();
            assert_eq!((of("approved"), of("pending"), of("voided")), (33, 1, 1));
            let waiting = spent.iter().find(|one| one["status"] == "pending").unwrap();
            assert_eq!((&waiting["title"], &waiting["amount"]), (&json!("New roof of the gymnasium"), &json!("64200.00")));
            let laboratory = spent.iter().find(|one| one["title"] == "Laboratory for physics").unwrap();
            assert_ne!(laboratory["approved_by"], laboratory["recorded_by"]);
        }
    }
}
