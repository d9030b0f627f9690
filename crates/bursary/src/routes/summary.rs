//! `bursary/summary/`.

use actix_web::{HttpRequest, HttpResponse};
use chrono::NaiveDate;
use identity::services::school_year;
use resource::{ApiError, Ctx, Money, Problem, Viewer, cached_json, tenant_guard::Verb};
use serde::Serialize;
use utoipa::ToSchema;

use super::owing::BalanceTotals;
use crate::{
    asked::Asked,
    resources::{expenses::ExpenseCategory, payments::PaymentMethod},
    services::{
        expenses::CATEGORIES,
        payments::METHODS,
        summary::{Period, Summary, Sums, summary},
        turn::turn,
    },
};

/// Longest life of a cached answer, in seconds.
const TTL: u64 = 300;

/// What a summary rests on.
const READS: &[&str] = &[
    "ledger_entries",
    "allocations",
    "payments",
    "payment_refunds",
    "expenses",
    "students",
    "classes",
    "fee_items",
    "school_settings",
];

/// Sums of what happened. What was taken back, a voided payment or an undone billing among them, counts
/// in none of them, nor does what takes it back.
#[derive(Debug, Serialize, ToSchema)]
pub struct SummarySums {
    /// Charged to pupils, late fees among it.
    pub billed: Money,
    /// Of that, for paying late.
    pub late_fees: Money,
    /// Taken off charges.
    pub discounted: Money,
    /// What the school owes pupils for another reason.
    pub credited: Money,
    /// Moved here from other terms, less what was moved away; nothing where every term is asked for.
    pub carried_forward: Money,
    /// Received.
    pub collected: Money,
    /// Given back of what was received.
    pub refunded: Money,
    /// By how much pupils owe more: `billed` and `carried_forward` and `refunded`, less `discounted`,
    /// `credited` and `collected`.
    pub owed: Money,
    /// Spent, and approved.
    pub expenses: Money,
    /// What is left: `collected` less `refunded` and `expenses`.
    pub net: Money,
}

impl From<Sums> for SummarySums {
    fn from(sums: Sums) -> Self {
        let money = Money::of_minor;
        Self {
            billed: money(sums.billed),
            late_fees: money(sums.late_fees),
            discounted: money(sums.discounted),
            credited: money(sums.credited),
            carried_forward: money(sums.carried_forward),
            collected: money(sums.collected),
            refunded: money(sums.refunded),
            owed: money(sums.owed()),
            expenses: money(sums.expenses),
            net: money(sums.net()),
        }
    }
}

/// What came in one way.
#[derive(Debug, Serialize, ToSchema)]
pub struct MethodSum {
    /// How it came in.
    #[schema(value_type = PaymentMethod)]
    pub method: &'static str,
    /// Payments.
    pub payments: i64,
    /// Received.
    pub collected: Money,
    /// Given back of what was received so.
    pub refunded: Money,
}

/// What was spent on one thing.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExpenseSum {
    /// What on.
    #[schema(value_type = ExpenseCategory)]
    pub category: &'static str,
    /// Expenses.
    pub expenses: i64,
    /// Spent.
    pub amount: Money,
}

/// What happened on a day or in a month.
#[derive(Debug, Serialize, ToSchema)]
pub struct SummaryStep {
    /// The day, or the first of the month.
    pub date: NaiveDate,
    /// Its sums.
    #[serde(flatten)]
    pub sums: SummarySums,
}

/// How a series is cut.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum SummaryStepLength {
    /// Month by month.
    Month,
    /// Day by day.
    Day,
}

