//! What the school spends.

use bursary::{
    resources::expenses::{ExpenseInput, Expenses},
    services::expenses,
};
use chrono::{Days, Months};
use resource::{ApiError, Money, Resource, tenant_guard::Scope};

use super::{Books, whole};
use crate::demo::{
    calendar,
    school::{SESSION, TERMS},
};

/// Months of a school year.
const MONTHS: u32 = 10;
/// What a month costs for each pupil, in whole units: title, category, amount.
const MONTHLY: [(&str, &str, i64); 3] = [
    ("Salaries", "salary", 105),
    ("Power, water and internet", "utilities", 9),
    ("Paper, chalk and cleaning", "supplies", 4),
];
/// Months after the first, title, category, amount in whole units, and what became of it.
const ONCE: [(u32, &str, &str, i64, Fate); 5] = [
    (1, "Instruments for the choir", "other", 2_350, Fate::Counts),
    (3, "Heating repaired", "maintenance", 4_780, Fate::Counts),
    (
        4,
        "Laboratory for physics",
        "supplies",
        52_600,
        Fate::Approved,
    ),
    (
        5,
        "Paper, chalk and cleaning",
        "supplies",
        930,
        Fate::Voided,
    ),
    (
        8,
        "New roof of the gymnasium",
        "maintenance",
        64_200,
        Fate::Waits,
    ),
];

#[derive(Clone, Copy)]
enum Fate {
    Counts,
    Approved,
    Voided,
    Waits,
}

/// Records what the school spent; what is above the limit was approved by the head, or waits for it.
///
/// # Errors
/// When the database fails.
pub(super) async fn spend(books: &Books<'_>) -> Result<(), ApiError> {
    let pupils = i64::try_from(books.families.len()).unwrap_or_default();
    for month in 0..MONTHS {
        for (title, category, each) in MONTHLY {
            record(
                &books.bursar,
                month,
                (title, category),
                whole(each * pupils),
            )
            .await?;
        }
    }
    for (month, title, category, amount, fate) in ONCE {
        let id = record(&books.bursar, month, (title, category), whole(amount)).await?;
        match fate {
            Fate::Approved => drop(expenses::approve(&books.admin, id).await?),
            Fate::Voided => drop(expenses::void(&books.bursar, id, "Recorded twice").await?),
            Fate::Counts | Fate::Waits => {}
        }
    }
    Ok(())
}

/// Records an expense of the 28th of a month; the term is the one that began last.
async fn record(
    scope: &Scope,
    month: u32,
    (title, category): (&str, &str),
    amount: Money,
) -> Result<i64, ApiError> {
    let first = calendar::first_day();
    let date = (first + Months::new(month))
        .checked_add_days(Days::new(16))
        .unwrap_or(first);
    let began = |place: &usize| calendar::term_begins(*place) <= date;
    let place = (0..TERMS.len()).rev().find(began).unwrap_or_default();
    let input = ExpenseInput {
        title: title.into(),
        amount,
        category: category.into(),
        date: Some(date),
        description: String::new(),
        session: SESSION.into(),
        term: TERMS.get(place).copied().unwrap_or_default().into(),
    };
    Ok(Expenses::create(scope, input).await?.0.id)
}
