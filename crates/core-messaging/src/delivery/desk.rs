//! Claims the parcels of a channel that are due, has them carried, and writes down what became of them.

use std::collections::BTreeMap;

use actix_web::web::Data;
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use futures::{StreamExt, stream};
use identity::services::school_time_zone;
use resource::{
    ApiError, Ctx, Kernel,
    outbox::{self, entity as parcel},
    tenant_guard::{Principal, SchoolId, Scope},
    write,
};
use sea_orm::{
    ColumnTrait, Condition, DbBackend, DbErr, FromQueryResult,
    sea_query::{Expr, ExprTrait},
};
use tokio::sync::watch;

use super::{
    Pace, backoff,
    carrier::{Carrier, Failure, Held},
};

/// Parcels claimed at once; as many are sent twice when a process is killed in the middle.
const BATCH: i64 = 50;
/// Schools served in one round, the one that waits longest first.
const SCHOOLS: i64 = 20;
/// Schools served at once: one whose receiver is slow holds up no other.
const AT_ONCE: usize = 4;

const WAITING: &str = "SELECT school_id FROM outbox WHERE channel = $3 AND due_at <= $1 GROUP BY school_id ORDER BY min(due_at) LIMIT $2";
const DUE: &str = "WITH due AS MATERIALIZED (SELECT school_id AS s, id AS i FROM outbox WHERE school_id = $1 \
    AND channel = $6 AND due_at <= $2 ORDER BY due_at, id LIMIT $5";
const CLAIMED: &str = ") UPDATE outbox SET state = 'sending', lease = $3, due_at = $4, attempts = attempts + 1, \
    updated_at = $2, row_version = row_version + 1 FROM due WHERE school_id = due.s AND id = due.i";
const HELD: &str = "SELECT o.id, o.kind, o.dedupe_key, o.payload, o.attempts, o.created_at, \
    CASE WHEN o.address <> '' THEN o.address WHEN u.is_active THEN u.email WHEN e.is_active THEN e.url ELSE '' END AS address, \
    coalesce(e.secret, '') AS secret, p.muted, p.quiet_from, p.quiet_to FROM outbox o \
    LEFT JOIN users u ON u.school_id = o.school_id AND u.id = o.recipient_id \
    LEFT JOIN webhook_endpoints e ON e.school_id = o.school_id AND e.id = o.endpoint_id \
    LEFT JOIN user_preferences p ON p.school_id = o.school_id AND p.user_id = o.recipient_id \
    WHERE o.school_id = $1 AND o.lease = $2 ORDER BY o.id";

#[derive(FromQueryResult)]
struct Waiting {
    school_id: i64,
}

/// The desk of one gateway for one channel.
pub(super) struct Desk<C> {
    kernel: Data<Kernel>,
    carrier: C,
    pace: Pace,
    stop: watch::Receiver<bool>,
}

impl<C: Carrier> Desk<C> {
    pub(super) fn new(kernel: Kernel, carrier: C, pace: Pace, stop: watch::Receiver<bool>) -> Self {
        Self {
            kernel: Data::new(kernel),
            carrier,
            pace,
            stop,
        }
    }

    /// Sends whatever is due, until nothing is, something failed, or delivery is to stop.
    pub(super) async fn clear(&self) {
        loop {
            let schools = match self.waiting().await {
                Ok(schools) => schools,
                Err(error) => return tracing::warn!(%error, "the outbox could not be read"),
            };
            if schools.is_empty() {
                return;
            }
            let served = stream::iter(schools)
                .map(|school| self.serve(school))
                .buffer_unordered(AT_ONCE)
                .collect::<Vec<bool>>();
            if served.await.contains(&false) {
                return;
            }
        }
    }

    async fn waiting(&self) -> Result<Vec<SchoolId>, DbErr> {
        let now = self.kernel.database.clock().now();
        let platform = self.kernel.database.platform();
        let values = vec![now.into(), SCHOOLS.into(), C::CHANNEL.into()];
        let waiting: Vec<Waiting> = platform.query(WAITING, values).await?;
        Ok(waiting.iter().map(|one| SchoolId(one.school_id)).collect())
    }

    /// Serves a school; `false` when it could not be, or is not to be any more.
    async fn serve(&self, school: SchoolId) -> bool {
        if *self.stop.borrow() {
            return false;
        }
        let served = self.send_batch(school).await;
        if let Err(error) = &served {
            tracing::warn!(cause = ?error, school = school.0, "the outbox could not be served");
        }
        served.is_ok()
    }

