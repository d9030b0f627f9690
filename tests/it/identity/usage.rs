//! What a school takes up, as operators see it.

use resource::tenant_guard::Role;
use serde_json::json;

use crate::{
    files::{picture, upload},
    hostile::rows::rows,
};

fn usage(school: i64) -> String {
    format!("/api/schools/{school}/usage/")
}

both! {
    async fn an_operator_sees_how_many_pupils_accounts_and_rows_a_school_has(app: App) {
        let (school, other) = (app.school().await, app.school().await);
        let operator = app.operator().await;
        let empty = operator.get(&usage(school.id)).await.expect(200);
        assert_eq!((&empty["students"], &empty["users"], &empty["last_write"]), (&json!(0), &json!(6), &json!(null)));
        let admin = school.as_(Role::SchoolAdmin);
        for (number, status) in [("1", "active"), ("2", "active"), ("3", "withdrawn")] {
            let pupil = json!({"student_no": number, "names": "Pupil", "gender": "Female", "status": status});
            admin.post("/api/students/", &pupil).await.expect(201);
        }
        let used = operator.get(&usage(school.id)).await.expect(200);
        assert_eq!((&used["students"], &used["users"]), (&json!(2), &json!(6)));
        let held: i64 = rows(&app, school.id).await.values().map(|(rows, _)| rows).sum();
        assert_eq!(used["rows"], held);
        let trail = admin.get("/api/activity-logs/").await.expect(200);
        assert_eq!(used["last_write"], trail["results"][0]["at"]);
        assert_eq!(operator.get(&usage(other.id)).await.expect(200)["students"], 0);
    }

    async fn an_operator_sees_how_many_files_a_school_keeps_and_how_large_they_are(app: App) {
        let (school, operator) = (app.school().await, app.operator().await);
        let figures = async || {
            let used = operator.get(&usage(school.id)).await.expect(200);
            (used["files"].clone(), used["file_bytes"].clone())
        };
        assert_eq!(figures().await, (json!(0), json!(0)));
        let mut bytes = 0;
        for side in [8, 9, 8] {
            let sent = upload(&school.as_(Role::SchoolAdmin), &picture(side, side)).await;
            bytes += if sent.status == 201 { sent.json()["bytes"].as_i64().unwrap() } else { 0 };
        }
        assert_eq!(figures().await, (json!(2), json!(bytes)));
    }

    async fn a_schools_figures_are_for_operators_alone(app: App) {
        let school = app.school().await;
        school.as_(Role::SchoolAdmin).get(&usage(school.id)).await.problem(403, "permission_denied");
        let operator = app.operator().await;
        operator.get("/api/schools/999999999/usage/").await.problem(404, "not_found");
        operator.get("/api/schools/none/usage/").await.problem(404, "not_found");
    }
}
