//! The category of a name: found whatever its case, else created.

use resource::{
    ApiError,
    audit::{self, Act},
    tenant_guard::Scope,
};
use sea_orm::{
    QueryFilter,
    sea_query::{Expr, ExprTrait, Func},
};
use serde_json::json;

use crate::entities::fee_category::{Column, Entity, Model};

/// Leaves the name to another writer who creates it at this moment.
const CREATE: &str = "INSERT INTO fee_categories (school_id, name, created_at, updated_at) \
                      VALUES ($1, $2, $3, $3) ON CONFLICT DO NOTHING";

/// Key of the school's category called `name`.
///
/// # Errors
/// 409 when the category is deleted at this moment, 503 or 500 when the database fails.
pub async fn category_named(scope: &Scope, name: &str) -> Result<i64, ApiError> {
    if let Some(known) = find(scope, name).await? {
        return Ok(known.id);
    }
    let values = vec![name.into(), scope.now().into()];
    let created = scope.execute(&["fee_categories"], CREATE, values).await?;
    let Some(category) = find(scope, name).await? else {
        return Err(ApiError::conflict("This category is being deleted."));
    };
    if created > 0 {
        let act = Act {
            action: "create",
            resource: "fee-categories",
            id: Some(category.id),
            before: None,
            after: Some(json!({ "name": name })),
        };
        audit::record(scope, act).await?;
    }
    Ok(category.id)
}

async fn find(scope: &Scope, name: &str) -> Result<Option<Model>, ApiError> {
    let same = Func::lower(Expr::col(Column::Name)).eq(Func::lower(Expr::val(name)));
    Ok(scope.one(scope.find::<Entity>().filter(same)).await?)
}
