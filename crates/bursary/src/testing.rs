//! A world for unit tests: the real schema in memory, a clock that is moved by hand, and the laws that
//! every ledger keeps.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use academic::{
    entities::student,
    resources::{
        classes::{ClassInput, Classes},
        students::{StudentInput, Students},
    },
};
use chrono::{DateTime, Days, NaiveDate, TimeZone, Utc};
use identity::services::{create_school, school_today};
use migrations::{Migrator, sea_orm_migration::MigratorTrait};
use resource::{
    Money, Resource,
    tenant_guard::{Clock, ConnectOptions, Database, Links, Principal, SchoolId, Scope, TrailKey},
};
use sea_orm::ActiveValue::Set;
use serde_json::json;

use crate::{
    entities::{allocation, fee_category, fee_item, ledger_entry, scholarship, student_fee},
    ledger::{Benefit, EntryKind},
    services::ledger::{Accounts, NewEntry, allocate_oldest_first, post},
};

pub(crate) const SESSION: &str = "2025/2026";
pub(crate) const TERM: &str = "First Term";

pub(crate) struct World {
    database: Database,
    now: Arc<Mutex<DateTime<Utc>>>,
    schools: AtomicU32,
}

pub(crate) async fn world() -> World {
    let now = Arc::new(Mutex::new(
        Utc.with_ymd_and_hms(2025, 9, 1, 8, 0, 0).unwrap(),
    ));
    let told = now.clone();
    let options = ConnectOptions {
        url: "sqlite::memory:".into(),
        pool: 1,
        acquire_timeout: Duration::from_secs(5),
        trail_key: TrailKey::of(b"only ever signs the trails of tests"),
        links: Links::new(
            b"only ever signs the links of tests",
            "http://school.test",
            3_600,
        ),
    };
    let clock = Clock::by(move || *told.lock().unwrap());
    let database = Database::connect(&options, clock).await.unwrap();
    Migrator::up(database.for_migrations(), None).await.unwrap();
    World {
        database,
        now,
        schools: AtomicU32::new(0),
    }
}

impl World {
    /// A new school's rows.
    pub(crate) async fn school(&self, domain: &str) -> Scope {
        let transaction = self.database.platform().begin().await.unwrap();
        let school = create_school(transaction.platform(), domain, domain, "active").await;
        let school = SchoolId(school.unwrap().id);
        transaction.commit().await.unwrap();
        self.database.scope(school, Principal::system(school))
    }

    /// The domain of a school there is not yet.
    pub(crate) fn fresh_domain(&self) -> String {
        format!("school{}", self.schools.fetch_add(1, Ordering::Relaxed))
    }

    /// Lets days pass.
    pub(crate) fn pass(&self, days: u64) {
        let mut now = self.now.lock().unwrap();
        *now = *now + Days::new(days);
    }
}

pub(crate) async fn class(scope: &Scope, name: &str) -> i64 {
    let input = ClassInput {
        name: name.into(),
        class_teacher_id: None,
        subjects: None,
    };
    Classes::create(scope, input).await.unwrap().0.id
}

pub(crate) async fn pupil(scope: &Scope, number: &str, class_id: Option<i64>) -> i64 {
    let body =
        json!({"student_no": number, "names": number, "gender": "Female", "class_id": class_id});
    let input: StudentInput = serde_json::from_value(body).unwrap();
    Students::<()>::create(scope, input).await.unwrap().0.id
}

pub(crate) async fn move_to(scope: &Scope, pupil: i64, class_id: Option<i64>) {
    let before = scope.get::<student::Entity>(pupil).await.unwrap().unwrap();
    let after = student::ActiveModel {
        class_id: Set(class_id),
        ..before.clone().into()
    };
    scope
        .update::<student::Entity, _>(&before, after)
        .await
        .unwrap();
}

pub(crate) async fn category(scope: &Scope, name: &str) -> i64 {
    let row = fee_category::ActiveModel {
        name: Set(name.into()),
        description: Set(String::new()),
        is_optional: Set(false),
        ..Default::default()
    };
    scope
        .insert::<fee_category::Entity, _>(row)
        .await
        .unwrap()
        .id
}

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Entries and allocations of a school.
pub(crate) struct Books {
    pub entries: BTreeMap<i64, ledger_entry::Model>,
    pub allocations: Vec<allocation::Model>,
}

impl Books {
    pub(crate) async fn of(scope: &Scope) -> Self {
        let entries = scope
            .all(scope.find::<ledger_entry::Entity>())
            .await
            .unwrap();
        let allocations = scope.all(scope.find::<allocation::Entity>()).await.unwrap();
        Self {
            entries: entries.into_iter().map(|entry| (entry.id, entry)).collect(),
            allocations,
        }
    }

    /// Every day on which something begins to count.
    fn days(&self) -> BTreeSet<NaiveDate> {
        let posted = self.entries.values().map(|entry| entry.effective_date);
        let settled = self.allocations.iter().map(|one| one.effective_date);
        posted.chain(settled).collect()
    }

    /// What of each entry was settled on a day.
    fn settled(&self, on: NaiveDate) -> BTreeMap<i64, i64> {
        let mut settled = BTreeMap::new();
        for one in self
            .allocations
            .iter()
            .filter(|one| one.effective_date <= on)
        {
            for side in [one.credit_id, one.charge_id] {
                *settled.entry(side).or_default() += one.amount.minor();
            }
        }
        settled
    }

