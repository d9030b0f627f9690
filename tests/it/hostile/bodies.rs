//! Bodies that no operation takes.

use serde_json::{Value, json};

use super::{
    document::{Operation, Property, operations, writes},
    rows::rows,
    values::{beyond_its_bounds, is_bounded, of_a_wrong_type, with_a_null_character},
    world::World,
};
use crate::harness::App;

/// Field → the spelling of it that a change is settled on before it is looked at.
const SPELLINGS: &[(&str, &str)] = &[
    ("target_class", "class_id"),
    ("to_id", "recipient"),
    ("student", "student_id"),
];

/// Sends each of `wrong` in its property, to every operation; each is refused by its name.
async fn refused_by_name(app: &App, wrong: impl Fn(&Operation, &Property) -> Vec<Value>) {
    let world = World::open(app).await;
    let mut sent = 0;
    for operation in writes() {
        let (address, base) = (
            world.address(&operation).await,
            world.base(&operation).await,
        );
        let before = rows(app, world.school.id).await;
        for property in operation.properties() {
            for value in wrong(&operation, &property) {
                let body = property.put(&base, value.clone());
                let caller = world.caller(&operation);
                let answer = caller
                    .send(operation.method.clone(), &address, Some(&body))
                    .await;
                let place = format!(
                    "{} {} {} = {value:.80}",
                    operation.method,
                    operation.path,
                    property.name()
                );
                assert_eq!(answer.status, 400, "{place}: {}", answer.json());
                let errors = answer.field_errors();
                let name = property.name_in(&body);
                let told = |name: &str| {
                    errors
                        .keys()
                        .any(|key| key == name || key.starts_with(&format!("{name}.")))
                };
                let told = told(&name)
                    || SPELLINGS
                        .iter()
                        .any(|(field, settled)| *field == name && told(settled));
                assert!(told, "{place}: {errors:?}");
                sent += 1;
            }
        }
        let place = format!("{} {}", operation.method, operation.path);
        assert_eq!(
            rows(app, world.school.id).await,
            before,
            "{place}: something was written"
        );
    }
    assert!(sent > 10, "only {sent} were sent");
}

/// Sends each body, said to be of its media type, to every operation; each answers the same problem.
async fn every_write_answers(app: &App, bodies: &[(&[u8], &str)], status: u16, code: &str) {
    let world = World::open(app).await;
    for operation in writes() {
        let address = world.address(&operation).await;
        let before = rows(app, world.school.id).await;
        for (bytes, media) in bodies {
            let body = Some((bytes.to_vec(), *media));
            let answer = world
                .caller(&operation)
                .send_bytes(operation.method.clone(), &address, body)
                .await;
            answer.problem(status, code);
        }
        let place = format!("{} {}", operation.method, operation.path);
        assert_eq!(
            rows(app, world.school.id).await,
            before,
            "{place}: something was written"
        );
    }
}

const JSON: &str = "application/json";

