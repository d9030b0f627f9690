//! Good bodies gone wrong at random, the same way each time: never a failure of the server, and a
//! refusal writes nothing.

use serde_json::{Value, json};

use super::{
    document::{Operation, Property, writes},
    problems::assert_sound,
    rows::rows,
    world::World,
};
use crate::harness::App;

/// Bodies sent to each operation.
const ROUNDS: usize = 25;

/// xorshift64*: a seed tells the whole run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let rolled = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(rolled).unwrap() % sides
    }

    fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.roll(of.len())]
    }
}

fn strange() -> Vec<Value> {
    let texts = [
        "",
        " ",
        "0",
        "-1",
        "1e9",
        "true",
        "null",
        "'; DROP TABLE users; --",
        "\" OR 1=1",
        "%",
        "_",
        "\\",
        "\u{202e}abc",
        "🎓",
        "ı",
        "İ",
        "ß",
        "a\u{301}",
        "\r\n",
        "\t",
        "\u{feff}",
        "\u{fffd}",
        "<script>",
        "${7*7}",
        "../..",
        "2025-02-29",
        "0000-00-00",
        "9999-12-31",
        "-0001-01-01",
        "2024-02-29T25:61:61Z",
        "javascript:alert(1)",
        "٣",
        "a\0b",
        "+1",
        " 7 ",
        "0x10",
        "1_000",
    ];
    let numbers = [
        json!(0),
        json!(-1),
        json!(1),
        json!(i64::MAX),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(f64::MAX),
        json!(-0.0),
        json!(0.005),
        json!(1e-300),
    ];
    let others = [
        Value::Null,
        json!(true),
        json!(false),
        json!([]),
        json!({}),
        json!([[]]),
        json!([null]),
        json!([{}, 1, "a"]),
        json!({"": ""}),
        json!({"a": {"b": {"c": [1, {"d": null}]}}}),
        json!("x".repeat(300)),
        json!("é".repeat(5_000)),
        json!(vec![1; 2_000]),
    ];
    texts
        .into_iter()
        .map(|text| json!(text))
        .chain(numbers)
        .chain(others)
        .collect()
}

fn mutated(dice: &mut Dice, base: &Value, properties: &[Property], strange: &[Value]) -> Vec<u8> {
    let mut body = base.clone();
    for _ in 0..=dice.roll(3) {
        if properties.is_empty() || dice.roll(8) == 0 {
            body["nothing"] = dice.pick(strange).clone();
        } else {
            body = dice.pick(properties).put(&body, dice.pick(strange).clone());
        }
    }
    let mut bytes = body.to_string().into_bytes();
    if dice.roll(6) == 0 {
        let at = dice.roll(bytes.len());
        match dice.roll(3) {
            0 => bytes.truncate(at),
            1 => bytes[at] = u8::try_from(dice.roll(256)).unwrap(),
            _ => bytes.insert(at, *dice.pick(b"\"{}[],:\\\0 9e-\xff")),
        }
    }
    bytes
}

async fn survive(app: &App, world: &World, operation: &Operation, dice: &mut Dice) {
    let (properties, strange) = (operation.properties(), strange());
    let (address, base) = (world.address(operation).await, world.base(operation).await);
    let mut before = rows(app, world.school.id).await;
    for round in 0..ROUNDS {
        let bytes = mutated(dice, &base, &properties, &strange);
        let sent = String::from_utf8_lossy(&bytes).into_owned();
        let body = Some((bytes, "application/json"));
        let answer = world
            .caller(operation)
            .send_bytes(operation.method.clone(), &address, body)
            .await;
        let place = format!("{} {address}, round {round}: {sent:.600}", operation.method);
        assert!(answer.status < 500, "{place}\n{}", answer.json());
        let after = rows(app, world.school.id).await;
        if answer.status >= 400 {
            assert_eq!(before, after, "{place}\n{}", answer.json());
            assert_sound(&answer);
        }
        before = after;
    }
}

both! {
    async fn a_good_body_gone_wrong_is_never_a_failure_and_never_half_written(app: App) {
        let world = World::open(&app).await;
        let mut dice = Dice(0x7E5B_00C5);
        for operation in writes() {
            survive(&app, &world, &operation, &mut dice).await;
        }
    }
}
