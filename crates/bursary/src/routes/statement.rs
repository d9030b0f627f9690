//! `students/{id}/statement/`.

use actix_web::{HttpRequest, HttpResponse};
use chrono::NaiveDate;
use resource::{ApiError, Ctx, Money, Problem, Viewer, cached_json, path_key, tenant_guard::Verb};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    asked::Asked,
    ledger::EntryKind,
    resources::payment_plans::PlanPart,
    services::{
        payment_plans::Instalment,
        statement::{Account, Line, Named, Part, Settlement, account},
        turn::turn,
    },
};

/// Longest life of a cached answer, in seconds.
const TTL: u64 = 300;

/// Another line of the account.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatementEntry {
    /// Id of the entry.
    pub entry: i64,
    /// What for.
    pub description: String,
    /// School year.
    pub session: String,
    /// Term.
    pub term: String,
    /// Number of the receipt of a payment.
    pub receipt: Option<String>,
}

impl From<Named> for StatementEntry {
    fn from(named: Named) -> Self {
        Self {
            entry: named.entry,
            description: named.description,
            session: named.session,
            term: named.term,
            receipt: named.receipt,
        }
    }
}

/// So much settled by, or of, another entry.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatementSettlement {
    /// The other entry.
    #[serde(flatten)]
    pub other: StatementEntry,
    /// How much.
    pub amount: Money,
}

impl From<Settlement> for StatementSettlement {
    fn from(one: Settlement) -> Self {
        Self {
            other: one.other.into(),
            amount: one.amount,
        }
    }
}

/// One line of a statement.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatementLine {
    /// Id of the entry.
    pub entry: i64,
    /// The day from which it counts.
    pub date: NaiveDate,
    /// What it is.
    pub kind: EntryKind,
    /// What for.
    pub description: String,
    /// Name of the kind of fee.
    pub category_name: Option<String>,
    /// Number of the receipt of a payment.
    pub receipt: Option<String>,
    /// School year.
    pub session: String,
    /// Term.
    pub term: String,
    /// The last day to pay it; of a charge of a payment plan, the plan's last.
    pub due_date: Option<NaiveDate>,
    /// Id of the payment plan by whose parts it is paid.
    pub payment_plan: Option<i64>,
    /// Id of the entry that it takes back.
    pub reverses: Option<i64>,
    /// The charge that a discount lowers, or that is moved from or to another term.
    pub charge: Option<StatementEntry>,
    /// Above zero the pupil owes more, below zero less.
    pub amount: Money,
    /// What is owed after it.
    pub balance: Money,
    /// What is left of it: of a charge what is still to be paid, of a payment what settles nothing yet.
    pub open: Money,
    /// What it settles, or is settled by.
    pub allocations: Vec<StatementSettlement>,
}

impl From<Line> for StatementLine {
    fn from(line: Line) -> Self {
        Self {
            entry: line.entry,
            date: line.date,
            kind: line.kind,
            description: line.description,
            category_name: line.category_name,
            receipt: line.receipt,
            session: line.session,
            term: line.term,
            due_date: line.due_date,
            payment_plan: line.payment_plan,
            reverses: line.reverses,
            charge: line.charge.map(Into::into),
            amount: line.amount,
            balance: line.balance,
            open: line.open,
            allocations: line.settled.into_iter().map(Into::into).collect(),
        }
    }
}

/// A payment plan, as it stood on the day.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatementPlan {
    /// Id of the plan.
    pub id: i64,
    /// School year.
    pub session: String,
    /// Term.
    pub term: String,
    /// Its parts, in the order of their days.
    pub parts: Vec<PlanPart>,
}

impl StatementPlan {
    /// The plans of `parts`, which are in the order of their plans.
    fn all(parts: &[Instalment]) -> Vec<Self> {
        let plans = parts.chunk_by(|one, other| one.plan_id == other.plan_id);
        plans
            .filter_map(|parts| {
                let first = parts.first()?;
                Some(Self {
                    id: first.plan_id,
                    session: first.session.clone(),
                    term: first.term.clone(),
                    parts: parts.iter().map(PlanPart::from).collect(),
                })
            })
            .collect()
    }
}

/// What a pupil owes and why, as it stood on a day.
#[derive(Debug, Serialize, ToSchema)]
pub struct Statement {
    /// Id of the pupil.
    pub student: i64,
    /// Full name of the pupil.
    pub student_name: String,
    /// Number the school gave.
    pub student_no: String,
    /// Name of the class at present.
    pub class_name: Option<String>,
    /// The school's currency.
    pub currency: String,
    /// The day looked back to.
    pub as_of: NaiveDate,
    /// What was owed of terms before the one asked for.
    pub opening_balance: Money,
    /// The lines that explain the balance, in the order of their days.
    pub lines: Vec<StatementLine>,
    /// What is owed after the last line; below zero it is to the pupil's credit.
    pub closing_balance: Money,
    /// The payment plans agreed by then; of a term, that of the term.
    pub payment_plans: Vec<StatementPlan>,
}

impl From<Account> for Statement {
    fn from(account: Account) -> Self {
        Self {
            payment_plans: StatementPlan::all(&account.instalments),
            student: account.student,
            student_name: account.student_name,
            student_no: account.student_no,
            class_name: account.class_name,
            currency: account.currency,
            as_of: account.as_of,
            opening_balance: account.opening,
            lines: account.lines.into_iter().map(Into::into).collect(),
            closing_balance: account.closing,
        }
    }
}

/// Read a pupil's statement
///
/// Every line of the account, with what is owed after it and what settles what. Of a term, the lines are
/// those of the term, and what was owed of terms before is the opening balance.
///
/// # Errors
/// 400 naming a bad parameter; 404 for a pupil the caller does not reach.
#[utoipa::path(
    get,
    path = "/api/students/{id}/statement/",
    operation_id = "student_statement",
    tag = "students",
    params(
        ("id" = i64, Path, description = "Id of the pupil."),
        ("session" = Option<String>, Query, description = "School year."),
        ("term" = Option<String>, Query, description = "Term."),
        ("as_of" = Option<NaiveDate>, Query, description = "The day looked back to; today where none is given."),
    ),
    responses(
        (status = 200, description = "The statement.", body = Statement),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "A bad parameter."),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "No such pupil."),
    )
)]
pub async fn retrieve(ctx: Ctx, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let rows = ctx.reach("students/statement", Verb::Read)?;
    let id = path_key(&request, "id")?;
    let mut asked = Asked::of(&request);
    let part = Part {
        session: asked.text("session"),
        term: asked.text("term"),
        as_of: asked.date("as_of"),
    };
    let spelt = asked.finish()?;
    let viewer = Viewer::of(ctx.scope.principal(), rows).key();
    let key = format!(
        "{viewer} /api/students/{id}/statement?{spelt} {}",
        turn(&ctx.scope)
    );
    let reads = &[
        "ledger_entries",
        "allocations",
        "payment_plans",
        "payment_plan_parts",
        "students",
        "classes",
        "guardianships",
        "fee_items",
        "fee_categories",
        "payments",
        "school_settings",
    ];
    cached_json(&ctx, &request, reads, TTL, &key, async || {
        let account = account(&ctx.scope, rows, id, &part).await?;
        serde_json::to_vec(&Statement::from(account)).map_err(ApiError::internal)
    })
    .await
}
