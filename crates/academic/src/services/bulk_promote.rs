//! Moves many pupils to their next classes, or out of the school, in one transaction.

use std::collections::{BTreeMap, BTreeSet};

use identity::services::{SchoolYear, school_year};
use resource::{
    ApiError,
    audit::{self, Act},
    fields::unknown_pk,
    tenant_guard::{Scope, TenantEntity},
};
use sea_orm::{ColumnTrait, Condition, FromQueryResult, QueryFilter, QuerySelect, sea_query::Expr};
use serde_json::json;

use super::enrolments::{Known, enrol};
use crate::entities::{class, student};

/// Most pupils of one call, below the number of values a statement can bind on either engine.
pub const MOST: usize = 10_000;

/// Where a pupil goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Destination {
    /// To a class.
    Class(i64),
    /// Out of the school, with honour.
    Graduate,
}

/// What became of the pupils.
#[derive(Debug, Default)]
pub struct Promoted {
    /// How many moved.
    pub processed: usize,
    /// Why others did not, by the key the caller sent.
    pub errors: BTreeMap<String, String>,
}

/// Promotes every pupil it can into a session, the current one where none is named, and says of each other one
/// why not. The class each had in the current session is written down before, where it is not yet. Five
/// statements at most, and two more for each destination.
///
/// # Errors
/// When the database fails; then nobody moved.
pub async fn bulk_promote(
    scope: &Scope,
    promotions: &BTreeMap<i64, Destination>,
    session: Option<&str>,
) -> Result<Promoted, ApiError> {
    let targets = promotions.values().filter_map(|to| match to {
        Destination::Class(id) => Some(*id),
        Destination::Graduate => None,
    });
    let classes = known::<class::Entity>(scope, targets.collect()).await?;
    let pupils = known::<student::Entity>(scope, promotions.keys().copied().collect()).await?;
    let mut promoted = Promoted::default();
    let mut moves: BTreeMap<Destination, Vec<i64>> = BTreeMap::new();
    for (pupil, to) in promotions {
        let unknown_class = match to {
            Destination::Class(id) if !classes.contains(id) => Some(*id),
            _ => None,
        };
        if !pupils.contains(pupil) {
            promoted
                .errors
                .insert(pupil.to_string(), unknown_pk(*pupil));
        } else if let Some(id) = unknown_class {
            promoted.errors.insert(pupil.to_string(), unknown_pk(id));
        } else {
            moves.entry(*to).or_default().push(*pupil);
        }
    }
    let everybody: Vec<i64> = moves.values().flatten().copied().collect();
    let SchoolYear { settings, today } = school_year(scope).await?;
    let current = settings.current_session;
    let session = session.unwrap_or(&current);
    if session != current {
        enrol(scope, &current, today, &everybody, Known::Keep).await?;
    }
    for (to, pupils) in moves {
        promoted.processed += pupils.len();
        relocate(scope, to, pupils, session).await?;
    }
    enrol(scope, session, today, &everybody, Known::Replace).await?;
    Ok(promoted)
}

async fn relocate(
    scope: &Scope,
    to: Destination,
    pupils: Vec<i64>,
    session: &str,
) -> Result<(), ApiError> {
    let (class_id, status) = match to {
        Destination::Class(id) => (Some(id), "active"),
        Destination::Graduate => (None, "graduated"),
    };
    let columns = vec![
        (student::Column::ClassId, Expr::value(class_id)),
        (student::Column::Status, Expr::value(status)),
    ];
    let which = Condition::all().add(student::Column::Id.is_in(pupils.iter().copied()));
    scope
        .update_where::<student::Entity>(columns, which)
        .await?;
    let act = Act {
        action: "promote",
        resource: "students",
        id: None,
        before: None,
        after: Some(
            json!({ "students": pupils, "class_id": class_id, "status": status, "session": session }),
        ),
    };
    audit::record(scope, act).await
}

#[derive(FromQueryResult)]
struct Key {
    id: i64,
}

/// Those of `ids` that are keys of the school's rows.
async fn known<E: TenantEntity>(
    scope: &Scope,
    ids: BTreeSet<i64>,
) -> Result<BTreeSet<i64>, ApiError> {
    let query = scope
        .find::<E>()
        .filter(E::ID.is_in(ids))
        .select_only()
        .column_as(E::ID, "id");
    let keys: Vec<Key> = scope.rows(query).await?;
    Ok(keys.into_iter().map(|key| key.id).collect())
}

#[cfg(test)]
mod tests {
    use resource::tenant_guard::statements;
    use sea_orm::QueryOrder;

    use super::*;
    use crate::testing::{SESSION, class, student, world};

    #[tokio::test]
    async fn who_can_move_moves_and_who_cannot_is_told() {
        let world = world().await;
        let (from, to) = (
            class(&world.scope, "Age 15").await,
            class(&world.scope, "Age 16").await,
        );
        let foreign_class = class(&world.elsewhere(), "Age 16").await;
        let foreign = student(&world.elsewhere(), 9, foreign_class).await;
        let mut pupils = Vec::new();
        for number in 1..=3 {
            pupils.push(student(&world.scope, number, from).await);
        }
        let promotions = BTreeMap::from([
            (pupils[0], Destination::Class(to)),
            (pupils[1], Destination::Graduate),
            (pupils[2], Destination::Class(foreign_class)),
            (foreign, Destination::Class(to)),
        ]);
        let done = bulk_promote(&world.scope, &promotions, None).await.unwrap();
        assert_eq!(done.processed, 2);
        let errors = [
            (pupils[2].to_string(), unknown_pk(foreign_class)),
            (foreign.to_string(), unknown_pk(foreign)),
        ];
        assert_eq!(done.errors, BTreeMap::from(errors));
        let query = world
            .scope
            .find::<student::Entity>()
            .order_by_asc(student::Column::Id);
        let now = world.scope.all(query).await.unwrap();
        let state: Vec<_> = now
            .iter()
            .map(|row| (row.class_id, row.status.as_str()))
            .collect();
        assert_eq!(
            state,
            [
                (Some(to), "active"),
                (None, "graduated"),
                (Some(from), "active")
            ]
        );
    }

    #[tokio::test]
    async fn the_number_of_statements_does_not_grow_with_the_pupils() {
        let world = world().await;
        let class_id = class(&world.scope, "Age 15").await;
        let mut promotions = BTreeMap::new();
        let mut counts = BTreeSet::new();
        for number in 1..=6 {
            let pupil = student(&world.scope, number, class_id).await;
            promotions.insert(pupil, Destination::Graduate);
            counts.insert(
                statements::counted(async {
                    bulk_promote(&world.scope, &promotions, Some(SESSION))
                        .await
                        .unwrap();
                    statements::so_far().count
                })
                .await,
            );
        }
        assert_eq!(counts, BTreeSet::from([6]));
    }
}
