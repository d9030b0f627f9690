//! An id of another school's row answers as an id that nobody has, in every field and path that takes
//! one, and leaves both schools as they were.

use reqwest::Method;
use serde_json::json;

use super::{
    document::{Operation, Property, Step, operations, writes},
    rows::rows,
    world::World,
};
use crate::harness::{Answer, App};

/// An id that no table has.
const UNKNOWN: i64 = 8_007_199_254_740_881;

/// What a good id is told where the row holds on to the one it has.
const FIXED: &str = "This field does not change after creation.";

/// Paths whose ids are of the platform, which has no other school.
const OF_THE_PLATFORM: &[&str] = &["schools"];

/// Field → the field that must be away for a good id to be taken.
const IN_ITS_STEAD: &[(&str, &str)] = &[
    ("to_id", "recipient"),
    ("category", "name"),
    ("student", "student_id"),
    // The pupils of a register are of its class.
    ("class_id", "records"),
];

/// The collection that a field's id is of.
fn referred(operation: &Operation, property: &Property) -> &'static str {
    match (
        operation.collection(),
        property.field(),
        property.path.last(),
    ) {
        (_, "student" | "student_id", _) | (_, "promotions", Some(Step::Key)) => "students",
        (
            _,
            "class" | "class_id" | "student_class" | "target_class" | "class_parents"
            | "class_students" | "promotions",
            _,
        ) => "classes",
        ("reports/publish" | "reports/unpublish", "ids", _) | (_, "report_card", _) => "reports",
        (_, "attendance_session", _) => "attendance-sessions",
        (_, "class_teacher_id" | "teacher", _) => "teachers",
        (_, "user" | "users" | "user_id" | "recipient" | "to_id", _) => "users",
        (_, "subject", _) => "subjects",
        (_, "category", _) => "fee-categories",
        (_, "fee_item" | "assigned_fees", _) => "fee-items",
        (_, "scholarship", _) => "scholarships",
        ("messages", "parent", _) => "messages",
        (path, field, _) => panic!("{path}: whose id `{field}` holds is not known; say it here"),
    }
}

fn pks(operation: &Operation) -> Vec<Property> {
    let all = operation.properties().into_iter();
    all.filter(|property| property.format() == "pk").collect()
}

/// An answer but for its request and the id that it quotes.
fn but_for(answer: &Answer, id: i64) -> (u16, String) {
    let mut body = answer.json();
    if let Some(fields) = body.as_object_mut() {
        fields.remove("request_id");
    }
    let quoted = [format!("\"{id}\""), format!("\\\"{id}\\\"")];
    let text = quoted
        .iter()
        .fold(body.to_string(), |text, id| text.replace(id, "#"));
    (answer.status, text)
}

fn refused(answer: &Answer) -> bool {
    let told = answer.json()["errors"]
        .as_object()
        .is_some_and(|errors| !errors.is_empty());
    answer.status >= 400 || told
}

async fn probe(app: &App, here: &World, there: &World, operation: &Operation, property: &Property) {
    let place = format!(
        "{} {} {}",
        operation.method,
        operation.path,
        property.name()
    );
    let collection = referred(operation, property);
    let (foreign, own) = (there.fresh(collection).await, here.fresh(collection).await);
    let address = here.address(operation).await;
    let mut base = here.base(operation).await;
    for (_, away) in IN_ITS_STEAD
        .iter()
        .filter(|(field, _)| *field == property.field())
    {
        base.as_object_mut().unwrap().remove(*away);
    }
    let send = async |id: i64| {
        let body = property.put(&base, json!(id));
        here.caller(operation)
            .send(operation.method.clone(), &address, Some(&body))
            .await
    };
    let before = (
        rows(app, here.school.id).await,
        rows(app, there.school.id).await,
    );
    let (of_foreign, of_unknown) = (send(foreign).await, send(UNKNOWN).await);
    assert_eq!(
        but_for(&of_foreign, foreign),
        but_for(&of_unknown, UNKNOWN),
        "{place}"
    );
    assert!(
        refused(&of_unknown) && of_unknown.status < 500,
        "{place}: {}",
        of_unknown.json()
    );
    let after = (
        rows(app, here.school.id).await,
        rows(app, there.school.id).await,
    );
    assert_eq!(before, after, "{place}: something was written");
    // Else the refusals above might have been of something else.
    let of_own = send(own).await;
    let taken = of_own.status < 300 && !refused(&of_own);
    let told = of_own.json()["errors"].clone();
    // A body of another row's is refused for what does not change: the field itself, or those beside it.
    let beside = told
        .as_object()
        .is_some_and(|errors| errors.values().all(|messages| *messages == json!([FIXED])));
    let fixed = beside || told[property.name()] == json!([FIXED]);
    assert!(
        taken || fixed || of_own.status == 409,
        "{place}: {}",
        of_own.json()
    );
}

