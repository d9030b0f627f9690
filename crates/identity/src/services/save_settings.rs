//! Reading and writing a school's settings.

use resource::{
    ApiError,
    audit::{self, Act},
    tenant_guard::Scope,
};
use sea_orm::{ActiveValue::Set, DbBackend, FromQueryResult, IntoActiveModel, QuerySelect};
use serde_json::{Map, Value};

use crate::{entities::school_settings, settings::Settings};

/// Settings as they are stored, with the facts of the school they are read beside.
#[derive(Debug, Clone)]
pub struct Stored {
    /// The row.
    pub row: school_settings::Model,
    /// The settings; `school_name` is the school's own.
    pub settings: Settings,
    /// Domain of the school.
    pub domain: String,
    /// Status of the school.
    pub status: String,
}

#[derive(FromQueryResult)]
struct Facts {
    name: String,
    domain: String,
    status: String,
}

/// The settings of the school.
///
/// # Errors
/// When the database fails.
pub async fn settings(scope: &Scope) -> Result<Settings, ApiError> {
    Ok(stored(scope, false).await?.settings)
}

/// The settings with their row, held against other writers where they are to be written.
///
/// # Errors
/// 404 for a school that is gone.
pub async fn stored(scope: &Scope, to_write: bool) -> Result<Stored, ApiError> {
    let mut query = scope.find::<school_settings::Entity>();
    if to_write && scope.backend() == DbBackend::Postgres {
        query = query.lock_exclusive();
    }
    let row = scope.one(query).await?.ok_or_else(ApiError::not_found)?;
    let sql = "SELECT name, domain, status FROM schools WHERE id = $1";
    let facts: Vec<Facts> = scope.query(sql, Vec::new()).await?;
    let Facts {
        name,
        domain,
        status,
    } = facts.into_iter().next().ok_or_else(ApiError::not_found)?;
    let kept: Settings = serde_json::from_value(row.keys.clone()).map_err(ApiError::internal)?;
    let settings = Settings {
        school_name: name,
        ..kept
    };
    Ok(Stored {
        row,
        settings,
        domain,
        status,
    })
}

/// Writes checked settings over `before`, and down in the audit trail; answers them as they are now.
/// A blank `school_name` leaves the school's name.
///
/// # Errors
/// When the database fails.
pub async fn save(
    scope: &Scope,
    before: &Stored,
    mut settings: Settings,
) -> Result<Stored, ApiError> {
    if settings.school_name.is_empty() {
        settings
            .school_name
            .clone_from(&before.settings.school_name);
    }
    if settings == before.settings {
        return Ok(before.clone());
    }
    if settings.school_name != before.settings.school_name {
        let sql = "UPDATE schools SET name = $2, updated_at = $3, row_version = row_version + 1 WHERE id = $1";
        let values = vec![settings.school_name.as_str().into(), scope.now().into()];
        scope.execute(&["schools"], sql, values).await?;
    }
    // The name has one home, the school's own row.
    let keys = Settings {
        school_name: String::new(),
        ..settings.clone()
    };
    let mut row = before.row.clone().into_active_model();
    row.keys = Set(serde_json::to_value(keys).map_err(ApiError::internal)?);
    let row = scope
        .update::<school_settings::Entity, _>(&before.row, row)
        .await?;
    let row = scope
        .advance::<school_settings::Entity>(&before.row, row)
        .await?;
    let after = Stored {
        row,
        settings,
        ..before.clone()
    };
    record(scope, before, &after).await?;
    Ok(after)
}

/// The trail keeps the keys that changed; an image is long.
async fn record(scope: &Scope, before: &Stored, after: &Stored) -> Result<(), ApiError> {
    let object = |stored: &Stored| match serde_json::to_value(&stored.settings) {
        Ok(Value::Object(keys)) => keys,
        _ => Map::new(),
    };
    let (mut was, mut is) = (object(before), object(after));
    let other = was.clone();
    was.retain(|key, value| is.get(key) != Some(value));
    is.retain(|key, value| other.get(key) != Some(value));
    let act = Act {
        action: "update",
        resource: "settings",
        id: Some(after.row.id),
        before: Some(Value::Object(was)),
        after: Some(Value::Object(is)),
    };
    audit::record(scope, act).await
}

#[cfg(test)]
mod tests {
    use chrono_tz::Tz;
    use serde_json::json;

    use super::*;
    use crate::{services::school_year::school_time_zone, testing};

    #[actix_web::test]
    async fn a_new_name_of_the_school_moves_the_settings_on_and_the_trail_keeps_only_what_changed()
    {
        let world = testing::world().await;
        let scope = world.scope(world.school("gp").await);
        let before = stored(&scope, true).await.unwrap();
        let named = Settings {
            school_name: "Great Park".into(),
            ..before.settings.clone()
        };
        let after = save(&scope, &before, named).await.unwrap();
        assert_eq!(after.row.row_version, before.row.row_version + 1);
        assert_eq!(settings(&scope).await.unwrap().school_name, "Great Park");
        let acts = scope
            .all(scope.find::<audit::entity::Entity>())
            .await
            .unwrap();
        assert_eq!(acts[0].before, Some(json!({ "school_name": "GP" })));
    }

    #[actix_web::test]
    async fn settings_that_say_nothing_new_write_nothing() {
        let world = testing::world().await;
        let scope = world.scope(world.school("gp").await);
        let before = stored(&scope, true).await.unwrap();
        let unnamed = Settings {
            school_name: String::new(),
            ..before.settings.clone()
        };
        assert_eq!(
            save(&scope, &before, unnamed).await.unwrap().row,
            before.row
        );
        assert_eq!(school_time_zone(&scope).await.unwrap(), Tz::Africa__Lagos);
    }
}
