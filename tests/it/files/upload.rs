//! The door: what comes in, and what is kept of it.

use image::{GenericImageView, ImageFormat};
use reqwest::Method;
use resource::tenant_guard::Role;
use serde_json::{Value, json};

use super::{
    PDF, Part, UPLOAD, encoded, file, path_of, picture, pixels, send, upload, upload_letter,
};
use crate::harness::{Caller, School};

/// What is kept of a file.
async fn kept(caller: &Caller, uploaded: &Value) -> Vec<u8> {
    let answer = caller.get(&path_of(&uploaded["url"])).await;
    answer.expect(200);
    answer.body
}

async fn acts(school: &School) -> usize {
    let trail = school
        .as_(Role::SchoolAdmin)
        .get("/api/activity-logs/?resource=files")
        .await;
    trail.expect(200)["results"].as_array().unwrap().len()
}

/// A JPEG with the head of an EXIF that says how it is to be turned, and where it was taken.
fn photo(orientation: u8) -> Vec<u8> {
    let plain = encoded(&pixels(40, 20), ImageFormat::Jpeg);
    let mut exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend_from_slice(&[orientation, 0, 0, 0, 0, 0, 0]);
    exif.extend_from_slice(b"GPS 6.5244N 3.3792E");
    let mut photo = plain[..2].to_vec();
    photo.extend_from_slice(&[0xFF, 0xE1]);
    photo.extend_from_slice(&u16::try_from(exif.len() + 2).unwrap().to_be_bytes());
    photo.extend_from_slice(&exif);
    photo.extend_from_slice(&plain[2..]);
    photo
}

/// A PNG whose head says it is of this size, and which has no picture.
fn bomb(width: u32, height: u32) -> Vec<u8> {
    let mut head = b"IHDR".to_vec();
    head.extend_from_slice(&width.to_be_bytes());
    head.extend_from_slice(&height.to_be_bytes());
    head.extend_from_slice(&[8, 6, 0, 0, 0]);
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0d".to_vec();
    bytes.extend_from_slice(&head);
    let mut crc = flate2::Crc::new();
    crc.update(&head);
    bytes.extend_from_slice(&crc.sum().to_be_bytes());
    bytes.extend_from_slice(&picture(1, 1)[33..]);
    bytes
}

