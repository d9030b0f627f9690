//! A world for unit tests: the real schema in memory, a clock that stands still, and the laws that
//! every ledger keeps.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use academic::resources::students::{StudentInput, Students};
use chrono::{NaiveDate, TimeZone, Utc};
use identity::services::create_school;
use migrations::{Migrator, sea_orm_migration::MigratorTrait};
use resource::{
    Resource,
    tenant_guard::{Clock, ConnectOptions, Database, Principal, SchoolId, Scope},
};
use sea_orm::ActiveValue::Set;
use serde_json::json;

use crate::entities::{allocation, fee_category, ledger_entry};

pub(crate) const SESSION: &str = "2025/2026";
pub(crate) const TERM: &str = "First Term";

pub(crate) struct World {
    database: Database,
}

pub(crate) async fn world() -> World {
    let now = Utc.with_ymd_and_hms(2025, 9, 1, 8, 0, 0).unwrap();
    let options = ConnectOptions {
        url: "sqlite::memory:".into(),
        pool: 1,
        acquire_timeout: Duration::from_secs(5),
    };
    let clock = Clock::by(move || now);
    let database = Database::connect(&options, clock).await.unwrap();
    Migrator::up(database.for_migrations(), None).await.unwrap();
    World { database }
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
}

pub(crate) async fn pupil(scope: &Scope, number: &str, class_id: Option<i64>) -> i64 {
    let body =
        json!({"student_no": number, "names": number, "gender": "Female", "class_id": class_id});
    let input: StudentInput = serde_json::from_value(body).unwrap();
    Students::create(scope, input).await.unwrap().0.id
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
