//! What other domains have against a change of settings.

use std::pin::Pin;

use resource::{ApiError, FieldErrors, tenant_guard::Scope};

use super::Settings;

/// What another domain has against a change of settings from the first to the second: field errors by
/// key. It is asked in the transaction of the change, which holds the settings.
pub type SettingsRule =
    for<'a> fn(
        &'a Scope,
        &'a Settings,
        &'a Settings,
    ) -> Pin<Box<dyn Future<Output = Result<FieldErrors, ApiError>> + 'a>>;

/// The rules of the domains that rest on settings. Those know of this crate, and it of none of them:
/// whoever builds the application hands them over.
#[derive(Debug, Clone, Default)]
pub struct SettingsRules(pub Vec<SettingsRule>);

impl SettingsRules {
    /// Asks every rule.
    ///
    /// # Errors
    /// 400 with every field error at once; else when the database fails.
    pub async fn check(
        &self,
        scope: &Scope,
        before: &Settings,
        after: &Settings,
    ) -> Result<(), ApiError> {
        let mut errors = FieldErrors::default();
        for rule in &self.0 {
            errors.merge(rule(scope, before, after).await?);
        }
        if errors.is_empty() {
            Ok(())
        } else {
            Err(ApiError::invalid(errors))
        }
    }
}
