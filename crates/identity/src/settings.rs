//! The settings of a school: one flat object, typed, with the value each starts at.

mod defaults;
mod late_fees;
mod positions;
mod rules;
mod sound;
pub mod template;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use resource::Money;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

pub use late_fees::LateFeeKind;
pub use positions::{MissingMarks, PositionBy, PositionTies};
pub use rules::{SettingsRule, SettingsRules};

/// How pupils move up at the end of a year.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum PromotionRules {
    /// By their average against `promotion_threshold`.
    Auto,
    /// As the school decides for each.
    #[default]
    Manual,
}

/// Whom pupils, or parents, may write to; anyone may answer a message they received.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MayWrite {
    /// The office, and the teachers of their class or their children's classes.
    #[default]
    TeachersAndOffice,
    /// The office: administrators, bursars and staff.
    Office,
    /// Nobody.
    Nobody,
}

/// Name of a term.
#[derive(Debug, ToSchema)]
#[schema(min_length = 1, max_length = 50)]
pub struct TermName(pub String);

/// Name of a subject the school offers.
#[derive(Debug, ToSchema)]
#[schema(min_length = 1, max_length = 100)]
pub struct OfferedSubject(pub String);

/// Settings to write. PUT sets what is left out to the value a new school starts with; `school_name`
/// alone stays.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own on the wire"
)]
pub struct Settings {
    /// Name of the school.
    #[schema(max_length = 255)]
    pub school_name: String,
    /// Postal address.
    #[schema(max_length = 1000)]
    pub school_address: String,
    /// E-mail.
    #[schema(max_length = 254)]
    pub school_email: String,
    /// Telephone.
    #[schema(max_length = 20)]
    pub school_phone: String,
    /// Motto.
    #[schema(max_length = 255)]
    pub school_tagline: String,
    /// Logo: address of an image, or the image as a `data:` address.
    #[schema(max_length = 200_000)]
    pub logo_media: String,
    /// Watermark of printed pages, as `logo_media`.
    #[schema(max_length = 200_000)]
    pub watermark_media: String,
    /// Name of the director.
    #[schema(max_length = 255)]
    pub director_name: String,
    /// Signature of the director, as `logo_media`.
    #[schema(max_length = 200_000)]
    pub director_signature: String,
    /// Name of the head of school.
    #[schema(max_length = 255)]
    pub head_of_school_name: String,
    /// Signature of the head of school, as `logo_media`.
    #[schema(max_length = 200_000)]
    pub head_of_school_signature: String,
    /// School year at present, as `2025/2026`.
    #[schema(max_length = 20)]
    pub current_session: String,
    /// Term at present, one of `terms`.
    #[schema(max_length = 50)]
    pub current_term: String,
    /// Terms of a school year, in order.
    #[schema(max_items = 12, value_type = Vec<TermName>)]
    pub terms: Vec<String>,
    /// Subjects the school offers, by name.
    #[schema(max_items = 500, value_type = Vec<OfferedSubject>)]
    pub subjects_global: Vec<String>,
    /// Whether pupils and parents see the position in class; staff always do.
    pub show_position: bool,
    /// How equals share a position.
    pub position_ties: PositionTies,
    /// What cards are ranked by.
    pub position_by: PositionBy,
    /// What becomes of a pupil without a mark in some subject that the class takes.
    pub position_missing: MissingMarks,
    /// Whether report cards show affective and psychomotor skills.
    pub show_skills: bool,
    /// Whether the watermark is repeated over the page.
    pub tiled_watermark: bool,
    /// First day of the next term.
    pub next_term_begins: Option<NaiveDate>,
    /// What report cards call the class teacher.
    #[schema(max_length = 100)]
    pub class_teacher_label: String,
    /// What report cards call the head teacher.
    #[schema(max_length = 100)]
    pub head_teacher_label: String,
    /// Font family of report cards.
    #[schema(max_length = 100)]
    pub report_font_family: String,
    /// Scale of report cards, in per cent.
    #[schema(minimum = 1, maximum = 500)]
    pub report_scale: f64,
    /// Title of the landing page.
    #[schema(max_length = 255)]
    pub landing_hero_title: String,
    /// Line under that title.
    #[schema(max_length = 1000)]
    pub landing_hero_subtitle: String,
    /// Text about the school.
    #[schema(max_length = 10_000)]
    pub landing_about_text: String,
    /// Label of the button of the landing page.
    #[schema(max_length = 100)]
    pub landing_cta_text: String,
    /// First colour of the landing page, as `#1a2b3c`.
    #[schema(max_length = 7)]
    pub landing_primary_color: String,
    /// Second colour of the landing page, as `#1a2b3c`.
    #[schema(max_length = 7)]
    pub landing_secondary_color: String,
    /// What the school offers: texts, or objects of the client's own.
    #[schema(max_items = 100)]
    pub landing_features: Vec<Value>,
    /// What the school stands for: texts, or objects of the client's own.
    #[schema(max_items = 100)]
    pub landing_core_values: Vec<Value>,
    /// Highest mark of the first continuous assessment; the three maxima add up to 100.
    #[schema(minimum = 0, maximum = 100)]
    pub ca1_max: i32,
    /// Highest mark of the second continuous assessment.
    #[schema(minimum = 0, maximum = 100)]
    pub ca2_max: i32,
    /// Highest mark of the examination.
    #[schema(minimum = 0, maximum = 100)]
    pub exam_max: i32,
    /// Average from which pupils move up, in per cent.
    #[schema(minimum = 0, maximum = 100)]
    pub promotion_threshold: f64,
    /// How pupils move up.
    pub promotion_rules: PromotionRules,
    /// Whether invoices show the bank account.
    pub show_bank_details: bool,
    /// Name of the bank.
    #[schema(max_length = 255)]
    pub bank_name: String,
    /// Name of the account.
    #[schema(max_length = 255)]
    pub bank_account_name: String,
    /// Number of the account.
    #[schema(max_length = 50)]
    pub bank_account_number: String,
    /// Sort code of the bank.
    #[schema(max_length = 50)]
    pub bank_sort_code: String,
    /// Text at the foot of invoices.
    #[schema(max_length = 5000)]
    pub invoice_notes: String,
    /// Days until an invoice is due.
    #[schema(minimum = 0, maximum = 365)]
    pub invoice_due_days: i32,
    /// How a late fee is reckoned.
    pub late_fee_kind: LateFeeKind,
    /// The late fee: an amount, or per cent of what is late, at most 100.00; above zero where there is one.
    #[schema(schema_with = Money::not_below_zero)]
    pub late_fee_value: Money,
    /// Days after its last day from which a debt is late.
    #[schema(minimum = 0, maximum = 365)]
    pub late_fee_grace_days: i32,
    /// How receipts are numbered: `{number}`, six digits or more, once, and `{year}` of recording at most
    /// once, between letters, digits, `-`, `_` and `.`. Without the year the numbers count on for ever.
    #[schema(max_length = 40)]
    pub receipt_pattern: String,
    /// Subject of the e-mail that reminds a payer of what is owed, with the words of `reminder_text`.
    #[schema(min_length = 1, max_length = 255)]
    pub reminder_subject: String,
    /// Text of that e-mail. `{payer}` is the name of who pays, `{pupils}` those of the pupils paid for,
    /// `{balance}` what is owed of them in the school's currency, `{due}` the day the oldest of it is due, and
    /// `{school}` the name of the school.
    #[schema(min_length = 1, max_length = 5000)]
    pub reminder_text: String,
    /// Days within which a payer is not reminded again.
    #[schema(minimum = 1, maximum = 365)]
    pub reminder_window_days: i32,
    /// Expenses above this amount wait for the approval of an administrator; null asks for none.
    pub expense_approval_limit: Option<Money>,
    /// What the web client shows to each role; what the server permits does not rest on it.
    #[schema(value_type = Object)]
    pub role_permissions: BTreeMap<String, Value>,
    /// Whom pupils may write to, and see in the directory.
    pub pupils_may_write: MayWrite,
    /// Whom parents may write to, and see in the directory.
    pub parents_may_write: MayWrite,
    /// IANA name of the time zone the school lives in.
    #[schema(max_length = 64)]
    pub time_zone: String,
    /// ISO 4217 code of the currency the school charges in.
    #[schema(min_length = 3, max_length = 3)]
    pub currency: String,
}

/// The settings of a school.
#[derive(Debug, Serialize, ToSchema)]
pub struct SchoolSettings {
    /// Id of the settings.
    pub id: i64,
    /// Status of the school.
    pub subscription_status: String,
    /// Domain of the school.
    pub school_domain: String,
    /// What the school sets.
    #[serde(flatten)]
    pub settings: Settings,
}

/// Whether anyone may read this key, signed in or not.
#[must_use]
pub fn is_branding(key: &str) -> bool {
    matches!(key, "school_name" | "school_tagline" | "logo_media") || key.starts_with("landing_")
}

#[cfg(test)]
mod tests;
