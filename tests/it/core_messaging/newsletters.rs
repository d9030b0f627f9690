//! Newsletters: published or not.

use resource::tenant_guard::Role;
use serde_json::json;

use super::{at, created, each, seen};

const READERS: [Role; 5] = [
    Role::Bursar,
    Role::Teacher,
    Role::Staff,
    Role::Parent,
    Role::Student,
];

both! {
    async fn what_is_not_published_is_its_writers_alone(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        let draft = created(&admin, "newsletters", &json!({"title": "Christmas"})).await;
        created(&admin, "newsletters", &json!({"title": "Easter", "is_published": true})).await;
        assert_eq!(seen(&admin, "newsletters/").await.len(), 2);
        for role in READERS {
            assert_eq!(each(&seen(&school.as_(role), "newsletters/").await, "title"), ["Easter"], "{role}");
            assert!(seen(&school.as_(role), "newsletters/?is_published=false").await.is_empty());
            school.as_(role).get(&at("newsletters", &draft)).await.problem(404, "not_found");
            let body = json!({"title": "Mine"});
            school.as_(role).post("/api/newsletters/", &body).await.problem(403, "permission_denied");
        }
        admin.patch(&at("newsletters", &draft), &json!({"is_published": true})).await.expect(200);
        school.as_(Role::Parent).get(&at("newsletters", &draft)).await.expect(200);
    }

    async fn the_moment_it_was_published_is_written_down_once(app: App) {
        let admin = app.school().await.as_(Role::SchoolAdmin);
        let draft = created(&admin, "newsletters", &json!({"title": "Christmas"})).await;
        assert!(draft["published_at"].is_null());
        let publish = async |is: bool| {
            let body = json!({"is_published": is});
            admin.patch(&at("newsletters", &draft), &body).await.expect(200)["published_at"].clone()
        };
        let first = publish(true).await;
        assert!(first.is_string());
        assert_eq!((publish(false).await, publish(true).await), (first.clone(), first));
    }

    async fn a_document_is_at_an_https_address(app: App) {
        let admin = app.school().await.as_(Role::SchoolAdmin);
        for file in ["http://school.example/a.pdf", "javascript:alert(1)", "/media/a.pdf", "https://"] {
            let errors = admin.post("/api/newsletters/", &json!({"title": "Easter", "file": file})).await.field_errors();
            assert_eq!(errors.keys().collect::<Vec<_>>(), ["file"], "{file}");
        }
        let file = "https://school.example/a.pdf";
        let row = created(&admin, "newsletters", &json!({"title": "Easter", "file": file})).await;
        assert_eq!(row["file"], file);
    }
}
