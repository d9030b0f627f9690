//! Billing on the real schema.

use identity::services::school_today;
use resource::{
    Money,
    tenant_guard::{Scope, statements},
};

use super::*;
use crate::{
    entities::billing_run::Model,
    ledger::Benefit,
    services::ledger::{Accounts, balances, lock_account, reverse},
    testing::{Books, Fee, World, assign, class, credit, day, move_to, pupil, scholarship, world},
};

const SESSION: &str = "2025/2026";
const FIRST: &str = "First Term";
const SECOND: &str = "Second Term";

fn billing(term: &str, class_id: Option<i64>) -> Billing {
    Billing {
        session: SESSION.into(),
        term: term.into(),
        class_id,
        effective_date: None,
        due_date: None,
    }
}

async fn billed(scope: &Scope, term: &str) -> Model {
    run(scope, &billing(term, None)).await.unwrap()
}

async fn owed(scope: &Scope, pupil: i64) -> i64 {
    let owed = balances(scope, Accounts::Of(&[pupil]), day("2026-12-31")).await;
    owed.unwrap().get(&pupil).map_or(0, |money| money.minor())
}

/// Two classes, of which Ada and Ben are in the first and Cem in the second, and what they are charged.
struct Schoolhouse {
    world: World,
    scope: Scope,
    classes: [i64; 2],
    ada: i64,
    ben: i64,
    cem: i64,
    tuition: i64,
    bus: i64,
}

async fn schoolhouse() -> Schoolhouse {
    let world = world().await;
    let scope = world.school("gp").await;
    let classes = [class(&scope, "Age 15").await, class(&scope, "Age 16").await];
    let fee = Fee {
        session: SESSION,
        term: FIRST,
        class_id: None,
        amount: 50_000,
        optional: false,
    };
    let tuition = fee.of(&scope, "Tuition").await;
    let bus = Fee {
        amount: 10_000,
        optional: true,
        ..fee
    }
    .of(&scope, "Bus")
    .await;
    Fee {
        amount: 2_000,
        class_id: Some(classes[1]),
        ..fee
    }
    .of(&scope, "Laboratory")
    .await;
    Schoolhouse {
        ada: pupil(&scope, "Ada", Some(classes[0])).await,
        ben: pupil(&scope, "Ben", Some(classes[0])).await,
        cem: pupil(&scope, "Cem", Some(classes[1])).await,
        world,
        scope,
        classes,
        tuition,
        bus,
    }
}

async fn sound(scope: &Scope) {
    assert_eq!(Books::of(scope).await.broken(), Vec::<String>::new());
}

#[tokio::test]
async fn each_pupil_is_charged_what_applies_and_running_again_adds_only_what_is_missing() {
    let house = schoolhouse().await;
    let scope = &house.scope;
    assign(scope, house.ben, house.bus, None, 0).await;
    billed(scope, FIRST).await;
    let all = [house.ada, house.ben, house.cem];
    let mut owe = Vec::new();
    for pupil in all {
        owe.push(owed(scope, pupil).await);
    }
    assert_eq!(owe, [50_000, 60_000, 52_000]);
    let before = Books::of(scope).await;
    let again = billed(scope, FIRST).await;
    let after = Books::of(scope).await;
    assert_eq!(
        (after.entries.len(), after.allocations.len()),
        (before.entries.len(), before.allocations.len())
    );
    let told = pupils_billed(scope, &again).await.unwrap();
    assert!(
        told.iter().all(|one| one.outcome == Outcome::AlreadyBilled),
        "{told:?}"
    );
    assign(scope, house.ada, house.bus, None, 0).await;
    move_to(scope, house.ben, Some(house.classes[1])).await;
    billed(scope, FIRST).await;
    assert_eq!(owed(scope, house.ada).await, 60_000);
    assert_eq!(owed(scope, house.ben).await, 62_000);
    sound(scope).await;
}

#[tokio::test]
async fn scholarships_and_discounts_are_lines_of_their_own_and_follow_what_is_agreed() {
    let house = schoolhouse().await;
    let scope = &house.scope;
    let half = scholarship(scope, "Merit", Benefit::Percentage, 5_000).await;
    let own = assign(scope, house.ada, house.tuition, Some(half), 30_000).await;
    let run = billed(scope, FIRST).await;
    let told = pupils_billed(scope, &run).await.unwrap().remove(0);
    assert_eq!(
        (told.charged.minor(), told.discounted.minor()),
        (50_000, 50_000)
    );
    assert_eq!(owed(scope, house.ada).await, 0);
    // The agreement changes after the bill.
    own.change(scope, None, 5_000).await;
    rediscount(scope, (house.ada, house.tuition), day("2025-09-01"))
        .await
        .unwrap();
    assert_eq!(owed(scope, house.ada).await, 45_000);
    let before = Books::of(scope).await.entries.len();
    rediscount(scope, (house.ada, house.tuition), day("2025-09-01"))
        .await
        .unwrap();
    assert_eq!(Books::of(scope).await.entries.len(), before);
    // What was paid already has no room for more: the rest is a credit.
    credit(scope, house.ada, 45_000).await;
    own.change(scope, Some(half), 0).await;
    rediscount(scope, (house.ada, house.tuition), day("2025-09-01"))
        .await
        .unwrap();
    assert_eq!(owed(scope, house.ada).await, -20_000);
    sound(scope).await;
}

