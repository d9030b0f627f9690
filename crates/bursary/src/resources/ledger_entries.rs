//! `ledger-entries/`: the lines of pupils' accounts. A line made here is an adjustment: a debt, a discount
//! or a credit that no fee tells of. Everything else is posted by what it comes from.

use academic::entities::{class, student};
use chrono::{DateTime, Days, NaiveDate, Utc};
use identity::services::school_year;
use resource::{
    ApiError, FieldErrors, Money, Pk, Reference, Resource, Verbs,
    pagination::{Kind, Listing},
    tenant_guard::{Rows, Scope},
};
use sea_orm::{
    FromQueryResult, JoinType, QuerySelect, RelationTrait, Select,
    sea_query::{Expr, SimpleExpr},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    entities::ledger_entry::{ActiveModel, Column, Entity, Model, Relation},
    ledger::EntryKind,
    services::ledger::{Accounts, NewEntry, allocate_oldest_first, lock_account, post},
};

/// What an adjustment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum AdjustmentKind {
    /// The pupil owes more.
    Charge,
    /// The pupil owes less, for the school lets go of a part.
    Discount,
    /// The pupil owes less, for the school owes it.
    Credit,
}

impl From<AdjustmentKind> for EntryKind {
    fn from(kind: AdjustmentKind) -> Self {
        match kind {
            AdjustmentKind::Charge => Self::Charge,
            AdjustmentKind::Discount => Self::Discount,
            AdjustmentKind::Credit => Self::Credit,
        }
    }
}

/// An adjustment of a pupil's account.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
pub struct AdjustmentInput {
    /// Id of the pupil.
    pub student: Pk,
    /// What it is.
    pub kind: AdjustmentKind,
    /// Amount above zero; the kind tells which way it goes.
    #[schema(schema_with = Money::above_zero)]
    pub amount: Money,
    /// Why, in words that the family reads on its statement.
    #[schema(min_length = 1, max_length = 255)]
    pub description: String,
    /// School year, as `2025/2026`.
    #[schema(min_length = 1, max_length = 20)]
    pub session: String,
    /// Term, as `First Term`.
    #[schema(min_length = 1, max_length = 50)]
    pub term: String,
    /// Kind of fee.
    #[serde(default)]
    pub category: Option<Pk>,
    /// The day from which it counts; today where none is given.
    #[serde(default)]
    pub effective_date: Option<NaiveDate>,
    /// The last day to pay a charge; `invoice_due_days` of the settings later where none is given.
    #[serde(default)]
    pub due_date: Option<NaiveDate>,
}

/// One line of a pupil's account.
#[derive(Debug, Serialize, ToSchema, FromQueryResult)]
pub struct LedgerEntry {
    /// Id of the entry.
    pub id: i64,
    /// Id of the school.
    #[sea_orm(from_alias = "school_id")]
    pub school: i64,
    /// Id of the pupil.
    #[sea_orm(from_alias = "student_id")]
    pub student: i64,
    /// Full name of the pupil.
    pub student_name: String,
    /// Number the school gave.
    pub student_no: String,
    /// Id of the pupil's class at present.
    pub class_id: Option<i64>,
    /// Name of the pupil's class at present.
    pub class_name: Option<String>,
    /// What it is.
    pub kind: EntryKind,
    /// Above zero the pupil owes more, below zero less.
    #[sea_orm(from_alias = "amount_minor")]
    pub amount: Money,
    /// What of it is still to be settled, or to be spent; never below zero.
    pub open: Money,
    /// The day from which it counts.
    pub effective_date: NaiveDate,
    /// The last day to pay it.
    pub due_date: Option<NaiveDate>,
    /// School year.
    pub session: String,
    /// Term.
    pub term: String,
    /// Kind of fee.
    pub category: Option<i64>,
    /// Name of the kind of fee.
    pub category_name: Option<String>,
    /// Id of the fee item it comes from.
    #[sea_orm(from_alias = "fee_item_id")]
    pub fee_item: Option<i64>,
    /// Id of the billing run that posted it.
    #[sea_orm(from_alias = "billing_run_id")]
    pub billing_run: Option<i64>,
    /// Id of the charge that it lowers, or moves to another term.
    #[sea_orm(from_alias = "charge_id")]
    pub charge: Option<i64>,
    /// Id of the entry that it takes back.
    #[sea_orm(from_alias = "reverses_id")]
    pub reverses: Option<i64>,
    /// Id of the entry that takes it back.
    pub reversed_by: Option<i64>,
    /// What for.
    pub description: String,
    /// Who posted it.
    pub recorded_by: Option<i64>,
    /// Name of who posted it.
    pub recorded_by_name: Option<String>,
    /// When it was posted.
    pub created_at: DateTime<Utc>,
    /// The same: an entry does not change.
    pub updated_at: DateTime<Utc>,
}

