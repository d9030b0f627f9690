//! A pupil's account, line by line, as it stood on a day.

use std::collections::BTreeMap;

use academic::{
    entities::{class, student},
    services::own,
};
use chrono::NaiveDate;
use identity::{services::school_year::day_of, settings::Settings};
use resource::{
    ApiError, Money,
    tenant_guard::{Rows, Scope},
};
use sea_orm::{
    ColumnTrait, FromQueryResult, JoinType, QueryFilter, QuerySelect, RelationTrait,
    sea_query::Expr,
};

use crate::{
    ledger::EntryKind,
    services::{
        billing::earlier_terms,
        payment_plans::{Instalment, instalments_of_pupil, ladder},
    },
};

/// Which part of an account.
#[derive(Debug, Clone, Default)]
pub struct Part {
    /// Entries of this school year.
    pub session: Option<String>,
    /// Entries of this term.
    pub term: Option<String>,
    /// The day looked back to; none is today.
    pub as_of: Option<NaiveDate>,
}

/// Whose account it is, and what the school says of itself.
#[derive(FromQueryResult)]
struct Holder {
    id: i64,
    names: String,
    student_no: String,
    class_name: Option<String>,
    keys: serde_json::Value,
}

#[derive(FromQueryResult)]
struct Row {
    id: i64,
    kind: EntryKind,
    amount_minor: i64,
    effective_date: NaiveDate,
    due_date: Option<NaiveDate>,
    session: String,
    term: String,
    description: String,
    category_name: Option<String>,
    receipt: Option<String>,
    reverses_id: Option<i64>,
    charge_id: Option<i64>,
    plan_id: Option<i64>,
}

#[derive(FromQueryResult)]
struct Settled {
    credit_id: i64,
    charge_id: i64,
    amount: i64,
}

/// Another line of the account, named so that a family knows which.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Named {
    /// The entry.
    pub entry: i64,
    /// What for.
    pub description: String,
    /// School year.
    pub session: String,
    /// Term.
    pub term: String,
    /// Number of the receipt of a payment.
    pub receipt: Option<String>,
}

/// So much settled by, or of, another entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// The other entry.
    pub other: Named,
    /// How much.
    pub amount: Money,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The entry.
    pub entry: i64,
    /// The day from which it counts.
    pub date: NaiveDate,
    /// What it is.
    pub kind: EntryKind,
    /// What for.
    pub description: String,
    /// Kind of fee.
    pub category_name: Option<String>,
    /// Number of the receipt of a payment.
    pub receipt: Option<String>,
    /// School year.
    pub session: String,
    /// Term.
    pub term: String,
    /// The last day to pay it; of a charge of a payment plan, the plan's last.
    pub due_date: Option<NaiveDate>,
    /// The payment plan that it is paid by.
    pub payment_plan: Option<i64>,
    /// The entry that it takes back.
    pub reverses: Option<i64>,
    /// The charge that a discount lowers, or that is moved to another term.
    pub charge: Option<Named>,
    /// Above zero the pupil owes more, below zero less.
    pub amount: Money,
    /// What the pupil owes after it.
    pub balance: Money,
    /// What is left of it, to be settled or to be spent.
    pub open: Money,
    /// What it settles, or is settled by.
    pub settled: Vec<Settlement>,
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The pupil.
    pub student: i64,
    /// Full name of the pupil.
    pub student_name: String,
    /// Number the school gave.
    pub student_no: String,
    /// Name of the class at present.
    pub class_name: Option<String>,
    /// The school's currency.
    pub currency: String,
    /// The day looked back to.
    pub as_of: NaiveDate,
    /// What was owed of terms before.
    pub opening: Money,
    /// Its lines, in the order of their days.
    pub lines: Vec<Line>,
    /// What is owed after the last.
    pub closing: Money,
    /// The parts of its payment plans, plan by plan.
    pub instalments: Vec<Instalment>,
}

/// Behind the steps of [`ladder`].
const ENTRIES: &str = "\
    SELECT e.id, e.kind, e.amount_minor, e.effective_date, COALESCE(d.due_date, e.due_date) AS due_date, e.session, \
    e.term, e.description, c.name AS category_name, p.reference AS receipt, e.reverses_id, e.charge_id, k.plan_id \
    FROM ledger_entries e LEFT JOIN covered k ON k.id = e.id \
    LEFT JOIN (SELECT plan_id, MAX(due_date) AS due_date FROM parts GROUP BY plan_id) d ON d.plan_id = k.plan_id \
    LEFT JOIN fee_items f ON f.school_id = e.school_id AND f.id = e.fee_item_id \
    LEFT JOIN fee_categories c ON c.school_id = e.school_id AND c.id = COALESCE(e.category_id, f.category_id) \
    LEFT JOIN payments p ON p.school_id = e.school_id AND p.entry_id = e.id \
    WHERE e.school_id = $1 AND e.student_id = $2 AND e.effective_date <= $3 ORDER BY e.effective_date, e.id";

const SETTLED: &str = "\
    SELECT a.credit_id, a.charge_id, CAST(SUM(a.amount_minor) AS bigint) AS amount FROM allocations a \
    JOIN ledger_entries e ON e.school_id = a.school_id AND e.id = a.credit_id \
    WHERE a.school_id = $1 AND e.student_id = $2 AND a.effective_date <= $3 \
    GROUP BY a.credit_id, a.charge_id HAVING SUM(a.amount_minor) <> 0 ORDER BY MIN(a.id)";

