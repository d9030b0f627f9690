//! The proof of the audit trail: what someone with SQL and without the key can hide, and what not.

use std::time::{Duration, Instant};

use gateway::State;
use resource::{
    audit::{
        self, Act,
        seal::{Reach, seal, seal_all},
        verify::{Break, Trail, verify},
    },
    tenant_guard::{Clock, Principal, Role, SchoolId, Scope},
};
use sea_orm::{ConnectionTrait, FromQueryResult};
use serde_json::json;

use crate::harness::{App, Engine, School};

/// Longest wait for a gateway to seal by itself.
const PATIENCE: Duration = Duration::from_secs(30);
/// An id that no row of these tests has by itself.
const FORGED: i64 = 9_000_000_000;
/// What keeps the trail of an embedded database from being changed, and what an attacker drops first.
const TRIGGERS: [&str; 4] = [
    "activity_logs_no_update",
    "activity_logs_no_delete",
    "audit_seals_no_update",
    "audit_seals_no_delete",
];

/// Statements of an attacker, where `{a}` and `{b}` are the first two rows, and what the verifier then says of them.
type Attack<'a> = (&'a [&'a str], fn(i64, i64) -> Break);

/// A gateway whose database an attacker has got into.
async fn broken_into(app: &App) -> App {
    let app = app.alone().await;
    if app.engine() == Engine::Embedded {
        for trigger in TRIGGERS {
            sql(&app, format!("DROP TRIGGER {trigger}")).await;
        }
    }
    app
}

async fn sql(app: &App, sql: String) {
    app.beside(move |state| async move {
        let done = state
            .database
            .for_migrations()
            .execute_unprepared(&sql)
            .await;
        done.unwrap_or_else(|error| panic!("{sql}: {error}"));
    })
    .await;
}

/// What the verifier says of a school, after sealing what can be sealed.
async fn verified(app: &App, school: i64, head: Option<String>) -> Result<Trail, Break> {
    app.beside(move |state| async move {
        seal(&state.database, SchoolId(school), Reach::All)
            .await
            .unwrap();
        proved(&state, school, head.as_deref()).await
    })
    .await
}

async fn proved(state: &State, school: i64, head: Option<&str>) -> Result<Trail, Break> {
    verify(&state.database, SchoolId(school), head)
        .await
        .unwrap()
}

#[derive(FromQueryResult)]
struct Key {
    id: i64,
}

/// A school with four acts in its trail, and their ids.
async fn acted(app: &App) -> (School, Vec<i64>) {
    let school = app.school().await;
    let admin = school.as_(Role::SchoolAdmin);
    for name in ["Biology", "Chemistry", "History", "Physics"] {
        admin
            .post("/api/subjects/", &json!({ "name": name }))
            .await
            .expect(201);
    }
    let id = school.id;
    let keys = app.beside(move |state| async move {
        let sql = "SELECT id FROM activity_logs WHERE school_id = $1 ORDER BY id";
        let keys: Vec<Key> = scope(&state, id).query(sql, Vec::new()).await.unwrap();
        keys.into_iter().map(|key| key.id).collect()
    });
    (school, keys.await)
}

fn scope(state: &State, school: i64) -> Scope {
    let school = SchoolId(school);
    state.database.scope(school, Principal::system(school))
}

fn act(action: &str) -> Act<'_> {
    let (resource, before, after) = (
        "subjects",
        None,
        Some(json!({"exam": 47.55, "name": "Ọ̀ṣun"})),
    );
    Act {
        action,
        resource,
        id: Some(1),
        before,
        after,
    }
}

