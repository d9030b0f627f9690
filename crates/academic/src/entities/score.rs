//! Table `scores`.

use resource::tenant_guard;
use sea_orm::entity::prelude::*;

use crate::marks::{Cell, Marks};

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
    /// Sum of the marks there are; computed; none while there are none.
    pub total: Option<i64>,
    /// Letter of the total by the school's scale; computed.
    pub grade: String,
    /// Remark of the teacher; at most 255 characters.
    pub comment: String,
    /// Whether the pupil missed the first continuous assessment.
    pub ca1_absent: bool,
    /// Whether the pupil missed the second continuous assessment.
    pub ca2_absent: bool,
    /// Whether the pupil missed the examination.
    pub exam_absent: bool,
    /// What the scale says of the letter shown; computed.
    pub grade_remark: String,
    /// Points of the letter shown, in hundredths; computed.
    pub grade_points: Option<i64>,
    /// Letter shown instead of the computed one; blank for none.
    pub grade_override: String,
    /// Why; blank where nothing is overridden.
    pub grade_override_reason: String,
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
            ca1: Cell::of(self.ca1, self.ca1_absent),
            ca2: Cell::of(self.ca2, self.ca2_absent),
            exam: Cell::of(self.exam, self.exam_absent),
        }
    }

    /// The letter shown: the override, where there is one.
    #[must_use]
    pub fn shown_grade(&self) -> &str {
        if self.grade_override.is_empty() {
            &self.grade
        } else {
            &self.grade_override
        }
    }
}
