//! `students/`: the pupils, each with a login of their own where the school gave one.

mod body;
#[cfg(test)]
mod tests;

use std::marker::PhantomData;

use actix_web::HttpRequest;
use files::{Named, Purpose, claim};
use identity::{entities::guardianship, password, resources::users::Users, services::accounts};
use resource::{
    ApiError, Ctx, Dependent, FieldErrors, Pk, Reference, Resource, Unique,
    pagination::{Kind, Listing},
    tenant_guard::{Role, Rows, Scope},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, IntoActiveModel, JoinType, QuerySelect,
    RelationTrait, Select,
};
use serde_json::Value;

use crate::{
    entities::{
        class, enrolment,
        student::{ActiveModel, Column, Entity, Model, Relation},
    },
    pupil_fees::PupilFees,
    services::{enrolments::enrol_now, own},
};

pub use body::{Gender, Student, StudentInput, StudentRow, StudentStatus};

/// The field of the fees assigned to a pupil.
const FEES: &str = "assigned_fees";

const PORTRAIT: &str = "passport_url";

/// The collection; `F` keeps the fees assigned to pupils.
#[derive(Debug)]
pub struct Students<F = ()>(PhantomData<F>);

impl<F: PupilFees> Students<F> {
    /// Assigns the fees of `input`, where it tells any; answers whether that changed anything.
    async fn assign_fees(
        scope: &Scope,
        pupil: i64,
        input: &StudentInput,
    ) -> Result<bool, ApiError> {
        match &input.assigned_fees {
            Some(fees) => F::assign(scope, pupil, &keys(fees)).await,
            None => Ok(false),
        }
    }

    /// Key of the pupil's login after `input`, whose password is hashed by now; none where no password
    /// was given, and then a login there is follows the pupil's number and name.
    async fn login(
        scope: &Scope,
        before: Option<&Model>,
        input: &StudentInput,
    ) -> Result<Option<i64>, ApiError> {
        let user_id = before.and_then(|pupil| pupil.user_id);
        if input.password.is_empty() {
            if let (Some(pupil), Some(id)) = (before, user_id) {
                let numbers = (pupil.student_no.as_str(), input.student_no.as_str());
                accounts::rename_login(scope, id, numbers, &input.names).await?;
            }
            return Ok(None);
        }
        let (username, hash) = (&input.student_no, &input.password);
        let saved =
            accounts::save_login(scope, user_id, username, &input.names, Role::Student, hash);
        saved.await.map(Some)
    }
}

fn keys(fees: &[Pk]) -> Vec<i64> {
    fees.iter().map(|fee| fee.0).collect()
}

