//! Removes the files that no row names, while the gateway serves; gateways that meet at it harm nothing.

use std::time::Duration;

use actix_web::{
    rt::{self, task::JoinHandle, time},
    web,
};
use files::{Mention, services::sweep::sweep};
use resource::{
    ApiError, Ctx,
    tenant_guard::{Principal, SchoolId, sea_orm::FromQueryResult},
};

use crate::State;

/// Time between two sweeps.
const EVERY: Duration = Duration::from_hours(1);

#[derive(FromQueryResult)]
struct School {
    id: i64,
}

/// Starts it; it runs until it is aborted.
pub(crate) fn start(state: &State) -> JoinHandle<()> {
    let state = state.clone();
    rt::spawn(async move {
        let mut turns = time::interval(EVERY);
        // The first comes at once, when everything else starts.
        turns.tick().await;
        loop {
            turns.tick().await;
            match sweep_all(&state).await {
                Ok(0) => {}
                Ok(removed) => tracing::info!(removed, "files that no row names"),
                // What fails now is removed at the next turn.
                Err(error) => tracing::warn!(%error, "removing files that no row names"),
            }
        }
    })
}

/// Sweeps every school once; answers how many files were removed.
///
/// # Errors
/// 503 when the store or the database is away.
pub async fn sweep_all(state: &State) -> Result<u64, ApiError> {
    let kernel = web::Data::new(state.kernel.for_worker());
    let sql = "SELECT id FROM schools ORDER BY id";
    let schools: Vec<School> = state.database.platform().query(sql, Vec::new()).await?;
    let since = state.database.clock().now() - state.config.keep_files;
    let mut removed = 0;
    for School { id } in schools {
        let school = SchoolId(id);
        let ctx = Ctx {
            scope: kernel.database.scope(school, Principal::system(school)),
            kernel: kernel.clone(),
        };
        removed += sweep(&ctx, &state.files.store, &mentions(), since).await?;
    }
    Ok(removed)
}

/// Wherever rows name files.
fn mentions() -> Vec<Mention> {
    [
        identity::settings::MENTIONS,
        academic::MENTIONS,
        core_messaging::MENTIONS,
    ]
    .concat()
}
