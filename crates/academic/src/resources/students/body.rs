//! A pupil on the wire.

use chrono::{DateTime, NaiveDate, Utc};
use resource::{Pk, tenant_guard::Scope};
use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::entities::student::Model;

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
    /// Ids of the fee items that are the pupil's own: optional ones taken, or any at another price. Absent
    /// leaves them, [] takes all of them off; one that was billed stays (409). Under the permissions of
    /// `student-fees/`, which says more of each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 200)]
    pub assigned_fees: Option<Vec<Pk>>,
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
    /// Ids of the fee items that are the pupil's own; none for who may not read `student-fees/`.
    pub assigned_fees: Vec<i64>,
    /// Where the pupil stands with the school.
    #[schema(value_type = StudentStatus)]
    pub status: String,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// A pupil with the name of the class and the fees assigned.
#[derive(Debug, FromQueryResult)]
pub struct StudentRow {
    #[sea_orm(nested)]
    student: Model,
    class_name: Option<String>,
    assigned_fees: Option<String>,
}

/// Keys joined by commas, in their order.
fn keys(joined: &str) -> Vec<i64> {
    let mut keys: Vec<i64> = joined
        .split(',')
        .filter_map(|key| key.parse().ok())
        .collect();
    keys.sort_unstable();
    keys
}

impl StudentRow {
    /// The pupil as shown to who may read the fees, or not.
    pub(super) fn shown(self, scope: &Scope, with_fees: bool) -> Student {
        let Self {
            student,
            class_name,
            assigned_fees,
        } = self;
        let assigned_fees = assigned_fees.filter(|_| with_fees);
        Student {
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
            assigned_fees: keys(&assigned_fees.unwrap_or_default()),
            status: student.status,
            created_at: student.created_at,
            updated_at: student.updated_at,
        }
    }
}
