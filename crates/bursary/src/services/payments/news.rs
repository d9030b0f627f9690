//! Who hears of money that was received, taken back or given back.

use resource::{
    ApiError,
    outbox::{Event, Hearers, News, publish},
    tenant_guard::Scope,
};
use serde_json::{Value, json};

use crate::entities::payment::Model;

/// Whoever keeps the school's money, and the pupil's parents.
const HEARERS: &str = "SELECT id AS account FROM users WHERE school_id = $1 AND is_active \
    AND role IN ('SCHOOL_ADMIN', 'BURSAR') UNION \
    SELECT user_id FROM guardianships WHERE school_id = $1 AND student_id = $2";

/// Tells of a payment that was recorded.
pub(super) async fn recorded(scope: &Scope, payment: &Model) -> Result<(), ApiError> {
    let news = News::of(Event::PaymentRecorded, payment.id, facts(payment));
    tell(scope, payment, news).await
}

/// Tells of a payment that was voided.
pub(super) async fn voided(scope: &Scope, payment: &Model) -> Result<(), ApiError> {
    let news = News::of(Event::PaymentVoided, payment.id, facts(payment));
    tell(scope, payment, news).await
}

/// Tells of a payment of which something was given back, by this entry of the ledger.
pub(super) async fn refunded(scope: &Scope, payment: &Model, entry: i64) -> Result<(), ApiError> {
    let news = News::of(Event::PaymentRefunded, payment.id, facts(payment)).marked(entry);
    tell(scope, payment, news).await
}

fn facts(payment: &Model) -> Value {
    json!({
        "student_id": payment.student_id, "reference": payment.reference, "amount": payment.amount,
        "date": payment.date, "method": payment.method, "session": payment.session, "term": payment.term,
        "status": payment.status,
    })
}

async fn tell(scope: &Scope, payment: &Model, news: News) -> Result<(), ApiError> {
    let hearers = Hearers {
        accounts: HEARERS.into(),
        values: vec![payment.student_id.into()],
    };
    publish(scope, &[news], Some(hearers)).await
}
