//! The category of a name: found whatever its case, else created.

use resource::{ApiError, tenant_guard::Scope};
use sea_orm::{
    ActiveValue::Set,
    QueryFilter,
    sea_query::{Expr, ExprTrait, Func},
};

use crate::entities::fee_category::{ActiveModel, Column, Entity};

/// Key of the school's category called `name`.
///
/// # Errors
/// 409 when another writer creates the same name at this moment, 503 or 500 when the database fails.
pub async fn category_named(scope: &Scope, name: &str) -> Result<i64, ApiError> {
    let same = Expr::expr(Func::lower(Expr::col(Column::Name))).eq(Func::lower(Expr::value(name)));
    if let Some(known) = scope.one(scope.find::<Entity>().filter(same)).await? {
        return Ok(known.id);
    }
    let row = ActiveModel {
        name: Set(name.to_owned()),
        description: Set(String::new()),
        is_optional: Set(false),
        ..Default::default()
    };
    Ok(scope.insert::<Entity, _>(row).await?.id)
}
