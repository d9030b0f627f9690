//! What was asked of a gateway.

use chrono::TimeDelta;
use resource::{
    ApiError, Money,
    tenant_guard::{Platform, SchoolId, Scope},
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, FromQueryResult, QueryFilter,
    sea_query::{Expr, ExprTrait, Func},
};

use crate::{
    entities::{
        payment,
        payment_intent::{ActiveModel, Column, Entity, Model},
    },
    gateways::Told,
    services::ledger::recorder,
};

/// How long a payer is left alone before the server asks the gateway of its own accord.
const FIRST_CHECK: TimeDelta = TimeDelta::minutes(10);

/// A payment to be asked of a gateway.
#[derive(Debug, Clone)]
pub struct NewIntent {
    /// The pupil to be paid for.
    pub student_id: i64,
    /// Amount, above zero.
    pub amount: Money,
    /// Currency of the school, by ISO 4217.
    pub currency: String,
    /// School year.
    pub session: String,
    /// Term.
    pub term: String,
    /// The kind of fee it is meant for.
    pub category_id: Option<i64>,
}

/// Stores what is to be asked of a gateway under `reference`.
///
/// # Errors
/// 409 when the reference is stored already.
pub async fn store(
    scope: &Scope,
    provider: &str,
    reference: &str,
    new: NewIntent,
) -> Result<Model, ApiError> {
    let row = ActiveModel {
        student_id: Set(new.student_id),
        provider: Set(provider.into()),
        reference: Set(reference.into()),
        amount: Set(new.amount),
        currency: Set(new.currency),
        session: Set(new.session),
        term: Set(new.term),
        category_id: Set(new.category_id),
        payer_id: Set(recorder(scope)),
        status: Set("pending".into()),
        checks: Set(0),
        check_at: Set(scope.now() + FIRST_CHECK),
        payment_id: Set(None),
        ..Default::default()
    };
    Ok(scope.insert::<Entity, _>(row).await?)
}

/// What was asked under a reference.
///
/// # Errors
/// When the database fails.
pub async fn intent_of(scope: &Scope, reference: &str) -> Result<Option<Model>, ApiError> {
    let query = scope
        .find::<Entity>()
        .filter(Column::Reference.eq(reference));
    Ok(scope.one(query).await?)
}

/// The payment recorded under a gateway's reference, whatever its case.
///
/// # Errors
/// When the database fails.
pub async fn recorded(scope: &Scope, reference: &str) -> Result<Option<payment::Model>, ApiError> {
    let same = Func::lower(Expr::col(payment::Column::GatewayReference))
        .eq(Func::lower(Expr::val(reference)));
    let query = scope.find::<payment::Entity>().filter(same);
    Ok(scope.one(query).await?)
}

/// The school that asked under a reference, and the key of what it asked.
///
/// # Errors
/// When the database fails.
pub async fn school_of(
    platform: &Platform,
    reference: &str,
) -> Result<Option<(SchoolId, i64)>, ApiError> {
    #[derive(FromQueryResult)]
    struct Asked {
        school_id: i64,
        id: i64,
    }
    let sql = "SELECT school_id, id FROM payment_intents WHERE reference = $1";
    let asked: Vec<Asked> = platform.query(sql, vec![reference.into()]).await?;
    Ok(asked.first().map(|one| (SchoolId(one.school_id), one.id)))
}

/// Whether what a gateway keeps beside a payment says that it is for this pupil of this school.
///
/// # Errors
/// When the database fails.
pub async fn adopt(scope: &Scope, told: &Told, student_id: i64) -> Result<bool, ApiError> {
    #[derive(FromQueryResult)]
    struct School {
        domain: String,
    }
    let sql = "SELECT domain FROM schools WHERE id = $1";
    let schools: Vec<School> = scope.query(sql, Vec::new()).await?;
    let told = |key: &str| {
        let kept = told.metadata.get(key)?;
        kept.as_str()
            .map_or_else(|| Some(kept.to_string()), |text| Some(text.to_owned()))
    };
    let domain = schools.into_iter().next().map(|school| school.domain);
    Ok(domain.is_some()
        && told("school") == domain
        && told("student_id") == Some(student_id.to_string()))
}
