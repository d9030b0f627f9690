//! Cached answers are never stale, whoever wrote and whatever has died meanwhile.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};

use resource::tenant_guard::{Access, Clock, Role, Verb};
use serde_json::{Value, json};
use termbook_tests::Redis;

use crate::harness::{App, Caller, Engine, Line, PASSWORD, School};

const SUBJECTS: &str = "/api/subjects/";
/// Longest wait for a server to be found again.
const PATIENCE: Duration = Duration::from_secs(20);

/// The administrator of `school`, by the gateway `app`.
fn admin(app: &App, school: &School) -> Caller {
    let admin = Role::SchoolAdmin.as_str().to_lowercase();
    app.anonymous()
        .signed_in(&admin, PASSWORD, Some(&school.domain))
}

/// The path of a new subject called 0.
async fn counter(admin: &Caller, letter: &str) -> String {
    let made = admin
        .post(SUBJECTS, &json!({"name": format!("{letter}0")}))
        .await;
    format!("{SUBJECTS}{}/", made.expect(201)["id"])
}

async fn write(admin: &Caller, path: &str, letter: &str, value: u32) {
    let body = json!({"name": format!("{letter}{value}")});
    admin.patch(path, &body).await.expect(200);
}

/// What the list says of the subject named by `letter`.
fn value_in(list: &Value, letter: &str) -> u32 {
    let rows = list["results"].as_array().unwrap();
    let names = rows.iter().map(|row| row["name"].as_str().unwrap());
    let mut values = names.filter_map(|name| name.strip_prefix(letter)?.parse().ok());
    values.next().unwrap()
}

/// One of two writes `letter` in turns with the other's reads; answers nothing but failures.
async fn alternate(writer: &Caller, reader: &Caller, path: &str, values: std::ops::Range<u32>) {
    for value in values {
        write(writer, path, "A", value).await;
        let list = reader.get(SUBJECTS).await;
        assert_eq!(
            value_in(&list.expect(200), "A"),
            value,
            "{:?}",
            list.cache()
        );
        let row = reader.get(path).await;
        assert_eq!(
            row.expect(200)["name"],
            format!("A{value}"),
            "{:?}",
            row.cache()
        );
    }
}

/// A value that one writer raises, and the highest that was acknowledged.
struct Counter {
    letter: &'static str,
    path: String,
    acknowledged: AtomicU32,
}

/// Raises the counter until told to stop.
async fn raise(admin: Caller, counter: Arc<Counter>, stop: Arc<AtomicBool>) {
    for value in 1.. {
        if stop.load(SeqCst) {
            return;
        }
        write(&admin, &counter.path, counter.letter, value).await;
        counter.acknowledged.store(value, SeqCst);
    }
}

/// Reads until told to stop; no answer is older than what was acknowledged before it was asked for.
async fn watch(
    reader: Caller,
    counters: Vec<Arc<Counter>>,
    reads: Arc<AtomicU32>,
    stop: Arc<AtomicBool>,
) {
    while !stop.load(SeqCst) {
        let least: Vec<u32> = counters
            .iter()
            .map(|counter| counter.acknowledged.load(SeqCst))
            .collect();
        let list = reader.get(SUBJECTS).await;
        let seen = list.expect(200);
        for (counter, least) in counters.iter().zip(least) {
            let value = value_in(&seen, counter.letter);
            assert!(
                value >= least,
                "{value} after {least}; cache {:?}",
                list.cache()
            );
        }
        reads.fetch_add(1, SeqCst);
    }
}

/// Two writers and four readers over two gateways, until it is ended.
struct Load {
    stop: Arc<AtomicBool>,
    reads: Arc<AtomicU32>,
    counters: Vec<Arc<Counter>>,
    writers: Vec<tokio::task::JoinHandle<()>>,
    readers: Vec<tokio::task::JoinHandle<()>>,
}

impl Load {
    async fn start(gateways: [&Caller; 2]) -> Self {
        let mut counters = Vec::new();
        for letter in ["A", "B"] {
            counters.push(Arc::new(Counter {
                letter,
                path: counter(gateways[0], letter).await,
                acknowledged: AtomicU32::new(0),
            }));
        }
        let (stop, reads) = (Arc::new(AtomicBool::new(false)), Arc::default());
        let writers = gateways
            .iter()
            .zip(&counters)
            .map(|(admin, counter)| {
                tokio::spawn(raise((*admin).clone(), counter.clone(), stop.clone()))
            })
            .collect();
        let readers = gateways
            .iter()
            .chain(&gateways)
            .map(|reader| {
                let seen = Arc::clone(&reads);
                tokio::spawn(watch(
                    (*reader).clone(),
                    counters.clone(),
                    seen,
                    stop.clone(),
                ))
            })
            .collect();
        Self {
            stop,
            reads,
            counters,
            writers,
            readers,
        }
    }