/// Kind of fee of an entry: its own, or its fee's.
const CATEGORY: &str = "COALESCE(ledger_entries.category_id, fee_items.category_id)";

/// What no column holds.
const TOLD: &[(&str, &str)] = &[
    ("category", CATEGORY),
    (
        "category_name",
        "(SELECT c.name FROM fee_categories c WHERE c.school_id = ledger_entries.school_id \
         AND c.id = COALESCE(ledger_entries.category_id, fee_items.category_id))",
    ),
    (
        "open",
        "CAST(ABS(ledger_entries.amount_minor) - COALESCE(CASE WHEN ledger_entries.amount_minor > 0 \
         THEN (SELECT SUM(a.amount_minor) FROM allocations a WHERE a.school_id = ledger_entries.school_id \
         AND a.charge_id = ledger_entries.id) ELSE (SELECT SUM(a.amount_minor) FROM allocations a \
         WHERE a.school_id = ledger_entries.school_id AND a.credit_id = ledger_entries.id) END, 0) AS bigint)",
    ),
    (
        "reversed_by",
        "(SELECT r.id FROM ledger_entries r WHERE r.school_id = ledger_entries.school_id \
         AND r.reverses_id = ledger_entries.id)",
    ),
    (
        "recorded_by",
        "COALESCE(ledger_entries.recorded_by, billing_runs.recorded_by)",
    ),
    (
        "recorded_by_name",
        "(SELECT u.name FROM users u WHERE u.school_id = ledger_entries.school_id \
         AND u.id = COALESCE(ledger_entries.recorded_by, billing_runs.recorded_by))",
    ),
];

/// The columns that are shown as they are.
const SHOWN: [Column; 15] = [
    Column::Id,
    Column::SchoolId,
    Column::StudentId,
    Column::Kind,
    Column::Amount,
    Column::EffectiveDate,
    Column::DueDate,
    Column::Session,
    Column::Term,
    Column::FeeItemId,
    Column::BillingRunId,
    Column::ChargeId,
    Column::ReversesId,
    Column::Description,
    Column::CreatedAt,
];

/// The collection.
pub struct LedgerEntries;

