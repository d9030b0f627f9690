//! Recording the payments of a time gone by.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use identity::services::{SchoolYear, school_year};
use resource::{ApiError, Money, tenant_guard::Scope};

use super::{number::receipt_numbers, record::NewPayment};
use crate::{
    entities::payment::Entity,
    services::ledger::{Accounts, NewEntry, allocate_oldest_first, lock_accounts, post},
};

/// A payment that was received before it is recorded. What it was meant for is not told.
#[derive(Debug, Clone)]
pub struct PastPayment {
    /// The pupil paid for.
    pub student_id: i64,
    /// Amount, above zero.
    pub amount: Money,
    /// Day it was received.
    pub date: NaiveDate,
    /// `cash`, `transfer` or `pos`.
    pub method: &'static str,
    /// School year.
    pub session: String,
    /// Term.
    pub term: String,
}

impl From<PastPayment> for NewPayment {
    fn from(past: PastPayment) -> Self {
        Self {
            student_id: past.student_id,
            amount: past.amount,
            date: Some(past.date),
            method: past.method.into(),
            category_id: None,
            remark: String::new(),
            session: past.session,
            term: past.term,
            external_reference: String::new(),
            gateway_reference: None,
            lines: Vec::new(),
        }
    }
}

/// Records payments of at most a few hundred pupils in the order given, which is that of their receipts'
/// numbers. They settle the oldest charges of their pupils, and what is left of them stays a credit. The
/// number of statements grows with the hundreds of payments.
///
/// # Errors
/// 404 for an unknown pupil.
pub async fn import_payments(scope: &Scope, payments: Vec<PastPayment>) -> Result<(), ApiError> {
    let pupils: BTreeSet<i64> = payments.iter().map(|one| one.student_id).collect();
    let pupils: Vec<i64> = pupils.into_iter().collect();
    let accounts = Accounts::Of(&pupils);
    if lock_accounts(scope, accounts).await?.len() < pupils.len() {
        return Err(ApiError::not_found());
    }
    let SchoolYear { today, settings } = school_year(scope).await?;
    let dated = payments
        .into_iter()
        .map(|one| (one.date, NewPayment::from(one)));
    let dated: Vec<_> = dated.collect();
    let entries: Vec<NewEntry> = dated.iter().map(|(date, new)| new.entry(*date)).collect();
    let entries = post(scope, &entries).await?;
    allocate_oldest_first(scope, accounts, today).await?;
    let count = i64::try_from(dated.len()).map_err(ApiError::internal)?;
    let numbers = receipt_numbers(scope, &settings.receipt_pattern, today, count).await?;
    let rows = dated.into_iter().zip(entries).zip(numbers);
    let rows = rows.map(|(((date, new), entry), number)| new.row(scope, entry, date, number));
    scope.insert_many::<Entity, _>(rows.collect()).await?;
    Ok(())
}
