//! Pages, their edges and their links.

use serde_json::{Value, json};

use super::{
    case::{Case, every},
    fixture::keys,
};

/// Path and query of an absolute address.
fn within(address: &str) -> &str {
    assert!(address.starts_with("http://"), "{address}");
    let from = address.find("/api/").unwrap_or_else(|| panic!("{address}"));
    &address[from..]
}

/// Keys of the rows of every page from `query` on, by its links of one name; and the last page.
async fn walk(case: &Case, query: &str, link: &str) -> (Vec<Vec<i64>>, Value) {
    let mut path = case.path(query);
    let mut pages = Vec::new();
    loop {
        let page = case.admin.get(&path).await.expect(200);
        pages.push(keys(&page));
        assert!(pages.len() < 50, "{path} goes on and on");
        match page[link].as_str() {
            Some(address) => path = within(address).to_owned(),
            None => return (pages, page),
        }
    }
}

both! {
    async fn a_list_comes_in_an_envelope_that_counts(app: App) {
        for case in every(&app).await {
            case.make_all(2).await;
            let page = case.list("").await.expect(200);
            let rows = page["results"].as_array().unwrap();
            assert!(rows.len() >= 2, "{}: {page}", case.line.name);
            let envelope = json!({
                "count": rows.len(), "next": null, "previous": null, "current_page": 1,
                "total_pages": 1, "results": rows,
            });
            assert_eq!(page, envelope);
            let one = case.list("?page_size=1").await.expect(200);
            assert_eq!((&one["total_pages"], &one["count"]), (&page["count"], &page["count"]), "{}", case.line.name);
        }
    }

    async fn a_list_without_rows_has_one_page(app: App) {
        for case in every(&app).await {
            let filters = case.published.filters(case.line.name);
            let Some(filter) = filters.iter().find(|one| one.schema["type"] == "integer") else {
                continue;
            };
            let page = case.list(&format!("?{}=999999999", filter.name)).await.expect(200);
            let envelope = json!({
                "count": 0, "next": null, "previous": null, "current_page": 1, "total_pages": 1, "results": [],
            });
            assert_eq!(page, envelope, "{}", case.line.name);
        }
    }

    async fn a_page_that_is_none_is_not_found(app: App) {
        for case in every(&app).await {
            case.make(0).await;
            for page in ["0", "-1", "99", "two", "", "1.5", "99999999999999999999"] {
                let problem = case.list(&format!("?page={page}")).await.problem(404, "not_found");
                assert_eq!(problem["detail"], "Invalid page.");
            }
            case.list("?page=1").await.expect(200);
        }
    }

    async fn a_page_size_beyond_the_largest_is_the_largest_and_an_unsound_one_the_usual(app: App) {
        for case in every(&app).await {
            case.make(0).await;
            let size = case.published.parameter(case.line.name, "page_size").unwrap().schema;
            let same = async |one: &str, other: &str| {
                case.list(one).await.expect(200);
                // What means the same is one answer of the cache.
                let again = case.list(other).await;
                assert_eq!((again.status, again.cache()), (200, Some("hit")), "{} {other}", case.line.name);
            };
            let largest = format!("?page_size={}", size["maximum"]);
            same(&largest, "?page_size=100000").await;
            same(&largest, "?page_size=99999999999999999999").await;
            same(&format!("?page_size={}", size["default"]), "").await;
            for unsound in ["0", "-3", "many"] {
                same("", &format!("?page_size={unsound}")).await;
            }
            let less = case.list("?page_size=1").await;
            assert_eq!(less.cache(), Some("miss"), "{}", case.line.name);
        }
    }

    async fn links_are_absolute_keep_the_question_and_pass_every_row_once(app: App) {
        for case in every(&app).await {
            case.make_all(5).await;
            let whole: Vec<i64> = keys(&case.list("?ordering=-id&page_size=200").await.expect(200));
            let query = "?ordering=-id&page_size=2";
            let (pages, last) = walk(&case, query, "next").await;
            assert_eq!(pages.concat(), whole, "{}", case.line.name);
            assert!(pages.iter().rev().skip(1).all(|page| page.len() == 2), "{pages:?}");
            assert_eq!((&last["current_page"], &last["count"]), (&json!(pages.len()), &json!(whole.len())));
            let (mut back, first) = walk(&case, &format!("{query}&page={}", pages.len()), "previous").await;
            back.reverse();
            assert_eq!(back, pages, "{}", case.line.name);
            let next = within(first["next"].as_str().unwrap());
            for kept in ["ordering=-id", "page_size=2", "page=2"] {
                assert!(next.contains(kept), "{next}");
            }
        }
    }

    async fn a_cursor_passes_the_same_rows_in_the_same_order_there_and_back(app: App) {
        for case in every(&app).await {
            case.make_all(5).await;
            for key in case.published.orderings(case.line.name) {
                for key in [key.clone(), format!("-{key}")] {
                    let whole = keys(&case.list(&format!("?ordering={key}&page_size=200")).await.expect(200));
                    let query = format!("?cursor=&page_size=3&ordering={key}");
                    let (pages, last) = walk(&case, &query, "next").await;
                    assert_eq!(pages.concat(), whole, "{} by {key}", case.line.name);
                    let fields: Vec<&String> = last.as_object().unwrap().keys().collect();
                    assert_eq!(fields, ["next", "previous", "results"]);
                    let previous = within(last["previous"].as_str().unwrap()).to_owned();
                    let (mut back, _) = walk(&case, previous.trim_start_matches(&case.path("")), "previous").await;
                    back.reverse();
                    assert_eq!(back.concat(), pages[..pages.len() - 1].concat(), "{} by {key}", case.line.name);
                }
            }
        }
    }

    async fn a_cursor_that_is_forged_or_of_another_question_is_refused(app: App) {
        for case in every(&app).await {
            case.make_all(3).await;
            let page = case.list("?cursor=&page_size=2&ordering=-id").await.expect(200);
            let next = within(page["next"].as_str().unwrap()).to_owned();
            case.admin.get(&next).await.expect(200);
            let of_another = next.replace("ordering=-id", "ordering=id");
            let refused = [of_another.trim_start_matches(&case.path("")), "?cursor=forged", "?cursor=W10"];
            for query in refused {
                let errors = case.list(query).await.field_errors();
                assert_eq!(errors["cursor"], ["Invalid cursor."], "{} {query}", case.line.name);
            }
            let errors = case.list("?cursor=&page=1").await.field_errors();
            assert!(errors.contains_key("cursor"), "{errors:?}");
        }
    }
}
