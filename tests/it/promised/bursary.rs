//! Promised of the bursary.

use resource::tenant_guard::Role;
use serde_json::json;

const CATEGORIES: &str = "/api/fee-categories/";

both! {
    async fn fee_category_list(app: App) {
        let school = app.school().await;
        let bursar = school.as_(Role::Bursar);
        for name in ["Tuition", "Boarding", "Books"] {
            bursar.post(CATEGORIES, &json!({"name": name})).await.expect(201);
        }
        let page = bursar.get(&format!("{CATEGORIES}?ordering=name")).await.expect(200);
        assert_eq!((&page["count"], &page["next"], &page["total_pages"]), (&json!(3), &json!(null), &json!(1)));
        let names: Vec<_> = page["results"].as_array().unwrap().iter().map(|one| &one["name"]).collect();
        assert_eq!(names, ["Boarding", "Books", "Tuition"]);
    }

    async fn create_fee_category(app: App) {
        let school = app.school().await;
        let bursar = school.as_(Role::Bursar);
        let body = json!({"name": "Tuition", "description": "Teaching and books.", "is_optional": true});
        let made = bursar.post(CATEGORIES, &body).await.expect(201);
        for (field, sent) in body.as_object().unwrap() {
            assert_eq!(made[field], *sent);
        }
        let read = bursar.get(&format!("{CATEGORIES}{}/", made["id"])).await;
        assert_eq!(read.expect(200), made);
        bursar.post(CATEGORIES, &body).await.field_errors();
    }

    async fn create_payment_auto_recorded_by(app: App) {
        let school = app.school().await;
        let pupil = json!({"student_no": "P-1", "names": "Ada", "gender": "Female"});
        let pupil = school.as_(Role::SchoolAdmin).post("/api/students/", &pupil).await.expect(201);
        let body = json!({
            "student_id": pupil["id"], "amount": "150.00", "method": "cash", "session": "2025/2026",
            "term": "First Term", "lineItems": [{"purpose": "Books", "amount": "150.00"}],
            "recorded_by": school.user(Role::SchoolAdmin),
        });
        let payment = school.as_(Role::Bursar).post("/api/payments/", &body).await.expect(201);
        // Whoever records it is who asked, not whom the body names.
        assert_eq!(payment["recorded_by"], school.user(Role::Bursar));
        assert_eq!((&payment["amount"], &payment["student_name"]), (&json!("150.00"), &json!("Ada")));
        school.as_(Role::Teacher).post("/api/payments/", &body).await.problem(403, "permission_denied");
    }

    async fn fee_pagination(app: App) {
        let school = app.school().await;
        let bursar = school.as_(Role::Bursar);
        for amount in 1..=7 {
            let fee = json!({"name": format!("Fee {amount}"), "amount": amount, "session": "2025/2026", "term": "First Term"});
            bursar.post("/api/fee-items/", &fee).await.expect(201);
        }
        let mut amounts = Vec::new();
        for page in 1..=3 {
            let page = bursar.get(&format!("/api/fee-items/?ordering=amount&page_size=3&page={page}")).await.expect(200);
            assert_eq!((&page["count"], &page["total_pages"]), (&json!(7), &json!(3)));
            amounts.extend(page["results"].as_array().unwrap().iter().map(|one| one["amount"].clone()));
        }
        let expected: Vec<_> = (1..=7).map(|amount| json!(format!("{amount}.00"))).collect();
        assert_eq!(amounts, expected);
        bursar.get("/api/fee-items/?page_size=3&page=4").await.problem(404, "not_found");
    }

    async fn multi_tenant_isolation(app: App) {
        let (here, there) = (app.school().await, app.school().await);
        let theirs = there.as_(Role::Bursar).post(CATEGORIES, &json!({"name": "Tuition"})).await.expect(201);
        let bursar = here.as_(Role::Bursar);
        assert_eq!(bursar.get(CATEGORIES).await.expect(200)["count"], 0);
        let at = format!("{CATEGORIES}{}/", theirs["id"]);
        bursar.get(&at).await.problem(404, "not_found");
        bursar.patch(&at, &json!({"name": "Mine"})).await.problem(404, "not_found");
        bursar.delete(&at).await.problem(404, "not_found");
        let fee = json!({"category": theirs["id"], "amount": "1.00", "session": "2025/2026", "term": "First Term"});
        assert!(bursar.post("/api/fee-items/", &fee).await.field_errors().contains_key("category"));
        assert_eq!(there.as_(Role::Bursar).get(&at).await.expect(200), theirs);
    }
}
