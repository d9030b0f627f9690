//! Random histories of payments on one account, dated back and forth: the laws of the ledger hold on every day, and payments
//! say what the ledger says.

use std::cell::Cell;

use chrono::TimeDelta;
use identity::services::school_today;
use proptest::{collection::vec, option, prelude::*, test_runner::TestRunner};
use resource::Money;

use super::*;
use crate::{
    entities::payment_refund,
    ledger::EntryKind,
    services::ledger::{NewEntry, post, reverse},
    testing::{Books, SESSION, TERM, World, category, pupil, world},
};

/// One thing that is done; numbers choose among what there is.
#[derive(Debug, Clone)]
enum Act {
    Charge {
        kind: usize,
        amount: i64,
        day: i64,
    },
    Pay {
        kind: Option<usize>,
        named: Option<usize>,
        amount: i64,
        day: i64,
    },
    Void(usize),
    Refund {
        payment: usize,
        amount: i64,
    },
    Reverse(usize),
}

const NAMES: [&str; 2] = ["Tuition", "Bus"];

fn act() -> impl Strategy<Value = Act> {
    // A payment is given back in several parts as often as not.
    let (kind, some) = (0_usize..2, 1_i64..=500);
    prop_oneof![
        3 => (kind.clone(), some.clone(), -30_i64..=30).prop_map(|(kind, amount, day)| Act::Charge { kind, amount, day }),
        4 => (option::of(kind.clone()), option::of(0_usize..3), some, -60_i64..=0)
            .prop_map(|(kind, named, amount, day)| Act::Pay { kind, named, amount, day }),
        2 => (0_usize..4).prop_map(Act::Void),
        6 => (0_usize..2, 1_i64..=150).prop_map(|(payment, amount)| Act::Refund { payment, amount }),
        1 => (0_usize..6).prop_map(Act::Reverse),
    ]
}

struct Account {
    scope: Scope,
    ada: i64,
    kinds: [i64; 2],
    payments: Vec<i64>,
    charges: Vec<i64>,
}

impl Account {
    async fn open(world: &World, domain: &str) -> Self {
        let scope = world.school(domain).await;
        Self {
            ada: pupil(&scope, "Ada", None).await,
            kinds: [
                category(&scope, NAMES[0]).await,
                category(&scope, NAMES[1]).await,
            ],
            scope,
            payments: Vec::new(),
            charges: Vec::new(),
        }
    }

    /// Does it; what is refused leaves no trace.
    async fn act(&mut self, act: &Act) -> Result<(), ApiError> {
        let transaction = self.scope.begin().await?;
        match self.done(transaction.scope().clone(), act).await {
            Ok(()) => Ok(transaction.commit().await?),
            Err(error) => {
                transaction.rollback().await?;
                Err(error)
            }
        }
    }

    async fn done(&mut self, scope: Scope, act: &Act) -> Result<(), ApiError> {
        let today = school_today(&scope).await?;
        match act {
            Act::Charge { kind, amount, day } => {
                let entry = NewEntry {
                    student_id: self.ada,
                    kind: EntryKind::Charge,
                    amount: Money::of_minor(*amount),
                    effective_date: today + TimeDelta::days(*day),
                    due_date: None,
                    session: SESSION.into(),
                    term: TERM.into(),
                    fee_item_id: None,
                    category_id: Some(self.kinds[*kind]),
                    charge_id: None,
                    description: String::new(),
                };
                self.charges.extend(post(&scope, &[entry]).await?);
            }
            Act::Pay {
                kind,
                named,
                amount,
                day,
            } => {
                let new = NewPayment {
                    date: Some(today + TimeDelta::days(*day)),
                    ..self.payment(*kind, *named, *amount)
                };
                self.payments.push(record_payment(&scope, new).await?.id);
            }
            Act::Void(place) => {
                if let Some(id) = self.payments.get(*place) {
                    void(&scope, *id, "Twice").await?;
                }
            }
            Act::Refund { payment, amount } => {
                if let Some(id) = self.payments.get(*payment) {
                    refund(&scope, *id, Money::of_minor(*amount), "Moved away").await?;
                }
            }
            Act::Reverse(place) => {
                if let Some(id) = self.charges.get(*place) {
                    reverse(&scope, *id, "By mistake", today, today).await?;
                }
            }
        }
        Ok(())
    }

