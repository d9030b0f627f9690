//! E-mail reaches a real server, however its sender fares.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use resource::{
    outbox::{self, Letter, Parcel},
    tenant_guard::{Clock, Principal, Role, SchoolId},
};
use sea_orm::FromQueryResult;
use serde_json::json;
use termbook_tests::MailServer;

use crate::harness::{App, School};

/// Longest wait for e-mail to arrive.
const PATIENCE: Duration = Duration::from_secs(90);
const COMMAND: &str = env!("CARGO_BIN_EXE_command");

#[derive(FromQueryResult, Debug, PartialEq, Eq)]
struct Sent {
    state: String,
    attempts: i64,
    last_error: Option<String>,
}

fn letter() -> Letter {
    Letter {
        subject: "Fees".into(),
        text: "They are due on Friday.".into(),
    }
}

async fn post(app: &App, school: &School, parcels: Vec<Parcel>) {
    let id = SchoolId(school.id);
    app.beside(move |state| async move {
        let scope = state.database.scope(id, Principal::system(id));
        outbox::enqueue(&scope, parcels).await.unwrap();
    })
    .await;
}

/// E-mails of the school, grouped by what became of them.
async fn states(app: &App, school: &School) -> Vec<Sent> {
    let id = SchoolId(school.id);
    app.beside(move |state| async move {
        let scope = state.database.scope(id, Principal::system(id));
        let sql = "SELECT state, attempts, last_error FROM outbox WHERE school_id = $1 AND channel = 'email' ORDER BY id";
        scope.query(sql, Vec::new()).await.unwrap()
    })
    .await
}

/// Waits until every e-mail of the school is `sent` or `dead`.
async fn settled(app: &App, school: &School) -> Vec<Sent> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let states = states(app, school).await;
        if states
            .iter()
            .all(|one| ["sent", "dead"].contains(&one.state.as_str()))
        {
            return states;
        }
        assert!(Instant::now() < deadline, "{states:?}");
    }
}

/// A gateway process that delivers; killed with the test, or before.
pub struct Sender(Child);

impl Sender {
    pub fn start(app: &App, smtp: &str) -> Self {
        let config = app.config();
        let mut command = Command::new(COMMAND);
        command.env_clear().arg("serve").envs([
            ("TERMBOOK_BIND", "127.0.0.1:0"),
            ("TERMBOOK_JWT_SECRET", "only-ever-signs-the-tokens-of-tests"),
            ("TERMBOOK_DATABASE_URL", config.database_url.expose()),
            ("TERMBOOK_CACHE", "off"),
            ("TERMBOOK_SMTP_URL", smtp),
            ("TERMBOOK_MAIL_FROM", "School <office@school.test>"),
            ("TERMBOOK_DELIVERY_POLL_SECONDS", "1"),
            ("TERMBOOK_DELIVERY_LEASE_SECONDS", "4"),
            ("TERMBOOK_WEBHOOK_PRIVATE", "on"),
        ]);
        Self(
            command
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap(),
        )
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        // SIGKILL: it has no chance to put its house in order.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits until the server took as many letters.
pub fn arrived(mail: &MailServer, at_least: usize) {
    let deadline = Instant::now() + PATIENCE;
    while mail.taken().unwrap().len() < at_least {
        assert!(
            Instant::now() < deadline,
            "{} letters",
            mail.taken().unwrap().len()
        );
        std::thread::yield_now();
    }
}

both! {
    async fn two_thousand_letters_arrive_though_their_sender_is_killed_twice(app: App) {
        let mail = MailServer::start().unwrap();
        let app = app.alone().await;
        let school = app.school().await;
        let parcels = (0..2_000).map(|n| {
            Parcel::mail_to("reminder", format!("p{n}@parents.test"), format!("reminder:{n}"), &letter())
        });
        post(&app, &school, parcels.collect()).await;
        for reached in [300, 900] {
            let sender = Sender::start(&app, &mail.url());
            arrived(&mail, reached);
            drop(sender);
        }
        let _last = Sender::start(&app, &mail.url());
        let states = settled(&app, &school).await;
        assert!(states.iter().all(|one| one.state == "sent"), "{states:?}");
        let mut keys: BTreeMap<String, BTreeSet<(String, String)>> = BTreeMap::new();
        for taken in mail.taken().unwrap() {
            keys.entry(taken.to).or_default().insert((taken.dedupe, taken.id));
        }
        assert_eq!(keys.len(), 2_000);
        assert!(keys.values().all(|ids| ids.len() == 1), "a letter that came twice came under two keys");
        let distinct: BTreeSet<_> = keys.values().flatten().collect();
        assert_eq!(distinct.len(), 2_000);
    }

    async fn a_message_is_told_by_e_mail_and_what_is_refused_for_good_is_dead(app: App) {
        let mail = MailServer::start().unwrap();
        let app = app.alone().await;
        let school = app.school().await;
        let url = mail.url();
        let gateway = app.another(&[("TERMBOOK_SMTP_URL", &url), ("TERMBOOK_DELIVERY_POLL_SECONDS", "1")], Clock::system());
        let body = json!({"recipient": school.user(Role::Parent), "subject": "Fees", "body": "They are due."});
        let token = school.as_(Role::Teacher).token().await;
        let teacher = gateway.anonymous().with("Authorization", &format!("Bearer {token}"));
        teacher.post("/api/messages/", &body).await.expect(201);
        let refused = Parcel::mail_to("reminder", "refused@parents.test".into(), "1".into(), &letter());
        let nobody = Parcel::mail_to("reminder", "no address".into(), "2".into(), &letter());
        post(&gateway, &school, vec![refused, nobody]).await;
        let states = settled(&app, &school).await;
        let seen: Vec<_> = states.iter().map(|one| (one.state.as_str(), one.last_error.as_deref())).collect();
        assert_eq!(seen, [
            ("sent", None),
            ("dead", Some("refused by the mail server: 550")),
            ("dead", Some("not an e-mail address")),
        ]);
        let arrived = mail.taken().unwrap();
        assert_eq!(arrived.len(), 1);
        assert_eq!(arrived[0].to, format!("parent@{}.test", school.domain));
    }

    async fn a_server_that_is_away_is_tried_again_and_then_given_up(app: App) {
        let app = app.alone().await;
        let school = app.school().await;
        let settings = [
            // Nothing listens on the port of discard.
            ("TERMBOOK_SMTP_URL", "smtp://127.0.0.1:9"),
            ("TERMBOOK_DELIVERY_RETRY_SECONDS", "1"),
            ("TERMBOOK_DELIVERY_POLL_SECONDS", "1"),
            ("TERMBOOK_DELIVERY_ATTEMPTS", "2"),
        ];
        let _gateway = app.another(&settings, Clock::system());
        let parcel = Parcel::mail_to("reminder", "a@parents.test".into(), "1".into(), &letter());
        post(&app, &school, vec![parcel]).await;
        let given_up = Sent {
            state: "dead".into(),
            attempts: 2,
            last_error: Some("the mail server cannot be reached".into()),
        };
        assert_eq!(settled(&app, &school).await, [given_up]);
    }
}