/// What the bursary's books add up to.
#[derive(Debug, Serialize, ToSchema)]
pub struct BursarySummary {
    /// The school year asked for.
    pub session: Option<String>,
    /// The term asked for.
    pub term: Option<String>,
    /// The first day asked for.
    pub from: Option<NaiveDate>,
    /// The last day; today where none is asked for.
    pub to: NaiveDate,
    /// How the series is cut.
    #[schema(value_type = SummaryStepLength)]
    pub by: &'static str,
    /// The school's currency.
    pub currency: String,
    /// Sums of everything that happened in these days.
    #[serde(flatten)]
    pub sums: SummarySums,
    /// What pupils owe at the end of the last day, as `balances/` tells it of that day, school year and term.
    pub outstanding: BalanceTotals,
    /// What came in, by each way that money comes in.
    pub methods: Vec<MethodSum>,
    /// What was spent, by each thing that money is spent on.
    pub expense_categories: Vec<ExpenseSum>,
    /// The days or months in which something happened, in their order.
    pub series: Vec<SummaryStep>,
}

/// Read what the bursary's books add up to
///
/// Billed, taken off, received by method, given back, spent by category and left, with a series by month
/// or day, and what is outstanding. What was taken back counts nowhere: of every day, what is known of
/// it now. Without `from`, `session` and `term`, `owed` is the amount outstanding.
///
/// # Errors
/// 400 naming a bad parameter.
#[utoipa::path(
    get,
    path = "/api/bursary/summary/",
    operation_id = "bursary_summary",
    tag = "bursary",
    params(
        ("session" = Option<String>, Query, description = "School year."),
        ("term" = Option<String>, Query, description = "Term."),
        ("from" = Option<NaiveDate>, Query, description = "First day; the very first where none is given."),
        ("to" = Option<NaiveDate>, Query, description = "Last day; today where none is given."),
        ("by" = Option<SummaryStepLength>, Query, description = "`month` or `day`; `month` where none is given."),
    ),
    responses(
        (status = 200, description = "The summary.", body = BursarySummary),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "A bad parameter."),
    )
)]
pub async fn retrieve(ctx: Ctx, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let rows = ctx.reach("bursary/summary", Verb::Read)?;
    let mut asked = Asked::of(&request);
    let by = asked.word("by", &["month", "day"]);
    let (session, term) = (asked.text("session"), asked.text("term"));
    let [from, to] = asked.days(["from", "to"]);
    let spelt = asked.finish()?;
    let viewer = Viewer::of(ctx.scope.principal(), rows).key();
    let key = format!("{viewer} /api/bursary/summary?{spelt} {}", turn(&ctx.scope));
    cached_json(&ctx, &request, READS, TTL, &key, async || {
        let year = school_year(&ctx.scope).await?;
        let period = Period {
            session,
            term,
            from,
            to: to.unwrap_or(year.today),
            by_month: by == "month",
        };
        let told = shown(&ctx, period, by, year.settings.currency).await?;
        serde_json::to_vec(&told).map_err(ApiError::internal)
    })
    .await
}

async fn shown(
    ctx: &Ctx,
    period: Period,
    by: &'static str,
    currency: String,
) -> Result<BursarySummary, ApiError> {
    let found = summary(&ctx.scope, &period).await?;
    let money = Money::of_minor;
    Ok(BursarySummary {
        session: period.session,
        term: period.term,
        from: period.from,
        to: period.to,
        by,
        currency,
        sums: found.sums.into(),
        outstanding: BalanceTotals {
            open: money(found.open),
            credit: money(found.credit),
            amount: money(found.open - found.credit),
        },
        methods: by_method(&found),
        expense_categories: by_category(&found),
        series: found
            .series
            .into_iter()
            .map(|(date, sums)| SummaryStep {
                date,
                sums: sums.into(),
            })
            .collect(),
    })
}

fn by_method(found: &Summary) -> Vec<MethodSum> {
    let sums = METHODS.into_iter().zip(found.methods);
    sums.map(|(method, (tally, refunded))| MethodSum {
        method,
        payments: tally.count,
        collected: Money::of_minor(tally.amount),
        refunded: Money::of_minor(refunded),
    })
    .collect()
}

fn by_category(found: &Summary) -> Vec<ExpenseSum> {
    let sums = CATEGORIES.into_iter().zip(found.categories);
    sums.map(|(category, tally)| ExpenseSum {
        category,
        expenses: tally.count,
        amount: Money::of_minor(tally.amount),
    })
    .collect()
}