    /// Lets it go on for so many reads and so many acknowledged writes more.
    async fn go_on(&self, reads: u32, writes: u32) {
        let seen = || self.reads.load(SeqCst);
        let written = || -> u32 {
            let values = self
                .counters
                .iter()
                .map(|one| one.acknowledged.load(SeqCst));
            values.sum()
        };
        let (reads, writes) = (seen() + reads, written() + writes);
        let deadline = Instant::now() + 3 * PATIENCE;
        let failed = || {
            self.readers
                .iter()
                .any(tokio::task::JoinHandle::is_finished)
        };
        while (seen() < reads || written() < writes) && !failed() {
            assert!(Instant::now() < deadline, "answers no longer come");
            tokio::task::yield_now().await;
        }
    }

    /// Ends it; fails where any request of it failed.
    async fn end(self) {
        self.stop.store(true, SeqCst);
        for task in self.readers.into_iter().chain(self.writers) {
            task.await.unwrap();
        }
    }
}

/// Lists whose rows have rows of their own: subjects, marks, lines, parts, a register's pupils; and acts, which
/// name people of two tables.
const MANY: &[&str] = &[
    "activity-logs",
    "attendance",
    "attendance-sessions",
    "classes",
    "payment-plans",
    "payments",
    "reports",
];

both! {
    async fn a_hundred_pupils_take_two_statements_cold_and_none_when_cached(app: App) {
        let school = app.school().await;
        let id = school.id;
        app.beside(move |state| async move { crate::bulk::pupils(&state, id, 150).await }).await;
        let admin = school.as_(Role::SchoolAdmin);
        let list = "/api/students/?page_size=100";
        for round in 0..2 {
            let cold = admin.get(list).await;
            let page = cold.expect(200);
            assert_eq!((&page["count"], page["results"].as_array().unwrap().len()), (&json!(150), 100));
            assert!(cold.statements() <= 2 && cold.cache() == Some("miss"), "{round}: {:?}", cold.headers);
            let warm = admin.get(list).await;
            assert_eq!((warm.statements(), warm.cache()), (0, Some("hit")), "{round}");
            assert_eq!(warm.body, cold.body);
            let second = admin.get("/api/students/?page_size=100&page=2").await;
            assert_eq!(second.expect(200)["results"].as_array().unwrap().len(), 50);
            assert_eq!(second.statements(), 1, "the count is known");
            let path = format!("/api/students/{}/", page["results"][0]["id"]);
            admin.patch(&path, &json!({"parent_name": format!("{round}")})).await.expect(200);
        }
    }

    async fn every_list_takes_two_statements_one_more_for_many_and_none_when_cached(app: App) {
        let app = app.demo().await;
        let admin = app.anonymous().signed_in("admin@gp.demo", gateway::demo::PASSWORD, None);
        let mounts = gateway::mounts();
        let paths: Vec<&str> = mounts.operations().iter().map(|one| one.path.as_str()).collect();
        let lists = mounts.operations().iter().filter(|one| {
            let row = format!("{}{{id}}/", one.path);
            one.permission.verb == Verb::Read && one.access == Access::Guarded && paths.contains(&row.as_str())
        });
        let (mut seen, mut over) = (0, Vec::new());
        for list in lists.filter(|one| one.permission.resource != "schools") {
            let many = u32::from(MANY.contains(&list.permission.resource.as_str()));
            let first = format!("{}?page_size=7", list.path);
            let cold = admin.get(&first).await;
            let page = cold.expect(200);
            if cold.statements() > 2 + many {
                over.push(format!("{first}: {} statements", cold.statements()));
            }
            let warm = admin.get(&first).await;
            assert_eq!((warm.statements(), warm.cache()), (0, Some("hit")), "{first}");
            if page["total_pages"].as_u64() > Some(1) {
                let second = admin.get(&format!("{first}&page=2")).await;
                second.expect(200);
                if second.statements() > 1 + many {
                    over.push(format!("{first}&page=2: {} statements", second.statements()));
                }
            }
            seen += 1;
        }
        assert_eq!(over, Vec::<String>::new());
        assert!(seen >= 11, "{seen} lists");
    }

    async fn of_a_thousand_writes_each_shows_at_once_in_the_other_gateway(app: App) {
        let school = app.school().await;
        let other = match app.engine() {
            Engine::Production => app.another(&[], Clock::system()),
            // A database of one process; its other worker stands for the other gateway.
            Engine::Embedded => app.elsewhere(),
        };
        let (here, there) = (admin(&app, &school), admin(&other, &school));
        let path = counter(&here, "A").await;
        alternate(&here, &there, &path, 1..501).await;
        alternate(&there, &here, &path, 501..1001).await;
        for reader in [&here, &there] {
            reader.get(SUBJECTS).await.expect(200);
            let again = reader.get(SUBJECTS).await;
            assert_eq!((again.statements(), again.cache()), (0, Some("hit")), "nothing was cached at all");
        }
    }

    async fn readers_among_writers_never_see_less_than_was_acknowledged(app: App) {
        let school = app.school().await;
        let other = match app.engine() {
            Engine::Production => app.another(&[], Clock::system()),
            Engine::Embedded => app.elsewhere(),
        };
        let load = Load::start([&admin(&app, &school), &admin(&other, &school)]).await;
        load.go_on(1_000, 100).await;
        load.end().await;
    }
}