    async fn send_batch(&self, school: SchoolId) -> Result<(), ApiError> {
        let ctx = Ctx {
            scope: self
                .kernel
                .database
                .scope(school, Principal::system(school)),
            kernel: self.kernel.clone(),
        };
        let lease = uuid::Uuid::now_v7().to_string();
        let held = write(&ctx, async |scope| self.claim(scope, &lease).await).await?;
        // Most have none, and need not know the zone.
        let zone = if held.iter().any(Held::has_quiet_hours) {
            school_time_zone(&ctx.scope).await?
        } else {
            Tz::UTC
        };
        // Of what is not done when half the lease is over, nobody knows whether it will be; it is left to its end.
        let deadline = tokio::time::sleep(self.pace.lease / 2);
        let done = stream::iter(held)
            .map(|parcel| self.send(school, zone, parcel))
            .buffer_unordered(C::ABREAST)
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
        let values = vec![
            now.into(),
            lease.into(),
            until.into(),
            BATCH.into(),
            C::CHANNEL.into(),
        ];
        scope.execute(&[outbox::TABLE], &sql, values).await?;
        Ok(scope.query(HELD, vec![lease.into()]).await?)
    }

    async fn send(&self, school: SchoolId, zone: Tz, parcel: Held) -> (Held, Result<(), Failure>) {
        let now = self.kernel.database.clock().now();
        let sent = if parcel.address.is_empty() {
            Err(Failure::ForGood(C::NOBODY.into()))
        } else if let Some(objection) = parcel.objection(now, zone) {
            Err(objection)
        } else {
            self.carrier.carry(&parcel, &parcel.key(school), now).await
        };
        (parcel, sent)
    }

    /// Writes down what became of a batch, one statement for all that fared alike; a row whose lease went to
    /// another is that one's to write.
    async fn settle(
        &self,
        scope: &Scope,
        lease: &str,
        done: &[(Held, Result<(), Failure>)],
    ) -> Result<(), ApiError> {
        let mut fates: BTreeMap<Fate, Vec<i64>> = BTreeMap::new();
        for (parcel, result) in done {
            let fate = self.fate(scope.now(), parcel.attempts, result)?;
            fates.entry(fate).or_default().push(parcel.id);
        }
        for (fate, ids) in fates {
            fate.write(scope, lease, &ids).await?;
        }
        Ok(())
    }

    fn fate(
        &self,
        now: DateTime<Utc>,
        attempts: i64,
        result: &Result<(), Failure>,
    ) -> Result<Fate, ApiError> {
        let fate = |state, due, untried| Fate {
            state,
            due,
            reason: None,
            untried,
        };
        let reason = match result {
            Ok(()) => return Ok(fate("sent", None, false)),
            Err(Failure::Unwanted) => return Ok(fate("skipped", None, true)),
            Err(Failure::NotBefore(moment)) => return Ok(fate("pending", Some(*moment), true)),
            Err(Failure::ForGood(reason) | Failure::ForNow(reason)) => Some(reason.clone()),
        };
        let over = attempts >= self.pace.attempts || matches!(result, Err(Failure::ForGood(_)));
        if over {
            let dead = fate("dead", None, false);
            return Ok(Fate { reason, ..dead });
        }
        let mut roll = [0];
        getrandom::fill(&mut roll)
            .map_err(std::io::Error::other)
            .map_err(ApiError::internal)?;
        let due = later(now, backoff::wait(self.pace.retry, attempts, roll[0]));
        let again = fate("pending", Some(due), false);
        Ok(Fate { reason, ..again })
    }
}

/// What becomes of a parcel.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Fate {
    state: &'static str,
    due: Option<DateTime<Utc>>,
    reason: Option<String>,
    /// Whether it was not even tried.
    untried: bool,
}

impl Fate {
    async fn write(self, scope: &Scope, lease: &str, ids: &[i64]) -> Result<(), ApiError> {
        let attempts = Expr::col(parcel::Column::Attempts);
        let columns = vec![
            (parcel::Column::State, Expr::value(self.state)),
            (parcel::Column::LastError, Expr::value(self.reason)),
            (parcel::Column::DueAt, Expr::value(self.due)),
            (parcel::Column::Lease, Expr::value(None::<String>)),
            (
                parcel::Column::Attempts,
                attempts.sub(i64::from(self.untried)),
            ),
        ];
        let which = Condition::all()
            .add(parcel::Column::Lease.eq(lease))
            .add(parcel::Column::Id.is_in(ids.iter().copied()));
        scope.update_where::<parcel::Entity>(columns, which).await?;
        Ok(())
    }
}

fn later(now: DateTime<Utc>, wait: std::time::Duration) -> DateTime<Utc> {
    now + TimeDelta::from_std(wait).unwrap_or(TimeDelta::MAX)
}
