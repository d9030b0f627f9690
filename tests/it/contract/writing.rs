//! Creating, replacing, changing and deleting.

use serde_json::{Value, json};

use super::case::{cases, every};

fn is_blank(value: &Value) -> bool {
    value.is_null() || value == ""
}

/// What stays of a row when `fields` do not count.
fn without(row: &Value, fields: &[&str]) -> Value {
    let mut rest = row.clone();
    for field in fields {
        rest.as_object_mut().unwrap().remove(*field);
    }
    rest
}

/// What every change moves on.
const MOVED: [&str; 2] = ["updated_at", "row_version"];

both! {
    async fn a_create_answers_the_row_and_where_it_is(app: App) {
        for case in every(&app).await {
            let body = case.body(0);
            let created = case.post(&body).await;
            let row = created.expect(201);
            assert_eq!(created.header("location"), Some(case.row(&row).as_str()));
            assert_eq!(case.read(&row).await.body, created.body, "{}", case.line.name);
            for (field, sent) in body.as_object().unwrap() {
                if sent.is_string() && row.get(field).is_some() {
                    assert_eq!(row[field], *sent, "{} {field}", case.line.name);
                }
            }
            assert!(row.get("password").is_none());
        }
    }

    async fn every_missing_field_is_reported_at_once(app: App) {
        for case in every(&app).await {
            let before = case.all("").await;
            let mut required = case.published.required(case.line.name);
            required.extend(case.line.required.iter().map(|field| (*field).to_owned()));
            required.sort();
            assert!(!required.is_empty());
            let errors = case.post(&json!({})).await.field_errors();
            assert_eq!(errors.keys().collect::<Vec<_>>(), required.iter().collect::<Vec<_>>(), "{}", case.line.name);
            for messages in errors.values() {
                assert_eq!(messages, &["This field is required."], "{}", case.line.name);
            }
            assert_eq!(case.all("").await, before);
        }
    }

    async fn read_only_and_unknown_keys_of_a_body_are_ignored(app: App) {
        for case in cases(&app).await {
            let mut body = case.body(0);
            let mut read_only = json!({
                "id": 999_999_999, "school": 999_999_999, "school_id": 999_999_999, "row_version": 99,
                "created_at": "2001-01-01T00:00:00Z", "updated_at": "2001-01-01T00:00:00Z", "nonsense": true,
            });
            // A row of marks is told which version its writer saw.
            read_only.as_object_mut().unwrap().retain(|field, _| !case.published.takes(case.line.name, field));
            body.as_object_mut().unwrap().extend(read_only.as_object().unwrap().clone());
            let row = case.post(&body).await.expect(201);
            let changed = case.admin.patch(&case.row(&row), &read_only).await.expect(200);
            assert_eq!(changed, row, "{}", case.line.name);
            for (field, sent) in read_only.as_object().unwrap() {
                assert!(row.get(field).is_none_or(|shown| shown != sent), "{} {field}: {row}", case.line.name);
            }
            assert!(row.get("school").is_none_or(|school| *school == case.fixture.school.id));
        }
    }

    async fn put_clears_what_it_leaves_out(app: App) {
        for case in cases(&app).await {
            let Some(field) = case.line.cleared else {
                continue;
            };
            let row = case.make(0).await;
            assert!(!is_blank(&row[field]), "{} {field}", case.line.name);
            let put = case.admin.put(&case.row(&row), &without(&case.body(0), &[field])).await;
            let cleared = put.expect(200);
            assert!(is_blank(&cleared[field]), "{} {field}: {cleared}", case.line.name);
            let read = case.read(&row).await;
            assert_eq!((&read.body, read.header("etag")), (&put.body, put.header("etag")), "{}", case.line.name);
        }
    }

    async fn patch_leaves_what_is_absent_and_clears_what_is_null(app: App) {
        for case in cases(&app).await {
            let row = case.make(0).await;
            let tag = case.read(&row).await.header("etag").map(str::to_owned);
            let kept = case.admin.patch(&case.row(&row), &json!({})).await;
            assert_eq!((kept.expect(200), kept.header("etag").map(str::to_owned)), (row.clone(), tag), "{}", case.line.name);
            let change = (case.line.change)();
            let changed = case.admin.patch(&case.row(&row), &change).await.expect(200);
            for (field, sent) in change.as_object().unwrap() {
                assert_eq!(changed[field], *sent, "{}", case.line.name);
            }
            assert_ne!(changed["updated_at"], row["updated_at"], "{}", case.line.name);
            let Some(field) = case.line.cleared else {
                continue;
            };
            let cleared = case.admin.patch(&case.row(&row), &json!({field: null})).await.expect(200);
            assert!(is_blank(&cleared[field]), "{} {field}: {cleared}", case.line.name);
            for (other, sent) in change.as_object().unwrap().iter().filter(|(other, _)| *other != field) {
                assert_eq!(changed[field], row[field], "{}", case.line.name);
                assert_eq!(cleared[other], *sent, "{}", case.line.name);
            }
        }
    }

    async fn a_body_that_repeats_the_row_changes_nothing(app: App) {
        for case in cases(&app).await {
            let row = case.make(0).await;
            let tag = case.read(&row).await.header("etag").map(str::to_owned);
            let mut same = row.clone();
            // A card's rows are shown with what was computed of them.
            if let Some(rows) = case.body(0).get("rows") {
                same["rows"] = rows.clone();
            }
            let put = case.admin.put(&case.row(&row), &same).await;
            assert_eq!(put.expect(200), row, "{}", case.line.name);
            assert_eq!(put.header("etag").map(str::to_owned), tag, "{}", case.line.name);
        }
    }

    async fn a_stale_if_match_writes_nothing_and_a_current_one_does(app: App) {
        for case in cases(&app).await {
            let row = case.make(0).await;
            let at = case.row(&row);
            let read = case.read(&row).await;
            let stale = case.admin.with("If-Match", read.header("etag").unwrap());
            let changed = stale.patch(&at, &(case.line.change)()).await;
            changed.expect(200);
            stale.patch(&at, &(case.line.change)()).await.problem(412, "precondition_failed");
            stale.put(&at, &case.body(0)).await.problem(412, "precondition_failed");
            if case.serves("DELETE") {
                stale.delete(&at).await.problem(412, "precondition_failed");
            }
            assert_eq!(case.read(&row).await.body, changed.body, "{}", case.line.name);
            let current = case.admin.with("If-Match", changed.header("etag").unwrap());
            current.patch(&at, &json!({})).await.expect(200);
            if case.serves("DELETE") {
                current.delete(&at).await.expect(204);
            }
        }
    }

    async fn a_create_repeated_under_its_key_writes_one_row(app: App) {
        for case in every(&app).await {
            let before = case.all("").await.len();
            let keyed = case.author.with("Idempotency-Key", &format!("once-{}", case.line.name));
            let first = keyed.post(&case.path(""), &case.body(0)).await;
            first.expect(201);
            assert_eq!(first.header("idempotency-replayed"), None);
            let again = keyed.post(&case.path(""), &case.body(0)).await;
            again.expect(201);
            assert_eq!(again.header("idempotency-replayed"), Some("true"), "{}", case.line.name);
            assert_eq!((&again.body, again.header("location")), (&first.body, first.header("location")));
            keyed.post(&case.path(""), &case.body(1)).await.problem(422, "idempotency_mismatch");
            assert_eq!(case.all("").await.len(), before + 1, "{}", case.line.name);
        }
    }

    async fn what_is_deleted_is_gone(app: App) {
        for case in cases(&app).await {
            let row = case.make(0).await;
            if !case.serves("DELETE") {
                continue;
            }
            let gone = case.admin.delete(&case.row(&row)).await;
            assert_eq!((gone.status, gone.body.len()), (204, 0), "{}", case.line.name);
            if case.line.voids {
                assert_eq!(case.read(&row).await.expect(200)["status"], "voided", "{}", case.line.name);
                case.admin.delete(&case.row(&row)).await.problem(409, "conflict");
                case.admin.patch(&case.row(&row), &(case.line.change)()).await.problem(409, "conflict");
                assert!(case.all("").await.iter().any(|one| one["id"] == row["id"]), "{}", case.line.name);
                continue;
            }
            case.admin.get(&case.row(&row)).await.problem(404, "not_found");
            case.admin.delete(&case.row(&row)).await.problem(404, "not_found");
            case.admin.patch(&case.row(&row), &(case.line.change)()).await.problem(404, "not_found");
            assert!(case.all("").await.iter().all(|one| one["id"] != row["id"]), "{}", case.line.name);
        }
    }

    async fn a_change_moves_nothing_else_of_the_row(app: App) {
        for case in cases(&app).await {
            let rows = case.make_all(2).await;
            let change = (case.line.change)();
            let changed = case.admin.patch(&case.row(&rows[0]), &change).await.expect(200);
            let sent: Vec<&str> = change.as_object().unwrap().keys().map(String::as_str).collect();
            // The moment a message was read follows from its being read, and what is to be paid from what is taken off.
            let aside: Vec<&str> = sent.into_iter().chain(MOVED).chain(["read_at", "net_amount"]).collect();
            assert_eq!(without(&changed, &aside), without(&rows[0], &aside), "{}", case.line.name);
            assert_eq!(case.read(&rows[1]).await.expect(200), rows[1], "{}", case.line.name);
        }
    }
}
