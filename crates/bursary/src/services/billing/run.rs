//! One billing run.

use chrono::{Days, NaiveDate};
use identity::services::{SchoolYear, school_year};
use resource::{ApiError, tenant_guard::Scope};
use sea_orm::ActiveValue::Set;

use super::{discounts, entries, pupils};
use crate::{
    entities::billing_run::{ActiveModel, Entity, Model},
    services::ledger::{Accounts, allocate_oldest_first, recorder},
};

/// What is billed.
#[derive(Debug, Clone)]
pub struct Billing {
    /// School year.
    pub session: String,
    /// Term.
    pub term: String,
    /// The class billed; none is every class.
    pub class_id: Option<i64>,
    /// The day from which the charges count; none is today.
    pub effective_date: Option<NaiveDate>,
    /// The last day to pay; none is `invoice_due_days` of the settings later.
    pub due_date: Option<NaiveDate>,
}

impl Billing {
    /// The first and the last day, with what was left to the settings.
    fn days(&self, year: &SchoolYear) -> Result<(NaiveDate, NaiveDate), ApiError> {
        let from = self.effective_date.unwrap_or(year.today);
        let grace = u64::try_from(year.settings.invoice_due_days).unwrap_or(0);
        let usual = from.checked_add_days(Days::new(grace)).unwrap_or(from);
        let due = self.due_date.unwrap_or(usual);
        if due < from {
            return Err(ApiError::field(
                "due_date",
                "This day is before the effective date.",
            ));
        }
        Ok((from, due))
    }
}

/// Bills; answers the run. At most ten statements, whatever the number of pupils and fees: seven, and one each where
/// something is taken off, credits are spent, and arrears are moved.
///
/// # Errors
/// 400 for a due date before the effective date; else when the database fails.
pub async fn run(scope: &Scope, billing: &Billing) -> Result<Model, ApiError> {
    let year = school_year(scope).await?;
    let (effective_date, due_date) = billing.days(&year)?;
    let row = ActiveModel {
        session: Set(billing.session.clone()),
        term: Set(billing.term.clone()),
        class_id: Set(billing.class_id),
        effective_date: Set(effective_date),
        due_date: Set(due_date),
        recorded_by: Set(recorder(scope)),
        undone_at: Set(None),
        undone_by: Set(None),
        ..Default::default()
    };
    let row = scope.insert::<Entity, _>(row).await?;
    pupils::hold(scope, &row).await?;
    entries::charge(scope, &row).await?;
    discounts::discount(scope, &row, year.today).await?;
    allocate_oldest_first(scope, Accounts::OfRun(row.id), year.today).await?;
    let earlier = earlier_terms(&year.settings.terms, &row.term);
    entries::carry_forward(scope, &row, earlier, year.today).await?;
    Ok(row)
}

/// The terms of a school year that come before `term`; none where the school does not know it.
pub(crate) fn earlier_terms<'a>(terms: &'a [String], term: &str) -> &'a [String] {
    let place = terms.iter().position(|one| one == term);
    terms.get(..place.unwrap_or(0)).unwrap_or_default()
}
