//! Whoever signs in: found by keys or by name, with the school and what it subscribed to.

use chrono::NaiveDate;
use resource::{
    ApiError,
    tenant_guard::{Module, Platform, Role, SchoolId},
};
use sea_orm::{FromQueryResult, Value};

use crate::{
    error,
    services::subscriptions::{self, Plan},
};

/// Whoever a token may be given to: a user with the school, or an operator without one.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Account {
    /// Key of the user or operator.
    pub id: i64,
    /// User name; the e-mail of an operator.
    pub username: String,
    /// E-mail.
    pub email: String,
    /// Full name.
    pub name: String,
    role: String,
    /// Hash of the password; empty for none.
    pub password_hash: String,
    /// Whether the holder may sign in.
    pub is_active: bool,
    /// The school.
    pub school_id: Option<i64>,
    /// Its name.
    pub school: Option<String>,
    /// Its domain.
    pub domain: Option<String>,
    /// Its status.
    pub status: Option<String>,
    /// What it subscribed to.
    pub plan_name: Option<String>,
    allowed_modules: Option<String>,
    /// Last day of that.
    pub expires_on: Option<NaiveDate>,
}

const USERS: &str = "SELECT u.id, u.username, u.email, u.name, u.role, u.password_hash, u.is_active, \
                     u.school_id, s.name AS school, s.domain, s.status, b.plan_name, \
                     CAST(b.allowed_modules AS text) AS allowed_modules, b.expires_on \
                     FROM users u JOIN schools s ON s.id = u.school_id \
                     LEFT JOIN subscriptions b ON b.school_id = s.id";
const OPERATORS: &str = "SELECT id, email AS username, email, name, 'SUPER_ADMIN' AS role, password_hash, \
                         is_active, CAST(NULL AS bigint) AS school_id, CAST(NULL AS text) AS school, \
                         CAST(NULL AS text) AS domain, CAST(NULL AS text) AS status, CAST(NULL AS text) AS plan_name, \
                         CAST(NULL AS text) AS allowed_modules, CAST(NULL AS date) AS expires_on FROM operators";

impl Account {
    /// What the holder is.
    ///
    /// # Errors
    /// 500 for a role this version does not know.
    pub fn role(&self) -> Result<Role, ApiError> {
        self.role.parse().map_err(|()| {
            ApiError::internal(std::io::Error::other("an account of an unknown role"))
        })
    }

    /// What the school subscribed to; none where it has everything, or the account has no school.
    ///
    /// # Errors
    /// 500 for a module this version does not know.
    pub fn plan(&self) -> Result<Option<Plan>, ApiError> {
        let Some(plan_name) = self.plan_name.clone() else {
            return Ok(None);
        };
        Ok(Some(Plan {
            plan_name,
            allowed_modules: self.modules()?,
            expires_on: self.expires_on,
        }))
    }

    /// The modules of the school; none for all.
    ///
    /// # Errors
    /// As [`Account::plan`].
    pub fn modules(&self) -> Result<Option<Vec<Module>>, ApiError> {
        let modules = self.allowed_modules.as_deref().map(serde_json::from_str);
        modules.transpose().map_err(ApiError::internal)
    }

    /// Refuses an account that is closed, or whose school is not open or has come to the end of its
    /// subscription.
    ///
    /// # Errors
    /// 401 with the reason as far as the holder may know it.
    pub async fn open(&self, platform: &Platform) -> Result<(), ApiError> {
        if !self.is_active {
            return Err(error::no_active_account());
        }
        match self.status.as_deref() {
            None | Some("active") => {}
            Some(status) => return Err(error::school_not_active(status)),
        }
        let (Some(last), Some(school)) = (self.expires_on, self.school_id) else {
            return Ok(());
        };
        let now = platform.database().clock().now();
        if subscriptions::is_over(platform, SchoolId(school), last, now).await? {
            return Err(error::school_not_active("expired"));
        }
        Ok(())
    }

    /// The account of these keys.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn get(
        platform: &Platform,
        school: Option<SchoolId>,
        id: i64,
    ) -> Result<Option<Self>, ApiError> {
        let found = match school {
            Some(school) => {
                let sql = format!("{USERS} WHERE u.school_id = $1 AND u.id = $2");
                platform
                    .query(&sql, vec![school.0.into(), id.into()])
                    .await?
            }
            None => {
                platform
                    .query(&format!("{OPERATORS} WHERE id = $1"), vec![id.into()])
                    .await?
            }
        };
        Ok(found.into_iter().next())
    }

    /// The account someone signs in to by `name`, a user name or an e-mail.
    ///
    /// With a `domain` it is that school's; without, an operator's, or a user's whose name or e-mail
    /// only one school has. Within a school a user name goes before an e-mail.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn named(
        platform: &Platform,
        domain: Option<&str>,
        name: &str,
    ) -> Result<Option<Self>, ApiError> {
        let name = Value::from(name);
        let operators = format!("{OPERATORS} WHERE lower(email) = lower($1)");
        let by_name = "(lower(u.username) = lower($1) OR lower(u.email) = lower($1))";
        let Some(domain) = domain else {
            let mut found: Vec<Self> = platform.query(&operators, vec![name.clone()]).await?;
            if found.is_empty() {
                found = platform
                    .query(&format!("{USERS} WHERE {by_name} LIMIT 2"), vec![name])
                    .await?;
            }
            return Ok(if found.len() == 1 { found.pop() } else { None });
        };
        let order = "ORDER BY CASE WHEN lower(u.username) = lower($1) THEN 0 ELSE 1 END";
        let sql = format!("{USERS} WHERE {by_name} AND s.domain = $2 {order} LIMIT 1");
        let mut found: Vec<Self> = platform
            .query(&sql, vec![name.clone(), domain.into()])
            .await?;
        if found.is_empty() {
            found = platform.query(&operators, vec![name]).await?;
        }
        Ok(found.pop())
    }
}