both! {
    async fn a_trail_that_was_left_alone_holds(app: App) {
        let (school, _) = acted(&app).await;
        let admin = school.as_(Role::SchoolAdmin);
        // What PostgreSQL spells otherwise than it was sent: order of keys, numbers, spaces.
        let settings = json!({
            "report_scale": 99.999_999_999, "promotion_threshold": 1e1, "landing_features": [{"z": 1e16, "a": 1.50, "ü": "\u{1F393}\n"}],
            "role_permissions": {"b": [0.1, -0.0, 1e-7, 123_456_789_012_345_680_000.0], "a": null},
        });
        admin.patch("/api/settings/", &settings).await.expect(200);
        let trail = verified(&app, school.id, None).await.unwrap();
        assert_eq!((trail.rows, trail.waiting, trail.head.number), (5, 0, 5));
        let head = trail.head.mac;
        admin.post("/api/subjects/", &json!({"name": "Art"})).await.expect(201);
        let id = school.id;
        let unsealed = app.beside(move |state| async move { proved(&state, id, None).await }).await.unwrap();
        assert_eq!((unsealed.rows, unsealed.waiting), (6, 1));
        // A head noted before is still in the chain that grew.
        assert_eq!(verified(&app, school.id, Some(head)).await.unwrap().head.number, 6);
    }

    async fn whatever_sql_does_to_a_trail_is_named(app: App) {
        let app = broken_into(&app).await;
        let copy = "SELECT school_id, {forged}, created_at, updated_at, actor_id, actor_role, action, resource, resource_id, before, after, request_id, at, proof";
        let columns = "school_id, id, created_at, updated_at, actor_id, actor_role, action, resource, resource_id, before, after, request_id, at, proof";
        let copied = format!("INSERT INTO activity_logs ({columns}) {copy} FROM activity_logs WHERE id = {{b}}");
        let attacks: Vec<Attack> = vec![
            (&["UPDATE activity_logs SET action = 'view' WHERE id = {b}"], |_, b| Break::Altered(b)),
            (&["UPDATE activity_logs SET after = '{\"name\": \"Alchemy\"}' WHERE id = {b}"], |_, b| Break::Altered(b)),
            (&["UPDATE activity_logs SET before = after WHERE id = {b}"], |_, b| Break::Altered(b)),
            (&["UPDATE activity_logs SET actor_id = actor_id + 1 WHERE id = {b}"], |_, b| Break::Altered(b)),
            (&["UPDATE activity_logs SET request_id = NULL WHERE id = {b}"], |_, b| Break::Altered(b)),
            (&["UPDATE activity_logs SET at = '2006-05-19 00:00:00+00:00' WHERE id = {b}"], |_, b| Break::Altered(b)),
            (&["UPDATE activity_logs SET proof = '' WHERE id = {b}"], |_, b| Break::Altered(b)),
            (&["DELETE FROM activity_logs WHERE id = {b}"], |_, b| Break::Removed(b)),
            (&["DELETE FROM activity_logs WHERE id = {b}", "DELETE FROM audit_seals WHERE log_id = {b}"], |_, _| Break::SealRemoved(2)),
            (&["UPDATE audit_seals SET mac = '0123456789012345678901234567890123456789012' WHERE log_id = {b}"], |_, b| Break::Moved(b)),
            (
                &[
                    "UPDATE activity_logs SET id = {forged} WHERE id = {a}",
                    "UPDATE activity_logs SET id = {a} WHERE id = {b}",
                    "UPDATE activity_logs SET id = {b} WHERE id = {forged}",
                ],
                |a, _| Break::Moved(a),
            ),
            (
                &["INSERT INTO activity_logs (school_id, id, created_at, updated_at, actor_role, action, resource, at, proof) \
                   SELECT school_id, {forged}, created_at, updated_at, actor_role, action, resource, at, '' FROM activity_logs WHERE id = {b}"],
                |_, _| Break::Inserted(FORGED),
            ),
        ];
        let copying = [copied.as_str()];
        let copying: Attack = (&copying, |_, _| Break::Copied(FORGED));
        for (statements, expected) in attacks.into_iter().chain([copying]) {
            let (school, ids) = acted(&app).await;
            assert_eq!(verified(&app, school.id, None).await.unwrap().rows, 4);
            for statement in statements {
                let filled = statement.replace("{a}", &ids[0].to_string()).replace("{b}", &ids[1].to_string());
                sql(&app, filled.replace("{forged}", &FORGED.to_string())).await;
            }
            let found = verified(&app, school.id, None).await;
            assert_eq!(found, Err(expected(ids[0], ids[1])), "{statements:?}");
            // Out of the way of the next attack, which uses the same id.
            sql(&app, format!("DELETE FROM activity_logs WHERE id = {FORGED}")).await;
        }
    }

    async fn a_row_altered_before_it_was_sealed_is_not_sealed_and_named(app: App) {
        let app = broken_into(&app).await;
        let (school, ids) = acted(&app).await;
        sql(&app, format!("UPDATE activity_logs SET action = 'view' WHERE id = {}", ids[2])).await;
        assert_eq!(verified(&app, school.id, None).await, Err(Break::Inserted(ids[2])));
        // A row that the key signed for another school is no more welcome.
        let (other, theirs) = acted(&app).await;
        sql(&app, format!("UPDATE activity_logs SET school_id = {} WHERE id = {}", other.id, ids[3])).await;
        assert!(ids[3] < theirs[0]);
        assert_eq!(verified(&app, other.id, None).await, Err(Break::Inserted(ids[3])));
    }

    async fn an_end_that_was_cut_off_shows_against_a_head_noted_before(app: App) {
        let app = broken_into(&app).await;
        let (school, ids) = acted(&app).await;
        let head = verified(&app, school.id, None).await.unwrap().head.mac;
        sql(&app, format!("DELETE FROM activity_logs WHERE id = {}", ids[3])).await;
        sql(&app, format!("DELETE FROM audit_seals WHERE log_id = {}", ids[3])).await;
        assert_eq!(verified(&app, school.id, None).await.unwrap().rows, 3);
        assert_eq!(verified(&app, school.id, Some(head)).await, Err(Break::HeadMissing));
    }

    async fn rows_older_than_signatures_are_sealed_only_when_that_is_asked_for(app: App) {
        let app = broken_into(&app).await;
        let (school, ids) = acted(&app).await;
        sql(&app, "UPDATE activity_logs SET proof = ''".to_owned()).await;
        assert_eq!(verified(&app, school.id, None).await, Err(Break::Inserted(ids[0])));
        app.beside(|state| async move { seal_all(&state.database, Reach::Unsigned).await.unwrap() }).await;
        assert_eq!(verified(&app, school.id, None).await.unwrap().rows, 4);
        sql(&app, format!("UPDATE activity_logs SET action = 'view' WHERE id = {}", ids[2])).await;
        assert_eq!(verified(&app, school.id, None).await, Err(Break::Altered(ids[2])));
    }

    async fn sealers_at_once_seal_each_row_once(app: App) {
        let app = app.alone().await;
        let (school, _) = acted(&app).await;
        let other = app.another(&[], Clock::system());
        let sealing = |app: &App| {
            let app = app.clone();
            async move { app.beside(|state| async move { seal_all(&state.database, Reach::Recent).await.unwrap() }).await }
        };
        let sealed = tokio::join!(sealing(&app), sealing(&other), sealing(&app));
        assert_eq!(sealed.0 + sealed.1 + sealed.2, 4);
        let trail = verified(&app, school.id, None).await.unwrap();
        assert_eq!((trail.rows, trail.waiting), (4, 0));
    }

    async fn a_gateway_seals_by_itself(app: App) {
        let app = app.alone().await;
        let sealing = app.another(&[("TERMBOOK_AUDIT_SEAL_SECONDS", "1")], Clock::system());
        let (school, _) = acted(&sealing).await;
        let (id, deadline) = (school.id, Instant::now() + PATIENCE);
        while sealing.beside(move |state| async move { proved(&state, id, None).await }).await.unwrap().waiting > 0 {
            assert!(Instant::now() < deadline, "nothing is sealed");
        }
    }
}

/// SQLite has one writer at a time, so that ids are committed in their order.
#[tokio::test]
async fn a_row_that_is_committed_after_younger_ones_is_sealed_after_them() {
    let app = App::on(Engine::Production);
    let school = app.school().await.id;
    app.beside(move |state| async move {
        let (slow, quick) = (scope(&state, school), scope(&state, school));
        let slow = slow.begin().await.unwrap();
        audit::record(slow.scope(), act("slow")).await.unwrap();
        let quick = quick.begin().await.unwrap();
        audit::record(quick.scope(), act("quick")).await.unwrap();
        quick.commit().await.unwrap();
        let seal = async |reach| {
            seal(&state.database, SchoolId(school), reach)
                .await
                .unwrap()
        };
        assert_eq!(seal(Reach::Recent).await, 1);
        slow.commit().await.unwrap();
        assert_eq!(seal(Reach::Recent).await, 1);
        let trail = proved(&state, school, None).await.unwrap();
        assert_eq!((trail.rows, trail.waiting, trail.head.number), (2, 0, 2));
    })
    .await;
}
