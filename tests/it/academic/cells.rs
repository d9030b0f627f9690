//! Twenty people at one class's mark sheet, on a bad network: nothing that was acknowledged is lost.
//!
//! Every edit puts a value in its cell that no other edit puts there, so the history tells which edits
//! were applied, how often, and over what.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use reqwest::Method;
use resource::tenant_guard::Role;
use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt, net::TcpStream, task::JoinSet};

use super::{REPORTS, Room, SCORES, SESSION, TERM, created, hundredths, row, seen};
use crate::harness::{Answer, App, Caller, PASSWORD};

const SUBJECTS: &[&str] = &["Biology", "Chemistry", "History", "Latin"];
const PUPILS: usize = 5;
const PARTS: [&str; 3] = ["ca1", "ca2", "exam"];
const WRITERS: usize = 20;
const EDITS: usize = 200;

/// Throws the same numbers for the same seed (Marsaglia's xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % bound
    }
}

/// What became of an edit, as far as its writer knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// Answered with 200.
    Acknowledged,
    /// Answered with 409 alone.
    Refused,
    /// Its connection broke.
    Unknown,
}

/// One cell put to one value.
#[derive(Debug)]
struct Edit {
    card: usize,
    subject: usize,
    part: usize,
    mark: i64,
    writer: i64,
    /// Whether the request says which version its writer saw.
    versioned: bool,
    /// What its writer saw in the cell.
    saw: Option<i64>,
    fate: Fate,
}

/// The class, and the next value of each of its cells.
struct Sheet {
    room: Room,
    address: String,
    cards: Vec<Value>,
    next: Vec<AtomicI64>,
}

/// How an edit is sent.
struct Request {
    method: Method,
    path: String,
    body: Value,
}

/// One of the people, and the rows as this one last saw them.
struct Writer {
    user: i64,
    caller: Caller,
    sheet: Arc<Sheet>,
    dice: Dice,
    rows: BTreeMap<(usize, usize), Value>,
    edits: Vec<Edit>,
}

fn wire(mark: i64) -> Value {
    json!(
        format!("{}.{:02}", mark / 100, mark % 100)
            .parse::<f64>()
            .unwrap()
    )
}

impl Writer {
    fn request(&mut self, edit: &Edit, versioned: bool) -> Request {
        let card = &self.sheet.cards[edit.card];
        let held = &self.rows[&(edit.card, edit.subject)];
        let part = PARTS[edit.part];
        let mut body = json!({part: wire(edit.mark)});
        if versioned {
            body["row_version"] = held["row_version"].clone();
        }
        match self.dice.below(4) {
            0 | 1 => Request {
                method: Method::PATCH,
                path: format!("{REPORTS}{}/rows/{}/", card["id"], held["subject_id"]),
                body,
            },
            2 => Request {
                method: Method::PATCH,
                path: format!("{SCORES}{}/", held["id"]),
                body,
            },
            _ => {
                let mut whole = body;
                if versioned {
                    // A phone sends the row whole, as it saw it but for one cell.
                    for other in PARTS.iter().filter(|other| **other != part) {
                        whole[*other] = held[*other].clone();
                    }
                }
                whole["subject"] = json!(SUBJECTS[edit.subject]);
                Request {
                    method: Method::POST,
                    path: REPORTS.to_owned(),
                    body: self.sheet.room.body(edit.card, &json!([whole])),
                }
            }
        }
    }

    async fn send(&self, request: &Request) -> Answer {
        let method = request.method.clone();
        self.caller
            .send(method, &request.path, Some(&request.body))
            .await
    }

    /// Sends a request and hangs up before it is answered.
    async fn cut_off(&mut self, request: &Request) {
        let body = request.body.to_string();
        let head = format!(
            "{} {} HTTP/1.1\r\nHost: termbook\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n",
            request.method,
            request.path,
            self.caller.token().await,
            body.len()
        );
        let mut line = TcpStream::connect(&self.sheet.address).await.unwrap();
        line.write_all(head.as_bytes()).await.unwrap();
        line.write_all(body.as_bytes()).await.unwrap();
        // Some hang up at once, some while the server is at it.
        for _ in 0..self.dice.below(200) {
            tokio::task::yield_now().await;
        }
    }

