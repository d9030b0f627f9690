//! What the cache must not change, and what an answer says of itself.

use std::io::Read;

use flate2::read::GzDecoder;
use reqwest::Method;
use resource::tenant_guard::Clock;

use super::case::{Case, cases, every};
use crate::harness::Answer;

async fn warm(case: &Case, path: &str) -> Answer {
    case.admin.get(path).await.expect(200);
    let warm = case.admin.get(path).await;
    assert_eq!(
        (warm.status, warm.cache(), warm.statements()),
        (200, Some("hit"), 0),
        "{path}"
    );
    warm
}

both! {
    async fn a_write_shows_at_once(app: App) {
        for case in cases(&app).await {
            let list = case.path("?page_size=200");
            warm(&case, &list).await;
            let row = case.make(0).await;
            assert!(case.all("").await.contains(&row), "{}", case.line.name);
            warm(&case, &list).await;
            let at = case.row(&row);
            warm(&case, &at).await;
            let changed = case.admin.patch(&at, &(case.line.change)()).await;
            let now = changed.expect(200);
            assert_ne!(now, row, "{}", case.line.name);
            let read = case.admin.get(&at).await;
            assert_eq!((&read.body, read.header("etag")), (&changed.body, changed.header("etag")), "{}", case.line.name);
            assert!(case.all("").await.contains(&now), "{}", case.line.name);
            if case.serves("DELETE") {
                warm(&case, &list).await;
                case.admin.delete(&at).await.expect(204);
                if case.line.voids {
                    let voided = case.admin.get(&at).await.expect(200);
                    assert_eq!(voided["status"], "voided", "{}", case.line.name);
                    assert!(case.all("").await.contains(&voided), "{}", case.line.name);
                    continue;
                }
                case.admin.get(&at).await.problem(404, "not_found");
                assert!(case.all("").await.iter().all(|one| one["id"] != row["id"]), "{}", case.line.name);
            }
        }
    }

    async fn a_write_by_one_name_of_a_collection_shows_at_once_by_the_other(app: App) {
        let cases = cases(&app).await;
        let mut aliases = 0;
        for (n, one) in cases.iter().enumerate() {
            let same = |other: &&Case| other.published.resource(other.line.name) == one.published.resource(one.line.name);
            for other in cases[n + 1..].iter().filter(same) {
                aliases += 1;
                warm(other, &other.path("?page_size=200")).await;
                let row = one.make(n).await;
                assert!(other.all("").await.contains(&row), "{}", other.line.name);
                warm(one, &one.row(&row)).await;
                let changed = other.admin.patch(&other.row(&row), &(other.line.change)()).await.expect(200);
                assert_eq!(one.read(&row).await.expect(200), changed, "{}", one.line.name);
            }
        }
        assert!(aliases > 0);
    }

    async fn what_the_caller_has_already_is_not_sent_again(app: App) {
        for case in cases(&app).await {
            let row = case.make(0).await;
            let mut tags = Vec::new();
            for path in [case.path(""), case.row(&row)] {
                let answer = case.admin.get(&path).await;
                let tag = answer.header("etag").unwrap().to_owned();
                for sent in [tag.clone(), format!("\"other\", W/{tag}"), "*".into()] {
                    let same = case.admin.with("If-None-Match", &sent).get(&path).await;
                    assert_eq!((same.status, same.body.len(), same.header("etag")), (304, 0, Some(tag.as_str())), "{path}");
                }
                tags.push((path, tag));
            }
            case.admin.patch(&case.row(&row), &(case.line.change)()).await.expect(200);
            for (path, tag) in tags {
                let newer = case.admin.with("If-None-Match", &tag).get(&path).await;
                newer.expect(200);
                assert_ne!(newer.header("etag"), Some(tag.as_str()), "{path}");
            }
        }
    }

    async fn the_compressed_answer_is_the_same_and_has_a_tag_of_its_own(app: App) {
        for case in every(&app).await {
            case.make_all(10).await;
            let plain = case.list("").await;
            let asking = case.admin.with("Accept-Encoding", "gzip");
            let packed = asking.get(&case.path("")).await;
            assert_eq!((packed.status, packed.header("content-encoding")), (200, Some("gzip")), "{}", case.line.name);
            let mut unpacked = Vec::new();
            GzDecoder::new(packed.body.as_slice()).read_to_end(&mut unpacked).unwrap();
            assert_eq!(unpacked, plain.body, "{}", case.line.name);
            assert_ne!(packed.header("etag"), plain.header("etag"), "{}", case.line.name);
            for answer in [&plain, &packed] {
                assert!(answer.header("vary").unwrap().contains("accept-encoding"), "{}", case.line.name);
                assert_eq!(answer.header("cache-control"), Some("private, no-cache"));
            }
            let tag = packed.header("etag").unwrap();
            asking.with("If-None-Match", tag).get(&case.path("")).await.expect(304);
            case.admin.with("If-None-Match", tag).get(&case.path("")).await.expect(200);
        }
    }

    async fn without_the_cache_the_bytes_are_the_same(app: App) {
        let bare = app.another(&[("TERMBOOK_CACHE", "off")], Clock::system());
        for case in every(&app).await {
            let rows = case.make_all(3).await;
            let bearer = format!("Bearer {}", case.admin.token().await);
            let reader = bare.anonymous().with("Authorization", &bearer);
            let reversed = case.path("?ordering=-id");
            for path in [case.path(""), reversed, case.path("?cursor="), case.row(&rows[0])] {
                let cached = warm(&case, &path).await;
                reader.get(&path).await.expect(200);
                let loaded = reader.get(&path).await;
                assert!(loaded.statements() > 0, "{path}");
                assert_eq!((loaded.status, &loaded.body), (200, &cached.body), "{path}");
                assert_eq!(loaded.header("etag"), cached.header("etag"), "{path}");
            }
        }
    }

    async fn a_head_is_a_get_without_its_body(app: App) {
        for case in every(&app).await {
            let row = case.make(0).await;
            for path in [case.path(""), case.row(&row)] {
                let get = case.admin.get(&path).await;
                let head = case.admin.send(Method::HEAD, &path, None).await;
                assert_eq!((head.status, head.body.len()), (200, 0), "{path}");
                for header in ["etag", "content-type", "content-length", "cache-control", "vary"] {
                    assert_eq!(head.header(header), get.header(header), "{path} {header}");
                }
            }
        }
    }

    async fn a_missing_slash_is_served_the_same(app: App) {
        for case in every(&app).await {
            let row = case.make(0).await;
            let list = case.path("");
            let bare = list.trim_end_matches('/');
            for (short, full) in [
                (bare.to_owned(), list.clone()),
                (format!("{bare}?ordering=-id"), format!("{list}?ordering=-id")),
                (case.row(&row).trim_end_matches('/').to_owned(), case.row(&row)),
            ] {
                let (short, full) = (case.admin.get(&short).await, case.admin.get(&full).await);
                assert_eq!((short.status, &short.body), (200, &full.body), "{}", case.line.name);
                assert_eq!(short.header("etag"), full.header("etag"), "{}", case.line.name);
            }
            case.author.post(bare, &case.body(1)).await.expect(201);
        }
    }
}