#[tokio::test]
async fn redis_killed_under_load_costs_no_error_and_no_stale_answer() {
    let app = App::on(Engine::Production);
    let school = app.school().await;
    let mut redis = Redis::start().unwrap();
    let url = redis.url();
    let settings = [("TERMBOOK_REDIS_URL", url.as_str())];
    let (one, two) = (
        app.another(&settings, Clock::system()),
        app.another(&settings, Clock::system()),
    );
    let (here, there) = (admin(&one, &school), admin(&two, &school));
    let load = Load::start([&here, &there]).await;
    load.go_on(200, 20).await;
    for _ in 0..2 {
        // Elsewhere, so that the load goes on meanwhile.
        let stopped = tokio::task::spawn_blocking(move || {
            redis.kill().unwrap();
            redis
        });
        redis = stopped.await.unwrap();
        load.go_on(300, 20).await;
        let restarted = tokio::task::spawn_blocking(move || {
            redis.restart().unwrap();
            redis
        });
        redis = restarted.await.unwrap();
        load.go_on(300, 20).await;
    }
    load.end().await;
    for reader in [&here, &there] {
        let deadline = Instant::now() + PATIENCE;
        while reader.get(SUBJECTS).await.cache() != Some("hit") {
            assert!(Instant::now() < deadline, "the cache is not used again");
        }
    }
}

#[tokio::test]
async fn with_the_database_away_the_answer_is_503_and_then_it_recovers() {
    let app = App::on(Engine::Production);
    let school = app.school().await;
    let mut line = Line::to(app.config().database_url.expose(), 5_432);
    let url = line.url().to_owned();
    let settings = [
        ("TERMBOOK_DATABASE_URL", url.as_str()),
        ("TERMBOOK_DB_TIMEOUT_SECONDS", "1"),
    ];
    let cut_off = app.another(&settings, Clock::system());
    let admin = admin(&cut_off, &school);
    let path = counter(&admin, "A").await;
    line.cut();
    for answer in [
        admin.get("/api/students/").await,
        admin.patch(&path, &json!({"name": "A1"})).await,
        admin.post(SUBJECTS, &json!({"name": "B0"})).await,
    ] {
        answer.problem(503, "unavailable");
        let wait: u32 = answer.header("retry-after").unwrap().parse().unwrap();
        assert!((1..60).contains(&wait));
    }
    line.mend();
    let deadline = Instant::now() + PATIENCE;
    while admin.get("/api/students/").await.status == 503 {
        assert!(Instant::now() < deadline, "the database is not found again");
    }
    let list = admin.get(SUBJECTS).await.expect(200);
    assert_eq!(
        list["results"][0]["name"], "A0",
        "a write answered 503 happened"
    );
    write(&admin, &path, "A", 2).await;
    assert_eq!(value_in(&admin.get(SUBJECTS).await.expect(200), "A"), 2);
}
