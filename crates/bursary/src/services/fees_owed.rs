//! Which fees concern a family.

use academic::{entities::student, services::own};
use resource::{
    pagination,
    tenant_guard::{Rows, Scope},
};
use sea_orm::{ColumnTrait, Condition, QueryFilter, QuerySelect, QueryTrait};

use crate::entities::fee_item::Column;

/// The fee items among `rows`: a parent and a pupil see what is charged at present to every class,
/// or to the class of a pupil of theirs.
#[must_use]
pub fn visible(scope: &Scope, rows: Rows) -> Condition {
    match rows {
        Rows::All => Condition::all(),
        Rows::Own => {
            let classes = scope
                .find::<student::Entity>()
                .select_only()
                .column(student::Column::ClassId)
                .filter(own::students(scope, rows));
            let charged = Condition::any()
                .add(Column::ClassId.is_null())
                .add(Column::ClassId.in_subquery(classes.into_query()));
            Condition::all().add(Column::Active.eq(true)).add(charged)
        }
        Rows::Assigned | Rows::None => pagination::nothing(),
    }
}
