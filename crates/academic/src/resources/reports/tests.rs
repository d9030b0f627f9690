use resource::tenant_guard::Role;
use sea_orm::QueryFilter;
use serde_json::json;

use super::*;
use crate::{
    marks::Mark,
    services::publish::{Cards, set_published},
    testing::{body, cards, class, student, subjects, world},
};

#[tokio::test]
async fn posting_twice_is_one_card_and_what_is_left_out_stays() {
    let world = world().await;
    let class_id = class(&world.scope, "Age 15").await;
    subjects(&world.scope, &["Mathematics", "Portuguese"]).await;
    let pupil = student(&world.scope, 1, class_id).await;
    let first = body(
        pupil,
        class_id,
        &json!({
            "teacher_remark": "Steady.",
            "rows": [{ "subject": "Mathematics", "ca1": 12.5, "ca2": 10, "exam": 40, "comment": "good" }],
        }),
    );
    let (card, new) = Reports::create(&world.scope, first).await.unwrap();
    assert!(new);
    let second = body(
        pupil,
        class_id,
        &json!({
            "rows": [{ "subject": "portuguese", "exam": 30 }, { "subject": "MATHEMATICS", "ca1": null }],
        }),
    );
    let (same, new) = Reports::create(&world.scope, second).await.unwrap();
    assert!(!new && same.id == card.id && same.row_version > card.row_version);
    let shown = cards(&world.scope).await.remove(0);
    assert_eq!(shown.teacher_remark, "Steady.");
    assert_eq!(shown.total_score, Some(Mark(8_000)));
    assert_eq!(
        (shown.average, shown.position),
        (Some(Mark(4_000)), Some(1))
    );
    let rows: Vec<_> = shown
        .rows
        .iter()
        .map(|row| (row.subject.as_str(), row.ca1, row.total))
        .collect();
    let expected = [
        ("Mathematics", None, Some(Mark(5_000))),
        ("Portuguese", None, Some(Mark(3_000))),
    ];
    assert_eq!(rows, expected);
    assert_eq!(shown.rows[0].comment, "good");
    let third = body(
        pupil,
        class_id,
        &json!({ "replace_rows": true, "rows": [{ "subject": "Portuguese" }] }),
    );
    Reports::create(&world.scope, third).await.unwrap();
    let shown = cards(&world.scope).await.remove(0);
    assert_eq!(
        (shown.rows.len(), shown.total_score),
        (1, Some(Mark(3_000)))
    );
}

#[tokio::test]
async fn attendance_is_held_against_what_the_card_has_already() {
    let world = world().await;
    let class_id = class(&world.scope, "Age 15").await;
    let pupil = student(&world.scope, 1, class_id).await;
    let total = body(pupil, class_id, &json!({ "attendance_total": 60 }));
    Reports::create(&world.scope, total).await.unwrap();
    let present = body(pupil, class_id, &json!({ "attendance_present": 61 }));
    let refused = Reports::create(&world.scope, present).await.unwrap_err();
    assert!(refused.errors().unwrap().concerns("attendance_present"));
}

#[tokio::test]
async fn a_card_written_as_it_is_does_not_move_its_version() {
    let world = world().await;
    let class_id = class(&world.scope, "Age 15").await;
    subjects(&world.scope, &["Mathematics"]).await;
    let pupil = student(&world.scope, 1, class_id).await;
    let rows = json!({ "rows": [{ "subject": "Mathematics", "ca1": 7 }] });
    let (card, _) = Reports::create(&world.scope, body(pupil, class_id, &rows))
        .await
        .unwrap();
    let input = Reports::input(&world.scope, &card).await.unwrap();
    let after = Reports::update(&world.scope, &card, input).await.unwrap();
    assert_eq!(after, card);
    let comment = body(
        pupil,
        class_id,
        &json!({ "rows": [{ "subject": "Mathematics", "comment": "late" }] }),
    );
    let after = Reports::update(&world.scope, &card, comment).await.unwrap();
    assert_eq!(after.row_version, card.row_version + 1);
}