impl Resource for LedgerEntries {
    const PATH: &'static str = "ledger-entries";
    const ITEM: &'static str = "ledger entry";
    const READS: &'static [&'static str] = &[
        "ledger_entries",
        "allocations",
        "students",
        "classes",
        "fee_items",
        "fee_categories",
        "billing_runs",
        "users",
    ];
    const VERBS: Verbs = Verbs {
        create: true,
        ..Verbs::READ_ONLY
    };
    const REFERENCES: &'static [Reference] = &[
        Reference {
            field: "student",
            table: "students",
        },
        Reference {
            field: "category",
            table: "fee_categories",
        },
    ];

    type Entity = Entity;
    type Input = AdjustmentInput;
    type Row = LedgerEntry;
    type Output = LedgerEntry;

    fn listing() -> Listing<Entity> {
        Listing::large()
            .ordering("effective_date", Column::EffectiveDate)
            .default_order("-effective_date")
            .search([student::Column::Names, student::Column::StudentNo])
            .filter("student", Column::StudentId, Kind::Pk)
            .filter("class_id", student::Column::ClassId, Kind::Pk)
            .filter("kind", Column::Kind, Kind::Choice(EntryKind::WORDS))
            .filter("session", Column::Session, Kind::Text)
            .filter("term", Column::Term, Kind::Text)
            .filter("category", Expr::cust(CATEGORY), Kind::Pk)
            .filter("fee_item", Column::FeeItemId, Kind::Pk)
            .filter("billing_run", Column::BillingRunId, Kind::Pk)
            .filter("effective_date", Column::EffectiveDate, Kind::Date)
    }

    fn select(query: Select<Entity>) -> Select<Entity> {
        let query = query
            .join(JoinType::InnerJoin, Relation::Student.def())
            .join(JoinType::LeftJoin, student::Relation::Class.def())
            .join(JoinType::LeftJoin, Relation::FeeItem.def())
            .join(JoinType::LeftJoin, Relation::BillingRun.def())
            .select_only()
            .columns(SHOWN)
            .column(Column::UpdatedAt)
            .column(Column::RowVersion)
            .column_as(student::Column::Names, "student_name")
            .column_as(student::Column::StudentNo, "student_no")
            .column_as(student::Column::ClassId, "class_id")
            .column_as(class::Column::Name, "class_name");
        TOLD.iter().fold(query, |query, (name, told)| {
            let told: SimpleExpr = Expr::cust(*told);
            query.column_as(told, *name)
        })
    }

    async fn output(_: &Scope, rows: Vec<LedgerEntry>) -> Result<Vec<LedgerEntry>, ApiError> {
        Ok(rows)
    }

    async fn input(_: &Scope, row: &Model) -> Result<AdjustmentInput, ApiError> {
        Ok(AdjustmentInput {
            student: Pk(row.student_id),
            kind: match row.kind {
                EntryKind::Discount => AdjustmentKind::Discount,
                EntryKind::Charge => AdjustmentKind::Charge,
                _ => AdjustmentKind::Credit,
            },
            amount: Money::of_minor(row.amount.minor().abs()),
            description: row.description.clone(),
            session: row.session.clone(),
            term: row.term.clone(),
            category: row.category_id.map(Pk),
            effective_date: Some(row.effective_date),
            due_date: row.due_date,
        })
    }

    async fn check(
        _: &Scope,
        _: Rows,
        input: &AdjustmentInput,
        _: Option<&Model>,
    ) -> Result<FieldErrors, ApiError> {
        let is_charge = input.kind == AdjustmentKind::Charge;
        if input.due_date.is_some() && !is_charge {
            let message = "Only a charge is to be paid by a day.";
            return Ok(FieldErrors::of("due_date", message));
        }
        Ok(FieldErrors::default())
    }

    /// An entry is never assigned to a row: it is posted.
    fn assign(_: &AdjustmentInput, _: &mut ActiveModel) {}

    async fn create(scope: &Scope, input: AdjustmentInput) -> Result<(Model, bool), ApiError> {
        let year = school_year(scope).await?;
        let from = input.effective_date.unwrap_or(year.today);
        let grace = u64::try_from(year.settings.invoice_due_days).unwrap_or(0);
        let usual = from.checked_add_days(Days::new(grace)).unwrap_or(from);
        let due = input.due_date.unwrap_or(usual);
        if due < from {
            let message = "This day is before the effective date.";
            return Err(ApiError::field("due_date", message));
        }
        lock_account(scope, input.student.0).await?;
        let id = post(scope, &[entry(&input, from, due)]).await?;
        let accounts = [input.student.0];
        allocate_oldest_first(scope, Accounts::Of(&accounts), year.today).await?;
        let id = id.first().copied().unwrap_or_default();
        let row = scope.get::<Entity>(id).await?;
        Ok((row.ok_or_else(ApiError::not_found)?, true))
    }
}

fn entry(input: &AdjustmentInput, from: NaiveDate, due: NaiveDate) -> NewEntry {
    let is_charge = input.kind == AdjustmentKind::Charge;
    let amount = input.amount.minor();
    NewEntry {
        student_id: input.student.0,
        kind: input.kind.into(),
        amount: Money::of_minor(if is_charge { amount } else { -amount }),
        effective_date: from,
        due_date: is_charge.then_some(due),
        session: input.session.clone(),
        term: input.term.clone(),
        fee_item_id: None,
        category_id: input.category.map(|pk| pk.0),
        charge_id: None,
        description: input.description.clone(),
    }
}
