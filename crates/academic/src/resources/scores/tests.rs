use resource::tenant_guard::Role;
use sea_orm::QueryFilter;
use serde_json::json;

use super::*;
use crate::{
    resources::reports::Reports,
    services::publish::{Cards, set_published},
    testing::{World, body, cards, class, student, subjects, world},
};

/// A card without rows, of a class that declares no subject.
async fn card(world: &World) -> i64 {
    let class_id = class(&world.scope, "Age 15").await;
    let pupil = student(&world.scope, 1, class_id).await;
    let input = body(pupil, class_id, &json!({}));
    Reports::create(&world.scope, input).await.unwrap().0.id
}

fn score(report_card: i64, subject: i64, exam: i64) -> ScoreInput {
    let body = json!({ "report_card": report_card, "subject": subject, "exam": exam });
    serde_json::from_value(body).unwrap()
}

#[tokio::test]
async fn a_mark_written_alone_moves_the_sum_of_its_card() {
    let world = world().await;
    let scope = &world.scope;
    let card = card(&world).await;
    let subjects = subjects(scope, &["Mathematics", "Portuguese"]).await;
    let (row, _) = Scores::create(scope, score(card, subjects[0], 30))
        .await
        .unwrap();
    Scores::create(scope, score(card, subjects[1], 40))
        .await
        .unwrap();
    let shown = cards(scope).await.remove(0);
    assert_eq!(
        (shown.total_score, shown.average),
        (Some(Mark(7_000)), Some(Mark(3_500)))
    );
    let after = Scores::update(scope, &row, score(card, subjects[0], 60))
        .await
        .unwrap();
    assert_eq!((after.total, after.grade.as_str()), (Some(6_000), "C"));
    assert_eq!(cards(scope).await[0].total_score, Some(Mark(10_000)));
}

#[tokio::test]
async fn a_mark_of_a_published_card_is_locked() {
    let world = world().await;
    let scope = &world.scope;
    let card = card(&world).await;
    let subject = subjects(scope, &["Mathematics"]).await[0];
    let (row, _) = Scores::create(scope, score(card, subject, 30))
        .await
        .unwrap();
    set_published(scope, &Cards::Ids(vec![card]), true)
        .await
        .unwrap();
    let refused = Scores::update(scope, &row, score(card, subject, 31))
        .await
        .unwrap_err();
    assert_eq!(refused.status(), 409);
}

#[tokio::test]
async fn a_card_has_one_row_for_each_subject_its_class_takes() {
    let world = world().await;
    let scope = &world.scope;
    let card = card(&world).await;
    let subjects = subjects(scope, &["Mathematics", "Portuguese"]).await;
    Scores::create(scope, score(card, subjects[0], 30))
        .await
        .unwrap();
    let errors = async |subject| {
        let input = score(card, subject, 1);
        Scores::check(scope, Rows::All, &input, None).await.unwrap()
    };
    assert!(errors(subjects[0]).await.concerns(NON_FIELD));
    assert!(errors(subjects[1]).await.is_empty());
    let class_id = cards(scope).await[0].class_id;
    crate::services::class_subjects::set(scope, class_id, &["Mathematics".into()])
        .await
        .unwrap();
    assert!(errors(subjects[1]).await.concerns("subject"));
}

#[tokio::test]
async fn a_mark_does_not_move_to_another_card_or_subject() {
    let world = world().await;
    let card = card(&world).await;
    let subjects = subjects(&world.scope, &["Mathematics", "Portuguese"]).await;
    let (row, _) = Scores::create(&world.scope, score(card, subjects[0], 30))
        .await
        .unwrap();
    let moved = score(card + 1, subjects[1], 30);
    let errors = Scores::check(&world.scope, Rows::All, &moved, Some(&row))
        .await
        .unwrap();
    assert!(errors.concerns("report_card") && errors.concerns("subject"));
}

#[tokio::test]
async fn a_pupil_sees_the_marks_of_its_own_published_cards() {
    let world = world().await;
    let scope = &world.scope;
    let card = card(&world).await;
    let subject = subjects(scope, &["Mathematics"]).await[0];
    Scores::create(scope, score(card, subject, 30))
        .await
        .unwrap();
    let user = world.user("GP-0001", Role::Student).await;
    let link = "UPDATE students SET user_id = $2 WHERE school_id = $1";
    scope
        .execute(&["students"], link, vec![user.into()])
        .await
        .unwrap();
    let pupil = world.seen_by(user, Role::Student);
    let seen = async || {
        let query = pupil
            .find::<Entity>()
            .filter(Scores::visible(&pupil, Rows::Own));
        pupil.count(query).await.unwrap()
    };
    assert_eq!(seen().await, 0);
    set_published(scope, &Cards::Ids(vec![card]), true)
        .await
        .unwrap();
    assert_eq!(seen().await, 1);
}
