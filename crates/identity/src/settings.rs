//! The settings of a school: one flat object, typed, with the value each starts at.

mod positions;
mod rules;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use chrono_tz::Tz;
use resource::{FieldErrors, Money, fields::NON_FIELD};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

pub use rules::{SettingsRule, SettingsRules};

use crate::services::accounts::{NO_EMAIL, is_email};

pub use positions::{MissingMarks, PositionBy, PositionTies};

const NO_IMAGE: &str = "Enter the address of an image, or a data:image/ address.";
const NO_COLOUR: &str = "Enter a colour as #1a2b3c.";
const NO_PATTERN: &str = "Enter a pattern as RCP-{year}-{number}.";
const NO_TERMS: &str = "Name at least one term, each in 1 to 50 characters.";

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
    /// How receipts are numbered: `{number}`, six digits or more, once, and `{year}` of recording at most
    /// once, between letters, digits, `-`, `_` and `.`. Without the year the numbers count on for ever.
    #[schema(max_length = 40)]
    pub receipt_pattern: String,
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

impl Default for Settings {
    fn default() -> Self {
        Self {
            school_name: String::new(),
            school_address: String::new(),
            school_email: String::new(),
            school_phone: String::new(),
            school_tagline: String::new(),
            logo_media: String::new(),
            watermark_media: String::new(),
            director_name: String::new(),
            director_signature: String::new(),
            head_of_school_name: String::new(),
            head_of_school_signature: String::new(),
            current_session: String::new(),
            current_term: "First Term".into(),
            terms: ["First Term", "Second Term", "Third Term"]
                .map(Into::into)
                .into(),
            subjects_global: Vec::new(),
            show_position: true,
            position_ties: PositionTies::default(),
            position_by: PositionBy::default(),
            position_missing: MissingMarks::default(),
            show_skills: true,
            tiled_watermark: false,
            next_term_begins: None,
            class_teacher_label: "Class Teacher".into(),
            head_teacher_label: "Head Teacher".into(),
            report_font_family: String::new(),
            report_scale: 100.0,
            landing_hero_title: String::new(),
            landing_hero_subtitle: String::new(),
            landing_about_text: String::new(),
            landing_cta_text: String::new(),
            landing_primary_color: String::new(),
            landing_secondary_color: String::new(),
            landing_features: Vec::new(),
            landing_core_values: Vec::new(),
            ca1_max: 20,
            ca2_max: 20,
            exam_max: 60,
            promotion_threshold: 50.0,
            promotion_rules: PromotionRules::default(),
            show_bank_details: false,
            bank_name: String::new(),
            bank_account_name: String::new(),
            bank_account_number: String::new(),
            bank_sort_code: String::new(),
            invoice_notes: String::new(),
            invoice_due_days: 14,
            receipt_pattern: "RCP-{year}-{number}".into(),
            expense_approval_limit: None,
            role_permissions: BTreeMap::new(),
            pupils_may_write: MayWrite::default(),
            parents_may_write: MayWrite::default(),
            time_zone: "Africa/Lagos".into(),
            currency: "NGN".into(),
        }
    }
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

impl Settings {
    /// What is wrong beyond the schema, every field at once.
    #[must_use]
    pub fn rules(&self) -> FieldErrors {
        let email = &self.school_email;
        let named = |term: &String| (1..=50).contains(&term.chars().count());
        let is_code =
            |code: &str| code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase());
        let rules = [
            (
                "school_email",
                email.is_empty() || is_email(email),
                NO_EMAIL,
            ),
            ("logo_media", is_image(&self.logo_media), NO_IMAGE),
            ("watermark_media", is_image(&self.watermark_media), NO_IMAGE),
            (
                "director_signature",
                is_image(&self.director_signature),
                NO_IMAGE,
            ),
            (
                "head_of_school_signature",
                is_image(&self.head_of_school_signature),
                NO_IMAGE,
            ),
            (
                "landing_primary_color",
                is_colour(&self.landing_primary_color),
                NO_COLOUR,
            ),
            (
                "landing_secondary_color",
                is_colour(&self.landing_secondary_color),
                NO_COLOUR,
            ),
            (
                "terms",
                !self.terms.is_empty() && self.terms.iter().all(named),
                NO_TERMS,
            ),
            (
                NON_FIELD,
                self.ca1_max + self.ca2_max + self.exam_max == 100,
                "The fields ca1_max, ca2_max, exam_max must add up to 100.",
            ),
            (
                "current_term",
                self.terms.contains(&self.current_term),
                "This is none of the terms.",
            ),
            (
                "time_zone",
                self.time_zone.parse::<Tz>().is_ok(),
                "Enter an IANA time zone, as Africa/Lagos.",
            ),
            (
                "receipt_pattern",
                is_receipt_pattern(&self.receipt_pattern),
                NO_PATTERN,
            ),
            (
                "expense_approval_limit",
                self.expense_approval_limit
                    .is_none_or(|limit| limit.minor() >= 0),
                "Ensure this value is greater than or equal to 0.00.",
            ),
            (
                "currency",
                is_code(&self.currency),
                "Enter an ISO 4217 code, as NGN.",
            ),
        ];
        let mut errors = FieldErrors::default();
        for (field, _, message) in rules.into_iter().filter(|(_, sound, _)| !sound) {
            errors.add(field, message);
        }
        errors
    }
}

/// A page shows these, so no other scheme may pass.
fn is_image(media: &str) -> bool {
    let starts = ["https://", "http://", "/", "data:image/"];
    media.is_empty() || starts.iter().any(|start| media.starts_with(start))
}

fn is_receipt_pattern(pattern: &str) -> bool {
    let plain = |one: char| one.is_ascii_alphanumeric() || matches!(one, '-' | '_' | '.');
    let rest = pattern
        .replacen("{number}", "", 1)
        .replacen("{year}", "", 1);
    pattern.contains("{number}") && rest.chars().all(plain)
}

fn is_colour(colour: &str) -> bool {
    let digits = |digits: &str| {
        matches!(digits.len(), 3 | 6) && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    colour.is_empty() || colour.strip_prefix('#').is_some_and(digits)
}

#[cfg(test)]
mod tests;
