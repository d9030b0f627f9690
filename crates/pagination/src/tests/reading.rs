use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use proptest::prelude::*;
use serde_json::json;

use super::fixture::{VIEWER, cursor_page, database, listing, mark, parse, select};
use crate::{Keyed, QueryError, Viewer};

fn refused(query: &str) -> Vec<String> {
    match listing().parse(query, VIEWER) {
        Err(QueryError::Invalid(errors)) => errors.into_keys().collect(),
        Err(QueryError::Page) => vec!["no such page".into()],
        Ok(_) => Vec::new(),
    }
}

#[test]
fn every_bad_parameter_is_named_at_once() {
    for (query, names) in [
        ("", &[][..]),
        ("&&", &[]),
        ("foo=1&bar=", &["bar", "foo"]),
        (
            "room_id=x&day=today&passed=maybe&ordering=secret&grade=A",
            &["day", "grade", "ordering", "passed", "room_id"],
        ),
        (
            "name__gte=a&passed__in=true&room__in=Lab&score__in=1",
            &["name__gte", "passed__in", "room__in", "score__in"],
        ),
        ("room_id=1&room_id=1", &["room_id"]),
        ("page=1&page=1", &["page"]),
        ("page=2&cursor=", &["cursor"]),
        ("cursor=x", &["cursor"]),
        ("name=%00", &["name"]),
        ("search=a%00", &["search"]),
        ("room=a%00", &["room"]),
        ("name=%", &["name"]),
        ("name=%zz", &["name"]),
        ("name=%ff", &["name"]),
        ("%ff=1", &["non_field_errors"]),
        ("room_id__in=1,,2", &["room_id__in"]),
        ("school_id=2", &["school_id"]),
        ("page=0", &["no such page"]),
        ("page=", &["no such page"]),
        ("page=last", &["no such page"]),
        ("page=-1", &["no such page"]),
        ("page=99999999999999999999", &["no such page"]),
        ("page=18446744073709551615", &["no such page"]),
        ("page=x&foo=1", &["foo"]),
        ("page_size=x", &[]),
    ] {
        assert_eq!(refused(query), names, "{query}");
    }
    let ids = (0..201)
        .map(|id| id.to_string())
        .collect::<Vec<_>>()
        .join(",");
    assert_eq!(refused(&format!("room_id__in={ids}")), ["room_id__in"]);
}

#[test]
fn what_means_the_same_has_one_canonical_text() {
    for (query, canonical) in [
        ("", ""),
        ("page=1&page_size=50&ordering=name&search=", ""),
        ("ordering=name,id", ""),
        ("ordering=name,-id", "ordering=name%2C-id"),
        ("ordering=-name,name,-name", "ordering=-name"),
        ("page_size=9999&page=02", "page_size=200&page=2"),
        ("page_size=-3", ""),
        ("page_size=99999999999999999999", "page_size=200"),
        ("score__lte=07&passed=1", "passed=true&score__lte=7"),
        ("room_id__in=3,1,1", "room_id__in=1%2C3"),
        (
            "taken_at__gte=2025-09-01T10:00:00%2b01:00",
            "taken_at__gte=2025-09-01T09%3A00%3A00Z",
        ),
        ("search=+ada++obi+", "search=ada+obi"),
        ("cursor=", "cursor="),
        ("box=mine", "box=mine#7"),
    ] {
        assert_eq!(parse(query).canonical(), canonical, "{query}");
    }
}

#[test]
fn the_count_is_shared_by_the_pages_and_orderings_of_one_viewer() {
    let key = |query: &str| parse(query).count_key();
    assert_eq!(
        key("score=1&page=3&page_size=2&ordering=-score"),
        key("score=1")
    );
    assert_ne!(key("score=1"), key("score=2"));
    let other = Viewer {
        user_id: 8,
        ..VIEWER
    };
    let theirs = listing()
        .parse("box=mine", other)
        .map(|query| query.count_key());
    assert_ne!(theirs, Ok(key("box=mine")));
}

#[test]
fn rows_found_tell_the_count_only_on_the_last_page() {
    for (query, found, count) in [
        ("page_size=3", 0, Some(0)),
        ("page_size=3", 2, Some(2)),
        ("page_size=3", 3, None),
        ("page_size=3&page=2", 1, Some(4)),
        ("page_size=3&page=2", 0, None),
        ("cursor=", 1, None),
    ] {
        assert_eq!(parse(query).count_from(found), count, "{query}");
    }
}

