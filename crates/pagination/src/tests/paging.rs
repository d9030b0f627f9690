use std::cmp::Ordering;

use proptest::prelude::*;
use sea_orm::{ConnectionTrait, DbBackend, QueryTrait, Statement};

use super::fixture::{
    self, cursor_page, database, ids, listing, mark, page, parse, query_of, select,
};

const ROOMS: [&str; 3] = ["", "Lab", "Annexe"];
const KEYS: [&str; 9] = [
    "name", "score", "average", "day", "taken_at", "passed", "room", "doubled", "id",
];

fn marks() -> impl Strategy<Value = Vec<mark::Model>> {
    let row = ("[ab]{0,2}", prop::option::weighted(0.7, 0..5_i64));
    prop::collection::vec(row, 0..24).prop_map(|rows| {
        let numbered = rows.iter().enumerate();
        numbered
            .map(|(n, (name, score))| fixture::mark(i64::try_from(n).unwrap() + 1, name, *score))
            .collect()
    })
}

fn ordering() -> impl Strategy<Value = Vec<(&'static str, bool)>> {
    prop::collection::vec((prop::sample::select(&KEYS[..]), any::<bool>()), 0..4)
}

fn spelt(ordering: &[(&str, bool)]) -> String {
    let words = ordering
        .iter()
        .map(|(key, descending)| format!("{}{key}", if *descending { "-" } else { "" }));
    words.collect::<Vec<_>>().join(",")
}

/// Absent values are the greatest.
fn option<T: PartialOrd>(a: Option<T>, b: Option<T>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => a.partial_cmp(&b).unwrap(),
        (a, b) => b.is_some().cmp(&a.is_some()),
    }
}

fn compare(key: &str, a: &mark::Model, b: &mark::Model) -> Ordering {
    let room = |row: &mark::Model| row.room_id.map(|id| ROOMS[usize::try_from(id).unwrap()]);
    match key {
        "name" => a.name.cmp(&b.name),
        "score" | "doubled" => option(a.score, b.score),
        "average" => option(a.average, b.average),
        "day" => option(a.day, b.day),
        "taken_at" => a.taken_at.cmp(&b.taken_at),
        "passed" => option(a.passed, b.passed),
        "room" => option(room(a), room(b)),
        _ => a.id.cmp(&b.id),
    }
}

/// The ids in the order asked for, worked out without a database.
fn sorted(marks: &[mark::Model], ordering: &[(&str, bool)]) -> Vec<i64> {
    let mut keys: Vec<(&str, bool)> = Vec::new();
    for (key, descending) in ordering
        .iter()
        .chain(ordering.is_empty().then_some(&("name", false)))
    {
        if !keys
            .iter()
            .any(|(earlier, _)| earlier == key || *earlier == "id")
        {
            keys.push((key, *descending));
        }
    }
    keys.push(("id", keys.last().unwrap().1));
    let mut marks: Vec<_> = marks.iter().collect();
    marks.sort_by(|a, b| {
        let compared = keys.iter().map(|(key, descending)| {
            let ascending = compare(key, a, b);
            if *descending {
                ascending.reverse()
            } else {
                ascending
            }
        });
        compared.fold(Ordering::Equal, Ordering::then)
    });
    marks.iter().map(|row| row.id).collect()
}

fn run(work: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(work);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn numbered_pages_give_every_row_once_and_in_order(marks in marks(), ordering in ordering(), size in 1..9_usize) {
        run(async {
            let database = database(&marks).await;
            let mut query = format!("page_size={size}&ordering={}", spelt(&ordering));
            let mut seen = Vec::new();
            loop {
                let page = page(&database, &query).await.unwrap();
                assert_eq!(page.count, marks.len() as u64);
                assert_eq!(page.total_pages, marks.len().div_ceil(size).max(1) as u64);
                seen.extend(page.results.iter().map(|row| row.id));
                let Some(next) = page.next else { break };
                query = query_of(&next);
            }
            assert_eq!(seen, sorted(&marks, &ordering));
        });
    }

    #[test]
    fn a_cursor_gives_every_row_once_and_in_order_and_back_again(
        marks in marks(), ordering in ordering(), size in 1..9_usize,
    ) {
        run(async {
            let database = database(&marks).await;
            let mut query = format!("cursor=&page_size={size}&ordering={}", spelt(&ordering));
            let mut forward = Vec::new();
            let last = loop {
                let page = cursor_page(&database, &query).await;
                forward.push(page.ids.clone());
                match page.next {
                    Some(next) => query = next,
                    None => break page,
                }
            };
            assert_eq!(forward.concat(), sorted(&marks, &ordering));
            let mut backward = vec![last.ids];
            let mut previous = last.previous;
            while let Some(query) = previous {
                let page = cursor_page(&database, &query).await;
                assert!(page.next.is_some());
                backward.push(page.ids);
                previous = page.previous;
            }
            backward.reverse();
            assert_eq!(backward, forward);
        });
    }
}

