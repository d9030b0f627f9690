//! The ledger on the real schema.

use chrono::NaiveDate;
use proptest::{collection::vec, prelude::*};
use resource::{
    Money,
    tenant_guard::{Scope, statements},
};
use sea_orm::DbErr;

use super::*;
use crate::{
    ledger::EntryKind,
    services::ledger::sharing::{Part, share},
    testing::{Books, SESSION, TERM, category, day, pupil, world},
};

fn entry(student_id: i64, kind: EntryKind, amount: i64, on: &str) -> NewEntry {
    NewEntry {
        student_id,
        kind,
        amount: Money::of_minor(amount),
        effective_date: day(on),
        due_date: None,
        session: SESSION.into(),
        term: TERM.into(),
        fee_item_id: None,
        category_id: None,
        charge_id: None,
        description: String::new(),
    }
}

const TODAY: &str = "2025-09-01";

fn today() -> NaiveDate {
    day(TODAY)
}

async fn owed(scope: &Scope, pupil: i64) -> i64 {
    let owed = balances(scope, Accounts::Of(&[pupil]), day("2026-12-31"))
        .await
        .unwrap();
    owed.get(&pupil).map_or(0, |money| money.minor())
}

#[tokio::test]
async fn a_payment_settles_the_oldest_charge_first_and_the_rest_of_it_stays_a_credit() {
    let world = world().await;
    let scope = world.school("gp").await;
    let ada = pupil(&scope, "Ada", None).await;
    let entries = [
        entry(ada, EntryKind::Charge, 500, "2025-09-02"),
        entry(ada, EntryKind::Charge, 300, "2025-09-01"),
        entry(ada, EntryKind::Payment, -400, "2025-09-03"),
    ];
    let ids = post(&scope, &entries).await.unwrap();
    allocate_oldest_first(&scope, Accounts::Of(&[ada]), today())
        .await
        .unwrap();
    let open = open_charges(&scope, ada).await.unwrap();
    assert_eq!(
        open.iter()
            .map(|one| (one.id, one.rest))
            .collect::<Vec<_>>(),
        [(ids[0], 400)]
    );
    assert_eq!(owed(&scope, ada).await, 400);
    post(
        &scope,
        &[entry(ada, EntryKind::Payment, -1_000, "2025-09-04")],
    )
    .await
    .unwrap();
    allocate_oldest_first(&scope, Accounts::Of(&[ada]), today())
        .await
        .unwrap();
    assert!(open_charges(&scope, ada).await.unwrap().is_empty());
    assert_eq!(owed(&scope, ada).await, -600);
    let later = post(&scope, &[entry(ada, EntryKind::Charge, 700, "2025-10-01")])
        .await
        .unwrap();
    allocate_oldest_first(&scope, Accounts::Of(&[ada]), today())
        .await
        .unwrap();
    assert_eq!(rest(&scope, later[0]).await.unwrap(), 100);
    assert_eq!(Books::of(&scope).await.broken(), Vec::<String>::new());
}

#[tokio::test]
async fn nothing_is_allocated_beyond_what_is_left() {
    let world = world().await;
    let scope = world.school("gp").await;
    let ada = pupil(&scope, "Ada", None).await;
    let entries = [
        entry(ada, EntryKind::Charge, 500, TODAY),
        entry(ada, EntryKind::Charge, 500, TODAY),
        entry(ada, EntryKind::Payment, -600, TODAY),
    ];
    let ids = post(&scope, &entries).await.unwrap();
    let share = |charge: usize, amount| Share {
        credit_id: ids[2],
        charge_id: ids[charge],
        amount,
    };
    for refused in [
        vec![share(0, 501)],
        vec![share(0, 300), share(0, 300)],
        vec![share(0, 400), share(1, 201)],
        vec![share(0, 0)],
        vec![share(0, -1)],
        vec![Share {
            credit_id: ids[0],
            charge_id: ids[2],
            amount: 1,
        }],
        vec![Share {
            credit_id: ids[2],
            charge_id: 9_999,
            amount: 1,
        }],
    ] {
        let error = allocate_named(&scope, &refused, today()).await.unwrap_err();
        assert_eq!(error.status().as_u16(), 409, "{refused:?}");
    }
    assert!(Books::of(&scope).await.allocations.is_empty());
    allocate_named(&scope, &[share(1, 500), share(0, 100)], today())
        .await
        .unwrap();
    assert_eq!(rest(&scope, ids[0]).await.unwrap(), 400);
    assert_eq!(
        release(&scope, ids[2], 601, today())
            .await
            .unwrap_err()
            .status()
            .as_u16(),
        409
    );
    release(&scope, ids[2], 150, today()).await.unwrap();
    // The latest is freed first.
    assert_eq!(rest(&scope, ids[0]).await.unwrap(), 500);
    assert_eq!(rest(&scope, ids[1]).await.unwrap(), 50);
    assert_eq!(rest(&scope, ids[2]).await.unwrap(), 150);
    assert_eq!(Books::of(&scope).await.broken(), Vec::<String>::new());
}

