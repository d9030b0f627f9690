//! Schools as the platform sees them: founding one, and opening or closing it.

use chrono::{DateTime, Datelike, Utc};
use resource::{
    ApiError, FieldErrors,
    audit::{self, Act},
    tenant_guard::{Platform, Principal, SchoolId},
};
use sea_orm::{ActiveValue::Set, ColumnTrait, IntoActiveModel, QueryFilter};
use serde_json::json;

use crate::{
    entities::{school, school_settings},
    services::accounts::{self, NewUser},
    settings::Settings,
};

/// Words that name parts of the platform, or that a school could deceive people by.
const RESERVED: &[&str] = &[
    "account", "accounts", "admin", "api", "app", "assets", "auth", "billing", "blog", "cdn",
    "docs", "ftp", "help", "imap", "login", "mail", "mx", "ns", "ns1", "ns2", "platform", "pop",
    "root", "security", "smtp", "static", "status", "support", "system", "termbook", "webmail",
    "www",
];

/// What is wrong with `domain` as the name of a new school, under `domain`.
///
/// # Errors
/// When the database fails.
pub async fn domain_errors(platform: &Platform, domain: &str) -> Result<FieldErrors, ApiError> {
    let message = if !is_label(domain) {
        "Use 1 to 63 of a-z, 0-9 and -, with a letter or digit at both ends."
    } else if RESERVED.contains(&domain) {
        "This domain is reserved."
    } else if platform.school_of(domain).await?.is_some() {
        "school with this domain already exists."
    } else {
        return Ok(FieldErrors::default());
    };
    Ok(FieldErrors::of("domain", message))
}

/// A label of a host name (RFC 1123 §2.1), in lower case.
fn is_label(domain: &str) -> bool {
    let sound = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=63).contains(&domain.len())
        && domain.bytes().all(sound)
        && !domain.starts_with('-')
        && !domain.ends_with('-')
}

/// Creates a school with the settings every school starts with.
///
/// # Errors
/// 409 when the domain is taken.
pub async fn create_school(
    platform: &Platform,
    name: &str,
    domain: &str,
    status: &str,
) -> Result<school::Model, ApiError> {
    let now = platform.database().clock().now();
    let row = school::ActiveModel {
        name: Set(name.into()),
        domain: Set(domain.into()),
        status: Set(status.into()),
        created_at: Set(now),
        updated_at: Set(now),
        row_version: Set(1),
        ..Default::default()
    };
    let school = platform.insert::<school::Entity, _>(row).await?;
    let settings = Settings {
        current_session: session_of(now),
        ..Settings::default()
    };
    let keys = school_settings::ActiveModel {
        keys: Set(serde_json::to_value(settings).map_err(ApiError::internal)?),
        ..Default::default()
    };
    let id = SchoolId(school.id);
    let scope = platform.scope(id, Principal::system(id));
    scope.insert::<school_settings::Entity, _>(keys).await?;
    Ok(school)
}

/// The school year of a moment, as most schools count it: from September.
fn session_of(now: DateTime<Utc>) -> String {
    let first = if now.month() >= 9 {
        now.year()
    } else {
        now.year() - 1
    };
    format!("{first}/{}", first + 1)
}

/// A school to be founded, with whoever is to run it.
#[derive(Debug, Clone)]
pub struct NewSchool<'a> {
    /// Name.
    pub name: &'a str,
    /// Domain, free and sound by [`domain_errors`].
    pub domain: &'a str,
    /// `active`, or `pending` until an operator looked at it.
    pub status: &'a str,
    /// The first administrator.
    pub administrator: NewUser<'a>,
}

/// Founds a school in one transaction; `by` is the operator who does, none at public sign-up.
///
/// # Errors
/// 409 when the domain was taken meanwhile.
pub async fn found(
    platform: &Platform,
    by: Option<&Principal>,
    new: &NewSchool<'_>,
) -> Result<school::Model, ApiError> {
    let transaction = platform.begin().await?;
    let school = create_school(transaction.platform(), new.name, new.domain, new.status).await?;
    let id = SchoolId(school.id);
    let scope = transaction
        .platform()
        .scope(id, by.cloned().unwrap_or_else(|| Principal::system(id)));
    accounts::create_user(&scope, &new.administrator).await?;
    let act = Act {
        action: "create",
        resource: "schools",
        id: Some(school.id),
        before: None,
        after: Some(json!({ "name": new.name, "domain": new.domain, "status": new.status })),
    };
    audit::record(&scope, act).await?;
    drop(scope);
    transaction.commit().await?;
    Ok(school)
}

