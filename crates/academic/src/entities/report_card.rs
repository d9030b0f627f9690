//! Table `report_cards`.
//!
//! A card's position is no column: it follows from the averages of its sheet, whoever wrote them last.

use resource::tenant_guard;
use sea_orm::entity::prelude::*;

/// One pupil's report card of one term.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "report_cards")]
pub struct Model {
    /// The school.
    #[sea_orm(primary_key, auto_increment = false)]
    pub school_id: i64,
    /// The row's own key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// The pupil.
    pub student_id: i64,
    /// The class the card was earned in.
    pub class_id: i64,
    /// School year, as `2025/2026`.
    pub session: String,
    /// Term, as `First Term`.
    pub term: String,
    /// Days present.
    pub attendance_present: Option<i32>,
    /// Days the school was open.
    pub attendance_total: Option<i32>,
    /// Behaviour: trait to 1-5.
    pub affective: Json,
    /// Skills: trait to 1-5.
    pub psychomotor: Json,
    /// Remark of the class teacher.
    pub teacher_remark: String,
    /// Remark of the head.
    pub head_teacher_remark: String,
    /// First day of the next term.
    pub next_term_begins: Option<Date>,
    /// Class promoted to, in words.
    pub promoted_to: String,
    /// Whether the card is published, and so locked.
    pub is_passed: bool,
    /// When it was published.
    pub passed_at: Option<DateTimeUtc>,
    /// Who published it.
    pub passed_by: Option<i64>,
    /// Sum of the rows, in hundredths of a mark; computed.
    pub total_score: Option<i64>,
    /// Mean of the rows, in hundredths of a mark, half up; computed.
    pub average: Option<i64>,
    /// When the row was created.
    pub created_at: DateTimeUtc,
    /// When the row last changed.
    pub updated_at: DateTimeUtc,
    /// How many times the row was written.
    pub row_version: i64,
    /// Relation to `students`.
    #[sea_orm(belongs_to, from = "(SchoolId, StudentId)", to = "(SchoolId, Id)")]
    pub student: HasOne<super::student::Entity>,
    /// Relation to `classes`.
    #[sea_orm(belongs_to, from = "(SchoolId, ClassId)", to = "(SchoolId, Id)")]
    pub class: HasOne<super::class::Entity>,
}

tenant_guard::tenant_entity!("report_cards");
