//! Rows that name files: what a client may put in such a field, and what it is shown.

use base64::{Engine, engine::general_purpose::STANDARD};
use image::{ImageFormat, RgbImage};
use resource::tenant_guard::Role;
use serde_json::{Value, json};

use super::{PDF, encoded, path_of, picture, pixels, upload, upload_letter};
use crate::harness::{Caller, School};

const SETTINGS: &str = "/api/settings/";
const IMAGES: [&str; 4] = [
    "logo_media",
    "watermark_media",
    "director_signature",
    "head_of_school_signature",
];

fn data(media: &str, content: &[u8]) -> String {
    format!("data:{media};base64,{}", STANDARD.encode(content))
}

/// A row with a portrait for each collection that has them: its path, and a body that holds all but the portrait.
async fn people(admin: &Caller) -> Vec<(String, Value)> {
    let mut rows = Vec::new();
    for (collection, body) in [
        (
            "students",
            json!({"student_no": "S1", "names": "Ada", "gender": "Female"}),
        ),
        ("teachers", json!({"name": "Bola"})),
        ("staff", json!({"name": "Chidi", "kind": "staff"})),
    ] {
        let row = admin
            .post(&format!("/api/{collection}/"), &body)
            .await
            .expect(201);
        rows.push((format!("/api/{collection}/{}/", row["id"]), body));
    }
    rows
}

fn with(body: &Value, field: &str, value: impl Into<Value>) -> Value {
    let mut body = body.clone();
    body[field] = value.into();
    body
}

/// What a link leads to.
async fn seen(caller: &Caller, url: &Value) -> image::DynamicImage {
    let answer = caller.get(&path_of(url)).await;
    answer.expect(200);
    image::load_from_memory(&answer.body).unwrap()
}

/// What the trail says of the last change of a field, which is what the row holds.
async fn held(school: &School, field: &str) -> String {
    let trail = school
        .as_(Role::SchoolAdmin)
        .get("/api/activity-logs/")
        .await
        .expect(200);
    let acts = trail["results"].as_array().unwrap().iter();
    let mut held = acts.filter_map(|act| act["after"][field].as_str());
    held.next().unwrap().to_owned()
}

