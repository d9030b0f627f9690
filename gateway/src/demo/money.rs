//! The money of a demo school: what it charges, what families pay of it, and what it spends.
//!
//! Who lives in the country takes the bus, and whose family pays for lessons takes them, as the data says;
//! how a family pays follows from the place of the pupil, so that every load is the same. All of it is
//! written down on the day of the load, as a school does that begins with Termbook in the middle of a year.

mod fees;
mod payments;
mod spending;

use std::collections::BTreeMap;

use bursary::services::billing::{self, Billing};
use chrono::Days;
use resource::{ApiError, Money, tenant_guard::Scope};

use super::{
    calendar,
    records::Pupil,
    school::{SESSION, TERMS},
};

/// A pupil with the account that a family pays into.
pub(super) struct Family<'a> {
    /// Place among the pupils of the school.
    pub place: usize,
    /// Key of the pupil.
    pub student_id: i64,
    /// What the data says.
    pub pupil: &'a Pupil,
}

/// Whose money it is.
pub(super) struct Books<'a> {
    /// Writes as the bursar.
    pub bursar: Scope,
    /// Writes as the administrator.
    pub admin: Scope,
    /// Every family.
    pub families: Vec<Family<'a>>,
    /// Keys of the classes by age.
    pub classes: &'a BTreeMap<String, i64>,
}

/// So many whole units of the school's currency.
const fn whole(units: i64) -> Money {
    Money::of_minor(units * 100)
}

/// Charges the three terms, each paid before the next is billed, and spends.
///
/// # Errors
/// When the database fails.
pub(super) async fn load(books: &Books<'_>) -> Result<(), ApiError> {
    fees::set(books).await?;
    for (place, term) in TERMS.into_iter().enumerate() {
        let begins = calendar::term_begins(place);
        let billing = Billing {
            session: SESSION.into(),
            term: term.into(),
            class_id: None,
            effective_date: Some(begins),
            due_date: begins.checked_add_days(Days::new(30)),
        };
        billing::run(&books.bursar, &billing).await?;
        payments::pay(books, place, term).await?;
    }
    spending::spend(books).await
}