    /// Takes in what an answer shows of the row.
    fn saw(&mut self, edit: &Edit, answer: &Answer) -> Fate {
        let body = answer.json();
        let subject = SUBJECTS[edit.subject];
        let (fate, shown) = match answer.status {
            200 if body["rows"].is_array() => (Fate::Acknowledged, row(&body, subject).clone()),
            200 => (Fate::Acknowledged, body),
            409 => (Fate::Refused, body["current"][0].clone()),
            _ => panic!("{}: {body}", answer.status),
        };
        let mut known = shown;
        known["subject_id"] = self.rows[&(edit.card, edit.subject)]["subject_id"].clone();
        assert!(known["row_version"].is_i64(), "{known}");
        self.rows.insert((edit.card, edit.subject), known);
        fate
    }

    async fn edit(&mut self) {
        let (card, subject) = (self.dice.below(PUPILS), self.dice.below(SUBJECTS.len()));
        let part = self.dice.below(PARTS.len());
        let cell = (card * SUBJECTS.len() + subject) * PARTS.len() + part;
        let mark = self.sheet.next[cell].fetch_add(1, Ordering::Relaxed);
        let (repeated, cut) = (self.dice.below(10) == 0, self.dice.below(10) == 0);
        // Only who says what was seen may ask twice: who overwrites would overwrite again.
        let versioned = repeated || self.dice.below(2) == 0;
        let saw = hundredths(&self.rows[&(card, subject)][PARTS[part]]);
        let mut edit = Edit {
            card,
            subject,
            part,
            mark,
            writer: self.user,
            versioned,
            saw,
            fate: Fate::Unknown,
        };
        let request = self.request(&edit, versioned);
        if cut {
            self.cut_off(&request).await;
        }
        if !cut || versioned {
            let answer = self.send(&request).await;
            edit.fate = self.saw(&edit, &answer);
        }
        if repeated {
            let answer = self.send(&request).await;
            let again = self.saw(&edit, &answer);
            assert!(
                edit.fate != Fate::Refused || again == Fate::Refused,
                "{edit:?}"
            );
        }
        if cut && edit.fate == Fate::Refused {
            // The request that was cut off may have come first, and another writer after it.
            edit.fate = Fate::Unknown;
        }
        self.edits.push(edit);
    }
}

/// The class with an empty row of every subject on every card.
async fn sheet(app: &App) -> Arc<Sheet> {
    let room = Room::of(app, SUBJECTS, PUPILS).await;
    let blank: Value = SUBJECTS
        .iter()
        .map(|name| json!({"subject": name}))
        .collect();
    let mut cards = Vec::new();
    for pupil in 0..PUPILS {
        cards.push(room.card(pupil, &blank).await);
    }
    let cells = PUPILS * SUBJECTS.len() * PARTS.len();
    Arc::new(Sheet {
        room,
        address: app.base().trim_start_matches("http://").to_owned(),
        cards,
        next: (0..cells).map(|_| AtomicI64::new(1)).collect(),
    })
}

async fn writer(app: &App, sheet: &Arc<Sheet>, number: usize) -> Writer {
    let room = &sheet.room;
    let name = format!("writer-{number}");
    let user = json!({"username": name, "name": name, "role": Role::SchoolAdmin.as_str(), "password": PASSWORD});
    let user = created(&room.admin, "users", &user).await;
    let caller = app
        .anonymous()
        .signed_in(&name, PASSWORD, Some(&room.school.domain));
    caller.token().await;
    let mut rows = BTreeMap::new();
    for (card, shown) in sheet.cards.iter().enumerate() {
        for (subject, name) in SUBJECTS.iter().enumerate() {
            rows.insert((card, subject), row(shown, name).clone());
        }
    }
    Writer {
        user: user["id"].as_i64().unwrap(),
        caller,
        sheet: sheet.clone(),
        dice: Dice(0x9E37_79B9_7F4A_7C15 ^ (number as u64 + 1) << 20),
        rows,
        edits: Vec::new(),
    }
}

/// The changes of one cell, oldest first.
async fn changes(admin: &Caller, row: &Value) -> Vec<Value> {
    let mut all = Vec::new();
    for page in 1.. {
        let path = format!("{SCORES}{}/history/?page_size=200&page={page}", row["id"]);
        let page = admin.get(&path).await.expect(200);
        all.extend(page["results"].as_array().unwrap().iter().cloned());
        if page["next"].is_null() {
            break;
        }
    }
    all.reverse();
    all
}