/// One school.
///
/// # Errors
/// 404.
pub async fn school(platform: &Platform, id: i64) -> Result<school::Model, ApiError> {
    let query = platform
        .find::<school::Entity>()
        .filter(school::Column::Id.eq(id));
    platform.one(query).await?.ok_or_else(ApiError::not_found)
}

/// Opens or closes a school; answers it as it is now. A removal that was asked for is called off, and an
/// archive that was made counts no more. Tokens of a school that is not active are not
/// renewed, so its people are out when their access tokens expire.
///
/// # Errors
/// 404.
pub async fn set_status(
    platform: &Platform,
    by: &Principal,
    id: i64,
    status: &str,
) -> Result<school::Model, ApiError> {
    let transaction = platform.begin().await?;
    let before = school(transaction.platform(), id).await?;
    if before.status == status {
        return Ok(before);
    }
    let mut row = before.clone().into_active_model();
    row.status = Set(status.into());
    row.archived_at = Set(None);
    row.archive_sha256 = Set(None);
    row.removal_due_at = Set(None);
    row.updated_at = Set(platform.database().clock().now());
    row.row_version = Set(before.row_version + 1);
    let after = transaction
        .platform()
        .update::<school::Entity, _>(row)
        .await?;
    let act = Act {
        action: if status == "active" {
            "activate"
        } else {
            "suspend"
        },
        resource: "schools",
        id: Some(id),
        before: Some(json!({ "status": before.status })),
        after: Some(json!({ "status": after.status })),
    };
    let scope = transaction.platform().scope(SchoolId(id), by.clone());
    audit::record(&scope, act).await?;
    drop(scope);
    transaction.commit().await?;
    Ok(after)
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;
    use crate::{services, testing};

    #[actix_web::test]
    async fn a_domain_that_is_malformed_reserved_or_taken_is_refused() {
        let world = testing::world().await;
        world.school("gp").await;
        for bad in [
            "",
            "-gp",
            "gp-",
            "Gp",
            "g p",
            "gp.school",
            "www",
            "api",
            "gp",
            &"x".repeat(64),
        ] {
            assert!(
                !domain_errors(&world.platform(), bad)
                    .await
                    .unwrap()
                    .is_empty(),
                "{bad}"
            );
        }
        assert!(
            domain_errors(&world.platform(), "st-mary-2")
                .await
                .unwrap()
                .is_empty()
        );
    }

    #[actix_web::test]
    async fn a_new_school_starts_with_the_session_of_its_day() {
        let world = testing::world().await;
        let gp = world.school("gp").await;
        let settings = services::settings(&world.scope(gp)).await.unwrap();
        assert_eq!(
            (
                settings.school_name.as_str(),
                settings.current_session.as_str()
            ),
            ("GP", "2025/2026")
        );
        let september = Utc.with_ymd_and_hms(2026, 9, 1, 0, 0, 0).unwrap();
        assert_eq!(session_of(september), "2026/2027");
    }

    #[actix_web::test]
    async fn the_audit_trail_cannot_be_rewritten() {
        let world = testing::world().await;
        let gp = world.school("gp").await;
        set_status(&world.platform(), &Principal::system(gp), gp.0, "suspended")
            .await
            .unwrap();
        let scope = world.scope(gp);
        for sql in [
            "DELETE FROM activity_logs WHERE school_id = $1",
            "UPDATE activity_logs SET action = '' WHERE school_id = $1",
        ] {
            assert!(scope.execute(&[], sql, Vec::new()).await.is_err(), "{sql}");
        }
        let kept = scope
            .all(scope.find::<audit::entity::Entity>())
            .await
            .unwrap();
        assert_eq!(kept[0].after, Some(json!({ "status": "suspended" })));
    }
}
