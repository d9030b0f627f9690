//! The six handlers of every collection, written once.

mod read;
mod write;

use pagination::Listing;
use tenant_guard::TenantEntity;

use crate::{ApiError, Ctx, Resource, etag, rules::Rules, shape::Shape, traits::ModelOf};

pub(crate) use read::{list, retrieve};
pub(crate) use write::{create, delete, replace, update};

/// What the handlers of one mounted collection share.
pub(crate) struct Mounted<R: Resource> {
    pub listing: Listing<R::Entity>,
    pub shape: Shape,
    /// Path of the collection with slashes: `/api/students/`.
    pub path: String,
}

impl<R: Resource> Mounted<R> {
    pub(crate) fn at(name: &str) -> Self {
        Self {
            listing: R::listing(),
            shape: Shape::of::<R::Input>(),
            path: format!("/api/{name}/"),
        }
    }
}

fn rules_of<R: Resource>() -> Rules {
    Rules {
        table: <R::Entity as TenantEntity>::TABLE,
        item: R::ITEM,
        references: R::REFERENCES,
        uniques: R::UNIQUES,
    }
}

/// One row as the wire shows it, read inside or outside a transaction.
async fn shown<R: Resource>(
    scope: &tenant_guard::Scope,
    row: &ModelOf<R>,
) -> Result<Vec<u8>, ApiError> {
    use sea_orm::{ColumnTrait, QueryFilter};
    let id = etag::row_id::<R::Entity>(row);
    let query = scope
        .find::<R::Entity>()
        .filter(<R::Entity as TenantEntity>::ID.eq(id));
    let rows = scope.rows(R::select(query)).await?;
    let output = R::output(scope, rows).await?;
    let output = output.first().ok_or_else(ApiError::not_found)?;
    serde_json::to_vec(output).map_err(ApiError::internal)
}

/// The viewer's part and the address, which together key an answer.
pub(crate) fn cache_key(ctx: &Ctx, rows: tenant_guard::Rows, address: &str) -> String {
    format!(
        "{} {address}",
        crate::Viewer::of(ctx.scope.principal(), rows).key()
    )
}
