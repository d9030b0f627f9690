//! `students/`: the pupils, each with a login of their own where the school gave one.

#[cfg(test)]
mod tests;

use actix_web::HttpRequest;
use chrono::{DateTime, NaiveDate, Utc};
use files::{Named, Purpose, claim};
use identity::{entities::guardianship, password, resources::users::Users, services::accounts};
use resource::{
    ApiError, Ctx, Dependent, FieldErrors, Pk, Reference, Resource, Unique,
    pagination::{Kind, Listing},
    tenant_guard::{Role, Rows, Scope},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, FromQueryResult, IntoActiveModel, JoinType,
    QuerySelect, RelationTrait, Select,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    entities::{
        class, enrolment,
        student::{ActiveModel, Column, Entity, Model, Relation},
    },
    services::{enrolments::enrol_now, own},
};

/// Gender of a pupil.
#[derive(Debug, ToSchema)]
pub enum Gender {
    /// A boy.
    Male,
    /// A girl.
    Female,
}

/// Where a pupil stands with the school.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum StudentStatus {
    /// Attends.
    Active,
    /// Left at the end of the last class.
    Graduated,
    /// Left before.
    Withdrawn,
}

const PORTRAIT: &str = "passport_url";

fn active() -> String {
    "active".into()
}

/// A pupil to write.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct StudentInput {
    /// Number the school gives, unique in it.
    #[schema(min_length = 1, max_length = 50)]
    pub student_no: String,
    /// Full name.
    #[schema(min_length = 1, max_length = 255)]
    pub names: String,
    /// Gender.
    #[schema(value_type = Gender)]
    pub gender: String,
    /// The class at present; null or "" is none.
    #[serde(default)]
    pub class_id: Option<Pk>,
    /// Date of birth.
    #[serde(default)]
    pub dob: Option<NaiveDate>,
    /// Name of a parent.
    #[serde(default)]
    #[schema(max_length = 255)]
    pub parent_name: String,
    /// E-mail of a parent.
    #[serde(default)]
    #[schema(max_length = 254)]
    pub parent_email: String,
    /// Telephone of a parent.
    #[serde(default)]
    #[schema(max_length = 50)]
    pub parent_phone: String,
    /// Postal address.
    #[serde(default)]
    #[schema(max_length = 1000)]
    pub address: String,
    /// Portrait: a link that `upload/` or this collection gave, any other address of an image, or the image
    /// itself as a `data:image/…;base64,` address, which is kept as an uploaded one is.
    #[serde(default)]
    #[schema(max_length = 4_200_000)]
    pub passport_url: String,
    /// Discounts as agreed with the bursary.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub discounts: Vec<serde_json::Map<String, Value>>,
    /// Where the pupil stands with the school.
    #[serde(default = "active")]
    #[schema(value_type = StudentStatus)]
    pub status: String,
    /// Makes the pupil's login, whose user name is the student number, or changes its password; ""
    /// changes nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schema(write_only, format = Password, max_length = 128)]
    pub password: String,
}

/// A pupil.
#[derive(Debug, Serialize, ToSchema)]
pub struct Student {
    /// Id.
    pub id: i64,
    /// Number the school gave.
    pub student_no: String,
    /// Full name.
    pub names: String,
    /// Gender.
    #[schema(value_type = Gender)]
    pub gender: String,
    /// Id of the class at present.
    pub class_id: Option<i64>,
    /// Name of the class at present.
    pub current_class: Option<String>,
    /// The same as `current_class`.
    pub class_name: Option<String>,
    /// Date of birth.
    pub dob: Option<NaiveDate>,
    /// Name of a parent.
    pub parent_name: String,
    /// E-mail of a parent.
    pub parent_email: String,
    /// Telephone of a parent.
    pub parent_phone: String,
    /// Postal address.
    pub address: String,
    /// Where the portrait is; of an image of this server a link that is good for an hour or so.
    pub passport_url: String,
    /// Discounts as agreed with the bursary.
    #[schema(value_type = Vec<serde_json::Map<String, Value>>)]
    pub discounts: Value,
    /// Where the pupil stands with the school.
    #[schema(value_type = StudentStatus)]
    pub status: String,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// A pupil with the name of the class.
#[derive(Debug, FromQueryResult)]
pub struct StudentRow {
    #[sea_orm(nested)]
    student: Model,
    class_name: Option<String>,
}

impl Student {
    fn of(scope: &Scope, row: StudentRow) -> Self {
        let StudentRow {
            student,
            class_name,
        } = row;
        Self {
            id: student.id,
            student_no: student.student_no,
            names: student.names,
            gender: student.gender,
            class_id: student.class_id,
            current_class: class_name.clone(),
            class_name,
            dob: student.dob,
            parent_name: student.parent_name,
            parent_email: student.parent_email,
            parent_phone: student.parent_phone,
            address: student.address,
            passport_url: files::shown(scope, student.passport_url),
            discounts: student.discounts,
            status: student.status,
            created_at: student.created_at,
            updated_at: student.updated_at,
        }
    }
}

/// The collection.
#[derive(Debug)]
pub struct Students;

impl Students {
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

impl Resource for Students {
    const PATH: &'static str = "students";
    const ITEM: &'static str = "student";
    const READS: &'static [&'static str] = &["students", "classes", "guardianships"];
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
    }

    fn visible(scope: &Scope, rows: Rows) -> Condition {
        own::students(scope, rows)
    }

    async fn output(scope: &Scope, rows: Vec<StudentRow>) -> Result<Vec<Student>, ApiError> {
        let shown = |row| Student::of(scope, row);
        Ok(rows.into_iter().map(shown).collect())
    }

    async fn input(_: &Scope, row: &Model) -> Result<StudentInput, ApiError> {
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
        claim(scope, Purpose::Picture, &[portrait]).await
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
        match login {
            Some(_) => Ok(scope.advance::<Entity>(before, after).await?),
            None => Ok(after),
        }
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