    fn payment(&self, kind: Option<usize>, named: Option<usize>, amount: i64) -> NewPayment {
        let purpose = named.map(|place| NAMES.get(place).copied().unwrap_or("A gift"));
        let line = |purpose: &str| NewLine {
            purpose: purpose.into(),
            amount: Money::of_minor(amount),
        };
        NewPayment {
            student_id: self.ada,
            amount: Money::of_minor(amount),
            date: None,
            method: "cash".into(),
            category_id: kind.map(|kind| self.kinds[kind]),
            remark: String::new(),
            session: SESSION.into(),
            term: TERM.into(),
            external_reference: String::new(),
            gateway_reference: None,
            lines: purpose.map(line).into_iter().collect(),
        }
    }

    /// What is wrong in the end.
    async fn broken(&self) -> Vec<String> {
        let books = Books::of(&self.scope).await;
        let mut broken = books.broken();
        let payments = self.scope.all(self.scope.find::<Entity>()).await.unwrap();
        let refunds = self
            .scope
            .all(self.scope.find::<payment_refund::Entity>())
            .await
            .unwrap();
        let given = |id: i64| -> i64 {
            let own = refunds.iter().filter(|one| one.payment_id == id);
            own.map(|one| one.amount.minor()).sum()
        };
        for (number, payment) in (1..).zip(&payments) {
            let left = payment.amount.minor() - given(payment.id);
            if left < 0 || (left == 0) != (payment.status == REFUNDED) {
                broken.push(format!("{left} is left of {payment:?}"));
            }
            if !payment.reference.ends_with(&format!("-{number:06}")) {
                broken.push(format!("{} is number {number}", payment.reference));
            }
        }
        for one in &refunds {
            let own = books
                .allocations
                .iter()
                .filter(|line| line.charge_id == one.entry_id);
            let settled: i64 = own.map(|line| line.amount.minor()).sum();
            if settled != one.amount.minor() {
                broken.push(format!("{settled} is settled of {one:?}"));
            }
        }
        let kept = payments.iter().filter(|one| one.status != VOIDED);
        let kept: i64 = kept.map(|one| one.amount.minor() - given(one.id)).sum();
        let of_payments = books.entries.values().filter(|entry| {
            let taken = entry.reverses_id.and_then(|id| books.entries.get(&id));
            matches!(entry.kind, EntryKind::Payment | EntryKind::Refund)
                || taken.is_some_and(|taken| taken.kind == EntryKind::Payment)
        });
        let entered: i64 = of_payments.map(|entry| -entry.amount.minor()).sum();
        if kept != entered {
            broken.push(format!("{kept} was paid and {entered} is in the ledger"));
        }
        broken
    }
}

/// Lives a history; answers what is wrong with it.
async fn lived(world: &World, domain: &str, acts: &[Act]) -> Vec<String> {
    let mut account = Account::open(world, domain).await;
    let mut broken = Vec::new();
    for act in acts {
        match account.act(act).await {
            Err(error) if ![400, 409].contains(&error.status().as_u16()) => {
                broken.push(format!("{act:?}: {error}"));
            }
            _ => {}
        }
    }
    broken.extend(account.broken().await);
    broken
}

#[test]
fn every_history_of_payments_keeps_the_laws() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let world = runtime.block_on(world());
    let config = ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let schools = Cell::new(0);
    let done = TestRunner::new(config).run(&vec(act(), 1..16), |acts| {
        schools.set(schools.get() + 1);
        let domain = format!("school{}", schools.get());
        let broken = runtime.block_on(lived(&world, &domain, &acts));
        prop_assert!(broken.is_empty(), "{broken:#?}");
        Ok(())
    });
    done.unwrap_or_else(|error| panic!("{error}"));
}
