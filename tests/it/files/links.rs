//! Links: good for one file of one school, and for a while.

use std::sync::{Arc, Mutex};

use chrono::Duration;
use resource::tenant_guard::{Clock, Role};

use super::{path_of, picture, signed, upload};
use crate::harness::Answer;

/// Everything that guards whoever opens a file.
#[track_caller]
fn assert_guarded(answer: &Answer) {
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "default-src 'none'; sandbox"),
        ("x-frame-options", "DENY"),
        ("cross-origin-resource-policy", "cross-origin"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{name}");
    }
}

both! {
    async fn a_browser_keeps_what_it_read_no_longer_than_the_link_is_good(app: App) {
        let school = app.school().await;
        let uploaded = upload(&school.as_(Role::SchoolAdmin), &picture(10, 10)).await.expect(201);
        let path = path_of(&uploaded["url"]);
        let anyone = app.anonymous();
        let first = anyone.get(&path).await;
        assert_eq!(first.status, 200);
        assert_guarded(&first);
        assert!(first.header("content-disposition").unwrap().starts_with("inline; filename="));
        let kept = first.header("cache-control").unwrap().to_owned();
        let seconds: i64 = kept.split("max-age=").nth(1).unwrap().split(',').next().unwrap().parse().unwrap();
        assert!(kept.starts_with("private, ") && (3_000..=7_200).contains(&seconds), "{kept}");
        let tag = first.header("etag").unwrap();
        let again = anyone.with("If-None-Match", tag).get(&path).await;
        assert_eq!((again.status, again.body.len()), (304, 0));
        assert_guarded(&again);
        anyone.with("If-None-Match", "\"another\"").get(&path).await.expect(200);
        let head = anyone.send(reqwest::Method::HEAD, &path, None).await;
        assert_eq!((head.status, head.body.len()), (200, 0));
        assert_eq!(head.header("content-type"), Some("image/png"));
    }

    async fn a_link_that_was_altered_opens_nothing(app: App) {
        let (school, other) = (app.school().await, app.school().await);
        let admin = school.as_(Role::SchoolAdmin);
        let path = path_of(&upload(&admin, &picture(11, 11)).await.expect(201)["url"]);
        let twin = path_of(&upload(&other.as_(Role::SchoolAdmin), &picture(11, 11)).await.expect(201)["url"]);
        let lone = path_of(&upload(&admin, &picture(12, 12)).await.expect(201)["url"]);
        let (bare, query) = path.split_once('?').unwrap();
        let carried = signed(&path);
        let (expires, signature) = (&carried["expires"], &carried["signature"]);
        let later = expires.parse::<i64>().unwrap() + 1;
        let zeroes = "0".repeat(64);
        let bare_of = |path: &str| path.split_once('?').unwrap().0.to_owned();
        for forged in [
            bare.to_owned(),
            format!("{bare}?expires={expires}"),
            format!("{bare}?expires={later}&signature={signature}"),
            format!("{bare}?expires={expires}&signature={}", signature.to_lowercase()),
            format!("{bare}?expires={expires}&signature="),
            format!("{bare}?expires=soon&signature={signature}"),
            format!("{}?{query}", bare_of(&twin)),
            format!("{}?{query}", bare_of(&lone)),
            format!("/api/files/{}/{zeroes}/?{query}", school.id),
            format!("/api/files/x/{zeroes}/?{query}"),
            format!("/api/files/{}/..%2f..%2fetc%2fpasswd/?{query}", school.id),
            format!("/api/files/{}/%0a/?{query}", school.id),
        ] {
            // A token makes it no better.
            for caller in [&admin, &app.anonymous()] {
                caller.get(&forged).await.problem(404, "not_found");
            }
        }
        app.anonymous().get(&path).await.expect(200);
    }

    async fn a_link_expires_and_what_named_the_file_gives_another(app: App) {
        let now = Arc::new(Mutex::new(Clock::system().now()));
        let told = now.clone();
        let app = app.another(&[], Clock::by(move || *told.lock().unwrap()));
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        let path = path_of(&upload(&admin, &picture(13, 13)).await.expect(201)["url"]);
        let pass = |minutes| *now.lock().unwrap() += Duration::minutes(minutes);
        pass(59);
        app.anonymous().get(&path).await.expect(200);
        pass(61);
        let tag = format!("\"{}\"", path.split('/').nth(4).unwrap());
        for caller in [app.anonymous(), app.anonymous().with("If-None-Match", &tag)] {
            caller.get(&path).await.problem(410, "link_expired");
        }
        let signed_in = app.anonymous().signed_in("school_admin", crate::harness::PASSWORD, Some(&school.domain));
        let again = path_of(&upload(&signed_in, &picture(13, 13)).await.expect(200)["url"]);
        assert_ne!(again, path);
        app.anonymous().get(&again).await.expect(200);
    }
}
