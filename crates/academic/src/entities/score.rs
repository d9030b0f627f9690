//! Table `scores`.

use resource::tenant_guard;
use sea_orm::entity::prelude::*;

use crate::marks::Marks;

/// One subject's marks on a report card. Marks are integer hundredths.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "scores")]
pub struct Model {
    /// The school.
    #[sea_orm(primary_key, auto_increment = false)]
    pub school_id: i64,
    /// The row's own key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// The card.
    pub report_card_id: i64,
    /// The subject.
    pub subject_id: i64,
    /// First continuous assessment.
    pub ca1: Option<i64>,
    /// Second continuous assessment.
    pub ca2: Option<i64>,
    /// Examination.
    pub exam: Option<i64>,
    /// Sum of the three; computed; none while all are missing.
    pub total: Option<i64>,
    /// Letter; computed.
    pub grade: String,
    /// Remark of the teacher; at most 255 characters.
    pub comment: String,
    /// When the row was created.
    pub created_at: DateTimeUtc,
    /// When the row last changed.
    pub updated_at: DateTimeUtc,
    /// How many times the row was written.
    pub row_version: i64,
    /// Relation to `report_cards`.
    #[sea_orm(belongs_to, from = "(SchoolId, ReportCardId)", to = "(SchoolId, Id)")]
    pub report_card: HasOne<super::report_card::Entity>,
    /// Relation to `subjects`.
    #[sea_orm(belongs_to, from = "(SchoolId, SubjectId)", to = "(SchoolId, Id)")]
    pub subject: HasOne<super::subject::Entity>,
}

tenant_guard::tenant_entity!("scores");

impl Model {
    /// The marks of the row.
    #[must_use]
    pub fn marks(&self) -> Marks {
        Marks {
            ca1: self.ca1,
            ca2: self.ca2,
            exam: self.exam,
        }
    }
}
