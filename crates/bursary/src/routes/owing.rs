//! `balances/` and `debtors/`.

use actix_web::{HttpRequest, HttpResponse};
use chrono::NaiveDate;
use identity::services::school_today;
use resource::{ApiError, Ctx, Money, Problem, Viewer, cached_json, tenant_guard::Verb};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    asked::{Asked, Slice},
    services::{
        owing::{Balance, Debtor, ORDERS, Owing, balances_of, debtors as owed_by},
        turn::turn,
    },
};

/// Longest life of a cached answer, in seconds.
const TTL: u64 = 300;

/// What an answer about every pupil rests on.
const READS: &[&str] = &[
    "ledger_entries",
    "allocations",
    "payment_plans",
    "payment_plan_parts",
    "students",
    "classes",
    "fee_items",
    "school_settings",
];

/// What one pupil owes.
#[derive(Debug, Serialize, ToSchema)]
pub struct PupilBalance {
    /// Id of the pupil.
    pub student: i64,
    /// Full name of the pupil.
    pub student_name: String,
    /// Number the school gave.
    pub student_no: String,
    /// Id of the class at present.
    pub class_id: Option<i64>,
    /// Name of the class at present.
    pub class_name: Option<String>,
    /// Still to be paid of charges.
    pub open: Money,
    /// To the pupil's credit, settling nothing yet; nothing where only some charges are asked for.
    pub credit: Money,
    /// `open` less `credit`; below zero it is to the pupil's credit.
    pub amount: Money,
}

impl From<Balance> for PupilBalance {
    fn from(row: Balance) -> Self {
        Self {
            student: row.student,
            student_name: row.student_name,
            student_no: row.student_no,
            class_id: row.class_id,
            class_name: row.class_name,
            open: Money::of_minor(row.open),
            credit: Money::of_minor(row.credit),
            amount: Money::of_minor(row.amount),
        }
    }
}

/// Sums over every pupil of the filter, whatever the page.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct BalanceTotals {
    /// Still to be paid of charges.
    pub open: Money,
    /// To pupils' credit.
    pub credit: Money,
    /// The one less the other.
    pub amount: Money,
}

/// A page of balances.
#[derive(Debug, Serialize, ToSchema)]
pub struct Balances {
    /// Pupils of the filter.
    pub count: i64,
    /// Absolute address of the next page.
    pub next: Option<String>,
    /// Absolute address of the page before.
    pub previous: Option<String>,
    /// Number of this page, from 1.
    pub current_page: u32,
    /// Number of pages.
    pub total_pages: i64,
    /// The day looked back to.
    pub as_of: NaiveDate,
    /// Sums over every pupil of the filter.
    pub totals: BalanceTotals,
    /// The pupils.
    pub results: Vec<PupilBalance>,
}

/// What one pupil owes, by how long it is past due.
#[derive(Debug, Serialize, ToSchema)]
pub struct PupilDebt {
    /// Id of the pupil.
    pub student: i64,
    /// Full name of the pupil.
    pub student_name: String,
    /// Number the school gave.
    pub student_no: String,
    /// Id of the class at present.
    pub class_id: Option<i64>,
    /// Name of the class at present.
    pub class_name: Option<String>,
    /// By age.
    #[serde(flatten)]
    pub ages: Ages,
}

/// Sums by how long they are past due.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct Ages {
    /// Not yet past due.
    pub current: Money,
    /// 1 to 30 days past due.
    pub days_1_30: Money,
    /// 31 to 60 days past due.
    pub days_31_60: Money,
    /// 61 to 90 days past due.
    pub days_61_90: Money,
    /// More than 90 days past due.
    pub over_90: Money,
    /// To the pupil's credit, settling nothing yet.
    pub credit: Money,
    /// All of it, less the credit.
    pub amount: Money,
}

