//! `student-fees/send-reminders/`.

use actix_web::{HttpRequest, HttpResponse, web};
use resource::{ApiError, Ctx, Problem, checked_body, idempotency::act};

use crate::services::reminders::{ReminderRequest, RemindersQueued, remind};

/// Remind payers of what they owe
///
/// Queues one e-mail for each payer with that payer's own balance, in the words of `reminder_subject` and
/// `reminder_text` of the settings: the guardians of a pupil who have an account with an e-mail address, else
/// the parent of the pupil's record. A payer is not reminded again within `reminder_window_days`. Of a
/// school year or a term, the balance is what is open of its charges, as in `balances/`.
///
/// # Errors
/// 400 for an unknown class.
#[utoipa::path(
    post,
    path = "/api/student-fees/send-reminders/",
    operation_id = "send_reminders",
    tag = "student-fees",
    params(("Idempotency-Key" = Option<String>, Header, description = "A repeat with the same key and body answers the first response again.")),
    request_body = ReminderRequest,
    responses(
        (status = 200, body = RemindersQueued, description = "How many letters are on their way, and of whom nobody is reminded."),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "A bad body, or an unknown class."),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "A request with this key is still running."),
        (status = 422, body = Problem, content_type = "application/problem+json", description = "The key was used for another request."),
    )
)]
pub async fn send_reminders(
    ctx: Ctx,
    request: HttpRequest,
    bytes: web::Bytes,
) -> Result<HttpResponse, ApiError> {
    let asked: ReminderRequest = checked_body(&ctx.kernel, &request, &bytes)?;
    act(&ctx, &request, &bytes, async |scope| {
        remind(scope, &asked).await
    })
    .await
}