/// Holds the history of one cell against its edits and the mark that stands in it.
fn assert_told(cell: &str, changes: &[&Value], edits: &[&Edit], stands: Option<i64>) {
    let mut before = None;
    for change in changes {
        assert_eq!(
            hundredths(&change["before"]),
            before,
            "{cell}: the chain is broken at {change}"
        );
        before = hundredths(&change["after"]);
    }
    assert_eq!(
        before, stands,
        "{cell}: the sheet is not where its history ends"
    );
    for edit in edits {
        let of_it: Vec<_> = changes
            .iter()
            .filter(|change| hundredths(&change["after"]) == Some(edit.mark))
            .collect();
        match edit.fate {
            Fate::Acknowledged => assert_eq!(of_it.len(), 1, "{cell}: {edit:?}"),
            Fate::Refused => assert!(of_it.is_empty(), "{cell}: {edit:?}"),
            Fate::Unknown => assert!(of_it.len() <= 1, "{cell}: {edit:?}"),
        }
        for change in of_it {
            assert_eq!(change["changed_by"], edit.writer, "{cell}: {edit:?}");
            if edit.versioned {
                assert_eq!(
                    hundredths(&change["before"]),
                    edit.saw,
                    "{cell}: {edit:?} overwrote what it did not see"
                );
            }
        }
    }
    let known = |mark: Option<i64>| edits.iter().any(|edit| Some(edit.mark) == mark);
    assert!(
        changes
            .iter()
            .all(|change| known(hundredths(&change["after"]))),
        "{cell}"
    );
}

/// Holds every cell and every sum of the final sheet against the edits.
async fn assert_nothing_is_lost(sheet: &Sheet, edits: &[Edit]) {
    let admin = &sheet.room.admin;
    // A request that was cut off may still be under way; what is published stands.
    let class = json!({"class_id": sheet.room.class["id"], "session": SESSION, "term": TERM});
    admin
        .post("/api/reports/publish/", &class)
        .await
        .expect(200);
    for (card, shown) in seen(admin, "reports").await.iter().enumerate() {
        assert_eq!(shown["id"], sheet.cards[card]["id"]);
        let mut totals = Vec::new();
        for (subject, name) in SUBJECTS.iter().enumerate() {
            let row = row(shown, name);
            let changes = changes(admin, row).await;
            for (part, field) in PARTS.iter().enumerate() {
                let of_cell: Vec<_> = changes
                    .iter()
                    .filter(|change| change["cell"] == *field)
                    .collect();
                let at =
                    |edit: &&Edit| (edit.card, edit.subject, edit.part) == (card, subject, part);
                let edits: Vec<_> = edits.iter().filter(at).collect();
                let cell = format!("card {card}, {name} {field}");
                assert_told(&cell, &of_cell, &edits, hundredths(&row[*field]));
            }
            let marks: Vec<i64> = PARTS
                .iter()
                .filter_map(|field| hundredths(&row[*field]))
                .collect();
            let total = (!marks.is_empty()).then(|| marks.iter().sum::<i64>());
            assert_eq!(hundredths(&row["total"]), total, "{row}");
            totals.extend(total);
        }
        assert_eq!(
            hundredths(&shown["total_score"]),
            Some(totals.iter().sum()),
            "{shown}"
        );
    }
}

both! {
    async fn of_four_thousand_edits_by_twenty_writers_none_that_was_acknowledged_is_lost(app: App) {
        let sheet = sheet(&app).await;
        let mut writers = JoinSet::new();
        for number in 0..WRITERS {
            let mut writer = writer(&app, &sheet, number).await;
            writers.spawn(async move {
                for _ in 0..EDITS {
                    writer.edit().await;
                }
                writer.edits
            });
        }
        let edits: Vec<Edit> = writers.join_all().await.into_iter().flatten().collect();
        let count = |fate: Fate| edits.iter().filter(|edit| edit.fate == fate).count();
        let [acknowledged, refused, unknown] = [Fate::Acknowledged, Fate::Refused, Fate::Unknown].map(count);
        assert_eq!(acknowledged + refused + unknown, WRITERS * EDITS);
        // Each fate is common enough to mean something.
        assert!(acknowledged > 2_000 && refused > 50 && unknown > 50, "{acknowledged}, {refused}, {unknown}");
        assert_nothing_is_lost(&sheet, &edits).await;
    }
}