impl From<Debtor> for PupilDebt {
    fn from(row: Debtor) -> Self {
        let money = Money::of_minor;
        Self {
            student: row.student,
            student_name: row.student_name,
            student_no: row.student_no,
            class_id: row.class_id,
            class_name: row.class_name,
            ages: Ages {
                current: money(row.not_due),
                days_1_30: money(row.days_1_30),
                days_31_60: money(row.days_31_60),
                days_61_90: money(row.days_61_90),
                over_90: money(row.over_90),
                credit: money(row.credit),
                amount: money(row.amount),
            },
        }
    }
}

/// A page of debtors.
#[derive(Debug, Serialize, ToSchema)]
pub struct Debtors {
    /// Pupils who owe something.
    pub count: i64,
    /// Absolute address of the next page.
    pub next: Option<String>,
    /// Absolute address of the page before.
    pub previous: Option<String>,
    /// Number of this page, from 1.
    pub current_page: u32,
    /// Number of pages.
    pub total_pages: i64,
    /// The day looked back to.
    pub as_of: NaiveDate,
    /// Sums over every one of them.
    pub totals: Ages,
    /// The pupils.
    pub results: Vec<PupilDebt>,
}

/// What was asked, and its one spelling.
struct Question {
    owing: Owing,
    as_of: Option<NaiveDate>,
    slice: Slice,
    spelt: String,
}

fn question(request: &HttpRequest, with_charges: bool) -> Result<Question, ApiError> {
    let mut asked = Asked::of(request);
    let slice = asked.page();
    let orders: Vec<&'static str> = ORDERS.iter().map(|(name, _)| *name).collect();
    let as_of = asked.date("as_of");
    let mut owing = Owing {
        class_id: asked.pk("class_id"),
        order: asked.word("ordering", &orders),
        ..Owing::default()
    };
    if with_charges {
        owing.category = asked.pk("category");
        owing.session = asked.text("session");
        owing.term = asked.text("term");
        owing.owing = asked.flag("owing");
    }
    let spelt = asked.finish()?;
    let slice = slice?;
    owing.limit = i64::from(slice.size);
    owing.offset = slice.offset();
    Ok(Question {
        owing,
        as_of,
        slice,
        spelt,
    })
}

impl Question {
    /// The question with the day it is of.
    async fn dated(&self, ctx: &Ctx) -> Result<Owing, ApiError> {
        let as_of = match self.as_of {
            Some(day) => day,
            None => school_today(&ctx.scope).await?,
        };
        Ok(Owing {
            as_of,
            ..self.owing.clone()
        })
    }

    fn key(&self, ctx: &Ctx, path: &str, rows: resource::tenant_guard::Rows) -> String {
        let viewer = Viewer::of(ctx.scope.principal(), rows).key();
        let (asked, page) = (&self.spelt, self.slice.number);
        format!("{viewer} {path}?{asked} {page} {}", turn(&ctx.scope))
    }
}

