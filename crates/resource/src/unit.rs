//! The unit of work: every write of a request is one transaction, and caches learn of it.

use tenant_guard::Scope;

use crate::{ApiError, Ctx, outbox};

/// Runs `work` in a transaction and commits it; any error takes everything back.
///
/// Before the commit every table written is marked in the cache, after it the mark is lifted with a
/// new version: no reader can keep what it read in between.
///
/// # Errors
/// Those of `work`, and 503 or 500 when the database fails.
pub async fn write<T>(
    ctx: &Ctx,
    work: impl AsyncFnOnce(&Scope) -> Result<T, ApiError>,
) -> Result<T, ApiError> {
    let transaction = ctx.scope.begin().await?;
    let done = match work(transaction.scope()).await {
        Ok(done) => done,
        Err(error) => {
            // The engine takes the work back even when it cannot say so.
            let _ = transaction.rollback().await;
            return Err(error);
        }
    };
    let touched = transaction.touched();
    if touched.is_empty() {
        transaction.commit().await?;
        return Ok(done);
    }
    let posted = touched.contains(outbox::TABLE);
    let (cache, school) = (ctx.kernel.cache.clone(), ctx.scope.school().0);
    // A caller who hangs up drops its handler; a commit under way must not be dropped with it.
    let finish = actix_web::rt::spawn(async move {
        let lease = cache.begin_write(school, &touched).await;
        let committed = transaction.commit().await;
        lease.finish().await;
        committed
    });
    finish.await.map_err(ApiError::internal)??;
    if posted {
        ctx.kernel.posted.send_replace(());
    }
    Ok(done)
}