both! {
    async fn a_value_of_a_wrong_type_is_refused_by_the_name_of_its_field(app: App) {
        refused_by_name(&app, of_a_wrong_type).await;
    }

    async fn a_value_beyond_a_bound_is_refused_by_the_name_of_its_field(app: App) {
        refused_by_name(&app, |_, property| beyond_its_bounds(property)).await;
    }

    async fn a_null_character_is_refused_by_the_name_of_its_field(app: App) {
        refused_by_name(&app, |_, property| with_a_null_character(property)).await;
    }

    async fn what_a_client_keeps_in_a_shape_of_its_own_has_a_bound_too(app: App) {
        let long = json!(["x".repeat(10_001)]);
        let long_key = json!({"x".repeat(256): 1});
        refused_by_name(&app, |_, property| match property.types()[..] {
            [] => vec![long.clone(), long_key.clone()],
            _ => Vec::new(),
        }).await;
    }

    async fn every_required_field_that_is_missing_is_named_at_once(app: App) {
        let world = World::open(&app).await;
        for operation in writes().iter().filter(|one| one.method != reqwest::Method::PATCH) {
            let missing: Vec<String> = operation.properties().iter()
                .filter(|property| property.required && property.path.len() == 1)
                .map(Property::name)
                .collect();
            if missing.is_empty() {
                continue;
            }
            let address = world.address(operation).await;
            let answer = world.caller(operation).send(operation.method.clone(), &address, Some(&json!({}))).await;
            let errors = answer.field_errors();
            for field in missing {
                assert_eq!(errors[&field], ["This field is required."], "{} {field}", operation.path);
            }
        }
    }

    async fn what_is_no_object_is_refused_by_every_operation(app: App) {
        let bodies = ["[]", "[{}]", "\"text\"", "7", "true", "null"].map(|body| (body.as_bytes(), JSON));
        every_write_answers(&app, &bodies, 400, "invalid").await;
    }

    async fn what_is_no_json_is_refused_by_every_operation(app: App) {
        let deep = |open: &str| format!("{{\"a\": {}", open.repeat(10_000)).into_bytes();
        let closed = format!("{{\"a\": {}{}}}", "[".repeat(10_000), "]".repeat(10_000));
        let bodies = [
            &b""[..], b" ", b"{", b"{\"name\": ", b"{\"name\": \"Ada", b"{\"name\": tru", b"{'name': 1}", b"{\"name\": 1,}",
            b"{} {}", b"{\"a\": NaN}", b"{\"a\": -Infinity}", b"{\"a\": 1e400}", b"{\"a\": 01}", b"{\"a\": \"\xff\"}",
            b"{\"a\": \"\xed\xa0\x80\"}", b"{\"a\": \"\\ud800\"}", b"{\"a\": \"\\udc00\\ud800\"}", b"{\"a\": \"\x01\"}",
            b"\xef\xbb\xbf{}", b"\xff\xfe{\0}\0", &deep("["), &deep("{\"a\":"), closed.as_bytes(),
        ];
        every_write_answers(&app, &bodies.map(|body| (body, JSON)), 400, "parse_error").await;
    }

    async fn another_media_type_is_refused_by_every_operation(app: App) {
        let media = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonp", "x"];
        every_write_answers(&app, &media.map(|media| (&b"{}"[..], media)), 415, "unsupported_media_type").await;
    }

    async fn a_body_past_the_limit_is_refused_and_the_connection_stays_good(app: App) {
        let world = World::open(&app).await;
        for operation in writes() {
            // A body that may hold an image may be longer.
            let pictures = |property: &Property| property.schema["maxLength"].as_u64() > Some(100_000);
            let mebibytes = if operation.properties().iter().any(pictures) { 6 } else { 1 };
            let body = format!("{{\"name\": \"{}\"}}", "x".repeat(mebibytes << 20));
            let (caller, address) = (world.caller(&operation), world.address(&operation).await);
            let sent = caller.send_bytes(operation.method.clone(), &address, Some((body.into_bytes(), JSON)));
            sent.await.problem(413, "too_large");
        }
    }

    async fn a_compressed_body_is_refused_whatever_is_in_it(app: App) {
        let world = World::open(&app).await;
        let operation = writes().into_iter().find(|one| one.path == "/api/subjects/").unwrap();
        let caller = world.caller(&operation);
        let send = async |coding: &str, body: &[u8]| {
            let caller = caller.with("Content-Encoding", coding);
            caller.send_bytes(operation.method.clone(), &operation.path, Some((body.to_vec(), JSON))).await
        };
        for coding in ["gzip", "br", "gzip, identity", "none"] {
            send(coding, b"\x1f\x8b\x08\0").await.problem(415, "unsupported_media_type");
            send(coding, b"{\"name\": \"Mathematics\"}").await.problem(415, "unsupported_media_type");
        }
        send("identity", b"{\"name\": \"Mathematics\"}").await.expect(201);
    }

    async fn a_body_that_nobody_asked_for_is_no_failure(app: App) {
        let world = World::open(&app).await;
        for operation in operations().iter().filter(|one| one.schema.is_none() && !["schools", "payments/webhooks/paystack", "upload"].contains(&one.collection())) {
            for body in [&b"{"[..], b"\xff\0", b"null", b"{\"id\": \"\\ud800\"}"] {
                let address = world.address(operation).await;
                let answer = world.caller(operation).send_bytes(operation.method.clone(), &address, Some((body.to_vec(), JSON))).await;
                assert!(answer.status < 300, "{} {address}: {}", operation.method, answer.json());
            }
        }
    }

    async fn of_a_key_given_twice_the_last_one_holds(app: App) {
        let world = World::open(&app).await;
        let operation = writes().into_iter().find(|one| one.path == "/api/subjects/").unwrap();
        let body = Some((b"{\"name\": 7, \"name\": \"Physics\"}".to_vec(), "application/json; charset=utf-8"));
        let made = world.caller(&operation).send_bytes(operation.method.clone(), &operation.path, body).await;
        assert_eq!(made.expect(201)["name"], "Physics");
    }
}

#[test]
fn every_text_and_list_of_every_body_has_a_published_bound() {
    for operation in writes() {
        for property in operation.properties() {
            assert!(
                is_bounded(&property),
                "{} {}",
                operation.path,
                property.name()
            );
        }
    }
}