    /// What a pupil owed on a day.
    pub(crate) fn balance(&self, pupil: i64, on: NaiveDate) -> i64 {
        let own = self
            .entries
            .values()
            .filter(|entry| entry.student_id == pupil);
        let counted = own.filter(|entry| entry.effective_date <= on);
        counted.map(|entry| entry.amount.minor()).sum()
    }

    /// Fees charged to a pupil more than once, of the charges that stand.
    pub(crate) fn charged_twice(&self) -> Vec<String> {
        let reversed: BTreeSet<i64> = self
            .entries
            .values()
            .filter_map(|entry| entry.reverses_id)
            .collect();
        let mut charged = BTreeSet::new();
        let standing = self
            .entries
            .values()
            .filter(|entry| entry.occurrence.is_some() && !reversed.contains(&entry.id));
        let twice = standing.filter(|entry| !charged.insert((entry.student_id, entry.fee_item_id)));
        twice
            .map(|entry| format!("{entry:?} is charged twice"))
            .collect()
    }

    /// What is wrong with the books on any day; nothing, by the laws of the ledger.
    pub(crate) fn broken(&self) -> Vec<String> {
        let mut broken = Vec::new();
        for one in &self.allocations {
            let (credit, charge) = (&self.entries[&one.credit_id], &self.entries[&one.charge_id]);
            if credit.student_id != charge.student_id
                || credit.amount.minor() > 0
                || charge.amount.minor() < 0
            {
                broken.push(format!("{one:?} joins {credit:?} and {charge:?}"));
            }
        }
        for day in self.days() {
            let settled = self.settled(day);
            let mut open: BTreeMap<i64, i64> = BTreeMap::new();
            for entry in self.entries.values() {
                let used = settled.get(&entry.id).copied().unwrap_or_default();
                let counts = entry.effective_date <= day;
                let most = if counts {
                    entry.amount.minor().abs()
                } else {
                    0
                };
                if !(0..=most).contains(&used) {
                    broken.push(format!("on {day} {used} is settled of {entry:?}"));
                }
                if counts {
                    let rest = (entry.amount.minor().abs() - used) * entry.amount.minor().signum();
                    *open.entry(entry.student_id).or_default() += rest;
                }
            }
            for (pupil, open) in open {
                if open != self.balance(pupil, day) {
                    broken.push(format!(
                        "on {day} {open} is open of pupil {pupil}, who owes {}",
                        self.balance(pupil, day)
                    ));
                }
            }
        }
        broken
    }
}

/// A fee to be charged.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fee {
    pub session: &'static str,
    pub term: &'static str,
    pub class_id: Option<i64>,
    pub amount: i64,
    pub optional: bool,
}

impl Fee {
    /// The fee, under a category of its own.
    pub(crate) async fn of(self, scope: &Scope, name: &str) -> i64 {
        let row = fee_item::ActiveModel {
            category_id: Set(category(scope, name).await),
            class_id: Set(self.class_id),
            amount: Set(Money::of_minor(self.amount)),
            session: Set(self.session.into()),
            term: Set(self.term.into()),
            active: Set(true),
            is_optional: Set(self.optional),
            ..Default::default()
        };
        scope.insert::<fee_item::Entity, _>(row).await.unwrap().id
    }
}

pub(crate) async fn scholarship(scope: &Scope, name: &str, benefit: Benefit, value: i64) -> i64 {
    let row = scholarship::ActiveModel {
        name: Set(name.into()),
        description: Set(String::new()),
        benefit_type: Set(benefit),
        value: Set(Money::of_minor(value)),
        is_active: Set(true),
        ..Default::default()
    };
    scope
        .insert::<scholarship::Entity, _>(row)
        .await
        .unwrap()
        .id
}

/// A fee that is a pupil's own.
pub(crate) struct Own(i64, i64, i64);

pub(crate) async fn assign(
    scope: &Scope,
    pupil: i64,
    fee: i64,
    scholarship: Option<i64>,
    discount: i64,
) -> Own {
    let row = student_fee::ActiveModel {
        student_id: Set(pupil),
        fee_item_id: Set(fee),
        scholarship_id: Set(scholarship),
        discount: Set(Money::of_minor(discount)),
        ..Default::default()
    };
    Own(
        scope
            .insert::<student_fee::Entity, _>(row)
            .await
            .unwrap()
            .id,
        pupil,
        fee,
    )
}

impl Own {
    /// The pupil and the fee.
    pub(crate) fn key(&self) -> (i64, i64) {
        (self.1, self.2)
    }

    /// Agrees anew.
    pub(crate) async fn change(&self, scope: &Scope, scholarship: Option<i64>, discount: i64) {
        let before = scope
            .get::<student_fee::Entity>(self.0)
            .await
            .unwrap()
            .unwrap();
        let after = student_fee::ActiveModel {
            scholarship_id: Set(scholarship),
            discount: Set(Money::of_minor(discount)),
            ..before.clone().into()
        };
        scope
            .update::<student_fee::Entity, _>(&before, after)
            .await
            .unwrap();
    }
}

/// Gives a pupil a credit today, and lets it settle what it can.
pub(crate) async fn credit(scope: &Scope, student_id: i64, amount: i64) {
    let today = school_today(scope).await.unwrap();
    let entry = NewEntry {
        student_id,
        kind: EntryKind::Credit,
        amount: Money::of_minor(-amount),
        effective_date: today,
        due_date: None,
        session: SESSION.into(),
        term: TERM.into(),
        fee_item_id: None,
        category_id: None,
        charge_id: None,
        description: String::new(),
    };
    post(scope, &[entry]).await.unwrap();
    allocate_oldest_first(scope, Accounts::Of(&[student_id]), today)
        .await
        .unwrap();
}
