//! Random histories of two pupils' accounts: whatever is done, and in whatever order, the laws of the
//! ledger hold on every day that is looked back to.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use proptest::{collection::vec, prelude::*, test_runner::TestRunner};
use resource::{ApiError, tenant_guard::Scope};

use super::*;
use crate::{
    entities::ledger_entry,
    ledger::EntryKind,
    services::ledger::{
        NewEntry, Share, allocate_named, allocate_oldest_first, left, post, release, rest,
    },
    testing::Own,
};

/// One thing that is done; numbers choose among what there is.
#[derive(Debug, Clone)]
enum Act {
    Bill {
        second: bool,
        class: Option<usize>,
    },
    Undo(usize),
    Pay {
        pupil: usize,
        amount: i64,
    },
    Void(usize),
    Refund {
        payment: usize,
        amount: i64,
    },
    Charge {
        pupil: usize,
        amount: i64,
    },
    Credit {
        pupil: usize,
        amount: i64,
    },
    Agree {
        pupil: usize,
        scholarship: bool,
        discount: i64,
    },
    Reverse(usize),
    Move {
        pupil: usize,
        class: usize,
    },
    Pass(u64),
}

fn act() -> impl Strategy<Value = Act> {
    let (pupil, class, some) = (0_usize..2, 0_usize..2, 1_i64..=90_000);
    prop_oneof![
        4 => (any::<bool>(), proptest::option::of(class.clone())).prop_map(|(second, class)| Act::Bill { second, class }),
        1 => (0_usize..4).prop_map(Act::Undo),
        4 => (pupil.clone(), some.clone()).prop_map(|(pupil, amount)| Act::Pay { pupil, amount }),
        2 => (0_usize..4).prop_map(Act::Void),
        2 => (0_usize..4, some.clone()).prop_map(|(payment, amount)| Act::Refund { payment, amount }),
        1 => (pupil.clone(), some.clone()).prop_map(|(pupil, amount)| Act::Charge { pupil, amount }),
        1 => (pupil.clone(), some.clone()).prop_map(|(pupil, amount)| Act::Credit { pupil, amount }),
        2 => (pupil.clone(), any::<bool>(), 0..=60_000_i64)
            .prop_map(|(pupil, scholarship, discount)| Act::Agree { pupil, scholarship, discount }),
        2 => (0_usize..20).prop_map(Act::Reverse),
        1 => (pupil, class).prop_map(|(pupil, class)| Act::Move { pupil, class }),
        3 => (1_u64..60).prop_map(Act::Pass),
    ]
}

fn entry(student_id: i64, kind: EntryKind, amount: i64, today: NaiveDate) -> NewEntry {
    NewEntry {
        student_id,
        kind,
        amount: Money::of_minor(amount),
        effective_date: today,
        due_date: None,
        session: SESSION.into(),
        term: FIRST.into(),
        fee_item_id: None,
        category_id: None,
        charge_id: None,
        description: String::new(),
    }
}

/// A school in which a history happens.
struct Account<'a> {
    world: &'a World,
    scope: Scope,
    classes: [i64; 2],
    pupils: [i64; 2],
    merit: i64,
    owns: Vec<Own>,
    runs: Vec<i64>,
    payments: Vec<i64>,
    /// What each pupil owed at the end of each day.
    past: Vec<(NaiveDate, BTreeMap<i64, resource::Money>)>,
}

impl<'a> Account<'a> {
    async fn open(world: &'a World) -> Self {
        let scope = world.school(&world.fresh_domain()).await;
        let classes = [class(&scope, "Age 15").await, class(&scope, "Age 16").await];
        let pupils = [
            pupil(&scope, "Ada", Some(classes[0])).await,
            pupil(&scope, "Ben", Some(classes[1])).await,
        ];
        let fee = Fee {
            session: SESSION,
            term: FIRST,
            class_id: None,
            amount: 50_001,
            optional: false,
        };
        let tuition = fee.of(&scope, "Tuition").await;
        Fee {
            class_id: Some(classes[1]),
            amount: 2_000,
            ..fee
        }
        .of(&scope, "Laboratory")
        .await;
        Fee {
            term: SECOND,
            ..fee
        }
        .of(&scope, "Tuition of the second")
        .await;
        let mut owns = Vec::new();
        for pupil in pupils {
            owns.push(assign(&scope, pupil, tuition, None, 0).await);
        }
        Self {
            world,
            merit: scholarship(&scope, "Merit", Benefit::Percentage, 3_333).await,
            scope,
            classes,
            pupils,
            owns,
            runs: Vec::new(),
            payments: Vec::new(),
            past: Vec::new(),
        }
    }

    async fn today(&self) -> NaiveDate {
        school_today(&self.scope).await.unwrap()
    }

    async fn owe(&self, on: NaiveDate) -> BTreeMap<i64, resource::Money> {
        balances(&self.scope, Accounts::Of(&self.pupils), on)
            .await
            .unwrap()
    }

