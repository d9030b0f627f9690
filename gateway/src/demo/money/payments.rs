//! How families pay.

use std::collections::BTreeMap;

use bursary::services::{
    ledger::{Accounts, balances, open_charges},
    payments::{NewLine, NewPayment, PastPayment, import_payments, record_payment, refund, void},
};
use chrono::{Days, NaiveDate};
use identity::services::school_today;
use resource::{ApiError, Money, tenant_guard::Scope};

use super::{Books, Family, whole};
use crate::demo::{calendar, school::SESSION};

const METHODS: [&str; 3] = ["transfer", "cash", "pos"];

/// The family whose second payment of the second term was written down twice, and the one that paid too
/// much of the first and was given some of it back.
const TWICE: (usize, usize) = (2, 1);
const TOO_MUCH: (usize, usize) = (3, 0);

/// One term of one school.
struct Term<'a> {
    place: usize,
    name: &'a str,
    begins: NaiveDate,
}

impl Term<'_> {
    fn payment(&self, family: &Family, after: u64, amount: Money) -> PastPayment {
        let day = self.begins.checked_add_days(Days::new(after));
        PastPayment {
            student_id: family.student_id,
            amount,
            date: day.unwrap_or(self.begins),
            method: METHODS
                .get((family.place + self.place) % METHODS.len())
                .copied()
                .unwrap_or("cash"),
            session: SESSION.into(),
            term: self.name.into(),
        }
    }
}

/// Pays the term at `place`: most families all of it, some in two parts or one of them, some too much,
/// and some nothing.
///
/// # Errors
/// When the database fails.
pub(super) async fn pay(books: &Books<'_>, place: usize, name: &str) -> Result<(), ApiError> {
    let scope = &books.bursar;
    let begins = calendar::term_begins(place);
    let term = Term {
        place,
        name,
        begins,
    };
    let pupils: Vec<i64> = books.families.iter().map(|one| one.student_id).collect();
    let today = school_today(scope).await?;
    let owed = balances(scope, Accounts::Of(&pupils), today).await?;
    let mut payments: Vec<PastPayment> = books
        .families
        .iter()
        .filter(|family| !is_told_apart(family, place))
        .flat_map(|family| usual(&term, family, &owed))
        .collect();
    payments.sort_by_key(|one| (one.date, one.student_id));
    import_payments(scope, payments).await?;
    for family in books
        .families
        .iter()
        .filter(|one| is_told_apart(one, place))
    {
        let owed = owed.get(&family.student_id).copied().unwrap_or(whole(0));
        told_apart(scope, &term, family, owed).await?;
    }
    Ok(())
}

/// Whether the family pays otherwise than the rest.
fn is_told_apart(family: &Family, term: usize) -> bool {
    is_by_the_line(family) || [TWICE, TOO_MUCH].contains(&(family.place, term))
}

/// Whether the family says which charge each part of its payments is for.
fn is_by_the_line(family: &Family) -> bool {
    family.place % 40 == 1
}

/// The payments of a family, by a number between 0 and 99 that is another one each term.
fn usual(term: &Term, family: &Family, owed: &BTreeMap<i64, Money>) -> Vec<PastPayment> {
    let owed = owed.get(&family.student_id).map_or(0, |owed| owed.minor());
    if owed <= 0 {
        return Vec::new();
    }
    let roll = (family.place * 37 + term.place * 53 + 90) % 100;
    let after = u64::try_from(roll % 28).unwrap_or_default();
    let most = Money::of_minor(owed * 6 / 1_000 * 100);
    let rest = Money::of_minor(owed - most.minor());
    let parts = match roll {
        0..55 => vec![(after, Money::of_minor(owed))],
        55..75 => vec![(after, most), (after + 30, rest)],
        75..85 => vec![(after, most)],
        85..92 => vec![(after, Money::of_minor(owed + 5_000))],
        _ => Vec::new(),
    };
    let parts = parts.into_iter().filter(|(_, amount)| amount.minor() > 0);
    parts
        .map(|(after, amount)| term.payment(family, after, amount))
        .collect()
}

async fn told_apart(
    scope: &Scope,
    term: &Term<'_>,
    family: &Family<'_>,
    owed: Money,
) -> Result<(), ApiError> {
    if is_by_the_line(family) {
        return by_the_line(scope, term, family).await;
    }
    if (family.place, term.place) == TWICE {
        let payment = term.payment(family, 9, owed);
        record_payment(scope, payment.clone().into()).await?;
        let twin = record_payment(scope, payment.into()).await?;
        void(scope, twin.id, "Recorded twice").await?;
        return Ok(());
    }
    let much = Money::of_minor(owed.minor() + 20_000);
    let payment = record_payment(scope, term.payment(family, 9, much).into()).await?;
    refund(scope, payment.id, whole(150), "Paid too much").await?;
    Ok(())
}

/// Pays every open charge, and says so.
async fn by_the_line(scope: &Scope, term: &Term<'_>, family: &Family<'_>) -> Result<(), ApiError> {
    let open = open_charges(scope, family.student_id).await?;
    let amount = open.iter().map(|charge| charge.rest).sum();
    let lines = open.into_iter().map(|charge| NewLine {
        purpose: charge.description,
        amount: Money::of_minor(charge.rest),
    });
    let payment = NewPayment {
        lines: lines.collect(),
        remark: "As on the bill".into(),
        ..term.payment(family, 12, Money::of_minor(amount)).into()
    };
    record_payment(scope, payment).await?;
    Ok(())
}
