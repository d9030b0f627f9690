//! What a payment looks like on the wire.

use chrono::{DateTime, NaiveDate, Utc};
use resource::{FieldErrors, Money, Pk};
use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    entities::payment::Model,
    services::payments::{
        NewLine, NewPayment,
        lines::{Allocation, LineItem, Parts, Refund},
    },
};

/// How money comes in.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum PaymentMethod {
    /// Notes and coins, at the counter.
    Cash,
    /// To the school's bank account.
    Transfer,
    /// By card, at the counter.
    Pos,
    /// By a payment gateway.
    Online,
}

/// Where a payment stands. An online payment that is not confirmed is no payment yet, so none is
/// `pending` or `failed`.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum PaymentStatus {
    /// Not confirmed.
    Pending,
    /// It counts, but for what was given back.
    Completed,
    /// Refused by the gateway.
    Failed,
    /// All of it was given back.
    Refunded,
    /// It was taken back, and counts no more.
    Voided,
}

/// A payment to be written. Of a payment that is recorded only `remark` and `category` change; whatever
/// else a body changes is refused (409).
#[derive(Debug, Deserialize, Serialize, ToSchema)]
pub struct PaymentInput {
    /// The pupil paid for; required unless `student` says it.
    pub student_id: Option<Pk>,
    /// Another spelling of `student_id`, which wins where both are given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub student: Option<Pk>,
    /// Amount above zero.
    #[schema(schema_with = Money::above_zero)]
    pub amount: Money,
    /// Day it was received, not after today; none is today where the school is.
    #[serde(default)]
    pub date: Option<NaiveDate>,
    /// How it came in; none is cash.
    #[serde(default)]
    #[schema(value_type = Option<PaymentMethod>)]
    pub method: Option<String>,
    /// The kind of fee it is meant for: its charges are settled before older ones of other kinds.
    #[serde(default)]
    pub category: Option<Pk>,
    /// What there is to know.
    #[serde(default)]
    #[schema(max_length = 500)]
    pub remark: String,
    /// School year, as `2025/2026`.
    #[schema(min_length = 1, max_length = 20)]
    pub session: String,
    /// Term, as `First Term`.
    #[schema(min_length = 1, max_length = 50)]
    pub term: String,
    /// Reference at the payment gateway, unique in the school whatever its case.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 100)]
    pub gateway_reference: Option<String>,
    /// The payer's own reference, such as a bank's; kept as `external_reference`. The number of the
    /// receipt is given by the server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 100)]
    pub reference: Option<String>,
    /// What its parts are for; they add up to the amount.
    #[serde(default, rename = "lineItems")]
    #[schema(max_items = 100)]
    pub line_items: Option<Vec<LineItem>>,
}

impl PaymentInput {
    /// The body that would write `row`.
    pub(super) fn of(row: &Model, lines: Vec<LineItem>) -> Self {
        Self {
            student_id: Some(Pk(row.student_id)),
            student: None,
            amount: row.amount,
            date: Some(row.date),
            method: Some(row.method.clone()),
            category: row.category_id.map(Pk),
            remark: row.remark.clone(),
            session: row.session.clone(),
            term: row.term.clone(),
            gateway_reference: row.gateway_reference.clone(),
            reference: None,
            line_items: Some(lines),
        }
    }

    /// What is wrong with how the lines add up.
    pub(super) fn sums(&self) -> FieldErrors {
        let lines = self.line_items.as_deref().unwrap_or_default();
        let sum = lines
            .iter()
            .map(|line| i128::from(line.amount.minor()))
            .sum::<i128>();
        if lines.is_empty() || sum == i128::from(self.amount.minor()) {
            return FieldErrors::default();
        }
        let message = format!("The lines must add up to {}.", self.amount);
        FieldErrors::of("lineItems", message)
    }

    /// Whether this body changes what stays of a payment; what is left out stays.
    pub(super) fn changes(&self, before: &Self) -> bool {
        fn differs<T: PartialEq>(now: Option<&T>, before: Option<&T>) -> bool {
            now.is_some() && now != before
        }
        differs(self.student_id.as_ref(), before.student_id.as_ref())
            || differs(self.date.as_ref(), before.date.as_ref())
            || differs(self.method.as_ref(), before.method.as_ref())
            || differs(
                self.gateway_reference.as_ref(),
                before.gateway_reference.as_ref(),
            )
            || differs(self.line_items.as_ref(), before.line_items.as_ref())
            || (self.amount, &self.session, &self.term)
                != (before.amount, &before.session, &before.term)
    }
}

impl From<PaymentInput> for NewPayment {
    fn from(input: PaymentInput) -> Self {
        let line = |line: LineItem| NewLine {
            purpose: line.purpose,
            amount: line.amount,
        };
        Self {
            student_id: input.student_id.map_or(0, |student| student.0),
            amount: input.amount,
            date: input.date,
            method: input.method.unwrap_or_else(|| "cash".into()),
            category_id: input.category.map(|category| category.0),
            remark: input.remark,
            session: input.session,
            term: input.term,
            external_reference: input.reference.unwrap_or_default(),
            gateway_reference: input.gateway_reference,
            lines: input
                .line_items
                .unwrap_or_default()
                .into_iter()
                .map(line)
                .collect(),
        }
    }
}

