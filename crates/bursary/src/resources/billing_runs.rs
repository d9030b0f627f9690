//! `billing-runs/`: the billing of terms.

use academic::entities::class;
use chrono::{DateTime, NaiveDate, Utc};
use identity::entities::user;
use resource::{
    ApiError, Money, Pk, Reference, Resource, Verbs,
    pagination::{Kind, Listing},
    tenant_guard::Scope,
};
use sea_orm::{FromQueryResult, JoinType, QuerySelect, RelationTrait, Select, sea_query::Expr};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    entities::billing_run::{self, Column, Relation},
    services::billing::{self, Billing},
};

/// What to bill.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
pub struct BillingRunInput {
    /// School year, as `2025/2026`.
    #[schema(min_length = 1, max_length = 20)]
    pub session: String,
    /// Term, as `First Term`.
    #[schema(min_length = 1, max_length = 50)]
    pub term: String,
    /// The class billed; none is every class.
    #[serde(default)]
    pub class_id: Option<Pk>,
    /// The day from which the charges count; today where none is given.
    #[serde(default)]
    pub effective_date: Option<NaiveDate>,
    /// The last day to pay; `invoice_due_days` of the settings later where none is given.
    #[serde(default)]
    pub due_date: Option<NaiveDate>,
}

impl From<BillingRunInput> for Billing {
    fn from(input: BillingRunInput) -> Self {
        Self {
            session: input.session,
            term: input.term,
            class_id: input.class_id.map(|pk| pk.0),
            effective_date: input.effective_date,
            due_date: input.due_date,
        }
    }
}

/// Whether a billing run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum RunStatus {
    /// It stands.
    Posted,
    /// It was undone.
    Undone,
}

