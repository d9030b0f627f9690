//! What the payments of a history say of it.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use identity::services::school_time_zone;
use resource::tenant_guard::Scope;

use crate::{
    entities::{ledger_entry, payment, payment_refund},
    ledger::EntryKind,
    services::payments::{COMPLETED, REFUNDED, VOIDED},
    testing::Books,
};

/// What was received and given back, as the receipts have it.
pub(super) struct Receipts {
    payments: Vec<payment::Model>,
    refunds: Vec<payment_refund::Model>,
    voided: BTreeMap<i64, NaiveDate>,
}

impl Receipts {
    pub(super) async fn of(scope: &Scope) -> Self {
        let payments = scope.all(scope.find::<payment::Entity>()).await.unwrap();
        let zone = school_time_zone(scope).await.unwrap();
        let on = |one: &payment::Model| {
            let day = one.voided_at?.with_timezone(&zone).date_naive();
            Some((one.id, day.max(one.date)))
        };
        Self {
            voided: payments.iter().filter_map(on).collect(),
            payments,
            refunds: scope
                .all(scope.find::<payment_refund::Entity>())
                .await
                .unwrap(),
        }
    }

    fn given(&self, payment: i64) -> i64 {
        let own = self.refunds.iter().filter(|one| one.payment_id == payment);
        own.map(|one| one.amount.minor()).sum()
    }

    /// What a pupil owed on a day: charges, less discounts, credits and payments, and refunds on top.
    pub(super) fn owed(&self, books: &Books, pupil: i64, on: NaiveDate) -> i64 {
        let of_receipts = |entry: &ledger_entry::Model| {
            let taken = entry.reverses_id.and_then(|id| books.entries.get(&id));
            let kind = taken.map_or(entry.kind, |taken| taken.kind);
            matches!(kind, EntryKind::Payment | EntryKind::Refund)
        };
        let own = books
            .entries
            .values()
            .filter(|one| one.student_id == pupil && one.effective_date <= on);
        let billed: i64 = own
            .filter(|one| !of_receipts(one))
            .map(|one| one.amount.minor())
            .sum();
        let own = self
            .payments
            .iter()
            .filter(|one| one.student_id == pupil && one.date <= on);
        let stands = |one: &&payment::Model| self.voided.get(&one.id).is_none_or(|day| *day > on);
        let paid: i64 = own
            .clone()
            .filter(stands)
            .map(|one| one.amount.minor())
            .sum();
        let ids: Vec<i64> = own.map(|one| one.id).collect();
        let back = self
            .refunds
            .iter()
            .filter(|one| ids.contains(&one.payment_id) && one.date <= on);
        billed - paid + back.map(|one| one.amount.minor()).sum::<i64>()
    }

    /// What is wrong with the receipts themselves.
    pub(super) fn broken(&self, books: &Books) -> Vec<String> {
        let mut broken = Vec::new();
        let mut newest: BTreeMap<&str, u64> = BTreeMap::new();
        for one in &self.payments {
            let left = one.amount.minor() - self.given(one.id);
            let status = if left == 0 { REFUNDED } else { COMPLETED };
            if left < 0 || (one.status != VOIDED && one.status != status) {
                broken.push(format!("{left} is left of {one:?}"));
            }
            // The numbers of a year follow one another.
            let (year, number) = one.reference.rsplit_once('-').unwrap();
            let newest = newest.entry(year).or_default();
            *newest += 1;
            if number.parse() != Ok(*newest) {
                broken.push(format!("{} is number {newest}", one.reference));
            }
        }
        for one in &self.refunds {
            let own = books
                .allocations
                .iter()
                .filter(|line| line.charge_id == one.entry_id);
            let settled: i64 = own.map(|line| line.amount.minor()).sum();
            if settled != one.amount.minor() {
                broken.push(format!("{settled} is settled of {one:?}"));
            }
        }
        broken
    }
}
