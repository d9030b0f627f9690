//! The fees assigned to a pupil, told and taken by `students/` as `student-fees/` keeps them.

use resource::tenant_guard::Role;
use serde_json::{Value, json};

use super::{SESSION, TERM, created, owed};
use crate::harness::{App, Caller, School};

/// A school with two optional fees and a pupil who takes neither.
struct Choice {
    school: School,
    admin: Caller,
    bursar: Caller,
    pupil: Value,
    bus: Value,
    lunch: Value,
}

impl Choice {
    async fn of(app: &App) -> Self {
        let school = app.school().await;
        let (admin, bursar) = (school.as_(Role::SchoolAdmin), school.as_(Role::Bursar));
        let mut fees = Vec::new();
        for name in ["Bus", "Lunch"] {
            let fee = json!({"name": name, "amount": "40", "session": SESSION, "term": TERM, "is_optional": true});
            fees.push(created(&bursar, "fee-items", &fee).await["id"].clone());
        }
        let [bus, lunch] = fees.try_into().unwrap();
        let ada = json!({"student_no": "P-1", "names": "Ada", "gender": "Female"});
        let pupil = created(&admin, "students", &ada).await;
        assert_eq!(pupil["assigned_fees"], json!([]));
        Self {
            school,
            admin,
            bursar,
            pupil: pupil["id"].clone(),
            bus,
            lunch,
        }
    }

    fn path(&self) -> String {
        format!("/api/students/{}/", self.pupil)
    }

    async fn assign(&self, fees: &Value) -> Value {
        let body = json!({"assigned_fees": fees});
        self.admin.patch(&self.path(), &body).await.expect(200)["assigned_fees"].clone()
    }

    /// What `student-fees/` says the pupil is assigned.
    async fn kept(&self) -> Vec<Value> {
        let list = format!(
            "/api/student-fees/?student={}&ordering=created_at",
            self.pupil
        );
        let page = self.bursar.get(&list).await.expect(200);
        let rows = page["results"].as_array().unwrap().iter();
        rows.map(|row| row["fee_item"].clone()).collect()
    }
}