both! {
    async fn a_picture_is_kept_and_read_by_its_link(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        for (format, media_type) in [(ImageFormat::Png, "image/png"), (ImageFormat::Jpeg, "image/jpeg"), (ImageFormat::WebP, "image/jpeg")] {
            let sent = upload(&admin, &encoded(&pixels(60, 30), format)).await;
            let uploaded = sent.expect(201);
            assert_eq!(uploaded["url"].as_str(), sent.header("location"));
            assert_eq!((&uploaded["width"], &uploaded["height"], &uploaded["media_type"]), (&json!(60), &json!(30), &json!(media_type)));
            // No token goes along: the link is all there is to show.
            let read = app.anonymous().get(&path_of(&uploaded["url"])).await;
            read.expect(200);
            assert_eq!(read.header("content-type"), Some(media_type));
            assert_eq!(uploaded["bytes"], read.body.len());
            assert_eq!(image::load_from_memory(&read.body).unwrap().dimensions(), (60, 30));
        }
    }

    async fn the_same_content_is_kept_once_and_each_school_has_its_own(app: App) {
        let (school, other) = (app.school().await, app.school().await);
        let (admin, stranger) = (school.as_(Role::SchoolAdmin), other.as_(Role::SchoolAdmin));
        let first = upload(&admin, &picture(20, 20)).await.expect(201);
        let again = upload(&admin, &picture(20, 20)).await.expect(200);
        assert_eq!(first["url"], again["url"]);
        assert_eq!(acts(&school).await, 1);
        let theirs = upload(&stranger, &picture(20, 20)).await.expect(201);
        assert_ne!(path_of(&first["url"]), path_of(&theirs["url"]));
        let name = |url: &Value| path_of(url).split('/').nth(4).unwrap().to_owned();
        assert_eq!(name(&first["url"]), name(&theirs["url"]), "the content alone gives the name");
    }

    async fn a_photo_is_turned_upright_and_loses_where_it_was_taken(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        for (orientation, size) in [(1, (40, 20)), (3, (40, 20)), (6, (20, 40)), (8, (20, 40))] {
            let photo = photo(orientation);
            assert!(photo.windows(4).any(|window| window == b"Exif"));
            let uploaded = upload(&admin, &photo).await.json();
            let kept = kept(&admin, &uploaded).await;
            assert_eq!(image::load_from_memory(&kept).unwrap().dimensions(), size, "{orientation}");
            assert!(!kept.windows(3).any(|window| window == b"GPS" || window == b"Exi"));
        }
    }

    async fn a_large_picture_is_made_smaller(app: App) {
        let school = app.school().await;
        let uploaded = upload(&school.as_(Role::SchoolAdmin), &encoded(&pixels(2_600, 100), ImageFormat::Jpeg)).await.expect(201);
        assert_eq!((&uploaded["width"], &uploaded["height"]), (&json!(2_048), &json!(79)));
    }

    async fn of_a_polyglot_only_the_picture_is_kept(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        let zip = b"PK\x03\x04 a file in a zip";
        let html = b"<html><script>alert(1)</script></html>";
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
            for hidden in [&zip[..], &html[..]] {
                let polyglot = [&encoded(&pixels(30, 30), format)[..], hidden].concat();
                let uploaded = upload(&admin, &polyglot).await.json();
                let kept = kept(&admin, &uploaded).await;
                assert!(!kept.windows(hidden.len()).any(|window| window == hidden), "{format:?}");
            }
        }
    }

    async fn what_is_no_picture_is_refused_whatever_it_is_called(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        let svg = b"<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>";
        let (whole, jpeg) = (picture(30, 30), encoded(&pixels(30, 30), ImageFormat::Jpeg));
        let webp = encoded(&pixels(30, 30), ImageFormat::WebP);
        let unreadable: &[&[u8]] = &[
            b"", svg, b"<svg/>", b"<!doctype html><script>alert(1)</script>", b"GIF89a/*\x01\0\x01\0*/=1;alert(1)//", b"MZ\x90\0", b"PK\x03\x04",
            PDF, &whole[..whole.len() / 2], &jpeg[..jpeg.len() / 2], &jpeg[..jpeg.len() - 2], &webp[..webp.len() / 2], &whole[..8], &jpeg[..3], &webp[..12],
        ];
        for (place, content) in unreadable.iter().enumerate() {
            for name in ["portrait.png", "portrait.svg", "portrait"] {
                let part = Part { filename: Some(name), ..file(content) };
                let errors = send(&admin, &[part]).await.field_errors();
                assert_eq!(errors.keys().collect::<Vec<_>>(), ["file"], "{place} {name}");
            }
        }
        assert_eq!(acts(&school).await, 0);
    }

    async fn a_picture_too_large_to_decode_is_refused_by_its_head(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        for (width, height) in [(50_000, 50_000), (10_001, 1), (1, 10_001), (6_000, 4_001), (u32::MAX, u32::MAX), (0, 0)] {
            let errors = upload(&admin, &bomb(width, height)).await.field_errors();
            assert!(errors.contains_key("file"), "{width} × {height}: {errors:?}");
        }
        assert_eq!(acts(&school).await, 0);
    }

    async fn a_pdf_is_for_newsletters_and_is_handed_out_to_be_saved(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        let uploaded = upload_letter(&admin, PDF).await.expect(201);
        assert_eq!((&uploaded["media_type"], &uploaded["width"], &uploaded["purpose"]), (&json!("application/pdf"), &Value::Null, &json!("newsletter")));
        let read = app.anonymous().get(&path_of(&uploaded["url"])).await;
        assert_eq!((read.status, &read.body[..]), (200, PDF));
        assert_eq!(read.header("content-type"), Some("application/pdf"));
        assert!(read.header("content-disposition").unwrap().starts_with("attachment; filename="));
        let html = [b"<script>alert(1)</script>", PDF].concat();
        for content in [&PDF[..PDF.len() - 6], &html, b"%PDF-1.4"] {
            let errors = upload_letter(&admin, content).await.field_errors();
            assert!(errors.contains_key("file"));
        }
    }

    async fn a_path_in_a_file_name_leads_nowhere(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        let content = picture(25, 25);
        for name in ["../../etc/passwd", "..\\..\\boot.ini", "/etc/passwd", "a/b.png", ".", "", "CON"] {
            let part = Part { filename: Some(name), ..file(&content) };
            let sent = send(&admin, &[part]).await;
            assert!([200, 201].contains(&sent.status), "{name}: {}", sent.json());
            let url = path_of(&sent.json()["url"]);
            assert!(!url.contains("passwd") && !url.contains(".."), "{url}");
        }
        let part = Part { filename: Some("x\0.png"), ..file(&content) };
        send(&admin, &[part]).await.problem(400, "parse_error");
    }

    async fn beyond_the_limit_is_beyond_the_limit(app: App) {
        let limited = app.another(&[("TERMBOOK_UPLOAD_LIMIT_KB", "10")], resource::tenant_guard::Clock::system());
        let school = limited.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        let noise = vec![7_u8; 10 << 10];
        upload(&admin, &noise).await.field_errors();
        for length in [(10 << 10) + 1, 30 << 10, 3 << 20] {
            upload(&admin, &vec![7_u8; length]).await.problem(413, "too_large");
        }
        let stranger = Part { name: "other", filename: None, content: &vec![7; 100 << 10] };
        send(&admin, &[stranger, file(&picture(5, 5))]).await.problem(413, "too_large");
        upload(&admin, &picture(5, 5)).await.expect(201);
    }

    async fn a_form_that_is_none_is_told_what_it_lacks(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        admin.post(UPLOAD, &json!({"file": "x"})).await.problem(415, "unsupported_media_type");
        for media in ["multipart/mixed; boundary=x", "text/plain", "multipart"] {
            admin.send_bytes(Method::POST, UPLOAD, Some((b"--x--".to_vec(), media))).await.problem(415, "unsupported_media_type");
        }
        let form = "multipart/form-data; boundary=x";
        for (body, media) in [(&b"nothing of a form"[..], form), (b"", form), (b"--x\r\n\r\n", form), (b"--x--\r\n", "multipart/form-data")] {
            let answer = admin.send_bytes(Method::POST, UPLOAD, Some((body.to_vec(), media))).await;
            assert_eq!(answer.status, 400, "{media}: {}", answer.json());
        }
        let content = picture(5, 5);
        let purpose = |content| Part { name: "purpose", filename: None, content };
        assert_eq!(send(&admin, &[]).await.status, 400);
        assert_eq!(send(&admin, &[purpose(b"picture")]).await.field_errors()["file"], ["This field is required."]);
        let errors = send(&admin, &[purpose(b"lunch"), file(&content), file(&content)]).await.field_errors();
        assert_eq!(errors.keys().collect::<Vec<_>>(), ["file", "purpose"]);
        send(&admin, &[purpose(&[b'x'; 65]), file(&content)]).await.problem(413, "too_large");
    }

    async fn only_who_writes_what_carries_a_file_uploads_one(app: App) {
        let school = app.school().await;
        app.anonymous().post(UPLOAD, &json!({})).await.problem(401, "not_authenticated");
        for role in [Role::Bursar, Role::Teacher, Role::Staff, Role::Parent, Role::Student] {
            upload(&school.as_(role), &picture(5, 5)).await.problem(403, "permission_denied");
        }
        let operator = app.operator().await.with("X-Tenant-ID", &school.domain);
        upload(&operator, &picture(5, 5)).await.expect(201);
    }
}
