//! A school with money in it, and what its books say.

use bursary::{
    Money,
    ledger::EntryKind,
    services::ledger::{NewEntry, lock_account, post},
};
use chrono::NaiveDate;
use resource::tenant_guard::{Principal, Role, SchoolId};
use sea_orm::FromQueryResult;
use serde_json::{Value, json};

use crate::harness::{App, School};

pub const PAYMENTS: &str = "/api/payments/";
pub const SESSION: &str = "2025/2026";
pub const TERM: &str = "First Term";

/// A new pupil.
pub async fn pupil(school: &School, number: &str) -> i64 {
    let body =
        json!({"student_no": number, "names": format!("Pupil {number}"), "gender": "Female"});
    let admin = school.as_(Role::SchoolAdmin);
    let made = admin.post("/api/students/", &body).await.expect(201);
    made["id"].as_i64().unwrap()
}

/// Links a pupil to the parent.
pub async fn link(school: &School, pupil: i64) {
    let body =
        json!({"user": school.user(Role::Parent), "student": pupil, "relationship": "mother"});
    let admin = school.as_(Role::SchoolAdmin);
    admin.post("/api/guardianships/", &body).await.expect(201);
}

/// A new kind of fee.
pub async fn category(school: &School, name: &str) -> i64 {
    let bursar = school.as_(Role::Bursar);
    let made = bursar
        .post("/api/fee-categories/", &json!({"name": name}))
        .await;
    made.expect(201)["id"].as_i64().unwrap()
}

/// Charges a pupil so much, in whole units, due on a day; answers the key of the charge.
pub async fn charge(
    app: &App,
    school: &School,
    pupil: i64,
    category: i64,
    (amount, due): (i64, &str),
) -> i64 {
    let (school, due): (_, NaiveDate) = (SchoolId(school.id), due.parse().unwrap());
    app.beside(move |state| async move {
        let scope = state.database.scope(school, Principal::system(school));
        let transaction = scope.begin().await.unwrap();
        lock_account(transaction.scope(), pupil).await.unwrap();
        let entry = NewEntry {
            student_id: pupil,
            kind: EntryKind::Charge,
            amount: Money::of_minor(amount * 100),
            effective_date: due,
            due_date: Some(due),
            session: SESSION.into(),
            term: TERM.into(),
            fee_item_id: None,
            category_id: Some(category),
            charge_id: None,
            description: String::new(),
        };
        let ids = post(transaction.scope(), &[entry]).await.unwrap();
        transaction.commit().await.unwrap();
        ids[0]
    })
    .await
}

/// A payment of so much, in whole units.
pub fn paying(pupil: i64, amount: i64) -> Value {
    json!({"student_id": pupil, "amount": amount, "session": SESSION, "term": TERM})
}

/// What the books of a school add up to.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct Sums {
    /// Entries of the ledger.
    pub entries: i64,
    /// Their sum: what all pupils owe, in minor units.
    pub owed: i64,
    /// Sum of the entries of payments, their reversals and their refunds, in minor units.
    pub received: i64,
    /// Sum of what payments are worth that are not voided, but for what was given back.
    pub paid: i64,
    /// Rows of payments.
    pub payments: i64,
    /// Lines of allocation.
    pub allocations: i64,
    /// Their sum, in minor units.
    pub allocated: i64,
    /// Entries that are settled by more than they are, or by less than nothing.
    pub broken: i64,
}

const SUMS: &str = "SELECT \
    (SELECT count(*) FROM ledger_entries WHERE school_id = $1) AS entries, \
    (SELECT CAST(COALESCE(sum(amount_minor), 0) AS bigint) FROM ledger_entries WHERE school_id = $1) AS owed, \
    (SELECT CAST(COALESCE(-sum(e.amount_minor), 0) AS bigint) FROM ledger_entries e \
     LEFT JOIN ledger_entries r ON r.school_id = e.school_id AND r.id = e.reverses_id \
     WHERE e.school_id = $1 AND (e.kind IN ('payment', 'refund') OR r.kind = 'payment')) AS received, \
    (SELECT CAST(COALESCE(sum(p.amount_minor - COALESCE((SELECT sum(f.amount_minor) FROM payment_refunds f \
     WHERE f.school_id = p.school_id AND f.payment_id = p.id), 0)), 0) AS bigint) FROM payments p \
     WHERE p.school_id = $1 AND p.status <> 'voided') AS paid, \
    (SELECT count(*) FROM payments WHERE school_id = $1) AS payments, \
    (SELECT count(*) FROM allocations WHERE school_id = $1) AS allocations, \
    (SELECT CAST(COALESCE(sum(amount_minor), 0) AS bigint) FROM allocations WHERE school_id = $1) AS allocated, \
    (SELECT count(*) FROM (SELECT abs(e.amount_minor) AS whole, COALESCE((SELECT sum(a.amount_minor) FROM allocations a \
     WHERE a.school_id = e.school_id AND (a.charge_id = e.id OR a.credit_id = e.id)), 0) AS settled \
     FROM ledger_entries e WHERE e.school_id = $1) held WHERE settled < 0 OR settled > whole) AS broken";

/// The books of a school, which must be sound.
pub async fn sums(app: &App, school: &School) -> Sums {
    let school = SchoolId(school.id);
    let sums = app.beside(move |state| async move {
        let scope = state.database.scope(school, Principal::system(school));
        let found: Vec<Sums> = scope.query(SUMS, Vec::new()).await.unwrap();
        found.into_iter().next().unwrap()
    });
    let sums = sums.await;
    assert_eq!((sums.broken, sums.received), (0, sums.paid), "{sums:?}");
    sums
}

/// What payments settle: charge and amount, as the wire shows them.
pub fn settled(payment: &Value) -> Vec<(i64, String)> {
    let allocations = payment["allocations"].as_array().unwrap().iter();
    let pair = |one: &Value| {
        let amount = one["amount"].as_str().unwrap();
        (one["charge"].as_i64().unwrap(), amount.to_owned())
    };
    allocations.map(pair).collect()
}