    /// Does it; what is refused by its rule leaves no trace.
    async fn act(&mut self, act: &Act) -> Result<(), ApiError> {
        let scope = self.scope.clone();
        match act {
            Act::Bill { second, class } => {
                let term = if *second { SECOND } else { FIRST };
                let class = class.map(|class| self.classes[class]);
                let run = run(&scope, &billing(term, class)).await?;
                self.runs.push(run.id);
            }
            Act::Undo(run) => {
                if let Some(id) = self.runs.get(*run) {
                    undo(&scope, *id, "Undone.", self.today().await).await?;
                }
            }
            Act::Pay { pupil, amount } => {
                let id = self.line(*pupil, EntryKind::Payment, -amount).await?;
                self.payments.push(id);
            }
            Act::Charge { pupil, amount } => {
                self.line(*pupil, EntryKind::Charge, *amount).await?;
            }
            Act::Credit { pupil, amount } => {
                self.line(*pupil, EntryKind::Credit, -amount).await?;
            }
            Act::Void(payment) => {
                if let Some(id) = self.payments.get(*payment).copied() {
                    self.void(id).await?;
                }
            }
            Act::Refund { payment, amount } => {
                if let Some(id) = self.payments.get(*payment).copied() {
                    self.refund(id, *amount).await?;
                }
            }
            Act::Agree {
                pupil,
                scholarship,
                discount,
            } => {
                let own = &self.owns[*pupil];
                own.change(&scope, scholarship.then_some(self.merit), *discount)
                    .await;
                rediscount(&scope, own.key(), self.today().await).await?;
            }
            Act::Reverse(place) => self.reverse(*place).await?,
            Act::Move { pupil, class } => {
                move_to(&scope, self.pupils[*pupil], Some(self.classes[*class])).await;
            }
            Act::Pass(days) => {
                let today = self.today().await;
                self.past.push((today, self.owe(today).await));
                self.world.pass(*days);
            }
        }
        Ok(())
    }

    async fn line(&self, pupil: usize, kind: EntryKind, amount: i64) -> Result<i64, ApiError> {
        let (pupil, today) = (self.pupils[pupil], self.today().await);
        let id = post(&self.scope, &[entry(pupil, kind, amount, today)]).await?;
        allocate_oldest_first(&self.scope, Accounts::Of(&[pupil]), today).await?;
        Ok(id[0])
    }

    /// A payment of which something was given back stays.
    async fn void(&self, id: i64) -> Result<(), ApiError> {
        let payment = self.scope.get::<ledger_entry::Entity>(id).await?;
        let payment = payment.ok_or_else(ApiError::not_found)?;
        if left(&self.scope, id).await? < payment.amount.minor().abs() {
            return Err(ApiError::conflict("something was given back"));
        }
        let today = self.today().await;
        reverse(&self.scope, id, "Voided.", today, today).await
    }

    async fn refund(&self, id: i64, amount: i64) -> Result<(), ApiError> {
        if left(&self.scope, id).await? < amount {
            return Err(ApiError::conflict("more than is left"));
        }
        let today = self.today().await;
        let payment = self.scope.get::<ledger_entry::Entity>(id).await?;
        let pupil = payment.ok_or_else(ApiError::not_found)?.student_id;
        let free = rest(&self.scope, id).await?;
        if free < amount {
            release(&self.scope, id, amount - free, today).await?;
        }
        let refund = post(
            &self.scope,
            &[entry(pupil, EntryKind::Refund, amount, today)],
        )
        .await?;
        let share = Share {
            credit_id: id,
            charge_id: refund[0],
            amount,
        };
        allocate_named(&self.scope, &[share], today).await?;
        allocate_oldest_first(&self.scope, Accounts::Of(&[pupil]), today).await?;
        Ok(())
    }

    async fn reverse(&self, place: usize) -> Result<(), ApiError> {
        let books = Books::of(&self.scope).await;
        let Some(entry) = books.entries.values().nth(place) else {
            return Ok(());
        };
        let by_hand = [
            EntryKind::Charge,
            EntryKind::Discount,
            EntryKind::Credit,
            EntryKind::LateFee,
        ];
        if by_hand.contains(&entry.kind) {
            let today = self.today().await;
            reverse(&self.scope, entry.id, "By hand.", today, today).await?;
        }
        Ok(())
    }

    /// What is wrong in the end.
    async fn broken(&self) -> Vec<String> {
        let books = Books::of(&self.scope).await;
        let mut broken = books.broken();
        broken.extend(books.charged_twice());
        for (day, then) in &self.past {
            let now = self.owe(*day).await;
            if *then != now {
                broken.push(format!("on {day} they owed {then:?}, and now did {now:?}"));
            }
        }
        for term in [FIRST, SECOND] {
            run(&self.scope, &billing(term, None)).await.unwrap();
            let once = Books::of(&self.scope).await;
            run(&self.scope, &billing(term, None)).await.unwrap();
            let twice = Books::of(&self.scope).await;
            if (once.entries.len(), once.allocations.len())
                != (twice.entries.len(), twice.allocations.len())
            {
                broken.push(format!("{term} was billed twice"));
            }
            broken.extend(twice.broken());
        }
        broken
    }
}

/// Lives a history; answers what is wrong with it.
async fn lived(world: &World, acts: &[Act]) -> Vec<String> {
    let mut account = Account::open(world).await;
    let mut broken = Vec::new();
    for act in acts {
        match account.act(act).await {
            Err(error) if error.status().as_u16() != 409 => {
                broken.push(format!("{act:?}: {error}"));
            }
            _ => {}
        }
    }
    broken.extend(account.broken().await);
    broken
}

#[test]
fn every_history_keeps_the_laws() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let world = runtime.block_on(world());
    let config = ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let done = TestRunner::new(config).run(&vec(act(), 1..14), |acts| {
        let broken = runtime.block_on(lived(&world, &acts));
        prop_assert!(broken.is_empty(), "{broken:#?}");
        Ok(())
    });
    done.unwrap_or_else(|error| panic!("{error}"));
}
