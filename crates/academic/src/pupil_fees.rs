//! The fees assigned to a pupil, which `students/` shows as a field and another domain keeps.
//!
//! The bursary knows of this crate and it of none of the bursary's rows, so `students/` is generic over who
//! keeps them, and whoever builds the application says who does.

use resource::{ApiError, FieldErrors, tenant_guard::Scope};
use sea_orm::sea_query::Expr;

/// Who keeps the fees assigned to pupils.
#[allow(
    async_fn_in_trait,
    reason = "handlers run on one worker thread; no future crosses threads"
)]
pub trait PupilFees: 'static {
    /// What a query of `students` selects to learn them with the pupil: ids of fee items as text, joined by
    /// commas in any order; null where there are none.
    fn ids() -> Expr;

    /// Whether the caller may read them.
    fn readable(scope: &Scope) -> bool;

    /// Ids of the fee items assigned to a pupil, in their order, whoever asks. One statement at most.
    async fn of(scope: &Scope, pupil: i64) -> Result<Vec<i64>, ApiError>;

    /// What is wrong with `fees` as those of a pupil, who may be new, as errors of `field`.
    ///
    /// # Errors
    /// 403 when they are not the pupil's already and the caller writes no fees.
    async fn check(
        scope: &Scope,
        field: &str,
        pupil: Option<i64>,
        fees: &[i64],
    ) -> Result<FieldErrors, ApiError>;

    /// Assigns these fees to a pupil whose row the caller holds, and no others; answers whether that
    /// changed anything.
    ///
    /// # Errors
    /// 409 when entries of the ledger rest on one that would go.
    async fn assign(scope: &Scope, pupil: i64, fees: &[i64]) -> Result<bool, ApiError>;
}

/// Nobody: no pupil has a fee, and none is assigned.
impl PupilFees for () {
    fn ids() -> Expr {
        Expr::cust("CAST(NULL AS text)")
    }

    fn readable(_: &Scope) -> bool {
        true
    }

    async fn of(_: &Scope, _: i64) -> Result<Vec<i64>, ApiError> {
        Ok(Vec::new())
    }

    async fn check(_: &Scope, _: &str, _: Option<i64>, _: &[i64]) -> Result<FieldErrors, ApiError> {
        Ok(FieldErrors::default())
    }

    async fn assign(_: &Scope, _: i64, _: &[i64]) -> Result<bool, ApiError> {
        Ok(false)
    }
}
