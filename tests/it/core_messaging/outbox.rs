//! What is put in the outbox is there when the act is, once, and not otherwise.

use resource::{
    outbox::{self, Letter, Parcel},
    tenant_guard::{Principal, Role, SchoolId, Scope},
};
use sea_orm::{FromQueryResult, Value};
use serde_json::json;

use crate::harness::{App, School};

#[derive(FromQueryResult)]
struct Number {
    n: i64,
}

async fn number(scope: &Scope, which: &str, rest: Vec<Value>) -> i64 {
    let sql = format!("SELECT count(*) AS n FROM outbox WHERE school_id = $1 AND {which}");
    scope.query::<Number>(&sql, rest).await.unwrap()[0].n
}

/// Runs `work` in a transaction of a school's own, committed when `keep`; answers how many parcels it left
/// and by how many statements.
async fn posted(app: &App, school: &School, parcels: Vec<Parcel>, keep: bool) -> i64 {
    let id = SchoolId(school.id);
    app.beside(move |state| async move {
        let scope = state.database.scope(id, Principal::system(id));
        let transaction = scope.begin().await.unwrap();
        outbox::enqueue(transaction.scope(), parcels).await.unwrap();
        if keep {
            transaction.commit().await.unwrap();
        } else {
            transaction.rollback().await.unwrap();
        }
        number(&scope, "true", Vec::new()).await
    })
    .await
}

fn reminder(to: i64, n: i64) -> Parcel {
    let letter = Letter {
        subject: "Fees".into(),
        text: "They're \"due\" – now".into(),
    };
    Parcel::mail("reminder", to, format!("reminder:{n}"), &letter)
}

both! {
    async fn an_act_that_is_taken_back_tells_nobody(app: App) {
        let school = app.school().await;
        let to = school.user(Role::Parent);
        assert_eq!(posted(&app, &school, vec![reminder(to, 1)], false).await, 0);
        assert_eq!(posted(&app, &school, vec![reminder(to, 1)], true).await, 1);
    }

    async fn the_same_act_put_in_again_is_told_once_and_another_school_is_told_too(app: App) {
        let (school, other) = (app.school().await, app.school().await);
        let to = school.user(Role::Parent);
        for _ in 0..2 {
            let parcels = vec![reminder(to, 1), reminder(to, 1), reminder(to, 2)];
            assert_eq!(posted(&app, &school, parcels, true).await, 2);
        }
        let theirs = reminder(other.user(Role::Parent), 1);
        assert_eq!(posted(&app, &other, vec![theirs], true).await, 1);
    }

    async fn two_thousand_parcels_are_one_statement_and_say_what_they_said(app: App) {
        let school = app.school().await;
        let (id, to) = (SchoolId(school.id), school.user(Role::Parent));
        let (statements, kept) = app.beside(move |state| async move {
            let scope = state.database.scope(id, Principal::system(id));
            let parcels = (0..2_000).map(|n| reminder(to, n)).collect();
            let count = resource::tenant_guard::statements::counted(async {
                outbox::enqueue(&scope, parcels).await.unwrap();
                resource::tenant_guard::statements::so_far().count
            });
            let count = count.await;
            let kept = scope.all(scope.find::<outbox::entity::Entity>()).await.unwrap();
            (count, kept)
        }).await;
        assert_eq!((statements, kept.len()), (1, 2_000));
        let one = &kept[7];
        assert_eq!(one.payload, json!({"subject": "Fees", "text": "They're \"due\" – now"}));
        assert_eq!((one.recipient_id, one.channel.as_str(), one.state.as_str()), (Some(to), "email", "pending"));
        assert_eq!(one.due_at, Some(one.created_at));
    }

    async fn a_message_to_many_leaves_each_of_them_a_notice(app: App) {
        let school = app.school().await;
        let body = json!({"to": {"all_staff": true}, "body": "Only for you"});
        let sent = school.as_(Role::SchoolAdmin).post("/api/messages/group/", &body).await.expect(200);
        let id = SchoolId(school.id);
        let kept = app.beside(move |state| async move {
            let scope = state.database.scope(id, Principal::system(id));
            scope.all(scope.find::<outbox::entity::Entity>()).await.unwrap()
        }).await;
        assert_eq!((&sent["sent"], kept.len()), (&json!(3), 6));
        for role in [Role::Teacher, Role::Bursar, Role::Staff] {
            let theirs = kept.iter().filter(|one| one.recipient_id == Some(school.user(role)));
            assert_eq!(theirs.count(), 2, "{role}");
        }
    }

    async fn a_message_leaves_a_notice_that_repeats_nothing_of_it(app: App) {
        let school = app.school().await;
        let to = school.user(Role::Parent);
        let body = json!({"recipient": to, "subject": "Secret", "body": "Only for you"});
        school.as_(Role::Teacher).post("/api/messages/", &body).await.expect(201);
        let id = SchoolId(school.id);
        let kept = app.beside(move |state| async move {
            let scope = state.database.scope(id, Principal::system(id));
            scope.all(scope.find::<outbox::entity::Entity>()).await.unwrap()
        }).await;
        let mut channels: Vec<_> = kept.iter().map(|one| one.channel.as_str()).collect();
        channels.sort_unstable();
        assert_eq!(channels, ["email", "live"]);
        for one in &kept {
            let said = one.payload.to_string();
            assert!(one.recipient_id == Some(to) && !said.contains("Secret") && !said.contains("Only for you"), "{said}");
        }
    }
}