#[tokio::test]
async fn what_is_reversed_is_closed_and_what_it_settled_is_open_again_from_that_day() {
    let world = world().await;
    let scope = world.school("gp").await;
    let ada = pupil(&scope, "Ada", None).await;
    let entries = [
        entry(ada, EntryKind::Charge, 500, TODAY),
        entry(ada, EntryKind::Payment, -500, TODAY),
    ];
    let ids = post(&scope, &entries).await.unwrap();
    allocate_oldest_first(&scope, Accounts::Of(&[ada]), today())
        .await
        .unwrap();
    let later = day("2025-09-20");
    reverse(&scope, ids[1], "The cheque bounced.", later, later)
        .await
        .unwrap();
    let books = Books::of(&scope).await;
    assert_eq!(books.broken(), Vec::<String>::new());
    assert_eq!(
        (
            books.balance(ada, day("2025-09-19")),
            books.balance(ada, later)
        ),
        (0, 500)
    );
    assert_eq!(
        (
            rest(&scope, ids[0]).await.unwrap(),
            rest(&scope, ids[1]).await.unwrap()
        ),
        (500, 0)
    );
    for again in [ids[1], *books.entries.keys().last().unwrap()] {
        assert_eq!(
            reverse(&scope, again, "", later, later)
                .await
                .unwrap_err()
                .status()
                .as_u16(),
            409
        );
    }
    let elsewhere = world.school("ms").await;
    assert_eq!(
        reverse(&elsewhere, ids[0], "", later, later)
            .await
            .unwrap_err()
            .status()
            .as_u16(),
        404
    );
}

#[tokio::test]
async fn a_charge_takes_its_discounts_along_and_frees_what_paid_it_for_the_next() {
    let world = world().await;
    let scope = world.school("gp").await;
    let ada = pupil(&scope, "Ada", None).await;
    let charges = [
        entry(ada, EntryKind::Charge, 500, TODAY),
        entry(ada, EntryKind::Charge, 300, TODAY),
    ];
    let ids = post(&scope, &charges).await.unwrap();
    let discount = NewEntry {
        charge_id: Some(ids[0]),
        ..entry(ada, EntryKind::Discount, -200, TODAY)
    };
    let discount = post(&scope, &[discount]).await.unwrap();
    allocate_named(
        &scope,
        &[Share {
            credit_id: discount[0],
            charge_id: ids[0],
            amount: 200,
        }],
        today(),
    )
    .await
    .unwrap();
    post(&scope, &[entry(ada, EntryKind::Payment, -300, TODAY)])
        .await
        .unwrap();
    allocate_oldest_first(&scope, Accounts::Of(&[ada]), today())
        .await
        .unwrap();
    assert_eq!(rest(&scope, ids[0]).await.unwrap(), 0);
    reverse(&scope, ids[0], "Never took the bus.", today(), today())
        .await
        .unwrap();
    assert_eq!(
        (rest(&scope, ids[1]).await.unwrap(), owed(&scope, ada).await),
        (0, 0)
    );
    assert_eq!(Books::of(&scope).await.broken(), Vec::<String>::new());
}