#[tokio::test]
async fn arrears_move_to_the_next_term_in_pairs_that_keep_their_fee_and_the_day_they_were_due() {
    let house = schoolhouse().await;
    let scope = &house.scope;
    billed(scope, FIRST).await;
    credit(scope, house.ada, 20_000).await;
    house.world.pass(120);
    let second = Fee {
        session: SESSION,
        term: SECOND,
        class_id: None,
        amount: 40_000,
        optional: false,
    };
    second.of(scope, "Tuition of the second").await;
    let run = billed(scope, SECOND).await;
    let books = Books::of(scope).await;
    let carried: Vec<_> = books
        .entries
        .values()
        .filter(|one| {
            one.billing_run_id == Some(run.id)
                && one.charge_id.is_some()
                && one.student_id == house.ada
        })
        .collect();
    let told: Vec<_> = carried
        .iter()
        .map(|one| (one.amount.minor(), one.term.as_str(), one.due_date))
        .collect();
    let due = books
        .entries
        .values()
        .find(|one| one.student_id == house.ada)
        .unwrap()
        .due_date;
    assert_eq!(told, [(-30_000, FIRST, None), (30_000, SECOND, due)]);
    assert!(
        carried
            .iter()
            .all(|one| one.fee_item_id == Some(house.tuition))
    );
    assert_eq!(owed(scope, house.ada).await, 70_000);
    let again = billed(scope, SECOND).await;
    assert_eq!(fees_billed(scope, &again).await.unwrap(), []);
    assert_eq!(Books::of(scope).await.entries.len(), books.entries.len());
    // A payment now settles the arrears first.
    credit(scope, house.ada, 30_000).await;
    let open = crate::services::ledger::open_charges(scope, house.ada)
        .await
        .unwrap();
    assert_eq!(
        open.iter().map(|one| one.rest).collect::<Vec<_>>(),
        [40_000]
    );
    sound(scope).await;
}

#[tokio::test]
async fn an_undone_run_leaves_what_was_before_it_and_may_be_made_anew() {
    let house = schoolhouse().await;
    let scope = &house.scope;
    assign(scope, house.ada, house.tuition, None, 1_000).await;
    credit(scope, house.ada, 7_000).await;
    let run = billed(scope, FIRST).await;
    assert_eq!(owed(scope, house.ada).await, 42_000);
    let today = school_today(scope).await.unwrap();
    undo(scope, run.id, "Wrong fees.", today).await.unwrap();
    assert_eq!(
        (owed(scope, house.ada).await, owed(scope, house.cem).await),
        (-7_000, 0)
    );
    let refused = undo(scope, run.id, "Again.", today).await.unwrap_err();
    assert_eq!(refused.status().as_u16(), 409);
    let run = billed(scope, FIRST).await;
    assert_eq!(
        (owed(scope, house.ada).await, owed(scope, house.cem).await),
        (42_000, 52_000)
    );
    credit(scope, house.ben, 100).await;
    let refused = undo(scope, run.id, "Too late.", today).await.unwrap_err();
    assert_eq!(refused.status().as_u16(), 409);
    assert_eq!(owed(scope, house.ben).await, 49_900);
    sound(scope).await;
}

#[tokio::test]
async fn a_charge_taken_back_by_hand_is_not_charged_again() {
    let house = schoolhouse().await;
    let scope = &house.scope;
    billed(scope, FIRST).await;
    let books = Books::of(scope).await;
    let charge = books
        .entries
        .values()
        .find(|one| one.student_id == house.ada)
        .unwrap()
        .id;
    let today = school_today(scope).await.unwrap();
    lock_account(scope, house.ada).await.unwrap();
    reverse(scope, charge, "A guest.", today, today)
        .await
        .unwrap();
    billed(scope, FIRST).await;
    assert_eq!(
        (owed(scope, house.ada).await, owed(scope, house.ben).await),
        (0, 50_000)
    );
}

#[tokio::test]
async fn who_has_left_is_skipped_and_the_number_of_statements_is_that_of_one_pupil() {
    let world = world().await;
    let mut counts = std::collections::BTreeSet::new();
    for size in [1, 9] {
        let scope = world.school(&format!("s{size}")).await;
        let fee = Fee {
            session: SESSION,
            term: FIRST,
            class_id: None,
            amount: 50_000,
            optional: false,
        };
        fee.of(&scope, "Tuition").await;
        for number in 0..size {
            pupil(&scope, &format!("P{number}"), None).await;
        }
        let count = statements::counted(async {
            billed(&scope, FIRST).await;
            statements::so_far().count
        });
        counts.insert(count.await);
        let books = Books::of(&scope).await;
        assert_eq!(books.entries.len(), size);
        assert!(
            books
                .entries
                .values()
                .all(|one| one.amount == Money::of_minor(50_000))
        );
    }
    assert_eq!(Vec::from_iter(counts), [7]);
}