both! {
    async fn every_field_that_takes_an_id_refuses_another_schools_as_an_unknown_one(app: App) {
        let (here, there) = (World::open(&app).await, World::open(&app).await);
        let mut probed = 0;
        for operation in writes() {
            for property in pks(&operation) {
                probe(&app, &here, &there, &operation, &property).await;
                probed += 1;
            }
        }
        assert!(probed > 30, "only {probed} fields take an id");
    }

    async fn every_path_with_an_id_answers_another_schools_as_an_unknown_one(app: App) {
        let (here, there) = (World::open(&app).await, World::open(&app).await);
        let mut probed = 0;
        for operation in operations().iter().filter(|one| one.is_of_a_row() && !OF_THE_PLATFORM.contains(&one.collection())) {
            let place = format!("{} {}", operation.method, operation.path);
            let foreign = there.fresh(operation.collection()).await;
            let subject = here.fresh("subjects").await.to_string();
            let body = if operation.schema.is_some() { Some(here.base(operation).await) } else { None };
            let send = async |id: i64| {
                let path = operation.path.replace("{id}", &id.to_string()).replace("{subject}", &subject);
                here.caller(operation).send(operation.method.clone(), &path, body.as_ref()).await
            };
            let before = (rows(&app, here.school.id).await, rows(&app, there.school.id).await);
            let (of_foreign, of_unknown) = (send(foreign).await, send(UNKNOWN).await);
            if operation.method != Method::HEAD {
                of_unknown.problem(404, "not_found");
            }
            assert_eq!(but_for(&of_foreign, foreign), but_for(&of_unknown, UNKNOWN), "{place}");
            let after = (rows(&app, here.school.id).await, rows(&app, there.school.id).await);
            assert_eq!(before, after, "{place}: something was written");
            probed += 1;
        }
        assert!(probed > 40, "only {probed} paths have an id");
    }

    async fn a_filter_by_another_schools_id_finds_nothing(app: App) {
        let (here, there) = (World::open(&app).await, World::open(&app).await);
        let foreign = there.fresh("students").await;
        here.fresh("reports").await;
        let operation = operations().into_iter().find(|one| one.path == "/api/reports/").unwrap();
        let counted = async |id: i64| {
            let path = format!("/api/reports/?student_id={id}");
            here.caller(&operation).get(&path).await.expect(200)["results"].clone()
        };
        assert_eq!((counted(foreign).await, counted(UNKNOWN).await), (json!([]), json!([])));
    }
}

#[test]
fn every_field_that_is_called_an_id_says_that_it_is_one() {
    let is_called_one =
        |name: &str| name.ends_with("_id") || name == "ids" || name.ends_with("_ids");
    for operation in writes() {
        let properties = operation.properties();
        let named = properties
            .iter()
            .filter(|property| is_called_one(property.field()));
        for property in named.filter(|property| !property.types().contains(&"array")) {
            assert_eq!(
                property.format(),
                "pk",
                "{} {}",
                operation.path,
                property.name()
            );
        }
        let any_integer = |property: &&Property| property.schema["type"] == "integer";
        for property in properties.iter().filter(any_integer) {
            let bounded = property.schema.get("maximum").is_some();
            assert!(
                bounded,
                "{} {}: an integer that is no id has a bound",
                operation.path,
                property.name()
            );
        }
    }
}
