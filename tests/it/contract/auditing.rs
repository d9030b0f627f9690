//! The trail that every write leaves.

use resource::{
    audit::{
        entity::{Column, Entity, Model},
        seal::{Reach, seal},
        verify::verify,
    },
    tenant_guard::{Principal, Role, SchoolId},
};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use super::case::{Case, cases};
use crate::harness::App;

/// The password of bodies that have one.
pub const SECRET: &str = "nobody-reads-this-twice";

/// The acts of one request, of all the rows it is about.
async fn acts(app: &App, school: i64, request: &str) -> Vec<Model> {
    let request = request.to_owned();
    app.beside(move |state| async move {
        let school = SchoolId(school);
        let scope = state.database.scope(school, Principal::system(school));
        let query = scope.find::<Entity>().filter(Column::RequestId.eq(request));
        scope.all(query.order_by_asc(Column::Id)).await.unwrap()
    })
    .await
}

/// The one act on the collection that a request left: a fee named anew leaves one on its category too.
async fn act(app: &App, case: &Case, request: &str) -> Model {
    let mut acts = acts(app, case.fixture.school.id, request).await;
    acts.retain(|act| act.resource == case.published.resource(case.line.name));
    assert_eq!(acts.len(), 1, "{request}: {acts:?}");
    acts.remove(0)
}

/// Its facts, but for before and after.
fn facts(act: &Model) -> Value {
    json!([
        act.action,
        act.resource,
        act.resource_id,
        act.actor_id,
        act.actor_role
    ])
}

both! {
    async fn every_write_is_remembered_with_what_was_and_what_is(app: App) {
        for case in cases(&app).await {
            let name = case.line.name;
            let resource = case.published.resource(name);
            let by = |request: &str| case.admin.with("X-Request-ID", request);
            let by_whom = |role: Role, action: &str, row: &Value| json!([action, resource, row["id"], case.fixture.school.user(role), role.as_str()]);
            let facts_of = |action: &str, row: &Value| by_whom(Role::SchoolAdmin, action, row);

            let created = format!("create-{name}");
            let row = case.author.with("X-Request-ID", &created).post(&case.path(""), &case.body(0)).await.expect(201);
            let create = act(&app, &case, &created).await;
            assert_eq!(facts(&create), by_whom(case.line.author, "create", &row));
            assert!(create.before.is_none() && create.after.is_some(), "{create:?}");

            let changed = format!("update-{name}");
            let now = by(&changed).patch(&case.row(&row), &(case.line.change)()).await.expect(200);
            let update = act(&app, &case, &changed).await;
            assert_eq!(facts(&update), facts_of("update", &row));
            assert_eq!(update.before, create.after, "{name}");
            let after = update.after.clone().unwrap();
            for (field, sent) in (case.line.change)().as_object().unwrap() {
                assert_eq!(after[field], *sent, "{name}");
                assert_eq!(now[field], *sent, "{name}");
            }
            let mut trail = vec![create, update];

            if case.serves("DELETE") {
                let deleted = format!("delete-{name}");
                by(&deleted).delete(&case.row(&row)).await.expect(204);
                let delete = act(&app, &case, &deleted).await;
                if case.line.voids {
                    assert_eq!(facts(&delete), facts_of("void", &row));
                    assert_eq!(delete.after.as_ref().unwrap()["status"], "voided", "{name}");
                } else {
                    assert_eq!(facts(&delete), facts_of("delete", &row));
                    assert_eq!((&delete.before, &delete.after), (&Some(after), &None), "{name}");
                }
                trail.push(delete);
            }
            let trail = format!("{trail:?}");
            assert!(!trail.contains(SECRET) && !trail.contains("argon2"), "{trail}");
        }
    }

    async fn the_trail_of_every_kind_of_write_holds(app: App) {
        let cases = cases(&app).await;
        for case in &cases {
            let row = case.make(0).await;
            case.admin.patch(&case.row(&row), &(case.line.change)()).await.expect(200);
            if case.serves("DELETE") {
                case.admin.delete(&case.row(&row)).await.expect(204);
            }
        }
        let school = SchoolId(cases[0].fixture.school.id);
        let trail = app.beside(move |state| async move {
            seal(&state.database, school, Reach::All).await.unwrap();
            verify(&state.database, school, None).await.unwrap()
        });
        let trail = trail.await.unwrap();
        assert!(trail.rows > 50 && trail.waiting == 0, "{trail:?}");
    }

    async fn what_changes_nothing_or_is_refused_leaves_no_trail(app: App) {
        for case in cases(&app).await {
            let row = case.make(0).await;
            let quiet = format!("quiet-{}", case.line.name);
            let by = case.admin.with("X-Request-ID", &quiet);
            by.patch(&case.row(&row), &json!({})).await.expect(200);
            by.post(&case.path(""), &json!({})).await.problem(400, "invalid");
            by.with("If-Match", "\"0-0\"").patch(&case.row(&row), &(case.line.change)()).await.problem(412, "precondition_failed");
            assert!(acts(&app, case.fixture.school.id, &quiet).await.is_empty(), "{}", case.line.name);
        }
    }
}
