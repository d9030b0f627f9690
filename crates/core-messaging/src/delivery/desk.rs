//! Claims the e-mails that are due, sends them, and writes down what became of them.

use actix_web::web::Data;
use chrono::{DateTime, TimeDelta, Utc};
use futures::{StreamExt, stream};
use resource::{
    ApiError, Ctx, Kernel,
    outbox::{self, Letter, entity as parcel},
    tenant_guard::{Principal, SchoolId, Scope},
    write,
};
use sea_orm::{ColumnTrait, Condition, DbBackend, DbErr, FromQueryResult, sea_query::Expr};
use serde_json::Value as Json;
use tokio::sync::watch;

use super::{
    Pace, backoff,
    mail::{Failure, Mailer},
};

/// E-mails claimed at once; as many are sent twice when a process is killed in the middle.
const BATCH: i64 = 50;
/// E-mails on their way at once.
const ABREAST: usize = 4;
/// Schools served in one round, the one that waits longest first.
const SCHOOLS: i64 = 20;

const WAITING: &str = "SELECT school_id FROM outbox WHERE channel = 'email' AND due_at <= $1 GROUP BY school_id ORDER BY min(due_at) LIMIT $2";
const DUE: &str = "WITH due AS MATERIALIZED (SELECT school_id AS s, id AS i FROM outbox WHERE school_id = $1 \
    AND channel = 'email' AND due_at <= $2 ORDER BY due_at, id LIMIT $5";
const CLAIMED: &str = ") UPDATE outbox SET state = 'sending', lease = $3, due_at = $4, attempts = attempts + 1, \
    updated_at = $2, row_version = row_version + 1 FROM due WHERE school_id = due.s AND id = due.i";
const HELD: &str = "SELECT o.id, o.kind, o.dedupe_key, o.payload, o.attempts, \
    CASE WHEN o.address <> '' THEN o.address WHEN u.is_active THEN u.email ELSE '' END AS address \
    FROM outbox o LEFT JOIN users u ON u.school_id = o.school_id AND u.id = o.recipient_id \
    WHERE o.school_id = $1 AND o.lease = $2 ORDER BY o.id";

#[derive(FromQueryResult)]
struct Waiting {
    school_id: i64,
}

/// An e-mail in hand.
#[derive(Debug, FromQueryResult)]
struct Held {
    id: i64,
    dedupe_key: String,
    payload: Json,
    attempts: i64,
    address: String,
}

/// The desk of one gateway.
pub(super) struct Desk {
    kernel: Data<Kernel>,
    mailer: Mailer,
    pace: Pace,
    stop: watch::Receiver<bool>,
}

impl Desk {
    pub(super) fn new(
        kernel: Kernel,
        mailer: Mailer,
        pace: Pace,
        stop: watch::Receiver<bool>,
    ) -> Self {
        Self {
            kernel: Data::new(kernel),
            mailer,
            pace,
            stop,
        }
    }

    /// Sends whatever is due, until nothing is or delivery is to stop.
    pub(super) async fn clear(&self) {
        loop {
            let schools = match self.waiting().await {
                Ok(schools) => schools,
                Err(error) => return tracing::warn!(%error, "the outbox could not be read"),
            };
            if schools.is_empty() {
                return;
            }
            for school in schools {
                if *self.stop.borrow() {
                    return;
                }
                if let Err(error) = self.serve(school).await {
                    return tracing::warn!(cause = ?error, school = school.0, "the outbox could not be served");
                }
            }
        }
    }

    async fn waiting(&self) -> Result<Vec<SchoolId>, DbErr> {
        let now = self.kernel.database.clock().now();
        let platform = self.kernel.database.platform();
        let waiting: Vec<Waiting> = platform
            .query(WAITING, vec![now.into(), SCHOOLS.into()])
            .await?;
        Ok(waiting.iter().map(|one| SchoolId(one.school_id)).collect())
    }

