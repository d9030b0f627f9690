//! Answers from the cache are quick, and never stale.

use resource::tenant_guard::{Clock, Role};
use serde_json::json;

use crate::harness::{App, Engine};

const CATEGORIES: &str = "/api/fee-categories/";

both! {
    async fn a_list_is_two_statements_cold_and_none_when_cached(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        admin.post(CATEGORIES, &json!({"name": "Tuition"})).await.expect(201);
        let cold = admin.get(CATEGORIES).await;
        let warm = admin.get(CATEGORIES).await;
        assert!(cold.statements() <= 2, "{}", cold.statements());
        assert_eq!((warm.statements(), warm.cache()), (0, Some("hit")));
        assert_eq!(cold.body, warm.body);
        let tag = warm.header("etag").unwrap();
        admin.with("If-None-Match", tag).get(CATEGORIES).await.expect(304);
    }
}

#[tokio::test]
async fn a_write_by_one_gateway_shows_at_once_in_another() {
    let one = App::on(Engine::Production);
    let two = one.another(&[], Clock::system());
    let school = one.school().await;
    let writer = school.as_(Role::SchoolAdmin);
    let reader = two
        .anonymous()
        .with("Authorization", &format!("Bearer {}", writer.token().await));
    let made = writer
        .post(CATEGORIES, &json!({"name": "0"}))
        .await
        .expect(201);
    let row = format!("{CATEGORIES}{}/", made["id"]);
    for round in 1..=100 {
        let name = round.to_string();
        writer.patch(&row, &json!({"name": name})).await.expect(200);
        let seen = reader.get(CATEGORIES).await.expect(200);
        assert_eq!(seen["results"][0]["name"], name);
    }
}
