//! The fees assigned to a pupil, which `students/` shows as a field and another domain keeps.
//!
//! The bursary knows of this crate and it of none of the bursary's rows, so `students/` is generic over who
//! keeps them, and whoever builds the application says who does.

use std::collections::BTreeMap;

use resource::{ApiError, FieldErrors, tenant_guard::Scope};

/// Who keeps the fees assigned to pupils.
#[allow(
    async_fn_in_trait,
    reason = "handlers run on one worker thread; no future crosses threads"
)]
pub trait PupilFees: 'static {
    /// Ids of the fee items assigned to each of these pupils, in their order; none for a caller who reads
    /// no fees. A pupil without any may be left out. One statement at most.
    async fn of(scope: &Scope, pupils: &[i64]) -> Result<BTreeMap<i64, Vec<i64>>, ApiError>;

    /// What is wrong with `fees` as those of a pupil who has `before`, as errors of `field`.
    ///
    /// # Errors
    /// 403 when they differ from `before` and the caller writes no fees.
    async fn check(
        scope: &Scope,
        field: &str,
        before: &[i64],
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
    async fn of(_: &Scope, _: &[i64]) -> Result<BTreeMap<i64, Vec<i64>>, ApiError> {
        Ok(BTreeMap::new())
    }

    async fn check(_: &Scope, _: &str, _: &[i64], _: &[i64]) -> Result<FieldErrors, ApiError> {
        Ok(FieldErrors::default())
    }

    async fn assign(_: &Scope, _: i64, _: &[i64]) -> Result<bool, ApiError> {
        Ok(false)
    }
}