    async fn serve(&self, school: SchoolId) -> Result<(), ApiError> {
        let ctx = Ctx {
            scope: self
                .kernel
                .database
                .scope(school, Principal::system(school)),
            kernel: self.kernel.clone(),
        };
        let lease = uuid::Uuid::now_v7().to_string();
        let held = write(&ctx, async |scope| self.claim(scope, &lease).await).await?;
        // Of what is not done when half the lease is over, nobody knows whether it will be; it is left to its end.
        let deadline = tokio::time::sleep(self.pace.lease / 2);
        let done = stream::iter(held)
            .map(|parcel| self.send(school, parcel))
            .buffer_unordered(ABREAST)
            .take_until(deadline)
            .collect::<Vec<_>>()
            .await;
        write(&ctx, async |scope| self.settle(scope, &lease, &done).await).await
    }

    async fn claim(&self, scope: &Scope, lease: &str) -> Result<Vec<Held>, ApiError> {
        let now = scope.now();
        let until = later(now, self.pace.lease);
        let skip = match scope.backend() {
            DbBackend::Postgres => " FOR UPDATE SKIP LOCKED",
            _ => "",
        };
        let sql = format!("{DUE}{skip}{CLAIMED}");
        let values = vec![now.into(), lease.into(), until.into(), BATCH.into()];
        scope.execute(&[outbox::TABLE], &sql, values).await?;
        Ok(scope.query(HELD, vec![lease.into()]).await?)
    }

    async fn send(&self, school: SchoolId, parcel: Held) -> (Held, Result<(), Failure>) {
        let key = format!("{school}:{}", parcel.dedupe_key);
        let letter: Result<Letter, _> = serde_json::from_value(parcel.payload.clone());
        let sent = match letter {
            Ok(_) if parcel.address.is_empty() => {
                Err(Failure::ForGood("the account has no e-mail address".into()))
            }
            Ok(letter) => self.mailer.send(&parcel.address, &letter, &key).await,
            Err(_) => Err(Failure::ForGood("not a letter".into())),
        };
        (parcel, sent)
    }

    /// Writes down what became of a batch; a row whose lease went to another is that one's to write.
    async fn settle(
        &self,
        scope: &Scope,
        lease: &str,
        done: &[(Held, Result<(), Failure>)],
    ) -> Result<(), ApiError> {
        let sent = done.iter().filter(|(_, result)| result.is_ok());
        let ids: Vec<i64> = sent.map(|(parcel, _)| parcel.id).collect();
        if !ids.is_empty() {
            set(scope, lease, &ids, "sent", None, None).await?;
        }
        for (parcel, result) in done {
            let (Failure::ForGood(reason) | Failure::ForNow(reason)) = match result {
                Ok(()) => continue,
                Err(failure) => failure,
            };
            let over =
                parcel.attempts >= self.pace.attempts || matches!(result, Err(Failure::ForGood(_)));
            let state = if over { "dead" } else { "pending" };
            let mut roll = [0];
            getrandom::fill(&mut roll)
                .map_err(std::io::Error::other)
                .map_err(ApiError::internal)?;
            let wait = backoff::wait(self.pace.retry, parcel.attempts, roll[0]);
            let due = (!over).then(|| later(scope.now(), wait));
            set(scope, lease, &[parcel.id], state, Some(reason), due).await?;
        }
        Ok(())
    }
}

async fn set(
    scope: &Scope,
    lease: &str,
    ids: &[i64],
    state: &str,
    reason: Option<&str>,
    due: Option<DateTime<Utc>>,
) -> Result<(), ApiError> {
    let columns = vec![
        (parcel::Column::State, Expr::value(state)),
        (parcel::Column::LastError, Expr::value(reason)),
        (parcel::Column::DueAt, Expr::value(due)),
        (parcel::Column::Lease, Expr::value(None::<String>)),
    ];
    let which = Condition::all()
        .add(parcel::Column::Lease.eq(lease))
        .add(parcel::Column::Id.is_in(ids.iter().copied()));
    scope.update_where::<parcel::Entity>(columns, which).await?;
    Ok(())
}

fn later(now: DateTime<Utc>, wait: std::time::Duration) -> DateTime<Utc> {
    now + TimeDelta::from_std(wait).unwrap_or(TimeDelta::MAX)
}