#[tokio::test]
async fn a_published_card_takes_no_marks_until_it_is_taken_back() {
    let world = world().await;
    let class_id = class(&world.scope, "Age 15").await;
    subjects(&world.scope, &["Mathematics"]).await;
    let pupil = student(&world.scope, 1, class_id).await;
    let (card, _) = Reports::create(&world.scope, body(pupil, class_id, &json!({})))
        .await
        .unwrap();
    let publish = body(pupil, class_id, &json!({ "is_passed": true }));
    let card = Reports::update(&world.scope, &card, publish).await.unwrap();
    assert!(card.is_passed && card.passed_at.is_some());
    let marks = json!({ "rows": [{ "subject": "Mathematics", "ca1": 7 }] });
    let refused = Reports::create(&world.scope, body(pupil, class_id, &marks))
        .await
        .unwrap_err();
    assert_eq!(refused.status(), 409);
    assert_eq!(
        Reports::delete(&world.scope, &card)
            .await
            .unwrap_err()
            .status(),
        409
    );
    let again = body(pupil, class_id, &json!({ "is_passed": true }));
    let same = Reports::create(&world.scope, again).await.unwrap().0;
    assert_eq!(same, card);
    let taken_back = body(pupil, class_id, &json!({ "is_passed": false }));
    let card = Reports::update(&world.scope, &card, taken_back)
        .await
        .unwrap();
    assert_eq!((card.is_passed, card.passed_at), (false, None));
    Reports::create(&world.scope, body(pupil, class_id, &marks))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_teacher_writes_no_card_of_another_class() {
    let world = world().await;
    let class_id = class(&world.scope, "Age 15").await;
    let pupil = student(&world.scope, 1, class_id).await;
    let user = world.user("ada", Role::Teacher).await;
    let teacher = world.seen_by(user, Role::Teacher);
    let input = body(pupil, class_id, &json!({}));
    let refused = Reports::check(&teacher, Rows::Assigned, &input, None)
        .await
        .unwrap_err();
    assert_eq!(refused.status(), 403);
    let sql = "INSERT INTO teachers (school_id, id, created_at, updated_at, kind, name, address, phone, email, \
               passport_url, user_id) VALUES ($1, 1, $2, $2, 'teacher', 'Ada', '', '', '', '', $3)";
    let scope = &world.scope;
    scope
        .execute(&[], sql, vec![scope.now().into(), user.into()])
        .await
        .unwrap();
    let sql = "UPDATE classes SET class_teacher_id = 1 WHERE school_id = $1";
    scope.execute(&[], sql, Vec::new()).await.unwrap();
    assert!(
        Reports::check(&teacher, Rows::Assigned, &input, None)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn a_parent_sees_the_published_cards_of_linked_pupils_alone() {
    let world = world().await;
    let scope = &world.scope;
    let class_id = class(scope, "Age 15").await;
    let (mine, other) = (
        student(scope, 1, class_id).await,
        student(scope, 2, class_id).await,
    );
    let user = world.user("bola", Role::Parent).await;
    let sql = "INSERT INTO guardianships (school_id, id, created_at, updated_at, user_id, student_id, relationship) \
               VALUES ($1, 1, $2, $2, $3, $4, 'mother')";
    let values = vec![scope.now().into(), user.into(), mine.into()];
    scope.execute(&[], sql, values).await.unwrap();
    let parent = world.seen_by(user, Role::Parent);
    let seen = async || {
        let query = parent
            .find::<Entity>()
            .filter(Reports::visible(&parent, Rows::Own));
        let cards = parent.all(query).await.unwrap();
        cards
            .into_iter()
            .map(|card| card.student_id)
            .collect::<Vec<_>>()
    };
    for pupil in [mine, other] {
        Reports::create(scope, body(pupil, class_id, &json!({})))
            .await
            .unwrap();
    }
    assert_eq!(seen().await, [0_i64; 0]);
    let ids = cards(scope).await.iter().map(|card| card.id).collect();
    assert_eq!(
        set_published(scope, &Cards::Ids(ids), true)
            .await
            .unwrap()
            .len(),
        2
    );
    assert_eq!(seen().await, [mine]);
}

#[tokio::test]
async fn publishing_a_card_of_another_school_answers_as_an_unknown_one() {
    let world = world().await;
    let class_id = class(&world.scope, "Age 15").await;
    let pupil = student(&world.scope, 1, class_id).await;
    let (card, _) = Reports::create(&world.scope, body(pupil, class_id, &json!({})))
        .await
        .unwrap();
    let refused = set_published(&world.elsewhere(), &Cards::Ids(vec![card.id]), true)
        .await
        .unwrap_err();
    assert!(refused.errors().unwrap().concerns("ids"));
}

#[test]
fn every_bad_mark_of_a_body_is_named_at_once() {
    let mut body = json!({
        "student_id": "7", "class_id": 3, "session": "2025/2026", "term": "First Term",
        "affective": { "Punctuality": 6 },
        "rows": [
            { "subject": "Mathematics", "ca1": 20, "ca2": null, "exam": "59.75" },
            { "subject": "Portuguese", "ca1": 100.5, "ca2": -1, "exam": 100.01 },
            { "ca1": 12.345, "ca2": "many" },
        ],
    });
    let errors = resource::shape::Shape::of::<ReportCardInput>().check(&mut body);
    let fields: Vec<&String> = errors.0.keys().collect();
    let expected = [
        "affective.Punctuality",
        "rows.1.ca1",
        "rows.1.ca2",
        "rows.1.exam",
        "rows.2.ca1",
        "rows.2.ca2",
        "rows.2.subject",
    ];
    assert_eq!(fields, expected);
}

#[test]
fn an_absent_mark_and_a_null_one_survive_the_schema() {
    let mut body = json!({
        "student_id": "7", "class_id": 3, "session": "2025/2026", "term": "First Term", "position": 1,
        "next_term_begins": "", "rows": [{ "subject": "Mathematics", "ca2": null, "total": 99 }],
    });
    assert!(
        resource::shape::Shape::of::<ReportCardInput>()
            .check(&mut body)
            .is_empty()
    );
    let input: ReportCardInput = serde_json::from_value(body).unwrap();
    let row = &input.rows.unwrap()[0];
    assert_eq!(
        (input.student_id, row.ca1, row.ca2),
        (Pk(7), None, Some(None))
    );
}