/// The account of a pupil among `rows`. Of a term, the lines are those of the term, and what was owed of
/// terms before is the opening balance; terms after it are left out. Four statements.
///
/// # Errors
/// 404 for a pupil who is not among them; else when the database fails.
pub async fn account(
    scope: &Scope,
    rows: Rows,
    student_id: i64,
    part: &Part,
) -> Result<Account, ApiError> {
    let holder = holder(scope, rows, student_id).await?;
    let settings: Settings = serde_json::from_value(holder.keys).map_err(ApiError::internal)?;
    let as_of = part.as_of.unwrap_or_else(|| day_of(scope, &settings));
    let values = || vec![student_id.into(), as_of.into()];
    let plans = ladder("p.student_id = $2 AND p.agreed_on <= $3", Some("$3"));
    let entries = format!("WITH RECURSIVE {plans} {ENTRIES}");
    let entries: Vec<Row> = scope.query(&entries, values()).await?;
    let settled: Vec<Settled> = scope.query(SETTLED, values()).await?;
    let mut instalments = instalments_of_pupil(scope, student_id, as_of).await?;
    instalments.retain(|one| {
        let of = |asked: &Option<String>, is: &String| asked.as_ref().is_none_or(|text| text == is);
        of(&part.session, &one.session) && of(&part.term, &one.term)
    });
    let (opening, lines) = lines(entries, &settled, part, &settings.terms);
    let closing = lines.last().map_or(opening, |line| line.balance);
    Ok(Account {
        student: holder.id,
        student_name: holder.names,
        student_no: holder.student_no,
        class_name: holder.class_name,
        currency: settings.currency,
        as_of,
        opening,
        lines,
        closing,
        instalments,
    })
}

async fn holder(scope: &Scope, rows: Rows, student_id: i64) -> Result<Holder, ApiError> {
    let keys = "(SELECT k.keys FROM school_settings k WHERE k.school_id = students.school_id)";
    let query = scope
        .find::<student::Entity>()
        .filter(student::Column::Id.eq(student_id))
        .filter(own::students(scope, rows))
        .join(JoinType::LeftJoin, student::Relation::Class.def())
        .column_as(class::Column::Name, "class_name")
        .column_as(Expr::cust(keys), "keys");
    let found: Vec<Holder> = scope.rows(query).await?;
    found.into_iter().next().ok_or_else(ApiError::not_found)
}

/// Whether an entry is of the part asked for, of a term before it, or of neither.
#[derive(PartialEq, Eq)]
enum Place {
    Before,
    Within,
    After,
}

fn place(entry: &Row, part: &Part, terms: &[String]) -> Place {
    if let Some(session) = &part.session
        && entry.session != *session
    {
        return if entry.session < *session {
            Place::Before
        } else {
            Place::After
        };
    }
    match &part.term {
        Some(term) if entry.term != *term => {
            // Of which school year a term is before is told only where one is asked for.
            let earlier =
                part.session.is_some() && earlier_terms(terms, term).contains(&entry.term);
            if earlier { Place::Before } else { Place::After }
        }
        _ => Place::Within,
    }
}

fn lines(
    entries: Vec<Row>,
    settled: &[Settled],
    part: &Part,
    terms: &[String],
) -> (Money, Vec<Line>) {
    let named = named(&entries);
    let mut beside = beside(&named, settled);
    let before = entries
        .iter()
        .filter(|entry| place(entry, part, terms) == Place::Before);
    let opening: i64 = before.map(|entry| entry.amount_minor).sum();
    let mut balance = opening;
    let within = entries
        .into_iter()
        .filter(|entry| place(entry, part, terms) == Place::Within);
    let lines = within.map(|entry| {
        balance += entry.amount_minor;
        let settled = beside.remove(&entry.id).unwrap_or_default();
        let charge = entry.charge_id.and_then(|id| named.get(&id).cloned());
        let used: i64 = settled.iter().map(|one| one.amount.minor()).sum();
        Line {
            entry: entry.id,
            date: entry.effective_date,
            kind: entry.kind,
            description: entry.description,
            category_name: entry.category_name,
            receipt: entry.receipt,
            session: entry.session,
            term: entry.term,
            due_date: entry.due_date,
            payment_plan: entry.plan_id,
            reverses: entry.reverses_id,
            charge,
            amount: Money::of_minor(entry.amount_minor),
            balance: Money::of_minor(balance),
            open: Money::of_minor(entry.amount_minor.abs() - used),
            settled,
        }
    });
    let lines = lines.collect();
    (Money::of_minor(opening), lines)
}

fn named(entries: &[Row]) -> BTreeMap<i64, Named> {
    let named = entries.iter().map(|entry| {
        let named = Named {
            entry: entry.id,
            description: entry.description.clone(),
            session: entry.session.clone(),
            term: entry.term.clone(),
            receipt: entry.receipt.clone(),
        };
        (entry.id, named)
    });
    named.collect()
}

/// What each entry settles or is settled by.
fn beside(named: &BTreeMap<i64, Named>, settled: &[Settled]) -> BTreeMap<i64, Vec<Settlement>> {
    let mut beside: BTreeMap<i64, Vec<Settlement>> = BTreeMap::new();
    for one in settled {
        for (of, other) in [
            (one.credit_id, one.charge_id),
            (one.charge_id, one.credit_id),
        ] {
            beside.entry(of).or_default().push(Settlement {
                other: named.get(&other).cloned().unwrap_or_default(),
                amount: Money::of_minor(one.amount),
            });
        }
    }
    beside
}
