use proptest::prelude::*;

use super::fixture::{database, ids, mark};

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

fn contains(name: &str, search: &str) -> bool {
    let name = name.to_ascii_lowercase();
    search
        .split_whitespace()
        .all(|word| name.contains(&word.to_ascii_lowercase()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_search_finds_exactly_the_rows_that_contain_every_word(
        names in prop::collection::vec(r"[aBc%_!\\'\[*? é]{0,6}", 1..12),
        search in r"[abC%_!\\'\[*? é]{0,3}",
    ) {
        let numbered = names.iter().enumerate();
        let marks: Vec<_> = numbered.map(|(n, name)| mark(i64::try_from(n).unwrap() + 1, name, None)).collect();
        let wanted: Vec<i64> = marks.iter().filter(|row| contains(&row.name, &search)).map(|row| row.id).collect();
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
            let database = database(&marks).await;
            let found = ids(&database, &format!("ordering=id&search={}", encoded(&search))).await;
            assert_eq!(found, wanted);
        });
    }
}

#[tokio::test]
async fn a_search_looks_into_every_column_and_joined_tables() {
    let database = database(&[
        mark(1, "Ada Obi", Some(1)),
        mark(2, "Ada Eze", Some(2)),
        mark(3, "Obi", None),
    ])
    .await;
    assert_eq!(ids(&database, "ordering=id&search=ada").await, [1, 2]);
    assert_eq!(ids(&database, "search=LAB").await, [1]);
    assert_eq!(ids(&database, "search=annexe+ADA").await, [2]);
    assert_eq!(ids(&database, "search=annexe+obi").await, [0; 0]);
}

#[tokio::test]
async fn letters_beyond_ascii_are_found_in_their_usual_cases() {
    let database = database(&[
        mark(1, "Ọlá", None),
        mark(2, "ọlá", None),
        mark(3, "ỌLÁ", None),
    ])
    .await;
    for search in ["ọlá", "Ọlá", "ỌLÁ"] {
        assert_eq!(
            ids(
                &database,
                &format!("ordering=id&search={}", encoded(search))
            )
            .await,
            [1, 2, 3]
        );
    }
}

#[tokio::test]
async fn filters_keep_what_their_values_name() {
    let marks = [
        mark(1, "a", Some(0)),
        mark(2, "b", Some(1)),
        mark(3, "c", Some(4)),
        mark(4, "d,e", None),
    ];
    let database = database(&marks).await;
    for (query, wanted) in [
        ("name=b", &[2][..]),
        ("name__in=a,c,b", &[1, 2, 3]),
        ("room_id=1", &[2, 3]),
        ("room_id__in=1,2", &[2, 3]),
        ("score=4", &[3]),
        ("score__gte=1", &[2, 3]),
        ("score__gte=1&score__lte=3", &[2]),
        ("average__lte=0.5", &[1, 2]),
        ("day=2023-11-15", &[2]),
        ("day__gte=2023-11-15", &[2, 3]),
        ("taken_at=2023-11-14T22:13:20.250Z", &[2]),
        ("taken_at__gte=2023-11-14T23:13:21%2B01:00", &[3, 4]),
        ("taken_at__lte=2023-11-14T22:13:20.3Z", &[1, 2]),
        ("passed=true", &[3]),
        ("passed=false", &[1, 2]),
        ("grade=a", &[1]),
        ("grade__in=a,b", &[1, 2]),
        ("room=Lab", &[2, 3]),
        ("room=Lab&name=b", &[2]),
        ("box=mine", &[]),
        ("score=&search=&room_id=&ordering=", &[1, 2, 3, 4]),
    ] {
        assert_eq!(ids(&database, query).await, wanted, "{query}");
    }
}
