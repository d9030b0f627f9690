//! Sound bodies, numbered.

use serde_json::{Value, json};

use super::fixture::{Fixture, SESSION, TERM};

/// Text that tells rows apart in any collation, with what LIKE gives a meaning in two of three.
pub fn text(n: usize) -> String {
    format!("row{n:02} {}", ["a%b", "a_b", "axb"][n % 3])
}

/// Pairs of rows share a value, so that an ordering by it has ties.
fn shared(n: usize) -> usize {
    10 + n / 2
}

pub fn subject(_: &Fixture, n: usize) -> Value {
    json!({"name": text(n)})
}

pub fn teacher(_: &Fixture, n: usize) -> Value {
    json!({"name": text(n), "kind": (["teacher", "staff"][n % 2]), "phone": "0800 000"})
}

pub fn class(fixture: &Fixture, n: usize) -> Value {
    json!({"name": text(n), "class_teacher_id": fixture.teacher})
}

pub fn subject_teacher(fixture: &Fixture, n: usize) -> Value {
    json!({"teacher": fixture.teacher, "class": fixture.class, "subject": fixture.subjects[n], "session": SESSION})
}

/// Two bands, the active one now here and now there.
pub fn grading_scale(_: &Fixture, n: usize) -> Value {
    json!({
        "name": text(n), "is_active": n.is_multiple_of(2),
        "bands": [{"min": 0, "max": 49.99, "letter": "F"}, {"min": 50, "max": 100, "letter": "P", "remark": "Pass", "points": 4}],
    })
}

/// By the other name of the collection, so that neither meets the other's rows.
pub fn colleague(fixture: &Fixture, n: usize) -> Value {
    json!({"teacher": fixture.colleague, "class": fixture.class, "subject": fixture.subjects[n], "session": SESSION})
}

pub fn student(fixture: &Fixture, n: usize) -> Value {
    json!({
        "student_no": format!("S{n:02}"), "names": text(n), "gender": (["Male", "Female"][n % 2]),
        "class_id": fixture.class, "dob": "2010-02-28",
    })
}

pub fn report(fixture: &Fixture, n: usize) -> Value {
    json!({
        "student_id": fixture.pupils[n], "class_id": fixture.class, "session": SESSION, "term": TERM,
        "teacher_remark": "Reads well.", "rows": [{"subject": fixture.subject_name, "exam": shared(n)}],
    })
}

pub fn score(fixture: &Fixture, n: usize) -> Value {
    json!({"report_card": fixture.card, "subject": fixture.subjects[n], "exam": shared(n)})
}

pub fn event(fixture: &Fixture, n: usize) -> Value {
    let day = shared(n);
    json!({
        "title": text(n), "description": "Bring a pencil.", "start_date": format!("2026-03-{day}T08:30:00Z"),
        "end_date": format!("2026-03-{day}T10:00:00Z"), "event_type": (["exam", "meeting"][n % 2]),
        "target_audience": (["parents", "all"][n % 2]), "class_id": fixture.class, "recurrence": "FREQ=WEEKLY",
        "excluded_dates": ["2026-04-30"],
    })
}

pub fn attendance_session(fixture: &Fixture, n: usize) -> Value {
    json!({"date": format!("2025-10-{:02}", n + 1), "student_class": fixture.class, "session": SESSION, "term": TERM})
}

pub fn attendance_record(fixture: &Fixture, n: usize) -> Value {
    json!({
        "attendance_session": fixture.register, "student": fixture.pupils[n],
        "status": (["present", "late"][n % 2]), "remark": "Came by bus.",
    })
}

pub fn register(fixture: &Fixture, n: usize) -> Value {
    json!({
        "date": format!("2025-11-{:02}", n + 1), "class_id": fixture.class, "session": SESSION, "term": TERM,
        "records": [{"student_id": fixture.pupils[0], "status": "absent", "remark": "Rain."}],
    })
}

pub fn user(_: &Fixture, n: usize) -> Value {
    json!({
        "username": format!("user{n:02}"), "name": text(n), "email": format!("user{n:02}@school.test"),
        "role": (["STAFF", "PARENT"][n % 2]), "password": super::auditing::SECRET,
    })
}

