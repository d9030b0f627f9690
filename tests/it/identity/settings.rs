//! The settings of a school, and what strangers see of them.

use resource::tenant_guard::Role;
use serde_json::{Value, json};

use super::acts;
use crate::harness::{App, Caller, School};

const SETTINGS: &str = "/api/settings/";

fn visitor(app: &App, school: &School) -> Caller {
    app.anonymous().with("X-Tenant-ID", &school.domain)
}

async fn read(caller: &Caller) -> Value {
    caller.get(SETTINGS).await.expect(200)
}

both! {
    async fn a_stranger_sees_the_branding_and_nothing_else(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        let set = json!({"school_tagline": "Onwards", "bank_account_number": "0123456789", "landing_features": ["Choir"]});
        admin.patch(SETTINGS, &set).await.expect(200);
        let seen = read(&visitor(&app, &school)).await;
        let keys: Vec<_> = seen.as_object().unwrap().keys().map(String::as_str).collect();
        let expected = [
            "landing_about_text", "landing_core_values", "landing_cta_text", "landing_features", "landing_hero_subtitle",
            "landing_hero_title", "landing_primary_color", "landing_secondary_color", "logo_media", "school_name",
            "school_tagline",
        ];
        assert_eq!(keys, expected);
        assert_eq!((&seen["school_tagline"], &seen["landing_features"]), (&json!("Onwards"), &json!(["Choir"])));
        let whole = read(&school.as_(Role::Student)).await;
        assert_eq!((&whole["bank_account_number"], &whole["school_domain"]), (&json!("0123456789"), &json!(school.domain)));
        // Both are kept in the cache; neither is given for the other.
        assert_eq!(read(&visitor(&app, &school)).await, seen);
        assert_eq!(read(&school.as_(Role::Student)).await, whole);
    }

    async fn a_stranger_names_a_school_there_is(app: App) {
        app.anonymous().get(SETTINGS).await.problem(401, "not_authenticated");
        app.anonymous().with("X-Tenant-ID", "of-no-school").get(SETTINGS).await.problem(404, "not_found");
    }

    async fn only_an_administrator_writes(app: App) {
        let school = app.school().await;
        let before = read(&school.as_(Role::SchoolAdmin)).await;
        let change = json!({"school_tagline": "Taken over"});
        let strangers = [visitor(&app, &school), app.anonymous()];
        for stranger in strangers {
            assert_eq!(stranger.patch(SETTINGS, &change).await.status, 401);
            assert_eq!(stranger.put(SETTINGS, &change).await.status, 401);
        }
        for role in [Role::Bursar, Role::Teacher, Role::Staff, Role::Parent, Role::Student] {
            school.as_(role).patch(SETTINGS, &change).await.problem(403, "permission_denied");
            school.as_(role).put(SETTINGS, &change).await.problem(403, "permission_denied");
        }
        assert_eq!(read(&school.as_(Role::SchoolAdmin)).await, before);
    }

    async fn a_patch_changes_what_it_names_and_a_put_starts_the_rest_anew(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        let before = read(&admin).await;
        assert_eq!((&before["currency"], &before["time_zone"], &before["invoice_due_days"]), (&json!("NGN"), &json!("Africa/Lagos"), &json!(14)));
        let change = json!({"terms": ["Autumn", "Spring"], "current_term": "Spring", "promotion_threshold": 45.5, "id": 1});
        let after = admin.patch(SETTINGS, &change).await.expect(200);
        let mut expected = before.clone();
        for key in ["terms", "current_term", "promotion_threshold"] {
            expected[key] = change[key].clone();
        }
        assert_eq!(after, expected);
        assert_eq!(read(&admin).await, expected);
        let cleared = admin.patch(SETTINGS, &json!({"terms": null, "current_term": null})).await.expect(200);
        assert_eq!(cleared["terms"], before["terms"]);
        let put = admin.put(SETTINGS, &json!({"school_tagline": "Onwards"})).await.expect(200);
        assert_eq!((&put["school_tagline"], &put["promotion_threshold"]), (&json!("Onwards"), &before["promotion_threshold"]));
        assert_eq!(put["school_name"], before["school_name"], "a school is never without a name");
        // What was read can be written back.
        assert_eq!(admin.put(SETTINGS, &put).await.expect(200), put);
    }

    async fn every_wrong_key_is_told_at_once_and_nothing_is_written(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        let before = read(&admin).await;
        let wrong = json!({
            "school_phone": "+234 803 555 0100 extension 7", "school_email": "nowhere", "terms": "First Term",
            "show_position": "perhaps", "next_term_begins": "tomorrow", "promotion_threshold": 101, "promotion_rules": "luck",
            "invoice_due_days": 1.5, "time_zone": "Lagos", "currency": "naira", "logo_media": "javascript:alert(1)",
            "landing_primary_color": "red", "role_permissions": [], "subjects_global": {}, "school_tagline": "Sound",
        });
        let mut expected: Vec<_> = wrong.as_object().unwrap().keys().filter(|key| *key != "school_tagline").collect();
        expected.sort_unstable();
        for answer in [admin.patch(SETTINGS, &wrong).await, admin.put(SETTINGS, &wrong).await] {
            let errors = answer.field_errors();
            assert_eq!(errors.keys().collect::<Vec<_>>(), expected);
        }
        assert_eq!(read(&admin).await, before);
        assert!(acts(&app, school.id, "settings").await.is_empty());
    }

    async fn a_new_name_shows_everywhere_at_once(app: App) {
        let school = app.school().await;
        let (admin, stranger) = (school.as_(Role::SchoolAdmin), visitor(&app, &school));
        for round in 0..5 {
            let name = format!("School {round}");
            admin.patch(SETTINGS, &json!({"school_name": name})).await.expect(200);
            for seen in [read(&admin).await, read(&stranger).await, read(&school.as_(Role::Parent)).await] {
                assert_eq!(seen["school_name"], name);
            }
            for role in [Role::SchoolAdmin, Role::Teacher] {
                assert_eq!(school.as_(role).get("/api/users/me/").await.expect(200)["school"], name);
            }
        }
        let operator = app.operator().await;
        assert_eq!(operator.get(&format!("/api/schools/{}/", school.id)).await.expect(200)["name"], "School 4");
    }

    async fn settings_written_meanwhile_are_not_written_over(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        let answer = admin.get(SETTINGS).await;
        let mine = admin.with("If-Match", answer.header("etag").unwrap());
        let first = mine.patch(SETTINGS, &json!({"school_tagline": "First"})).await;
        first.expect(200);
        mine.patch(SETTINGS, &json!({"school_tagline": "Second"})).await.problem(412, "precondition_failed");
        mine.put(SETTINGS, &json!({"school_tagline": "Second"})).await.problem(412, "precondition_failed");
        let mine = admin.with("If-Match", first.header("etag").unwrap());
        mine.patch(SETTINGS, &json!({"school_name": "Renamed"})).await.expect(200);
        assert_eq!(read(&admin).await["school_tagline"], "First");
    }

    async fn of_patches_at_once_none_is_lost(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        admin.token().await;
        for round in 0..10 {
            let value = format!("Round {round}");
            let patch = async |key: &str| admin.patch(SETTINGS, &json!({key: value})).await.expect(200);
            tokio::join!(patch("school_tagline"), patch("bank_name"), patch("director_name"), patch("school_name"));
            let seen = read(&admin).await;
            for key in ["school_tagline", "bank_name", "director_name", "school_name"] {
                assert_eq!(seen[key], value, "{key}");
            }
        }
    }

    async fn the_trail_keeps_the_keys_that_changed(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        admin.patch(SETTINGS, &json!({"school_tagline": "Onwards", "currency": "NGN"})).await.expect(200);
        admin.patch(SETTINGS, &json!({"school_name": "Renamed"})).await.expect(200);
        admin.patch(SETTINGS, &json!({"school_name": "Renamed"})).await.expect(200);
        let acts = acts(&app, school.id, "settings").await;
        let kept: Vec<_> = acts.iter().map(|act| json!([act.action, act.before, act.after, act.actor_id])).collect();
        let by = school.user(Role::SchoolAdmin);
        let expected = [
            json!(["update", {"school_tagline": ""}, {"school_tagline": "Onwards"}, by]),
            json!(["update", {"school_name": school.domain}, {"school_name": "Renamed"}, by]),
        ];
        assert_eq!(kept, expected);
    }
}
