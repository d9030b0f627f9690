//! Asking the gateway again about payments that nobody confirmed.

use actix_web::web;
use chrono::TimeDelta;
use resource::{
    ApiError, Ctx, Kernel,
    tenant_guard::{Principal, SchoolId, Scope},
    write,
};
use sea_orm::{ActiveValue::Set, DbBackend, FromQueryResult, IntoActiveModel};

use super::{Settled, settle};
use crate::{
    entities::payment_intent::{Entity, Model},
    gateways::{Gateway, GatewayError},
};

/// Most payments asked about in one sweep.
const BATCH: u32 = 20;
/// How long a payment belongs to the sweep that took it.
const LEASE: TimeDelta = TimeDelta::minutes(5);
/// Wait before the second question about a payment; each further one waits twice as long.
const PAUSE: TimeDelta = TimeDelta::minutes(20);
/// Longest wait between two questions.
const LONGEST: TimeDelta = TimeDelta::hours(24);
/// Questions after which a payment is given up: some four days.
const QUESTIONS: i64 = 10;

/// What a sweep did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Payments asked about.
    pub asked: usize,
    /// Payments that are credited.
    pub paid: usize,
    /// Payments given up, refused, or not what was asked.
    pub ended: usize,
}

#[derive(FromQueryResult)]
struct Taken {
    school_id: i64,
    id: i64,
}

/// Takes a batch that is due, so that no other sweep has it meanwhile.
async fn take(kernel: &Kernel) -> Result<Vec<Taken>, ApiError> {
    let platform = kernel.database.platform();
    let skip = match platform.backend() {
        DbBackend::Postgres => " FOR UPDATE SKIP LOCKED",
        _ => "",
    };
    let sql = format!(
        "UPDATE payment_intents SET check_at = $2, checks = checks + 1, updated_at = $1, \
         row_version = row_version + 1 WHERE (school_id, id) IN (SELECT i.school_id, i.id FROM payment_intents i \
         WHERE i.status = 'pending' AND i.check_at <= $1 ORDER BY i.check_at LIMIT {BATCH}{skip}) \
         RETURNING school_id, id"
    );
    let now = kernel.database.clock().now();
    let values = vec![now.into(), (now + LEASE).into()];
    Ok(platform.query(&sql, values).await?)
}

/// Asks the gateway about a batch of payments that are due, and credits those that were made. Of
/// several gateways of one database each takes payments of its own.
///
/// # Errors
/// When the database fails; a gateway that is away is asked again later.
pub async fn sweep(kernel: &web::Data<Kernel>, gateway: &dyn Gateway) -> Result<Swept, ApiError> {
    let mut swept = Swept::default();
    for Taken { school_id, id } in take(kernel).await? {
        let school = SchoolId(school_id);
        let ctx = Ctx {
            scope: kernel.database.scope(school, Principal::system(school)),
            kernel: kernel.clone(),
        };
        swept.asked += 1;
        match one(&ctx, gateway, id).await? {
            Settled::Paid(_) => swept.paid += 1,
            Settled::Waiting => {}
            Settled::Failed | Settled::Mismatch(_) => swept.ended += 1,
        }
    }
    Ok(swept)
}

async fn one(ctx: &Ctx, gateway: &dyn Gateway, id: i64) -> Result<Settled, ApiError> {
    let Some(intent) = ctx.scope.get::<Entity>(id).await? else {
        return Ok(Settled::Failed);
    };
    let settled = match gateway.verify(&intent.reference).await {
        Ok(told) => write(ctx, async |scope| settle(scope, id, &told).await).await?,
        // What it never heard of, it was never asked.
        Err(GatewayError::Unknown) => return end(ctx, id, "failed").await,
        Err(error) => {
            tracing::warn!(school = ctx.scope.school().0, id, %error, "asking about a payment");
            Settled::Waiting
        }
    };
    if settled != Settled::Waiting {
        return Ok(settled);
    }
    if intent.checks >= QUESTIONS {
        return end(ctx, id, "abandoned").await;
    }
    change(ctx, id, async |scope, row| {
        let wait = i32::try_from(row.checks - 1).map_or(LONGEST, |n| PAUSE * (1 << n.clamp(0, 10)));
        let mut next = row.clone().into_active_model();
        next.check_at = Set(scope.now() + wait.min(LONGEST));
        next
    })
    .await?;
    Ok(Settled::Waiting)
}

async fn end(ctx: &Ctx, id: i64, status: &'static str) -> Result<Settled, ApiError> {
    change(ctx, id, async |_, row| {
        let mut next = row.clone().into_active_model();
        next.status = Set(status.into());
        next
    })
    .await?;
    Ok(Settled::Failed)
}

/// Changes an intent that is still pending.
async fn change(
    ctx: &Ctx,
    id: i64,
    next: impl AsyncFnOnce(&Scope, &Model) -> crate::entities::payment_intent::ActiveModel,
) -> Result<(), ApiError> {
    write(ctx, async |scope| {
        let row = scope.lock::<Entity>(id).await?;
        if let Some(row) = row.filter(|row| row.status == "pending") {
            let next = next(scope, &row).await;
            scope.update::<Entity, _>(&row, next).await?;
        }
        Ok(())
    })
    .await
}
