//! Removing a school: asked for, archived, waited for, and then all of it.

use chrono::TimeDelta;
use gateway::{
    export::{Archive, export},
    removal::{RemovalError, remove},
};
use resource::{
    audit::seal::{Reach, seal_all},
    tenant_guard::{Clock, SchoolId},
};
use sea_orm::{ConnectionTrait, FromQueryResult};
use serde_json::{Value, json};

use crate::{
    files::{path_of, picture, upload},
    harness::{App, Caller, Engine},
    hostile::rows::rows,
};

/// Two schools that no sealer writes to by itself, and an operator.
async fn two_schools(app: &App) -> (App, Caller) {
    let app = app.alone().await;
    let app = app.another(&[("TERMBOOK_AUDIT_SEAL_SECONDS", "0")], Clock::system());
    assert!(app.load_demo().await);
    let operator = app.operator().await;
    (app, operator)
}

/// The same, so many days later.
fn later(app: &App, days: i64) -> App {
    let clock = Clock::by(move || Clock::system().now() + TimeDelta::days(days));
    app.another(&[("TERMBOOK_AUDIT_SEAL_SECONDS", "0")], clock)
}

async fn school(operator: &Caller, domain: &str) -> Value {
    let found = operator
        .get(&format!("/api/schools/?search={domain}"))
        .await;
    found.expect(200)["results"][0].clone()
}

async fn act(operator: &Caller, id: i64, act: &str) -> Value {
    let path = format!("/api/schools/{id}/{act}/");
    operator.post(&path, &json!({})).await.expect(200)
}

async fn archived(app: &App) -> Archive {
    app.beside(|state| async move {
        seal_all(&state.database, Reach::All).await.unwrap();
        export(
            &state.database,
            &state.files.store,
            "gp",
            &mut std::io::sink(),
        )
        .await
        .unwrap()
    })
    .await
}

async fn removed(app: &App, domain: &'static str) -> Result<Archive, RemovalError> {
    app.beside(
        move |state| async move { remove(&state.database, &state.files.store, domain).await },
    )
    .await
}

#[derive(FromQueryResult)]
struct Remembered {
    domain: String,
    archive_sha256: String,
}

both! {
    async fn a_school_goes_when_it_was_asked_for_archived_and_waited_for(app: App) {
        let (app, operator) = two_schools(&app).await;
        let admin = app.anonymous().signed_in("admin@gp.demo", gateway::demo::PASSWORD, None);
        admin.token().await;
        let (gp, ms) = (school(&operator, "gp").await, school(&operator, "ms").await);
        let (gp, ms) = (gp["id"].as_i64().unwrap(), ms["id"].as_i64().unwrap());

        let picture = path_of(&upload(&admin, &picture(14, 14)).await.expect(201)["url"]);
        app.anonymous().get(&picture).await.expect(200);
        let digest = picture.split('/').nth(4).unwrap().to_owned();
        assert!(matches!(removed(&app, "nobody").await, Err(RemovalError::Unknown(_))));
        operator.post(&format!("/api/schools/{gp}/remove/"), &json!({})).await.problem(409, "conflict");
        act(&operator, gp, "suspend").await;
        assert!(matches!(removed(&app, "gp").await, Err(RemovalError::Unasked(_))));
        let asked = act(&operator, gp, "remove").await;
        assert_eq!(act(&operator, gp, "remove").await, asked);
        assert!(matches!(removed(&app, "gp").await, Err(RemovalError::Early(..))));
        let late = later(&app, 31);
        assert!(matches!(removed(&late, "gp").await, Err(RemovalError::Unarchived(_))));
        archived(&app).await;
        let other = rows(&app, ms).await;
        // A token given before the school was suspended still writes for a while.
        admin.post("/api/subjects/", &json!({"name": "Astronomy"})).await.expect(201);
        assert!(matches!(removed(&late, "gp").await, Err(RemovalError::Changed(_))));
        let archive = archived(&app).await;
        assert!(matches!(removed(&later(&app, 29), "gp").await, Err(RemovalError::Early(..))));
        assert_eq!(removed(&late, "gp").await.unwrap(), archive);

        assert!(rows(&app, gp).await.values().all(|(rows, _)| *rows == 0));
        assert_eq!(rows(&app, ms).await, other);
        app.anonymous().get(&picture).await.problem(404, "not_found");
        let kept = app.beside(move |state| async move {
            state.files.store.get(SchoolId(gp), &digest).await.unwrap().is_some()
        });
        assert!(!kept.await, "a file of a school that is gone");
        operator.get(&format!("/api/schools/{gp}/")).await.problem(404, "not_found");
        assert!(matches!(removed(&late, "gp").await, Err(RemovalError::Unknown(_))));
        let remembered: Vec<Remembered> = app.beside(|state| async move {
            let sql = "SELECT domain, archive_sha256 FROM removed_schools";
            state.database.platform().query(sql, Vec::new()).await.unwrap()
        }).await;
        let remembered: Vec<_> = remembered.iter().map(|one| (one.domain.as_str(), &one.archive_sha256)).collect();
        assert_eq!(remembered, [("gp", &archive.sha256)]);
        if app.engine() == Engine::Embedded {
            let rewritten = app.beside(|state| async move {
                state.database.for_migrations().execute_unprepared("DELETE FROM activity_logs").await
            }).await;
            assert!(rewritten.is_err(), "what is only added to lost its guard");
        }
    }

    async fn a_school_that_opens_again_stays(app: App) {
        let (app, operator) = two_schools(&app).await;
        let gp = school(&operator, "gp").await["id"].as_i64().unwrap();
        act(&operator, gp, "suspend").await;
        act(&operator, gp, "remove").await;
        archived(&app).await;
        let waiting = operator.get(&format!("/api/schools/{gp}/")).await.expect(200);
        assert!(waiting["archived_at"].is_string() && waiting["removal_due_at"].is_string(), "{waiting}");
        let open = act(&operator, gp, "activate").await;
        assert_eq!((&open["archived_at"], &open["removal_due_at"]), (&Value::Null, &Value::Null));
        act(&operator, gp, "suspend").await;
        assert!(matches!(removed(&later(&app, 31), "gp").await, Err(RemovalError::Unasked(_))));
    }
}
