//! Recording a payment.

use chrono::NaiveDate;
use identity::services::{SchoolYear, school_year};
use resource::{ApiError, Money, tenant_guard::Scope};
use sea_orm::ActiveValue::Set;

use super::{COMPLETED, Wish, named_shares, news, number::receipt_numbers};
use crate::{
    entities::{
        payment::{ActiveModel, Entity, Model},
        payment_line,
    },
    ledger::EntryKind,
    services::ledger::{
        Accounts, NewEntry, allocate_named, allocate_oldest_first, lock_account, open_charges,
        post, recorder,
    },
};

/// What a part of a payment is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLine {
    /// What for.
    pub purpose: String,
    /// How much.
    pub amount: Money,
}

/// A payment to be recorded. Its lines add up to its amount, or there are none.
#[derive(Debug, Clone)]
pub struct NewPayment {
    /// The pupil paid for, of whatever status: who has left may still owe.
    pub student_id: i64,
    /// Amount, above zero.
    pub amount: Money,
    /// Day it was received; none is the school's today.
    pub date: Option<NaiveDate>,
    /// `cash`, `transfer`, `pos` or `online`.
    pub method: String,
    /// The kind of fee it is meant for.
    pub category_id: Option<i64>,
    /// What there is to know.
    pub remark: String,
    /// School year.
    pub session: String,
    /// Term.
    pub term: String,
    /// The payer's own reference.
    pub external_reference: String,
    /// Reference at the payment gateway.
    pub gateway_reference: Option<String>,
    /// What its parts are for.
    pub lines: Vec<NewLine>,
}

impl NewPayment {
    fn wishes(&self) -> Vec<Wish> {
        let wish = |purpose: &str, amount: Money| Wish {
            purpose: purpose.into(),
            category_id: self.category_id,
            amount: amount.minor(),
        };
        match (self.lines.as_slice(), self.category_id) {
            ([], None) => Vec::new(),
            ([], Some(_)) => vec![wish("", self.amount)],
            (lines, _) => lines
                .iter()
                .map(|line| wish(&line.purpose, line.amount))
                .collect(),
        }
    }

    pub(super) fn entry(&self, date: NaiveDate) -> NewEntry {
        NewEntry {
            student_id: self.student_id,
            kind: EntryKind::Payment,
            amount: Money::of_minor(-self.amount.minor()),
            effective_date: date,
            due_date: None,
            session: self.session.clone(),
            term: self.term.clone(),
            fee_item_id: None,
            category_id: self.category_id,
            charge_id: None,
            description: format!("Payment ({})", self.method),
        }
    }

    /// Its row, without its lines.
    pub(super) fn row(
        self,
        scope: &Scope,
        entry_id: i64,
        date: NaiveDate,
        reference: String,
    ) -> ActiveModel {
        ActiveModel {
            student_id: Set(self.student_id),
            entry_id: Set(entry_id),
            amount: Set(self.amount),
            date: Set(date),
            method: Set(self.method),
            category_id: Set(self.category_id),
            remark: Set(self.remark),
            session: Set(self.session),
            term: Set(self.term),
            reference: Set(reference),
            external_reference: Set(self.external_reference),
            gateway_reference: Set(self.gateway_reference),
            status: Set(COMPLETED.into()),
            recorded_by: Set(recorder(scope)),
            voided_by: Set(None),
            voided_at: Set(None),
            void_reason: Set(String::new()),
            ..Default::default()
        }
    }
}

/// Records a payment: it enters the ledger, settles the charges it names and then the oldest, and what
/// is left of it stays a credit; its receipt's number comes last.
///
/// # Errors
/// 404 for an unknown pupil; 409 for a gateway's reference that is recorded already.
pub async fn record_payment(scope: &Scope, mut new: NewPayment) -> Result<Model, ApiError> {
    lock_account(scope, new.student_id).await?;
    let SchoolYear { today, settings } = school_year(scope).await?;
    let date = new.date.unwrap_or(today);
    let entries = post(scope, &[new.entry(date)]).await?;
    let entry_id = entries.first().copied().unwrap_or_default();
    settle(scope, &new, entry_id, today).await?;
    let mut numbers = receipt_numbers(scope, &settings.receipt_pattern, today, 1).await?;
    let lines = std::mem::take(&mut new.lines);
    let row = new.row(scope, entry_id, date, numbers.pop().unwrap_or_default());
    let payment = scope.insert::<Entity, _>(row).await?;
    write_lines(scope, payment.id, lines).await?;
    news::recorded(scope, &payment).await?;
    Ok(payment)
}

async fn settle(
    scope: &Scope,
    new: &NewPayment,
    entry_id: i64,
    today: NaiveDate,
) -> Result<(), ApiError> {
    let wishes = new.wishes();
    if !wishes.is_empty() {
        let open = open_charges(scope, new.student_id).await?;
        let shares = named_shares(entry_id, &wishes, &open);
        allocate_named(scope, &shares, today).await?;
    }
    allocate_oldest_first(scope, Accounts::Of(&[new.student_id]), today).await?;
    Ok(())
}

async fn write_lines(scope: &Scope, payment_id: i64, lines: Vec<NewLine>) -> Result<(), ApiError> {
    if lines.is_empty() {
        return Ok(());
    }
    let row = |(place, line): (i64, NewLine)| payment_line::ActiveModel {
        payment_id: Set(payment_id),
        place: Set(place),
        purpose: Set(line.purpose),
        amount: Set(line.amount),
        ..Default::default()
    };
    let rows = (1..).zip(lines).map(row).collect();
    scope.insert_many::<payment_line::Entity, _>(rows).await?;
    Ok(())
}
