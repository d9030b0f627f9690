//! Whom a run looks at.

use resource::{ApiError, tenant_guard::Scope};

use crate::{entities::billing_run, services::ledger::hold as hold_accounts};

/// Notes every pupil of the run's class, or of the school, and holds their accounts.
pub(super) async fn hold(scope: &Scope, run: &billing_run::Model) -> Result<(), ApiError> {
    let mut values = vec![run.id.into(), scope.now().into()];
    let class = match run.class_id {
        Some(class) => {
            values.push(class.into());
            "AND s.class_id = $4"
        }
        None => "",
    };
    let sql = format!(
        "INSERT INTO billing_run_pupils (school_id, billing_run_id, student_id, status, created_at, updated_at) \
         SELECT $1, $2, held.id, held.status, $3, $3 FROM (SELECT s.id, s.status FROM students s \
         WHERE s.school_id = $1 {class} ORDER BY s.id{}) held",
        hold_accounts(scope)
    );
    scope.execute(&["billing_run_pupils"], &sql, values).await?;
    Ok(())
}
