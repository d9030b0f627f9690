//! A school in which a history happens.

use std::collections::BTreeMap;

use chrono::{NaiveDate, TimeDelta};
use identity::services::school_today;
use resource::{ApiError, Money, tenant_guard::Scope};

use super::{Act, receipts::Receipts};
use crate::{
    entities::fee_category,
    ledger::{Benefit, EntryKind},
    services::{
        billing::{self, Billing, rediscount, undo},
        ledger::{Accounts, NewEntry, allocate_oldest_first, balances, post, reverse},
        payments::{NewLine, NewPayment, record_payment, refund, void},
    },
    testing::{Books, Fee, Own, SESSION, TERM, World, assign, class, move_to, pupil, scholarship},
};

const SECOND: &str = "Second Term";

/// A school in which a history happens.
pub(super) struct Account<'a> {
    world: &'a World,
    scope: Scope,
    classes: [i64; 2],
    pupils: [i64; 2],
    merit: i64,
    owns: Vec<Own>,
    runs: Vec<i64>,
    payments: Vec<i64>,
    /// What each pupil owed at the end of each day, and with what was dated back to it since.
    past: Vec<(NaiveDate, BTreeMap<i64, Money>)>,
}

impl<'a> Account<'a> {
    pub(super) async fn open(world: &'a World) -> Self {
        let scope = world.school(&world.fresh_domain()).await;
        let classes = [class(&scope, "Age 15").await, class(&scope, "Age 16").await];
        let pupils = [
            pupil(&scope, "Ada", Some(classes[0])).await,
            pupil(&scope, "Ben", Some(classes[1])).await,
        ];
        let fee = Fee {
            session: SESSION,
            term: TERM,
            class_id: None,
            amount: 50_001,
            optional: false,
        };
        let tuition = fee.of(&scope, "Tuition").await;
        let laboratory = Fee {
            class_id: Some(classes[1]),
            amount: 2_000,
            ..fee
        };
        laboratory.of(&scope, "Laboratory").await;
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

    async fn owe(&self, on: NaiveDate) -> BTreeMap<i64, Money> {
        balances(&self.scope, Accounts::Of(&self.pupils), on)
            .await
            .unwrap()
    }

    /// Does it; what is refused by its rule leaves no trace.
    pub(super) async fn act(&mut self, act: &Act) -> Result<(), ApiError> {
        if let Act::Pass(days) = act {
            let today = self.today().await;
            self.past.push((today, self.owe(today).await));
            self.world.pass(*days);
            return Ok(());
        }
        let transaction = self.scope.begin().await?;
        let done = self.done(&transaction.scope().clone(), act).await;
        match done {
            Ok(()) => Ok(transaction.commit().await?),
            Err(error) => {
                transaction.rollback().await?;
                Err(error)
            }
        }
    }

    async fn done(&mut self, scope: &Scope, act: &Act) -> Result<(), ApiError> {
        let today = school_today(scope).await?;
        match act {
            Act::Bill { second, class } => {
                let term = if *second { SECOND } else { TERM };
                let run = billing::run(scope, &self.billing(term, *class)).await?;
                self.runs.push(run.id);
            }
            Act::Undo(place) => {
                if let Some(id) = self.runs.get(*place) {
                    undo(scope, *id, "Undone.", today).await?;
                }
            }
            Act::Pay {
                pupil,
                meant,
                named,
                amount,
                days_ago,
            } => {
                let date = today - TimeDelta::days(*days_ago);
                let new = self
                    .payment(scope, *pupil, (*meant, *named), *amount, date)
                    .await?;
                self.payments.push(record_payment(scope, new).await?.id);
                self.dated_back(*pupil, -amount, date);
            }
            Act::Void(place) => {
                if let Some(id) = self.payments.get(*place) {
                    void(scope, *id, "Twice.").await?;
                }
            }
            Act::Refund { payment, amount } => {
                if let Some(id) = self.payments.get(*payment) {
                    refund(scope, *id, Money::of_minor(*amount), "Moved away.").await?;
                }
            }
            Act::Enter { pupil, amount, day } => {
                let date = today + TimeDelta::days(*day);
                self.enter(scope, *pupil, *amount, (date, today)).await?;
                self.dated_back(*pupil, *amount, date);
            }
            Act::Agree {
                pupil,
                scholarship,
                discount,
            } => {
                let own = &self.owns[*pupil];
                own.change(scope, scholarship.then_some(self.merit), *discount)
                    .await;
                rediscount(scope, own.key(), today).await?;
            }
            Act::Reverse(place) => take_back(scope, *place, today).await?,
            Act::Move { pupil, class } => {
                move_to(scope, self.pupils[*pupil], Some(self.classes[*class])).await;
            }
            Act::Pass(_) => {}
        }
        Ok(())
    }

    fn billing(&self, term: &str, class: Option<usize>) -> Billing {
        Billing {
            session: SESSION.into(),
            term: term.into(),
            class_id: class.map(|class| self.classes[class]),
            effective_date: None,
            due_date: None,
        }
    }

    /// A payment meant for a kind of fee or for none, with a line that names one, something else, or no line.
    async fn payment(
        &self,
        scope: &Scope,
        pupil: usize,
        (meant, named): (Option<usize>, Option<usize>),
        amount: i64,
        date: NaiveDate,
    ) -> Result<NewPayment, ApiError> {
        let kinds = scope.all(scope.find::<fee_category::Entity>()).await?;
        let amount = Money::of_minor(amount);
        let line = |place: usize| NewLine {
            purpose: kinds
                .get(place + 1)
                .map_or("A gift", |kind| kind.name.as_str())
                .into(),
            amount,
        };
        Ok(NewPayment {
            student_id: self.pupils[pupil],
            amount,
            date: Some(date),
            method: "cash".into(),
            category_id: meant.and_then(|place| kinds.get(place)).map(|kind| kind.id),
            remark: String::new(),
            session: SESSION.into(),
            term: TERM.into(),
            external_reference: String::new(),
            gateway_reference: None,
            lines: named.map(line).into_iter().collect(),
        })
    }

    /// A charge by hand above zero, a credit below.
    async fn enter(
        &self,
        scope: &Scope,
        pupil: usize,
        amount: i64,
        (date, today): (NaiveDate, NaiveDate),
    ) -> Result<(), ApiError> {
        let entry = NewEntry {
            student_id: self.pupils[pupil],
            kind: if amount > 0 {
                EntryKind::Charge
            } else {
                EntryKind::Credit
            },
            amount: Money::of_minor(amount),
            effective_date: date,
            due_date: None,
            session: SESSION.into(),
            term: TERM.into(),
            fee_item_id: None,
            category_id: None,
            charge_id: None,
            description: String::new(),
        };
        post(scope, &[entry]).await?;
        allocate_oldest_first(scope, Accounts::Of(&[self.pupils[pupil]]), today).await
    }

    /// What is dated back changes the days from then on by itself, and by nothing else.
    fn dated_back(&mut self, pupil: usize, amount: i64, date: NaiveDate) {
        let pupil = self.pupils[pupil];
        for (_, then) in self.past.iter_mut().filter(|(day, _)| *day >= date) {
            let owed = then.get(&pupil).map_or(0, |money| money.minor());
            then.insert(pupil, Money::of_minor(owed + amount));
        }
    }

    /// What is wrong in the end.
    pub(super) async fn broken(&self) -> Vec<String> {
        let books = Books::of(&self.scope).await;
        let mut broken = books.broken();
        broken.extend(books.charged_twice());
        let receipts = Receipts::of(&self.scope).await;
        broken.extend(receipts.broken(&books));
        let mut days: Vec<NaiveDate> = self.past.iter().map(|(day, _)| *day).collect();
        days.push(self.today().await);
        for day in days {
            for pupil in self.pupils {
                let (owed, summed) = (books.balance(pupil, day), receipts.owed(&books, pupil, day));
                if owed != summed {
                    broken.push(format!(
                        "on {day} {pupil} owed {owed}, and by kind {summed}"
                    ));
                }
            }
        }
        for (day, then) in &self.past {
            let owed = |of: &BTreeMap<i64, Money>| {
                self.pupils
                    .map(|pupil| of.get(&pupil).map_or(0, |money| money.minor()))
            };
            let now = self.owe(*day).await;
            if owed(then) != owed(&now) {
                broken.push(format!("on {day} they owed {then:?}, and now did {now:?}"));
            }
        }
        broken.extend(self.billed_again().await);
        broken
    }

    /// What is wrong when every term is billed twice more: the second time adds nothing.
    async fn billed_again(&self) -> Vec<String> {
        let mut broken = Vec::new();
        for term in [TERM, SECOND] {
            let bill = self.billing(term, None);
            let mut sizes = Vec::new();
            for _ in 0..2 {
                billing::run(&self.scope, &bill).await.unwrap();
                let books = Books::of(&self.scope).await;
                broken.extend(books.broken());
                sizes.push((books.entries.len(), books.allocations.len()));
            }
            if sizes[0] != sizes[1] {
                broken.push(format!("{term} was billed twice"));
            }
        }
        broken
    }
}

/// Takes back by hand what may be.
async fn take_back(scope: &Scope, place: usize, today: NaiveDate) -> Result<(), ApiError> {
    let books = Books::of(scope).await;
    let by_hand = [EntryKind::Charge, EntryKind::Discount, EntryKind::Credit];
    match books.entries.values().nth(place) {
        Some(entry) if by_hand.contains(&entry.kind) => {
            reverse(scope, entry.id, "By hand.", today, today).await
        }
        _ => Ok(()),
    }
}
