//! Business operations on a scope; no HTTP here.

pub mod attendance_summary;
pub mod broadsheet;
pub mod bulk_promote;
pub mod class_subjects;
pub mod enrolments;
pub mod feed;
pub mod head_remark;
pub mod import_cards;
pub mod import_registers;
pub mod marking;
pub mod occurrences;
pub mod own;
pub mod positions;
pub mod promotion_preview;
pub mod publish;
pub mod publish_notices;
pub mod recompute;
pub mod registers;
pub mod report_rows;
pub mod row_edit;
pub mod row_merge;
pub mod score_history;
pub mod versions;

pub use identity::services::audience;
