//! Queries that no list takes.

use resource::tenant_guard::Role;
use serde_json::Value;

use super::{
    document::{Operation, operations},
    problems::{assert_discreet, assert_sound},
    world::World,
};
use crate::harness::Answer;

/// Every list, that of a row at a row there is.
async fn lists(world: &World) -> Vec<Operation> {
    let all = operations().into_iter();
    let mut lists: Vec<_> = all
        .filter(|one| {
            one.parameters
                .iter()
                .any(|parameter| parameter["name"] == "page")
        })
        .collect();
    assert!(lists.len() > 10, "the document lost its lists");
    for list in lists.iter_mut().filter(|one| one.is_of_a_row()) {
        list.path = world.address(list).await;
    }
    lists
}

fn of_query(operation: &Operation) -> impl Iterator<Item = &Value> {
    operation
        .parameters
        .iter()
        .filter(|parameter| parameter["in"] == "query")
}

/// Holds a refusal against the field it must name.
#[track_caller]
fn assert_names(answer: &Answer, field: &str, place: &str) {
    assert_sound(answer);
    assert_discreet(answer);
    assert_eq!(answer.status, 400, "{place}");
    let errors = answer.field_errors();
    assert!(errors.contains_key(field), "{place}: {errors:?}");
}

/// A value that a parameter of this schema cannot mean.
fn nonsense(schema: &Value) -> Option<&'static str> {
    let limited = schema.get("enum").is_some();
    match (schema["type"].as_str()?, schema["format"].as_str()) {
        ("integer" | "number" | "boolean", _) | ("string", Some("date" | "date-time")) => {
            Some("nonsense")
        }
        ("string", _) if limited => Some("nonsense"),
        ("array", _) => nonsense(&schema["items"]),
        _ => None,
    }
}

both! {
    async fn what_a_list_does_not_know_is_named(app: App) {
        let world = World::open(&app).await;
        for list in lists(&world).await {
            let caller = world.caller(&list);
            for (query, field) in [
                ("nothing=1", "nothing"), ("Page=1", "Page"), ("page[]=1", "page[]"), ("school_id=1", "school_id"), ("id%00=1", "id\0"),
                ("ordering=nothing", "ordering"), ("ordering=password_hash", "ordering"), ("ordering=--id", "ordering"),
                ("ordering=id;drop", "ordering"), ("ordering=id&ordering=id", "ordering"), ("page=1&page=1", "page"),
                ("search=%zz", "search"), ("search=%", "search"), ("search=%ff", "search"), ("search=%00", "search"), ("search=%ed%a0%80", "search"),
                ("%ff=1", "non_field_errors"), ("cursor=nothing", "cursor"), ("cursor=%00", "cursor"), ("cursor=AAAA", "cursor"),
            ] {
                let searches = of_query(&list).any(|parameter| parameter["name"] == "search");
                let place = format!("{}?{query}", list.path);
                assert_names(&caller.get(&place).await, if field == "search" && !searches { "search" } else { field }, &place);
            }
        }
    }

    async fn a_page_that_cannot_be_is_not_found(app: App) {
        let world = World::open(&app).await;
        for list in lists(&world).await {
            for page in ["0", "-1", "1000000", "x", "", "1.0", "1e3", "18446744073709551615", "99999999999999999999", "9223372036854775807", "%00", "١"] {
                let path = format!("{}?page={page}", list.path);
                let answer = world.caller(&list).get(&path).await;
                assert_eq!(answer.problem(404, "not_found")["detail"], "Invalid page.", "{path}");
                assert_sound(&answer);
            }
            for size in ["0", "-1", "x", "18446744073709551616", "100000"] {
                world.caller(&list).get(&format!("{}?page_size={size}", list.path)).await.expect(200);
            }
        }
    }

    async fn a_filter_that_means_nothing_is_named(app: App) {
        let world = World::open(&app).await;
        let mut asked = 0;
        for list in lists(&world).await {
            for parameter in of_query(&list).filter(|one| !["page", "page_size", "cursor"].contains(&one["name"].as_str().unwrap())) {
                let name = parameter["name"].as_str().unwrap();
                let mut wrong = vec!["%00", "a%00b", "%ff"];
                wrong.extend(nonsense(&parameter["schema"]));
                for value in wrong {
                    let place = format!("{}?{name}={value}", list.path);
                    assert_names(&world.caller(&list).get(&place).await, name, &place);
                    asked += 1;
                }
            }
        }
        assert!(asked > 50, "only {asked} were asked");
    }

    async fn a_filter_of_many_values_or_of_very_long_ones_is_no_failure(app: App) {
        let world = World::open(&app).await;
        for list in lists(&world).await {
            for parameter in of_query(&list) {
                let name = parameter["name"].as_str().unwrap();
                let many = (1..=10_000).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
                for value in [many, "9".repeat(30_000), "x".repeat(30_000), "%25".repeat(5_000), "'%22%5C%25_".repeat(50)] {
                    let answer = world.caller(&list).get(&format!("{}?{name}={value}", list.path)).await;
                    assert!(answer.status < 500, "{}?{name}: {}", list.path, answer.json());
                    if answer.status >= 400 {
                        assert_sound(&answer);
                    }
                }
            }
        }
    }

    async fn a_query_too_long_for_a_request_is_refused(app: App) {
        let line = format!("GET /api/subjects/?search={} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "x".repeat(100_000));
        let answer = app.raw(line.as_bytes()).await;
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.starts_with("HTTP/1.1 4"), "{answer:.200}");
        app.school().await.as_(Role::Teacher).get("/api/subjects/").await.expect(200);
    }
}
