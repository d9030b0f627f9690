//! The collections, one line each.

use resource::tenant_guard::Role;
use serde_json::{Value, json};

use super::{bodies, fixture::Fixture, published::Published};

/// What the document does not say of a collection.
pub struct Collection {
    /// Its path under `/api/`, without slashes.
    pub name: &'static str,
    /// A sound body; those of different numbers, below [`super::fixture::SIZE`], get on with each other.
    pub body: fn(&Fixture, usize) -> Value,
    /// A patch that changes the row.
    pub change: fn() -> Value,
    /// Field that shows the text searched for, where it is searched.
    pub searched: Option<&'static str>,
    /// Optional field of every body that is blank once it is left out.
    pub cleared: Option<&'static str>,
    /// The role of who creates its rows; the administrator reads and changes them.
    pub author: Role,
    /// Fields required by rule, beyond those of the schema.
    pub required: &'static [&'static str],
    /// Whether DELETE keeps the row, voided.
    pub voids: bool,
    /// Whether a row may be changed at all.
    pub changes: bool,
}

const PLAIN: Collection = Collection {
    name: "",
    body: |_, _| Value::Null,
    change: || json!({"name": "Changed"}),
    searched: Some("name"),
    cleared: None,
    author: Role::SchoolAdmin,
    required: &[],
    voids: false,
    changes: true,
};

/// Every collection of a school.
#[rustfmt::skip]
pub const COLLECTIONS: &[Collection] = &[
    Collection { name: "subjects", body: bodies::subject, ..PLAIN },
    Collection { name: "teachers", body: bodies::teacher, cleared: Some("phone"), ..PLAIN },
    Collection { name: "staff", body: bodies::teacher, cleared: Some("phone"), ..PLAIN },
    Collection { name: "classes", body: bodies::class, cleared: Some("class_teacher_id"), ..PLAIN },
    Collection { name: "grading-scales", body: bodies::grading_scale, ..PLAIN },
    Collection { name: "subject-teachers", body: bodies::subject_teacher, cleared: Some("session"), searched: None, change: || json!({"session": "2026/2027"}), ..PLAIN },
    Collection { name: "subject_teachers", body: bodies::colleague, cleared: Some("session"), searched: None, change: || json!({"session": "2026/2027"}), ..PLAIN },
    Collection { name: "students", body: bodies::student, cleared: Some("dob"), searched: Some("names"), change: || json!({"names": "Changed"}), ..PLAIN },
    Collection { name: "reports", body: bodies::report, cleared: Some("teacher_remark"), searched: Some("student_name"), change: || json!({"promoted_to": "Changed"}), ..PLAIN },
    Collection { name: "scores", body: bodies::score, cleared: Some("exam"), searched: None, change: || json!({"comment": "Changed"}), ..PLAIN },
    Collection { name: "events", body: bodies::event, cleared: Some("description"), searched: Some("title"), change: || json!({"title": "Changed"}), ..PLAIN },
    Collection { name: "attendance-sessions", body: bodies::attendance_session, searched: None, change: || json!({"term": "Second Term"}), ..PLAIN },
    Collection { name: "attendance-records", body: bodies::attendance_record, cleared: Some("remark"), searched: None, change: || json!({"status": "excused"}), ..PLAIN },
    Collection { name: "attendance", body: bodies::register, searched: None, change: || json!({"term": "Second Term"}), ..PLAIN },
    Collection { name: "users", body: bodies::user, cleared: Some("email"), ..PLAIN },
    Collection { name: "guardianships", body: bodies::guardianship, cleared: Some("relationship"), searched: None, change: || json!({"relationship": "Changed"}), ..PLAIN },
    Collection { name: "announcements", body: bodies::announcement, cleared: Some("expires_at"), searched: Some("title"), change: || json!({"title": "Changed"}), ..PLAIN },
    Collection { name: "newsletters", body: bodies::newsletter, cleared: Some("description"), searched: Some("title"), change: || json!({"title": "Changed"}), ..PLAIN },
    Collection { name: "messages", body: bodies::message, searched: Some("subject"), change: || json!({"is_read": true}), author: Role::Bursar, required: &["body", "recipient"], ..PLAIN },
    Collection { name: "fee-categories", body: bodies::fee_category, cleared: Some("description"), ..PLAIN },
    Collection { name: "fee-items", body: bodies::fee_item, cleared: Some("class_id"), change: || json!({"amount": "7.00"}), required: &["category"], ..PLAIN },
    Collection { name: "fees", body: bodies::fee_item, cleared: Some("class_id"), change: || json!({"amount": "7.00"}), required: &["category"], ..PLAIN },
    Collection { name: "scholarships", body: bodies::scholarship, cleared: Some("description"), ..PLAIN },
    Collection { name: "student-fees", body: bodies::student_fee, cleared: Some("scholarship"), searched: Some("student_name"), change: || json!({"discount_amount": "7.00"}), ..PLAIN },
    Collection { name: "payment-plans", body: bodies::payment_plan, cleared: Some("note"), searched: Some("student_name"), change: || json!({"note": "Changed"}), ..PLAIN },
    Collection { name: "ledger-entries", body: bodies::adjustment, searched: Some("student_name"), changes: false, ..PLAIN },
    Collection { name: "billing-runs", body: bodies::billing_run, searched: None, changes: false, ..PLAIN },
    Collection { name: "expenses", body: bodies::expense, cleared: Some("description"), searched: Some("title"), change: || json!({"title": "Changed"}), voids: true, ..PLAIN },
    Collection { name: "payments", body: bodies::payment, cleared: Some("remark"), searched: Some("student_name"), change: || json!({"remark": "Changed"}), required: &["student_id"], voids: true, ..PLAIN },
];

#[test]
fn every_list_of_the_document_is_held_to_the_contract() {
    let listed: Vec<String> = Published::read()
        .lists()
        .into_iter()
        // Operators list the schools themselves, which belong to none; the trail is written by everything
        // else; the others are sums, and no rows.
        .filter(|name| {
            !["schools", "activity-logs", "balances", "debtors"].contains(&name.as_str())
        })
        .collect();
    let mut held: Vec<&str> = COLLECTIONS.iter().map(|one| one.name).collect();
    held.sort_unstable();
    assert_eq!(listed, held);
}
