//! The subjects of a class, by name: unknown names become subjects of the school.

use std::collections::{BTreeMap, BTreeSet};

use resource::{
    ApiError,
    audit::{self, Act},
    tenant_guard::Scope,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, FromQueryResult, QueryFilter,
    sea_query::{Expr, ExprTrait, Func},
};
use serde_json::json;

use crate::entities::{class_subject, subject};

/// Leaves the name to another writer who creates it at this moment.
const CREATE: &str = "INSERT INTO subjects (school_id, name, created_at, updated_at) \
                      VALUES ($1, $2, $3, $3) ON CONFLICT DO NOTHING";

#[derive(FromQueryResult)]
struct Taken {
    class_id: i64,
    name: String,
}

/// Names of the subjects of each class, in alphabetical order.
///
/// # Errors
/// When the database fails.
pub async fn names_of(
    scope: &Scope,
    classes: &[i64],
) -> Result<BTreeMap<i64, Vec<String>>, ApiError> {
    let mut names: BTreeMap<i64, Vec<String>> = BTreeMap::new();
    if classes.is_empty() {
        return Ok(names);
    }
    let places: Vec<String> = (2..classes.len() + 2)
        .map(|place| format!("${place}"))
        .collect();
    let sql = format!(
        "SELECT cs.class_id, s.name FROM class_subjects cs \
         JOIN subjects s ON s.school_id = cs.school_id AND s.id = cs.subject_id \
         WHERE cs.school_id = $1 AND cs.class_id IN ({}) ORDER BY cs.class_id, s.name",
        places.join(", ")
    );
    let values = classes.iter().map(|id| (*id).into()).collect();
    let taken: Vec<Taken> = scope.query(&sql, values).await?;
    for one in taken {
        names.entry(one.class_id).or_default().push(one.name);
    }
    Ok(names)
}

/// Keys of the named subjects; those the school does not know yet are created.
///
/// # Errors
/// When the database fails.
pub async fn subjects_named(scope: &Scope, names: &[String]) -> Result<BTreeSet<i64>, ApiError> {
    let mut wanted: BTreeMap<String, &str> = BTreeMap::new();
    for name in names {
        wanted.entry(name.to_lowercase()).or_insert(name);
    }
    let mut keys = BTreeSet::new();
    for known in scope.all(scope.find::<subject::Entity>()).await? {
        if wanted.remove(&known.name.to_lowercase()).is_some() {
            keys.insert(known.id);
        }
    }
    for name in wanted.into_values() {
        keys.insert(created(scope, name).await?);
    }
    Ok(keys)
}

async fn created(scope: &Scope, name: &str) -> Result<i64, ApiError> {
    let values = vec![name.into(), scope.now().into()];
    let created = scope.execute(&["subjects"], CREATE, values).await?;
    let same = Func::lower(Expr::col(subject::Column::Name)).eq(Func::lower(Expr::val(name)));
    let query = scope.find::<subject::Entity>().filter(same);
    let Some(subject) = scope.one(query).await? else {
        return Err(ApiError::conflict("This subject is being deleted."));
    };
    if created > 0 {
        let act = Act {
            action: "create",
            resource: "subjects",
            id: Some(subject.id),
            before: None,
            after: Some(json!({ "name": name })),
        };
        audit::record(scope, act).await?;
    }
    Ok(subject.id)
}

/// Makes the class take exactly the named subjects; answers whether that changed anything.
///
/// # Errors
/// When the database fails.
pub async fn set(scope: &Scope, class_id: i64, names: &[String]) -> Result<bool, ApiError> {
    let wanted = subjects_named(scope, names).await?;
    let query = scope
        .find::<class_subject::Entity>()
        .filter(class_subject::Column::ClassId.eq(class_id));
    let taken: BTreeSet<i64> = scope
        .all(query)
        .await?
        .into_iter()
        .map(|row| row.subject_id)
        .collect();
    let dropped: Vec<i64> = taken.difference(&wanted).copied().collect();
    if !dropped.is_empty() {
        let which = Condition::all()
            .add(class_subject::Column::ClassId.eq(class_id))
            .add(class_subject::Column::SubjectId.is_in(dropped));
        scope.delete_where::<class_subject::Entity>(which).await?;
    }
    let added = wanted
        .difference(&taken)
        .map(|subject_id| class_subject::ActiveModel {
            class_id: Set(class_id),
            subject_id: Set(*subject_id),
            ..Default::default()
        });
    scope
        .insert_many::<class_subject::Entity, _>(added.collect())
        .await?;
    Ok(wanted != taken)
}

#[cfg(test)]
mod tests {
    use sea_orm::QueryOrder;

    use super::*;
    use crate::testing::{class, subjects, world};

    #[tokio::test]
    async fn a_class_takes_exactly_the_subjects_named() {
        let world = world().await;
        let scope = &world.scope;
        let class_id = class(scope, "Age 15").await;
        subjects(scope, &["Mathematics"]).await;
        let named = |names: &[&str]| {
            names
                .iter()
                .map(|name| (*name).to_owned())
                .collect::<Vec<_>>()
        };
        assert!(
            set(
                scope,
                class_id,
                &named(&["MATHEMATICS", "Portuguese", "portuguese"])
            )
            .await
            .unwrap()
        );
        let taken = names_of(scope, &[class_id]).await.unwrap();
        assert_eq!(taken[&class_id], ["Mathematics", "Portuguese"]);
        assert!(
            !set(scope, class_id, &named(&["portuguese", "mathematics"]))
                .await
                .unwrap()
        );
        assert!(set(scope, class_id, &[]).await.unwrap());
        assert!(names_of(scope, &[class_id]).await.unwrap().is_empty());
        let query = scope.find::<audit::entity::Entity>();
        let acts = scope
            .all(query.order_by_asc(audit::entity::Column::Id))
            .await
            .unwrap();
        let created: Vec<_> = acts.into_iter().map(|act| act.after.unwrap()).collect();
        assert_eq!(
            created,
            [
                json!({ "name": "Mathematics" }),
                json!({ "name": "Portuguese" })
            ]
        );
    }
}