#[tokio::test]
async fn a_cursor_belongs_to_its_ordering_filters_and_viewer() {
    let database = database(&[1, 2].map(|id| mark(id, "a", Some(7)))).await;
    let next = |page: super::fixture::Cut| page.next.unwrap();
    let plain = next(cursor_page(&database, "cursor=&page_size=1").await);
    assert_eq!(refused(&plain), [""; 0]);
    assert_eq!(
        refused(&plain.replace("page_size=1", "page_size=7")),
        [""; 0]
    );
    assert_eq!(refused(&format!("{plain}&ordering=-name")), ["cursor"]);
    assert_eq!(refused(&format!("{plain}&score=7")), ["cursor"]);
    let personal = next(cursor_page(&database, "cursor=&page_size=1&box=mine").await);
    let other = Viewer {
        user_id: 8,
        ..VIEWER
    };
    assert!(listing().parse(&personal, VIEWER).is_ok());
    assert!(listing().parse(&personal, other).is_err());
}

/// A cursor with the right fingerprint and these keys, as only its maker should write one.
fn forged(ordering: &str, texts: &[Option<String>]) -> String {
    let fingerprint = parse(&format!("ordering={ordering}")).fingerprint();
    let json = json!([fingerprint, false, texts]).to_string();
    format!(
        "ordering={ordering}&cursor={}",
        URL_SAFE_NO_PAD.encode(json)
    )
}

proptest! {
    #[test]
    fn no_query_string_panics(query in ".{0,40}", text in any::<Vec<u8>>()) {
        let _ = listing().parse(&query, VIEWER);
        let cursor = URL_SAFE_NO_PAD.encode(text);
        prop_assert_eq!(refused(&format!("cursor={cursor}x")), vec!["cursor"]);
    }

    #[test]
    fn a_forged_cursor_is_refused_or_only_names_another_place(
        key in prop::sample::select(&["name", "score", "average", "day", "taken_at", "passed", "room", "id"][..]),
        texts in prop::collection::vec(prop::option::of("(-?[0-9]{1,20}|true|[0-9]{4}-[01][0-9]-[0-3][0-9]|.{0,5})"), 0..4),
    ) {
        let query = forged(key, &texts);
        let Ok(query) = listing().parse(&query, VIEWER) else { return Ok(()) };
        let work = async {
            let database = database(&[mark(1, "a", Some(1)), mark(2, "b", None)]).await;
            listing().paged(select(), &query).into_model::<Keyed<super::fixture::Row>>().all(&database).await
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        prop_assert!(runtime.block_on(work).is_ok());
    }
}

#[test]
fn a_cursor_with_keys_of_another_kind_is_refused() {
    for texts in [
        vec![],
        vec![Some("1".into())],
        vec![Some("x".into()), Some("1".into())],
        vec![Some("1".into()), None],
        vec![Some("1".into()), Some("1".into()), Some("1".into())],
    ] {
        assert_eq!(refused(&forged("score", &texts)), ["cursor"], "{texts:?}");
    }
    assert_eq!(
        refused(&forged("score", &[None, Some("1".into())])),
        [""; 0]
    );
    assert_eq!(
        refused(&forged("name", &[Some("a\0".into()), Some("1".into())])),
        ["cursor"]
    );
}

#[test]
fn the_description_names_every_parameter_and_no_other() {
    let parameters = listing().parameters();
    let names: Vec<&str> = parameters
        .iter()
        .map(|parameter| parameter.name.as_str())
        .collect();
    for fixed in [
        "page",
        "page_size",
        "cursor",
        "ordering",
        "search",
        "score__gte",
        "room_id__in",
        "box",
    ] {
        assert!(names.contains(&fixed), "{fixed}");
    }
    for name in names.iter().filter(|name| **name != "page") {
        assert_eq!(refused(&format!("{name}=")), [""; 0], "{name}");
    }
    let ordering = serde_json::to_value(&parameters[3]).unwrap();
    let words = ordering.pointer("/schema/items/enum").unwrap();
    assert!(words.as_array().unwrap().contains(&json!("-taken_at")));
    assert_eq!(ordering["explode"], json!(false));
}

#[test]
fn a_page_is_described_in_both_its_forms() {
    let item = utoipa::openapi::Ref::from_schema_name("Mark");
    let schema = serde_json::to_value(crate::page_schema(item.into())).unwrap();
    assert_eq!(schema["required"], json!(["next", "previous", "results"]));
    assert_eq!(
        schema["properties"]["results"]["items"]["$ref"],
        json!("#/components/schemas/Mark")
    );
    for name in ["count", "current_page", "total_pages"] {
        assert_eq!(
            schema["properties"][name]["type"],
            json!("integer"),
            "{name}"
        );
    }
}
