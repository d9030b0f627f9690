//! `payments/`: money received for pupils. A payment is voided or given back, never deleted, and of what
//! was recorded only its remark and its kind change.

mod body;

use academic::entities::{class, student};
use actix_web::{HttpRequest, http::Method};
use identity::{
    entities::user,
    services::{school_today, standing},
};
use resource::{
    ApiError, Ctx, FieldErrors, Reference, Resource, Unique,
    pagination::{Kind, Listing},
    tenant_guard::{Rows, Scope},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, IntoActiveModel, JoinType, QueryFilter, QuerySelect,
    RelationTrait, Select,
};
use serde_json::Value;

pub use body::{Payment, PaymentInput, PaymentMethod, PaymentRow, PaymentStatus};

use crate::{
    entities::{
        fee_category,
        payment::{ActiveModel, Column, Entity, Model, Relation},
    },
    services::payments::{METHODS, VOIDED, lines::parts, lock_account_of, record_payment, void},
};

const STATUSES: &[&str] = &["pending", "completed", "failed", "refunded", "voided"];

/// The collection.
#[derive(Debug)]
pub struct Payments;

impl Resource for Payments {
    const PATH: &'static str = "payments";
    const ITEM: &'static str = "payment";
    const READS: &'static [&'static str] = &[
        "payments",
        "payment_lines",
        "payment_refunds",
        "ledger_entries",
        "allocations",
        "fee_items",
        "fee_categories",
        "students",
        "classes",
        "users",
        "guardianships",
    ];
    const VOIDS: bool = true;
    const REFERENCES: &'static [Reference] = &[
        Reference {
            field: "student_id",
            table: "students",
        },
        Reference {
            field: "category",
            table: "fee_categories",
        },
    ];
    const UNIQUES: &'static [Unique] = &[Unique {
        field: "gateway_reference",
        column: "gateway_reference",
    }];

    type Entity = Entity;
    type Input = PaymentInput;
    type Row = PaymentRow;
    type Output = Payment;

    fn listing() -> Listing<Entity> {
        Listing::large()
            .ordering("date", Column::Date)
            .ordering("amount", Column::Amount)
            .ordering("created_at", Column::CreatedAt)
            .default_order("-date")
            .search([student::Column::Names, student::Column::StudentNo])
            .search([
                Column::Reference,
                Column::ExternalReference,
                Column::GatewayReference,
            ])
            .filter("student_id", Column::StudentId, Kind::Pk)
            .filter("class_id", student::Column::ClassId, Kind::Pk)
            .filter("method", Column::Method, Kind::Choice(&METHODS))
            .filter("status", Column::Status, Kind::Choice(STATUSES))
            .filter("category", Column::CategoryId, Kind::Pk)
            .filter("session", Column::Session, Kind::Text)
            .filter("term", Column::Term, Kind::Text)
            .filter("date", Column::Date, Kind::Date)
    }

    fn select(query: Select<Entity>) -> Select<Entity> {
        query
            .join(JoinType::InnerJoin, Relation::Student.def())
            .join(JoinType::LeftJoin, student::Relation::Class.def())
            .join(JoinType::LeftJoin, Relation::FeeCategory.def())
            .join(JoinType::LeftJoin, Relation::Recorder.def())
            .column_as(student::Column::Names, "student_name")
            .column_as(student::Column::StudentNo, "student_no")
            .column_as(class::Column::Id, "class_id")
            .column_as(class::Column::Name, "class_name")
            .column_as(fee_category::Column::Name, "category_name")
            .column_as(user::Column::Name, "recorded_by_name")
    }

    fn visible(scope: &Scope, rows: Rows) -> Condition {
        match rows {
            Rows::All => Condition::all(),
            Rows::Own => {
                Condition::all().add(Column::StudentId.in_subquery(standing::pupils(scope)))
            }
            Rows::Assigned | Rows::None => resource::pagination::nothing(),
        }
    }

    async fn output(scope: &Scope, rows: Vec<PaymentRow>) -> Result<Vec<Payment>, ApiError> {
        let ids: Vec<i64> = rows.iter().map(PaymentRow::id).collect();
        let mut parts = parts(scope, &ids).await?;
        let shown = |row: PaymentRow| {
            let parts = parts.remove(&row.id()).unwrap_or_default();
            row.with(parts)
        };
        Ok(rows.into_iter().map(shown).collect())
    }

    async fn input(scope: &Scope, row: &Model) -> Result<PaymentInput, ApiError> {
        let lines = parts(scope, &[row.id]).await?.remove(&row.id);
        Ok(PaymentInput::of(row, lines.unwrap_or_default().lines))
    }

    async fn prepare(
        _: &Ctx,
        request: &HttpRequest,
        body: &mut Value,
    ) -> Result<FieldErrors, ApiError> {
        Ok(body::settle(request.method() == Method::PATCH, body))
    }

    async fn check(
        scope: &Scope,
        _: Rows,
        input: &PaymentInput,
        before: Option<&Model>,
    ) -> Result<FieldErrors, ApiError> {
        let mut errors = input.sums();
        if let (Some(date), None) = (input.date, before)
            && date > school_today(scope).await?
        {
            errors.add("date", "This day has not begun yet.");
        }
        Ok(errors)
    }

    async fn lock_first(scope: &Scope, id: i64) -> Result<(), ApiError> {
        lock_account_of(scope, id).await
    }

    fn assign(input: &PaymentInput, row: &mut ActiveModel) {
        row.remark = Set(input.remark.clone());
        row.category_id = Set(input.category.map(|category| category.0));
    }

    async fn create(scope: &Scope, input: PaymentInput) -> Result<(Model, bool), ApiError> {
        Ok((record_payment(scope, input.into()).await?, true))
    }

    async fn update(scope: &Scope, before: &Model, input: PaymentInput) -> Result<Model, ApiError> {
        if input.changes(&Self::input(scope, before).await?) {
            return Err(ApiError::conflict(
                "Of a payment only remark and category change; void it and record it anew.",
            ));
        }
        let mut row = before.clone().into_active_model();
        Self::assign(&input, &mut row);
        let after = scope.update::<Entity, _>(before, row).await?;
        if before.status == VOIDED && after != *before {
            return Err(ApiError::conflict("A voided payment does not change."));
        }
        Ok(after)
    }

    async fn delete(scope: &Scope, row: &Model) -> Result<(), ApiError> {
        void(scope, row.id, "").await?;
        Ok(())
    }
}

/// One payment as the wire shows it.
///
/// # Errors
/// 404; else when the database fails.
pub async fn shown(scope: &Scope, id: i64) -> Result<Payment, ApiError> {
    let query = scope.find::<Entity>().filter(Column::Id.eq(id));
    let rows: Vec<PaymentRow> = scope.rows(Payments::select(query)).await?;
    let mut payments = Payments::output(scope, rows).await?;
    payments.pop().ok_or_else(ApiError::not_found)
}