impl<F: PupilFees> Resource for Students<F> {
    const PATH: &'static str = "students";
    const ITEM: &'static str = "student";
    const READS: &'static [&'static str] =
        &["students", "classes", "guardianships", "student_fees"];
    const TTL: u64 = 600;
    const PICTURES: bool = true;
    const REFERENCES: &'static [Reference] = &[Reference {
        field: "class_id",
        table: "classes",
    }];
    const UNIQUES: &'static [Unique] = &[Unique {
        field: "student_no",
        column: "student_no",
    }];
    const DEPENDENTS: &'static [Dependent] = &[
        Dependent {
            table: "report_cards",
            column: "student_id",
            name: "report cards",
        },
        Dependent {
            table: "attendance_records",
            column: "student_id",
            name: "attendance records",
        },
        Dependent {
            table: "payments",
            column: "student_id",
            name: "payments",
        },
        Dependent {
            table: "payment_intents",
            column: "student_id",
            name: "online payments",
        },
        Dependent {
            table: "student_fees",
            column: "student_id",
            name: "assigned fees",
        },
        Dependent {
            table: "ledger_entries",
            column: "student_id",
            name: "ledger entries",
        },
    ];

    type Entity = Entity;
    type Input = StudentInput;
    type Row = StudentRow;
    type Output = Student;

    fn listing() -> Listing<Entity> {
        Listing::large()
            .ordering("names", Column::Names)
            .ordering("student_no", Column::StudentNo)
            .default_order("names")
            .search([Column::Names, Column::StudentNo])
            .filter("class_id", Column::ClassId, Kind::Pk)
            .filter("gender", Column::Gender, Kind::Choice(&["Male", "Female"]))
            .filter(
                "status",
                Column::Status,
                Kind::Choice(&["active", "graduated", "withdrawn"]),
            )
            .filter("student_no", Column::StudentNo, Kind::Text)
    }

    fn select(query: Select<Entity>) -> Select<Entity> {
        query
            .join(JoinType::LeftJoin, Relation::Class.def())
            .column_as(class::Column::Name, "class_name")
            .expr_as(F::ids(), FEES)
    }

    fn visible(scope: &Scope, rows: Rows) -> Condition {
        own::students(scope, rows)
    }

    async fn output(scope: &Scope, rows: Vec<StudentRow>) -> Result<Vec<Student>, ApiError> {
        let with_fees = F::readable(scope);
        let shown = |row: StudentRow| row.shown(scope, with_fees);
        Ok(rows.into_iter().map(shown).collect())
    }

    async fn input(scope: &Scope, row: &Model) -> Result<StudentInput, ApiError> {
        let fees = F::of(scope, row.id).await?;
        Ok(StudentInput {
            student_no: row.student_no.clone(),
            names: row.names.clone(),
            gender: row.gender.clone(),
            class_id: row.class_id.map(Pk),
            dob: row.dob,
            parent_name: row.parent_name.clone(),
            parent_email: row.parent_email.clone(),
            parent_phone: row.parent_phone.clone(),
            address: row.address.clone(),
            passport_url: row.passport_url.clone(),
            discounts: serde_json::from_value(row.discounts.clone()).map_err(ApiError::internal)?,
            assigned_fees: Some(fees.into_iter().map(Pk).collect()),
            status: row.status.clone(),
            password: String::new(),
        })
    }

    async fn prepare(
        ctx: &Ctx,
        request: &HttpRequest,
        body: &mut Value,
    ) -> Result<FieldErrors, ApiError> {
        let mut errors = password::prepare(ctx, request, body, &["student_no", "names"]).await?;
        errors.merge(files::take_in(ctx, request, body, &[PORTRAIT]).await?);
        Ok(errors)
    }

    async fn check(
        scope: &Scope,
        _: Rows,
        input: &StudentInput,
        before: Option<&Model>,
    ) -> Result<FieldErrors, ApiError> {
        let portrait = Named {
            field: PORTRAIT,
            now: &input.passport_url,
            before: before.map(|row| row.passport_url.as_str()),
        };
        let mut errors = claim(scope, Purpose::Picture, &[portrait]).await?;
        if let Some(fees) = &input.assigned_fees {
            let pupil = before.map(|row| row.id);
            errors.merge(F::check(scope, FEES, pupil, &keys(fees)).await?);
        }
        Ok(errors)
    }

    fn assign(input: &StudentInput, row: &mut ActiveModel) {
        row.student_no = Set(input.student_no.clone());
        row.names = Set(input.names.clone());
        row.gender = Set(input.gender.clone());
        row.class_id = Set(input.class_id.map(|class| class.0));
        row.dob = Set(input.dob);
        row.parent_name = Set(input.parent_name.clone());
        row.parent_email = Set(input.parent_email.clone());
        row.parent_phone = Set(input.parent_phone.clone());
        row.address = Set(input.address.clone());
        row.passport_url = Set(input.passport_url.clone());
        row.discounts = Set(input.discounts.iter().cloned().map(Value::Object).collect());
        row.status = Set(input.status.clone());
    }

    async fn create(scope: &Scope, input: StudentInput) -> Result<(Model, bool), ApiError> {
        let mut row = ActiveModel::default();
        Self::assign(&input, &mut row);
        row.user_id = Set(Self::login(scope, None, &input).await?);
        let row = scope.insert::<Entity, _>(row).await?;
        if row.class_id.is_some() {
            enrol_now(scope, row.id).await?;
        }
        Self::assign_fees(scope, row.id, &input).await?;
        Ok((row, true))
    }

    async fn update(scope: &Scope, before: &Model, input: StudentInput) -> Result<Model, ApiError> {
        let mut row = before.clone().into_active_model();
        Self::assign(&input, &mut row);
        let login = Self::login(scope, Some(before), &input).await?;
        row.user_id = Set(login.or(before.user_id));
        let after = scope.update::<Entity, _>(before, row).await?;
        if after.class_id.is_some() && after.class_id != before.class_id {
            enrol_now(scope, after.id).await?;
        }
        let fees_changed = Self::assign_fees(scope, after.id, &input).await?;
        if fees_changed || login.is_some() {
            return Ok(scope.advance::<Entity>(before, after).await?);
        }
        Ok(after)
    }

    async fn delete(scope: &Scope, row: &Model) -> Result<(), ApiError> {
        // The database would let these links go too, but caches would not learn of it.
        let links = Condition::all().add(guardianship::Column::StudentId.eq(row.id));
        scope.delete_where::<guardianship::Entity>(links).await?;
        let enrolments = Condition::all().add(enrolment::Column::StudentId.eq(row.id));
        scope.delete_where::<enrolment::Entity>(enrolments).await?;
        scope.delete::<Entity>(row.id).await?;
        if let Some(login) = row.user_id {
            Users::remove(scope, login).await?;
        }
        Ok(())
    }
}
