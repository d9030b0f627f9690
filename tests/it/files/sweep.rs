//! What nothing names is removed, and nothing else.

use std::sync::{Arc, Mutex};

use chrono::{DateTime, Duration, Utc};
use resource::tenant_guard::Clock;
use serde_json::{Value, json};

use super::{PDF, path_of, picture, upload, upload_letter};
use crate::harness::{App, Caller, PASSWORD, School};

/// A gateway whose clock a test moves.
struct Later {
    app: App,
    now: Arc<Mutex<DateTime<Utc>>>,
    school: School,
}

impl Later {
    /// Alone with its database: what it sweeps is nobody else's.
    async fn of(app: &App) -> Self {
        let now = Arc::new(Mutex::new(Clock::system().now()));
        let told = now.clone();
        let app = app
            .alone()
            .await
            .another(&[], Clock::by(move || *told.lock().unwrap()));
        let school = app.school().await;
        Self { app, now, school }
    }

    fn pass(&self, hours: i64) {
        *self.now.lock().unwrap() += Duration::hours(hours);
    }

    /// The administrator, signed in anew: tokens end too.
    fn admin(&self) -> Caller {
        self.app
            .anonymous()
            .signed_in("school_admin", PASSWORD, Some(&self.school.domain))
    }

    async fn sweep(&self) -> u64 {
        let swept = self
            .app
            .beside(|state| async move { gateway::sweep_all(&state).await.unwrap() });
        swept.await
    }

    /// Status of reading a file now, by a link made now.
    async fn read(&self, digest: &str) -> u16 {
        let (school, digest) = (self.school.id, digest.to_owned());
        let link = self.app.beside(move |state| async move {
            let database = &state.database;
            database.links().to(
                resource::tenant_guard::SchoolId(school),
                &digest,
                database.clock().now(),
            )
        });
        self.app
            .anonymous()
            .get(&path_of(&link.await.into()))
            .await
            .status
    }
}

fn digest(url: &Value) -> String {
    path_of(url).split('/').nth(4).unwrap().to_owned()
}

both! {
    async fn what_nothing_names_goes_after_a_day_and_comes_back_when_it_is_sent_again(app: App) {
        let later = Later::of(&app).await;
        let sent = digest(&upload(&later.admin(), &picture(40, 40)).await.expect(201)["url"]);
        later.pass(23);
        assert_eq!((later.sweep().await, later.read(&sent).await), (0, 200));
        later.pass(2);
        assert_eq!((later.sweep().await, later.read(&sent).await), (1, 404));
        assert_eq!(later.sweep().await, 0, "a second time there is nothing to do");
        let trail = later.admin().get("/api/activity-logs/?resource=files").await.expect(200);
        assert_eq!(trail["results"][0]["before"], json!({"digest": sent}));
        let again = upload(&later.admin(), &picture(40, 40)).await.expect(201);
        assert_eq!((digest(&again["url"]), later.read(&sent).await), (sent, 200));
    }

    async fn what_a_row_names_stays_until_it_names_it_no_more(app: App) {
        let later = Later::of(&app).await;
        let admin = later.admin();
        let mut named = Vec::new();
        for side in 41..45 {
            let content = picture(side, side);
            named.push(upload(&admin, &content).await.expect(201)["url"].clone());
        }
        let letter = upload_letter(&admin, PDF).await.expect(201)["url"].clone();
        let pupil = json!({"student_no": "S1", "names": "Ada", "gender": "Female", "passport_url": named[0]});
        let pupil = admin.post("/api/students/", &pupil).await.expect(201);
        admin.post("/api/teachers/", &json!({"name": "Bola", "passport_url": named[1]})).await.expect(201);
        admin.patch("/api/settings/", &json!({"logo_media": named[2], "head_of_school_signature": named[3]})).await.expect(200);
        admin.post("/api/newsletters/", &json!({"title": "Easter", "file": letter})).await.expect(201);
        later.pass(1_000);
        assert_eq!(later.sweep().await, 0);
        for url in named.iter().chain([&letter]) {
            assert_eq!(later.read(&digest(url)).await, 200);
        }
        let path = format!("/api/students/{}/", pupil["id"]);
        later.admin().patch(&path, &json!({"passport_url": ""})).await.expect(200);
        later.admin().patch("/api/settings/", &json!({"logo_media": ""})).await.expect(200);
        assert_eq!(later.sweep().await, 2);
        for (place, url) in named.iter().enumerate() {
            let status = if place % 2 == 0 { 404 } else { 200 };
            assert_eq!(later.read(&digest(url)).await, status, "{place}");
        }
    }

    async fn a_file_that_is_claimed_while_it_is_swept_is_wholly_there_or_refused(app: App) {
        let later = Later::of(&app).await;
        let admin = later.admin();
        let pupil = json!({"student_no": "S1", "names": "Ada", "gender": "Female"});
        let pupil = admin.post("/api/students/", &pupil).await.expect(201);
        let path = format!("/api/students/{}/", pupil["id"]);
        let (mut kept, mut refused) = (0, 0);
        for round in 0..12 {
            let url = upload(&later.admin(), &picture(50, 50 + round)).await.expect(201)["url"].clone();
            later.pass(25);
            let admin = later.admin();
            admin.token().await;
            let portrait = json!({"passport_url": url});
            let (claimed, _) = tokio::join!(admin.patch(&path, &portrait), later.sweep());
            if claimed.status == 200 {
                assert_eq!(later.read(&digest(&url)).await, 200, "named, and gone");
                kept += 1;
            } else {
                assert_eq!(claimed.field_errors()["passport_url"], ["There is no such file."]);
                assert_eq!(later.read(&digest(&url)).await, 404);
                refused += 1;
            }
        }
        assert_eq!(kept + refused, 12);
    }
}