both! {
    async fn fees_are_assigned_and_taken_off_by_the_pupils_record(app: App) {
        let choice = Choice::of(&app).await;
        let (admin, bus, lunch) = (&choice.admin, &choice.bus, &choice.lunch);
        let ada = json!({"student_no": "P-2", "names": "Ada", "gender": "Female", "assigned_fees": [lunch, bus.to_string(), lunch]});
        let made = created(admin, "students", &ada).await;
        assert_eq!(made["assigned_fees"], json!([bus, lunch]));
        let path = format!("/api/students/{}/", made["id"]);
        let after = admin.patch(&path, &json!({"names": "Ada Obi"})).await.expect(200);
        assert_eq!(after["assigned_fees"], json!([bus, lunch]));
        assert_eq!(admin.patch(&path, &json!({"assigned_fees": [lunch]})).await.expect(200)["assigned_fees"], json!([lunch]));
        // What a PUT leaves out stays; [] takes all of them off.
        let whole = json!({"student_no": "P-2", "names": "Ada", "gender": "Female"});
        assert_eq!(admin.put(&path, &whole).await.expect(200)["assigned_fees"], json!([lunch]));
        assert_eq!(admin.patch(&path, &json!({"assigned_fees": []})).await.expect(200)["assigned_fees"], json!([]));
    }

    async fn what_is_assigned_by_one_way_is_seen_by_the_other_at_once(app: App) {
        let choice = Choice::of(&app).await;
        assert_eq!(choice.assign(&json!([choice.bus])).await, json!([choice.bus]));
        assert_eq!(choice.kept().await, std::slice::from_ref(&choice.bus));
        let list = choice.admin.get("/api/students/").await.expect(200);
        assert_eq!(list["results"][0]["assigned_fees"], json!([choice.bus]));
        let own = json!({"student": choice.pupil, "fee_item": choice.lunch, "discount_amount": "10"});
        created(&choice.bursar, "student-fees", &own).await;
        let list = choice.admin.get("/api/students/").await.expect(200);
        assert_eq!(list["results"][0]["assigned_fees"], json!([choice.bus, choice.lunch]));
        // A fee that stays keeps what was agreed of it, and is billed.
        choice.assign(&json!([choice.lunch])).await;
        created(&choice.bursar, "billing-runs", &json!({"session": SESSION, "term": TERM})).await;
        assert_eq!(owed(&choice.bursar, &choice.pupil).await, "30.00");
    }

    async fn a_change_of_fees_moves_the_pupils_version_on_and_is_in_the_trail(app: App) {
        let choice = Choice::of(&app).await;
        let before = choice.admin.get(&choice.path()).await;
        let tag = before.header("etag").unwrap().to_owned();
        choice.assign(&json!([choice.bus])).await;
        let late = choice.admin.with("If-Match", &tag).patch(&choice.path(), &json!({"assigned_fees": []})).await;
        late.problem(412, "precondition_failed");
        let trail = choice.admin.get("/api/activity-logs/?resource=students&action=update").await.expect(200);
        assert_eq!(trail["results"][0]["after"]["assigned_fees"], json!([choice.bus]));
    }

    async fn a_fee_that_was_billed_is_not_taken_off(app: App) {
        let choice = Choice::of(&app).await;
        choice.assign(&json!([choice.bus, choice.lunch])).await;
        created(&choice.bursar, "billing-runs", &json!({"session": SESSION, "term": TERM})).await;
        let refused = choice.admin.patch(&choice.path(), &json!({"names": "Renamed", "assigned_fees": [choice.bus]})).await;
        refused.problem(409, "conflict");
        let pupil = choice.admin.get(&choice.path()).await.expect(200);
        assert_eq!((&pupil["names"], &pupil["assigned_fees"]), (&json!("Ada"), &json!([choice.bus, choice.lunch])));
    }

    async fn unknown_fees_and_another_schools_are_refused_alike(app: App) {
        let (choice, other) = (Choice::of(&app).await, Choice::of(&app).await);
        let body = json!({"assigned_fees": [choice.bus, other.bus, 999_999_999]});
        let errors = choice.admin.patch(&choice.path(), &body).await.field_errors();
        let unknown = |id: &Value| format!("Invalid pk \"{id}\" - object does not exist.");
        assert_eq!(errors["assigned_fees"], [unknown(&other.bus), unknown(&json!(999_999_999))]);
        assert!(choice.kept().await.is_empty());
    }

    async fn who_may_not_read_fees_sees_none_and_who_may_not_write_them_changes_none(app: App) {
        let choice = Choice::of(&app).await;
        choice.assign(&json!([choice.bus])).await;
        let teacher = choice.school.as_(Role::Teacher);
        assert_eq!(teacher.get(&choice.path()).await.expect(200)["assigned_fees"], json!([]));
        assert_eq!(choice.bursar.get(&choice.path()).await.expect(200)["assigned_fees"], json!([choice.bus]));
        let link = json!({"user": choice.school.user(Role::Parent), "student": choice.pupil, "relationship": "mother"});
        created(&choice.admin, "guardianships", &link).await;
        let parent = choice.school.as_(Role::Parent);
        assert_eq!(parent.get(&choice.path()).await.expect(200)["assigned_fees"], json!([choice.bus]));
        let operator = app.operator().await.with("X-Tenant-ID", &choice.school.domain);
        assert_eq!(operator.get(&choice.path()).await.expect(200)["assigned_fees"], json!([choice.bus]));
        operator.patch(&choice.path(), &json!({"assigned_fees": []})).await.problem(403, "permission_denied");
        assert_eq!(operator.patch(&choice.path(), &json!({"names": "Ada Obi"})).await.expect(200)["assigned_fees"], json!([choice.bus]));
    }

    async fn the_fees_of_a_page_of_pupils_are_read_with_them(app: App) {
        let choice = Choice::of(&app).await;
        let mut counts = Vec::new();
        for n in 2..6 {
            let pupil = json!({"student_no": format!("P-{n}"), "names": "Ben", "gender": "Male", "assigned_fees": [choice.bus]});
            created(&choice.admin, "students", &pupil).await;
            counts.push(choice.admin.get("/api/students/").await.statements());
        }
        assert!(counts.iter().all(|count| *count <= 2), "{counts:?}");
    }
}