/// One billing of a term. Its sums are of what it posted, whatever was taken back since.
#[derive(Debug, Serialize, ToSchema)]
pub struct BillingRun {
    /// Id.
    pub id: i64,
    /// Id of the school.
    pub school: i64,
    /// School year.
    pub session: String,
    /// Term.
    pub term: String,
    /// The class billed; null is every class.
    pub class_id: Option<i64>,
    /// Name of the class billed.
    pub class_name: Option<String>,
    /// The day from which the charges count.
    pub effective_date: NaiveDate,
    /// The last day to pay.
    pub due_date: NaiveDate,
    /// Whether it stands.
    pub status: RunStatus,
    /// Pupils looked at.
    pub pupils: i64,
    /// Pupils for whom something was posted.
    pub pupils_billed: i64,
    /// Fees charged.
    pub charged: Money,
    /// Taken off them.
    pub discounted: Money,
    /// Moved here from earlier terms.
    pub carried_forward: Money,
    /// Settled at once by what pupils had to their credit.
    pub credit_used: Money,
    /// Who billed.
    pub recorded_by: Option<i64>,
    /// Name of who billed.
    pub recorded_by_name: Option<String>,
    /// When it was undone.
    pub undone_at: Option<DateTime<Utc>>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// A run with its sums.
#[derive(Debug, FromQueryResult)]
pub struct BillingRunRow {
    #[sea_orm(nested)]
    run: billing_run::Model,
    class_name: Option<String>,
    recorded_by_name: Option<String>,
    pupils: i64,
    posted: String,
    credit_used: i64,
}

/// Numbers of a text, as many as there should be; 0 where one is missing.
fn numbers<const N: usize>(text: &str) -> [i64; N] {
    let mut words = text.split(' ').map(|word| word.parse().unwrap_or_default());
    std::array::from_fn(|_| words.next().unwrap_or_default())
}

impl From<BillingRunRow> for BillingRun {
    fn from(row: BillingRunRow) -> Self {
        let run = row.run;
        let [pupils_billed, charged, discounted, carried_forward] = numbers(&row.posted);
        Self {
            id: run.id,
            school: run.school_id,
            session: run.session,
            term: run.term,
            class_id: run.class_id,
            class_name: row.class_name,
            effective_date: run.effective_date,
            due_date: run.due_date,
            status: match run.undone_at {
                None => RunStatus::Posted,
                Some(_) => RunStatus::Undone,
            },
            pupils: row.pupils,
            pupils_billed,
            charged: Money::of_minor(charged),
            discounted: Money::of_minor(discounted),
            carried_forward: Money::of_minor(carried_forward),
            credit_used: Money::of_minor(row.credit_used),
            recorded_by: run.recorded_by,
            recorded_by_name: row.recorded_by_name,
            undone_at: run.undone_at,
            created_at: run.created_at,
            updated_at: run.updated_at,
        }
    }
}

/// Sums over the entries of the run of the outer query.
const SUMS: &[(&str, &str)] = &[
    (
        "pupils",
        "(SELECT COUNT(*) FROM billing_run_pupils p WHERE p.school_id = billing_runs.school_id \
         AND p.billing_run_id = billing_runs.id)",
    ),
    // Told together: each by itself would read all entries of the run.
    (
        "posted",
        "(SELECT COUNT(DISTINCT e.student_id) || ' ' || COALESCE(SUM(CASE WHEN e.kind = 'charge' THEN e.amount_minor END), 0) \
         || ' ' || COALESCE(SUM(CASE WHEN e.kind = 'discount' THEN -e.amount_minor END), 0) || ' ' \
         || COALESCE(SUM(CASE WHEN e.kind = 'carried_forward' AND e.amount_minor > 0 THEN e.amount_minor END), 0) \
         FROM ledger_entries e WHERE e.school_id = billing_runs.school_id AND e.billing_run_id = billing_runs.id \
         AND e.kind <> 'reversal')",
    ),
    (
        "credit_used",
        "(SELECT CAST(COALESCE(SUM(a.amount_minor), 0) AS bigint) FROM allocations a \
         JOIN ledger_entries c ON c.school_id = a.school_id AND c.id = a.credit_id \
         WHERE a.school_id = billing_runs.school_id AND a.billing_run_id = billing_runs.id \
         AND (c.billing_run_id IS NULL OR c.billing_run_id <> billing_runs.id))",
    ),
];

/// The collection.
pub struct BillingRuns;

impl Resource for BillingRuns {
    const PATH: &'static str = "billing-runs";
    const ITEM: &'static str = "billing run";
    const READS: &'static [&'static str] = &[
        "billing_runs",
        "billing_run_pupils",
        "ledger_entries",
        "allocations",
        "classes",
        "users",
    ];
    const VERBS: Verbs = Verbs {
        create: true,
        ..Verbs::READ_ONLY
    };
    const REFERENCES: &'static [Reference] = &[Reference {
        field: "class_id",
        table: "classes",
    }];

    type Entity = billing_run::Entity;
    type Input = BillingRunInput;
    type Row = BillingRunRow;
    type Output = BillingRun;

    fn listing() -> Listing<billing_run::Entity> {
        Listing::standard()
            .ordering("created_at", Column::CreatedAt)
            .ordering("effective_date", Column::EffectiveDate)
            .default_order("-created_at")
            .filter("session", Column::Session, Kind::Text)
            .filter("term", Column::Term, Kind::Text)
            .filter("class_id", Column::ClassId, Kind::Pk)
            .filter("effective_date", Column::EffectiveDate, Kind::Date)
    }

    fn select(query: Select<billing_run::Entity>) -> Select<billing_run::Entity> {
        let query = query
            .join(JoinType::LeftJoin, Relation::Class.def())
            .join(JoinType::LeftJoin, Relation::User.def())
            .column_as(class::Column::Name, "class_name")
            .column_as(user::Column::Name, "recorded_by_name");
        SUMS.iter().fold(query, |query, (name, sum)| {
            query.column_as(Expr::cust(*sum), *name)
        })
    }

    async fn output(_: &Scope, rows: Vec<BillingRunRow>) -> Result<Vec<BillingRun>, ApiError> {
        Ok(rows.into_iter().map(BillingRun::from).collect())
    }

    async fn input(_: &Scope, row: &billing_run::Model) -> Result<BillingRunInput, ApiError> {
        Ok(BillingRunInput {
            session: row.session.clone(),
            term: row.term.clone(),
            class_id: row.class_id.map(Pk),
            effective_date: Some(row.effective_date),
            due_date: Some(row.due_date),
        })
    }

    /// A run is never assigned to a row: [`billing::run`] writes it.
    fn assign(_: &BillingRunInput, _: &mut billing_run::ActiveModel) {}

    async fn create(
        scope: &Scope,
        input: BillingRunInput,
    ) -> Result<(billing_run::Model, bool), ApiError> {
        Ok((billing::run(scope, &input.into()).await?, true))
    }
}
