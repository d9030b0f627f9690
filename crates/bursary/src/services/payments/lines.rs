//! What belongs to payments: their lines, what they settle, and what of them was given back.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use resource::{ApiError, Money, tenant_guard::Scope};
use sea_orm::{FromQueryResult, Value};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a part of a payment is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LineItem {
    /// What for. A part whose purpose is the name of a kind of fee, or the text of a charge, settles it.
    #[schema(min_length = 1, max_length = 255)]
    pub purpose: String,
    /// Amount above zero.
    #[schema(schema_with = Money::above_zero)]
    pub amount: Money,
}

/// What a payment settles of a charge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Allocation {
    /// Id of the charge in the ledger.
    pub charge: i64,
    /// What the charge is.
    pub description: String,
    /// School year of the charge.
    pub session: String,
    /// Term of the charge.
    pub term: String,
    /// How much of it is settled.
    pub amount: Money,
}

/// A part of a payment that was given back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Refund {
    /// Id of the refund.
    pub id: i64,
    /// Amount.
    pub amount: Money,
    /// Day it was given back.
    pub date: NaiveDate,
    /// Why.
    pub reason: String,
}

/// Everything that belongs to one payment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parts {
    /// Its lines, in order.
    pub lines: Vec<LineItem>,
    /// What it settles, in the order of the charges.
    pub allocations: Vec<Allocation>,
    /// What was given back, in order.
    pub refunds: Vec<Refund>,
}

const LINE: i64 = 1;
const REFUND: i64 = 2;

#[derive(FromQueryResult)]
struct Part {
    payment_id: i64,
    kind: i64,
    key: i64,
    text: String,
    amount: i64,
    session: String,
    term: String,
    date: Option<NaiveDate>,
}

/// `@ids` stands for the payments. What they settle is gathered step by step, so that a plan made while
/// the tables were empty does not pair every payment of the school with every entry.
const PARTS: &str = "WITH own AS MATERIALIZED (SELECT p.id, p.entry_id FROM payments p \
     WHERE p.school_id = $1 AND p.id IN (@ids)), \
     settled AS MATERIALIZED (SELECT own.id AS payment_id, a.charge_id, \
     CAST(SUM(a.amount_minor) AS bigint) AS amount FROM own \
     JOIN allocations a ON a.school_id = $1 AND a.credit_id = own.entry_id \
     GROUP BY own.id, a.charge_id HAVING SUM(a.amount_minor) > 0) \
     SELECT l.payment_id, CAST(1 AS bigint) AS kind, l.place AS key, l.purpose AS text, \
     l.amount_minor AS amount, '' AS session, '' AS term, CAST(NULL AS date) AS date \
     FROM payment_lines l WHERE l.school_id = $1 AND l.payment_id IN (@ids) \
     UNION ALL SELECT r.payment_id, CAST(2 AS bigint), r.id, r.reason, r.amount_minor, '', '', r.date \
     FROM payment_refunds r WHERE r.school_id = $1 AND r.payment_id IN (@ids) \
     UNION ALL SELECT settled.payment_id, CAST(3 AS bigint), e.id, \
     COALESCE(NULLIF(e.description, ''), c.name, ''), settled.amount, e.session, e.term, CAST(NULL AS date) \
     FROM settled JOIN ledger_entries e ON e.school_id = $1 AND e.id = settled.charge_id \
     AND e.kind NOT IN ('refund', 'reversal') \
     LEFT JOIN fee_items f ON f.school_id = e.school_id AND f.id = e.fee_item_id \
     LEFT JOIN fee_categories c ON c.school_id = e.school_id AND c.id = COALESCE(e.category_id, f.category_id) \
     ORDER BY 1, 2, 3";

/// What belongs to each of these payments, in one statement however many they are.
///
/// # Errors
/// When the database fails.
pub async fn parts(scope: &Scope, payments: &[i64]) -> Result<BTreeMap<i64, Parts>, ApiError> {
    let mut parts: BTreeMap<i64, Parts> = BTreeMap::new();
    if payments.is_empty() {
        return Ok(parts);
    }
    let values: Vec<Value> = payments.iter().map(|id| Value::from(*id)).collect();
    let places: Vec<String> = (2..payments.len() + 2)
        .map(|place| format!("${place}"))
        .collect();
    let sql = PARTS.replace("@ids", &places.join(", "));
    let found: Vec<Part> = scope.query(&sql, values).await?;
    for part in found {
        parts.entry(part.payment_id).or_default().add(part);
    }
    Ok(parts)
}

impl Parts {
    fn add(&mut self, part: Part) {
        let amount = Money::of_minor(part.amount);
        match (part.kind, part.date) {
            (LINE, _) => self.lines.push(LineItem {
                purpose: part.text,
                amount,
            }),
            (REFUND, Some(date)) => self.refunds.push(Refund {
                id: part.key,
                amount,
                date,
                reason: part.text,
            }),
            _ => self.allocations.push(Allocation {
                charge: part.key,
                description: part.text,
                session: part.session,
                term: part.term,
                amount,
            }),
        }
    }
}