#[tokio::test]
async fn a_page_beyond_the_end_is_no_page_and_an_empty_list_has_one() {
    let empty = database(&[]).await;
    let first = page(&empty, "").await.unwrap();
    assert_eq!(
        (first.count, first.current_page, first.total_pages),
        (0, 1, 1)
    );
    assert_eq!((first.next, first.previous), (None, None));
    assert!(page(&empty, "page=2").await.is_err());
    let three = database(&[1, 2, 3].map(|id| fixture::mark(id, "a", None))).await;
    assert_eq!(ids(&three, "page_size=2&page=2").await, [3]);
    assert!(page(&three, "page_size=3&page=2").await.is_err());
    assert!(
        page(&three, "page=9223372036854775807&page_size=1")
            .await
            .is_err()
    );
}

#[tokio::test]
async fn links_are_absolute_and_keep_the_other_parameters() {
    let database = database(&[1, 2, 3].map(|id| fixture::mark(id, "a b", Some(1)))).await;
    let middle = page(
        &database,
        "page=2&page_size=1&search=a&ordering=-name&room_id__in=2,1",
    )
    .await
    .unwrap();
    let kept =
        "https://school.example/api/marks/?room_id__in=1%2C2&search=a&ordering=-name&page_size=1";
    assert_eq!(middle.previous.as_deref(), Some(kept));
    assert_eq!(middle.next, Some(format!("{kept}&page=3")));
    let bare = page(&database, "page_size=0").await.unwrap();
    assert_eq!((bare.next, bare.results.len()), (None, 3));
}

#[tokio::test]
async fn a_row_that_goes_away_leaves_no_gap_behind_a_cursor() {
    let database = database(&[1, 2, 3, 4].map(|id| fixture::mark(id, "a", None))).await;
    let first = cursor_page(&database, "cursor=&page_size=2").await;
    database
        .execute_unprepared("DELETE FROM marks WHERE id IN (1, 2)")
        .await
        .unwrap();
    let second = cursor_page(&database, &first.next.unwrap()).await;
    assert_eq!(second.ids, [3, 4]);
}

#[tokio::test]
async fn an_index_serves_a_cursor_at_any_depth() {
    let database = database(&[1, 2, 3, 4].map(|id| fixture::mark(id, "a", Some(id)))).await;
    for (ordering, wanted) in [
        ("name", "marks_name (school_id=? AND name>?)"),
        ("-name", "marks_name (school_id=? AND name<?)"),
        ("-score", "marks_score (school_id=? AND score<?)"),
    ] {
        let first = cursor_page(
            &database,
            &format!("cursor=&page_size=2&ordering={ordering}"),
        )
        .await;
        let query = parse(&first.next.unwrap());
        let built = listing().paged(select(), &query).build(DbBackend::Sqlite);
        let statement = Statement {
            sql: format!("EXPLAIN QUERY PLAN {}", built.sql),
            ..built
        };
        let plan: Vec<String> = database
            .query_all_raw(statement)
            .await
            .unwrap()
            .iter()
            .map(|row| row.try_get("", "detail").unwrap())
            .collect();
        assert!(
            plan.iter().any(|step| step.contains(wanted)),
            "{ordering}: {plan:?}"
        );
        assert!(
            !plan
                .iter()
                .any(|step| step.contains("TEMP B-TREE FOR ORDER BY")),
            "{ordering}: {plan:?}"
        );
    }
}
