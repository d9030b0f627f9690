//! One school as an archive.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use gateway::export::{LEFT_OUT, export};
use resource::tenant_guard::{Role, SchoolId};
use serde_json::{Value, json};

use crate::{
    files::{path_of, picture, upload},
    harness::App,
    hostile::rows::rows,
};

/// The archive of a school, as bytes.
async fn archived(app: &App, domain: &str) -> Vec<u8> {
    let domain = domain.to_owned();
    app.beside(move |state| async move {
        let mut archive = Vec::new();
        let (database, store) = (&state.database, &state.files.store);
        export(database, store, &domain, &mut archive)
            .await
            .unwrap();
        archive
    })
    .await
}

async fn school_of(app: &App, domain: &'static str) -> i64 {
    let found = app.beside(move |state| async move {
        state.database.platform().school_of(domain).await.unwrap()
    });
    let Some(SchoolId(id)) = found.await else {
        panic!("no school {domain}")
    };
    id
}

both! {
    async fn an_archive_has_every_row_of_every_table_of_its_school_and_no_other(app: App) {
        let app = app.demo().await;
        let archive = archived(&app, "gp").await;
        let text = String::from_utf8(archive.clone()).unwrap();
        let mut lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let (head, tail) = (lines.remove(0), lines.pop().unwrap());
        let school = school_of(&app, "gp").await;
        assert_eq!((&head["termbook_export"], &head["school"]["id"]), (&Value::from(1), &Value::from(school)));

        let mut counted: BTreeMap<String, i64> = BTreeMap::new();
        let mut order: Vec<String> = Vec::new();
        // What is in the files stands among them.
        for line in lines.iter().filter(|line| line["file"].is_null()) {
            let table = line["table"].as_str().unwrap();
            assert_eq!(line["row"]["school_id"], school, "{line}");
            *counted.entry(table.to_owned()).or_default() += 1;
            if order.last().is_none_or(|last| last != table) {
                order.push(table.to_owned());
            }
        }
        // What the schema has, whichever tables those are, against what the archive has.
        let kept = rows(&app, school).await;
        for (table, (rows, _)) in &kept {
            if LEFT_OUT.contains(&table.as_str()) {
                continue;
            }
            assert_eq!(counted.get(table).copied().unwrap_or_default(), *rows, "{table}");
            assert_eq!(tail["rows"][table], *rows, "{table}");
        }
        assert!(counted["students"] > 400 && counted["users"] > 1, "{counted:?}");
        let place = |table: &str| order.iter().position(|one| one == table).unwrap();
        assert!(place("classes") < place("students") && place("report_cards") < place("scores"), "{order:?}");
        assert_eq!(archived(&app, "gp").await, archive);
    }

    async fn an_archive_has_what_is_in_the_files_and_says_what_was_lost(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        let url = |sent: Value| path_of(&sent["url"]);
        let kept = url(upload(&admin, &picture(31, 31)).await.expect(201));
        let lost = url(upload(&admin, &picture(32, 32)).await.expect(201));
        let digest = |path: &str| path.split('/').nth(4).unwrap().to_owned();
        let (id, gone) = (SchoolId(school.id), digest(&lost));
        app.beside(move |state| async move { state.files.store.delete(id, &gone).await.unwrap() }).await;
        let text = String::from_utf8(archived(&app, &school.domain).await).unwrap();
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let contents: Vec<&Value> = lines.iter().filter(|line| line.get("file").is_some()).collect();
        assert_eq!((contents.len(), &contents[0]["file"]), (1, &Value::from(digest(&kept))));
        let content = STANDARD.decode(contents[0]["base64"].as_str().unwrap()).unwrap();
        assert_eq!(content, app.anonymous().get(&kept).await.body);
        let tail = lines.last().unwrap();
        assert_eq!((&tail["rows"]["files"], &tail["lost_files"]), (&Value::from(2), &json!([digest(&lost)])));
    }

    async fn an_archive_opens_no_door_and_says_what_it_leaves_out(app: App) {
        let app = app.demo().await;
        let text = String::from_utf8(archived(&app, "gp").await).unwrap();
        assert!(!text.contains("argon2"));
        let head: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
        let columns = head["left_out"]["columns"].to_string();
        assert!(columns.contains("\"users.password_hash\"") && columns.contains("\"event_feeds.secret_hash\""), "{columns}");
        assert_eq!(head["left_out"]["tables"], serde_json::json!(LEFT_OUT));
    }
}