both! {
    async fn a_portrait_in_a_body_is_kept_as_an_uploaded_one_is(app: App) {
        let school = app.school().await;
        let (admin, anyone) = (school.as_(Role::SchoolAdmin), app.anonymous());
        for (place, (path, body)) in people(&admin).await.into_iter().enumerate() {
            let side = 10 + u32::try_from(place).unwrap();
            let photo = with(&body, "passport_url", data("image/jpeg", &picture(side, side)));
            for changed in [admin.put(&path, &photo).await, admin.patch(&path, &json!({"passport_url": photo["passport_url"]})).await] {
                let row = changed.expect(200);
                assert_eq!(seen(&anyone, &row["passport_url"]).await.width(), side);
            }
            let kept = held(&school, "passport_url").await;
            assert!(kept.starts_with("file:") && kept.len() == 69, "{kept}");
            let list = path.rsplitn(3, '/').last().unwrap();
            let listed = admin.get(&format!("{list}/")).await.expect(200);
            assert!(listed["results"].to_string().contains(&path_of(&admin.get(&path).await.expect(200)["passport_url"])));
        }
    }

    async fn what_was_read_can_be_written_back(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        for (path, body) in people(&admin).await {
            let url = upload(&admin, &picture(16, 16)).await.json()["url"].clone();
            let first = admin.put(&path, &with(&body, "passport_url", url)).await;
            let row = first.expect(200);
            let again = admin.put(&path, &row).await;
            assert_eq!((again.expect(200), again.header("etag")), (row.clone(), first.header("etag")), "nothing changed");
            // An old link names its file as well as a fresh one, and so does one without a signature.
            let link = row["passport_url"].as_str().unwrap();
            let (bare, _) = link.split_once('?').unwrap();
            for kept_for_long in [format!("{bare}?expires=1&signature=old"), bare.to_owned(), path_of(&row["passport_url"])] {
                let answer = admin.patch(&path, &json!({"passport_url": kept_for_long})).await.expect(200);
                assert_eq!(answer["passport_url"], row["passport_url"]);
            }
            let plain = "https://photos.example/ada.jpg";
            assert_eq!(admin.patch(&path, &json!({"passport_url": plain})).await.expect(200)["passport_url"], plain);
            assert_eq!(admin.patch(&path, &json!({"passport_url": null})).await.expect(200)["passport_url"], "");
        }
    }

    async fn a_portrait_that_is_none_is_told_beside_everything_else_that_is_wrong(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>";
        let whole = picture(30, 30);
        let gif = b"GIF89a/*\x01\0\x01\0*/=1;alert(1)//";
        let mut wrong = vec!["data:image/png;base64,%%%".to_owned(), "data:image/png,plain".to_owned(), "DATA:image/svg+xml;utf8,<svg/>".to_owned()];
        for content in [&svg[..], gif, PDF, b"", &whole[..whole.len() / 2]] {
            wrong.push(data("image/png", content));
        }
        for portrait in wrong {
            let pupil = json!({"student_no": "S1", "names": "", "gender": "Female", "passport_url": portrait});
            let errors = admin.post("/api/students/", &pupil).await.field_errors();
            assert_eq!(errors.keys().collect::<Vec<_>>(), ["names", "passport_url"], "{portrait:.60}");
            let settings = json!({"invoice_due_days": "soon", "director_signature": portrait});
            for answer in [admin.put(SETTINGS, &settings).await, admin.patch(SETTINGS, &settings).await] {
                assert_eq!(answer.field_errors().keys().collect::<Vec<_>>(), ["director_signature", "invoice_due_days"], "{portrait:.60}");
            }
        }
    }

    async fn a_file_of_another_school_is_as_unknown_as_one_there_is_not(app: App) {
        let (school, other) = (app.school().await, app.school().await);
        let (admin, stranger) = (school.as_(Role::SchoolAdmin), other.as_(Role::SchoolAdmin));
        let theirs = upload(&stranger, &picture(17, 17)).await.expect(201)["url"].as_str().unwrap().to_owned();
        let digest = theirs.split('/').nth_back(1).unwrap().to_owned();
        let zeroes = "0".repeat(64);
        let mut told = Vec::new();
        for unknown in [theirs.clone(), format!("/api/files/{}/{digest}/", school.id), format!("/api/files/{}/{zeroes}/", school.id), format!("file:{digest}"), "file:../../etc/passwd".to_owned()] {
            let pupil = json!({"student_no": "S9", "names": "Ada", "gender": "Female", "passport_url": unknown});
            told.push(admin.post("/api/students/", &pupil).await.field_errors()["passport_url"].clone());
            told.push(admin.post("/api/teachers/", &json!({"name": "Bola", "passport_url": unknown})).await.field_errors()["passport_url"].clone());
            told.push(admin.post("/api/newsletters/", &json!({"title": "Easter", "file": unknown})).await.field_errors()["file"].clone());
            told.push(admin.patch(SETTINGS, &json!({"logo_media": unknown})).await.field_errors()["logo_media"].clone());
        }
        told.dedup();
        assert_eq!(told, [["There is no such file."]]);
    }

    async fn the_images_of_the_settings_are_kept_and_the_logo_is_anyones(app: App) {
        let school = app.school().await;
        let (admin, anyone) = (school.as_(Role::SchoolAdmin), app.anonymous().with("X-Tenant-ID", &school.domain));
        let mut settings = admin.get(SETTINGS).await.expect(200);
        for (place, field) in IMAGES.iter().enumerate() {
            let side = 30 + u32::try_from(place).unwrap();
            settings[field] = data("image/webp", &encoded(&pixels(side, side), ImageFormat::WebP)).into();
        }
        let saved = admin.put(SETTINGS, &settings).await.expect(200);
        for (place, field) in IMAGES.iter().enumerate() {
            assert_eq!(seen(&anyone, &saved[field]).await.height(), 30 + u32::try_from(place).unwrap());
            assert!(held(&school, field).await.starts_with("file:"));
        }
        assert_eq!(admin.put(SETTINGS, &saved).await.expect(200), saved);
        let branding = anyone.get(SETTINGS).await.expect(200);
        assert_eq!(branding["logo_media"], saved["logo_media"]);
        assert!(IMAGES[1..].iter().all(|field| branding.get(field).is_none()));
    }

    async fn a_receipt_shows_the_logo(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        admin.patch(SETTINGS, &json!({"logo_media": data("image/png", &picture(33, 12))})).await.expect(200);
        let pupil = json!({"student_no": "S1", "names": "Ada", "gender": "Female"});
        let pupil = admin.post("/api/students/", &pupil).await.expect(201);
        let payment = json!({
            "student_id": pupil["id"], "amount": 5, "session": "2025/2026", "term": "First Term",
            "lineItems": [{"purpose": "Tuition", "amount": 5}],
        });
        let payment = admin.post("/api/payments/", &payment).await.expect(201);
        let receipt = admin.get(&format!("/api/receipts/{}/", payment["reference"].as_str().unwrap())).await.expect(200);
        assert_eq!(seen(&app.anonymous(), &receipt["school"]["logo_media"]).await.width(), 33);
    }

    async fn a_newsletter_is_an_uploaded_document_or_one_elsewhere(app: App) {
        let school = app.school().await;
        let (admin, parent) = (school.as_(Role::SchoolAdmin), school.as_(Role::Parent));
        let letter = upload_letter(&admin, PDF).await.expect(201)["url"].clone();
        let poster = upload(&admin, &picture(18, 18)).await.expect(201)["url"].clone();
        let made = admin.post("/api/newsletters/", &json!({"title": "Easter", "file": letter, "is_published": true})).await.expect(201);
        let path = format!("/api/newsletters/{}/", made["id"]);
        let shown = parent.get(&path).await.expect(200);
        assert_eq!(app.anonymous().get(&path_of(&shown["file"])).await.body, PDF);
        assert_eq!(admin.put(&path, &shown).await.expect(200)["file"], shown["file"]);
        admin.patch(&path, &json!({"file": poster})).await.expect(200);
        admin.patch(&path, &json!({"file": "https://school.example/a.pdf"})).await.expect(200);
        // A document is no portrait, whatever field it is put in.
        let pupil = json!({"student_no": "S1", "names": "Ada", "gender": "Female", "passport_url": letter});
        let errors = admin.post("/api/students/", &pupil).await.field_errors();
        assert_eq!(errors["passport_url"], ["This file is not an image."]);
        let errors = admin.patch(SETTINGS, &json!({"watermark_media": letter, "logo_media": poster})).await.field_errors();
        assert_eq!(errors.keys().collect::<Vec<_>>(), ["watermark_media"]);
        let inside = json!({"title": "Easter", "file": data("application/pdf", PDF)});
        assert!(admin.post("/api/newsletters/", &inside).await.field_errors().contains_key("file"));
    }

    async fn a_photo_fits_in_a_body_and_more_does_not(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        // Noise, which no encoder makes smaller: about 2 MiB.
        let mut state = 0x2545_F491_u32;
        let noise = RgbImage::from_fn(850, 850, |_, _| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let [a, b, c, _] = state.to_be_bytes();
            image::Rgb([a, b, c])
        });
        let photo = data("image/png", &encoded(&noise, ImageFormat::Png));
        assert!(photo.len() > 2 << 20, "{}", photo.len());
        let pupil = json!({"student_no": "S1", "names": "Ada", "gender": "Female", "passport_url": photo});
        admin.post("/api/students/", &pupil).await.expect(201);
        let beyond = json!({"student_no": "S2", "names": "Ada", "gender": "Female", "passport_url": "x".repeat(7 << 20)});
        admin.post("/api/students/", &beyond).await.problem(413, "too_large");
        // Elsewhere the limit is what it was.
        admin.post("/api/subjects/", &json!({"name": "x".repeat(2 << 20)})).await.problem(413, "too_large");
    }

    async fn a_repeated_request_makes_one_pupil_with_one_portrait(app: App) {
        let school = app.school().await;
        let once = school.as_(Role::SchoolAdmin).with("Idempotency-Key", "portrait-1");
        let pupil = json!({"student_no": "S1", "names": "Ada", "gender": "Female", "passport_url": data("image/png", &picture(19, 19))});
        let first = once.post("/api/students/", &pupil).await;
        let again = once.post("/api/students/", &pupil).await;
        assert_eq!((first.expect(201), again.header("idempotency-replayed")), (again.expect(201), Some("true")));
    }
}