#[tokio::test]
async fn the_database_refuses_to_change_or_delete_a_line_of_the_ledger() {
    let world = world().await;
    let scope = world.school("gp").await;
    let ada = pupil(&scope, "Ada", None).await;
    let entries = [
        entry(ada, EntryKind::Charge, 5, TODAY),
        entry(ada, EntryKind::Payment, -5, TODAY),
    ];
    post(&scope, &entries).await.unwrap();
    allocate_oldest_first(&scope, Accounts::Of(&[ada]), today())
        .await
        .unwrap();
    for sql in [
        "UPDATE ledger_entries SET amount_minor = 1 WHERE school_id = $1",
        "DELETE FROM ledger_entries WHERE school_id = $1",
        "UPDATE allocations SET amount_minor = 1 WHERE school_id = $1",
        "DELETE FROM allocations WHERE school_id = $1",
    ] {
        let error: DbErr = scope.execute(&[], sql, Vec::new()).await.unwrap_err();
        assert!(
            error.to_string().contains("only added to"),
            "{sql}: {error}"
        );
    }
    let wrong = entry(ada, EntryKind::Payment, 5, TODAY);
    assert_eq!(
        post(&scope, &[wrong]).await.unwrap_err().status().as_u16(),
        500
    );
}

#[tokio::test]
async fn the_number_of_statements_does_not_grow_with_pupils_or_charges() {
    let world = world().await;
    let scope = world.school("gp").await;
    let tuition = category(&scope, "Tuition").await;
    let mut counts = std::collections::BTreeSet::new();
    for size in [1, 7] {
        let mut pupils = Vec::new();
        for number in 0..size {
            pupils.push(pupil(&scope, &format!("{size}-{number}"), None).await);
        }
        let charge = |ada: &i64| NewEntry {
            category_id: Some(tuition),
            ..entry(*ada, EntryKind::Charge, 5, TODAY)
        };
        let mut entries: Vec<NewEntry> = pupils.iter().map(charge).collect();
        entries.extend(
            pupils
                .iter()
                .map(|ada| entry(*ada, EntryKind::Payment, -7, TODAY)),
        );
        let count = statements::counted(async {
            lock_accounts(&scope, Accounts::Of(&pupils)).await.unwrap();
            post(&scope, &entries).await.unwrap();
            allocate_oldest_first(&scope, Accounts::Of(&pupils), today())
                .await
                .unwrap();
            let owed = balances(&scope, Accounts::Of(&pupils), today())
                .await
                .unwrap();
            assert_eq!(owed.len(), size);
            statements::so_far().count
        });
        counts.insert(count.await);
    }
    assert_eq!(Vec::from_iter(counts), [5]);
}

fn amounts() -> impl Strategy<Value = Vec<i64>> {
    vec(1_i64..=500, 0..6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn what_is_allocated_is_what_the_law_says(charges in amounts(), credits in amounts()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (expected, found) = runtime.block_on(allocated(&charges, &credits));
        prop_assert_eq!(found, expected);
    }
}

/// What [`share`] and the statement make of the same charges and credits.
async fn allocated(charges: &[i64], credits: &[i64]) -> (Vec<Share>, Vec<Share>) {
    let world = world().await;
    let scope = world.school("gp").await;
    let ada = pupil(&scope, "Ada", None).await;
    let part = |ids: Vec<i64>, amounts: &[i64]| -> Vec<Part> {
        ids.into_iter()
            .zip(amounts)
            .map(|(id, rest)| Part { id, rest: *rest })
            .collect()
    };
    let of = |kind, sign| move |amount: &i64| entry(ada, kind, sign * amount, TODAY);
    let entries: Vec<NewEntry> = charges.iter().map(of(EntryKind::Charge, 1)).collect();
    let charges = part(post(&scope, &entries).await.unwrap(), charges);
    let entries: Vec<NewEntry> = credits.iter().map(of(EntryKind::Credit, -1)).collect();
    let credits = part(post(&scope, &entries).await.unwrap(), credits);
    allocate_oldest_first(&scope, Accounts::Of(&[ada]), today())
        .await
        .unwrap();
    let rows = Books::of(&scope).await.allocations;
    let found = rows.iter().map(|row| Share {
        credit_id: row.credit_id,
        charge_id: row.charge_id,
        amount: row.amount.minor(),
    });
    let mut found: Vec<Share> = found.collect();
    found.sort_by_key(|share| (share.credit_id, share.charge_id));
    (share(&credits, &charges), found)
}