/// Settles `body` on `student_id`, whichever spelling was sent. `partial` is a patch, which may tell
/// neither.
#[must_use]
pub fn settle(partial: bool, body: &mut Value) -> FieldErrors {
    let mut errors = FieldErrors::default();
    let Some(fields) = body.as_object_mut() else {
        return errors;
    };
    if let Some(student) = fields.remove("student")
        && fields.get("student_id").is_none_or(Value::is_null)
    {
        fields.insert("student_id".into(), student);
    }
    match fields.get("student_id") {
        Some(Value::Null) => errors.add("student_id", "This field may not be null."),
        None if !partial => errors.add("student_id", "This field is required."),
        _ => {}
    }
    errors
}

/// A payment with the names beside it.
#[derive(Debug, FromQueryResult)]
pub struct PaymentRow {
    #[sea_orm(nested)]
    payment: Model,
    student_name: String,
    student_no: String,
    class_id: Option<i64>,
    class_name: Option<String>,
    category_name: Option<String>,
    recorded_by_name: Option<String>,
}

impl PaymentRow {
    pub(super) fn id(&self) -> i64 {
        self.payment.id
    }

    pub(super) fn with(self, parts: Parts) -> Payment {
        let Model {
            school_id,
            id,
            student_id,
            amount,
            date,
            method,
            category_id,
            remark,
            session,
            term,
            reference,
            external_reference,
            gateway_reference,
            status,
            recorded_by,
            voided_by,
            voided_at,
            void_reason,
            created_at,
            updated_at,
            ..
        } = self.payment;
        Payment {
            id,
            school: school_id,
            reference,
            external_reference,
            gateway_reference,
            student: student_id,
            student_id,
            student_name: self.student_name,
            student_no: self.student_no,
            class_id: self.class_id,
            class_name: self.class_name,
            amount,
            date,
            method,
            category: category_id,
            category_name: self.category_name,
            remark,
            session,
            term,
            status,
            line_items: parts.lines,
            allocations: parts.allocations,
            refunds: parts.refunds,
            recorded_by,
            recorded_by_name: self.recorded_by_name,
            voided_by,
            voided_at,
            void_reason,
            created_at,
            updated_at,
        }
    }
}

/// A payment.
#[derive(Debug, Serialize, ToSchema)]
pub struct Payment {
    /// Id of the payment.
    pub id: i64,
    /// Id of the school.
    pub school: i64,
    /// Number of the receipt, without a gap in the school and year.
    pub reference: String,
    /// The payer's own reference.
    pub external_reference: String,
    /// Reference at the payment gateway.
    pub gateway_reference: Option<String>,
    /// Id of the pupil paid for.
    pub student: i64,
    /// The same as `student`.
    pub student_id: i64,
    /// Name of the pupil.
    pub student_name: String,
    /// Number of the pupil.
    pub student_no: String,
    /// Id of the pupil's class at present.
    pub class_id: Option<i64>,
    /// Name of the pupil's class at present.
    pub class_name: Option<String>,
    /// Amount.
    pub amount: Money,
    /// Day it was received.
    pub date: NaiveDate,
    /// How it came in.
    #[schema(value_type = PaymentMethod)]
    pub method: String,
    /// The kind of fee it is meant for.
    pub category: Option<i64>,
    /// Name of the kind of fee.
    pub category_name: Option<String>,
    /// What there is to know.
    pub remark: String,
    /// School year.
    pub session: String,
    /// Term.
    pub term: String,
    /// Where it stands.
    #[schema(value_type = PaymentStatus)]
    pub status: String,
    /// What its parts are for.
    #[serde(rename = "lineItems")]
    pub line_items: Vec<LineItem>,
    /// What it settles; what they leave of it is a credit of the pupil.
    pub allocations: Vec<Allocation>,
    /// What was given back of it.
    pub refunds: Vec<Refund>,
    /// Id of the account that recorded it; null where a gateway confirmed it.
    pub recorded_by: Option<i64>,
    /// Name of who recorded it.
    pub recorded_by_name: Option<String>,
    /// Id of the account that voided it.
    pub voided_by: Option<i64>,
    /// When it was voided.
    pub voided_at: Option<DateTime<Utc>>,
    /// Why it was voided.
    pub void_reason: String,
    /// When it was recorded.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn settled(partial: bool, mut body: Value) -> (Value, bool) {
        let errors = settle(partial, &mut body);
        (body, errors.concerns("student_id"))
    }

    #[test]
    fn either_spelling_of_the_pupil_is_read_and_student_id_wins() {
        assert_eq!(
            settled(false, json!({"student": 4})),
            (json!({"student_id": 4}), false)
        );
        let both = json!({"student": 4, "student_id": 3});
        assert_eq!(settled(false, both), (json!({"student_id": 3}), false));
        assert!(settled(false, json!({})).1);
        assert!(settled(true, json!({"student": null})).1);
        assert!(!settled(true, json!({"remark": "Paid by an aunt."})).1);
    }
}