/// List what pupils owe
///
/// Every pupil with an entry that counts, and the sums over all of them. Of a category, a school year or
/// a term: what is still open of those charges.
///
/// # Errors
/// 400 naming a bad parameter; 404 for a page that is none.
#[utoipa::path(
    get,
    path = "/api/balances/",
    operation_id = "list_balances",
    tag = "balances",
    params(
        ("as_of" = Option<NaiveDate>, Query, description = "The day looked back to; today where none is given."),
        ("class_id" = Option<i64>, Query, description = "Id of a class: pupils who are in it at present."),
        ("category" = Option<i64>, Query, description = "Id of a kind of fee."),
        ("session" = Option<String>, Query, description = "School year."),
        ("term" = Option<String>, Query, description = "Term."),
        ("owing" = Option<bool>, Query, description = "`true`: those who owe something; `false`: those who do not."),
        ("ordering" = Option<String>, Query, description = "`-amount`, `amount`, `student_name` or `-student_name`."),
        ("page" = Option<i64>, Query, description = "Number of the page, from 1. Beyond the last: 404."),
        ("page_size" = Option<i64>, Query, description = "Rows of a page, 100; more than 500 count as 500."),
    ),
    responses(
        (status = 200, description = "A page of balances.", body = Balances),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "A bad parameter."),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "No such page."),
    )
)]
pub async fn balances(ctx: Ctx, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let rows = ctx.reach("balances", Verb::Read)?;
    let asked = question(&request, true)?;
    let path = "/api/balances/";
    let key = asked.key(&ctx, path, rows);
    cached_json(&ctx, &request, READS, TTL, &key, async || {
        let owing = asked.dated(&ctx).await?;
        let found = balances_of(&ctx.scope, &owing).await?;
        let count = found.first().map_or(0, |row| row.pupils);
        let totals = found.first().map(|row| BalanceTotals {
            open: Money::of_minor(row.all_open),
            credit: Money::of_minor(row.all_credit),
            amount: Money::of_minor(row.all_amount),
        });
        let base = format!("{}{path}", ctx.kernel.public_url);
        let place = asked.slice.place(&base, &asked.spelt, count, found.len())?;
        let page = Balances {
            count,
            next: place.next,
            previous: place.previous,
            current_page: asked.slice.number,
            total_pages: place.total_pages,
            as_of: owing.as_of,
            totals: totals.unwrap_or_default(),
            results: found.into_iter().map(Into::into).collect(),
        };
        serde_json::to_vec(&page).map_err(ApiError::internal)
    })
    .await
}

/// List who owes, by how long it is past due
///
/// Charges age from the day they are due, also where they were carried forward to another term; those of a
/// payment plan from the days of its parts.
///
/// # Errors
/// 400 naming a bad parameter; 404 for a page that is none.
#[utoipa::path(
    get,
    path = "/api/debtors/",
    operation_id = "list_debtors",
    tag = "debtors",
    params(
        ("as_of" = Option<NaiveDate>, Query, description = "The day looked back to; today where none is given."),
        ("class_id" = Option<i64>, Query, description = "Id of a class: pupils who are in it at present."),
        ("ordering" = Option<String>, Query, description = "`-amount`, `amount`, `student_name` or `-student_name`."),
        ("page" = Option<i64>, Query, description = "Number of the page, from 1. Beyond the last: 404."),
        ("page_size" = Option<i64>, Query, description = "Rows of a page, 100; more than 500 count as 500."),
    ),
    responses(
        (status = 200, description = "A page of debtors.", body = Debtors),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "A bad parameter."),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "No such page."),
    )
)]
pub async fn debtors(ctx: Ctx, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let rows = ctx.reach("debtors", Verb::Read)?;
    let asked = question(&request, false)?;
    let path = "/api/debtors/";
    let key = asked.key(&ctx, path, rows);
    cached_json(&ctx, &request, READS, TTL, &key, async || {
        let owing = asked.dated(&ctx).await?;
        let found = owed_by(&ctx.scope, &owing).await?;
        let count = found.first().map_or(0, |row| row.pupils);
        let money = Money::of_minor;
        let totals = found.first().map(|row| Ages {
            current: money(row.all_not_due),
            days_1_30: money(row.all_days_1_30),
            days_31_60: money(row.all_days_31_60),
            days_61_90: money(row.all_days_61_90),
            over_90: money(row.all_over_90),
            credit: money(row.all_credit),
            amount: money(row.all_amount),
        });
        let base = format!("{}{path}", ctx.kernel.public_url);
        let place = asked.slice.place(&base, &asked.spelt, count, found.len())?;
        let page = Debtors {
            count,
            next: place.next,
            previous: place.previous,
            current_page: asked.slice.number,
            total_pages: place.total_pages,
            as_of: owing.as_of,
            totals: totals.unwrap_or_default(),
            results: found.into_iter().map(Into::into).collect(),
        };
        serde_json::to_vec(&page).map_err(ApiError::internal)
    })
    .await
}