pub fn guardianship(fixture: &Fixture, n: usize) -> Value {
    json!({"user": fixture.parent, "student": fixture.pupils[n], "relationship": "mother"})
}

pub fn announcement(fixture: &Fixture, n: usize) -> Value {
    json!({
        "title": text(n), "content": "Bring a pencil.", "target": (["parents", "all"][n % 2]),
        "priority": (["high", "normal"][n % 2]), "class_id": fixture.class, "is_pinned": n.is_multiple_of(2),
        "expires_at": format!("9999-01-{}T08:30:00Z", shared(n)),
    })
}

pub fn newsletter(_: &Fixture, n: usize) -> Value {
    json!({
        "title": text(n), "description": "What the term was like.", "is_published": n.is_multiple_of(2),
        "file": "https://school.example/letters/term.pdf",
    })
}

/// To the administrator, who may mark it read.
pub fn message(fixture: &Fixture, n: usize) -> Value {
    json!({"recipient": fixture.admin, "subject": text(n), "body": "Please read."})
}

pub fn fee_category(_: &Fixture, n: usize) -> Value {
    json!({"name": text(n), "description": "What it pays for."})
}

pub fn fee_item(fixture: &Fixture, n: usize) -> Value {
    json!({
        "name": format!("fee {}", text(n)), "amount": format!("{}.00", shared(n)), "session": SESSION,
        "term": TERM, "class_id": fixture.class,
    })
}

pub fn expense(_: &Fixture, n: usize) -> Value {
    json!({
        "title": text(n), "amount": format!("{}.00", shared(n)), "category": (["supplies", "other"][n % 2]),
        "date": format!("2025-10-{}", shared(n)), "description": "For the library.", "session": SESSION, "term": TERM,
    })
}

pub fn payment(fixture: &Fixture, n: usize) -> Value {
    json!({
        "student_id": fixture.pupils[n], "amount": format!("{}.00", shared(n)), "date": format!("2025-10-{}", shared(n)),
        "method": (["cash", "pos"][n % 2]), "remark": "Paid by an aunt.", "session": SESSION, "term": TERM,
        "category": fixture.category,
        "lineItems": [{"purpose": "Tuition", "amount": format!("{}.00", shared(n))}],
    })
}

pub fn scholarship(_: &Fixture, n: usize) -> Value {
    json!({
        "name": text(n), "description": "For merit.", "benefit_type": (["percentage", "fixed"][n % 2]),
        "value": format!("{}.50", shared(n)),
    })
}

pub fn student_fee(fixture: &Fixture, n: usize) -> Value {
    json!({
        "student": fixture.pupils[n], "fee_item": fixture.fee, "scholarship": fixture.scholarship,
        "discount_amount": "5.00",
    })
}

/// Of what the fixture billed; every other one is overdue.
pub fn payment_plan(fixture: &Fixture, n: usize) -> Value {
    let (first, year) = (shared(n), [2024, 9998][n % 2]);
    json!({
        "student": fixture.pupils[n], "session": "2024/2025", "term": TERM, "note": "As agreed.",
        "parts": [
            {"due_date": format!("{year}-10-01"), "amount": format!("{first}.00")},
            {"due_date": format!("{year}-11-01"), "amount": format!("{}.00", 90 - first)},
        ],
    })
}

pub fn adjustment(fixture: &Fixture, n: usize) -> Value {
    let day = shared(n);
    json!({
        "student": fixture.pupils[n], "kind": "charge", "amount": format!("{day}.00"), "description": "A broken window.",
        "session": SESSION, "term": TERM, "category": fixture.category, "effective_date": format!("2026-01-{day}"),
        "due_date": format!("2026-02-{day}"),
    })
}

/// Of a term without fees, so that it bills nobody.
pub fn billing_run(fixture: &Fixture, n: usize) -> Value {
    json!({
        "session": SESSION, "term": format!("Term {}", shared(n)), "class_id": fixture.class,
        "effective_date": format!("2026-01-{}", shared(n)), "due_date": format!("2026-03-{:02}", n + 1),
    })
}
