//! What the settings must be beyond their schema.

use chrono_tz::Tz;
use resource::{FieldErrors, fields::NON_FIELD};

use super::{LateFeeKind, Settings, template::unknown_word};
use crate::services::accounts::{NO_EMAIL, is_email};

const NO_IMAGE: &str = "Enter the address of an image, or a data:image/ address.";
const NO_COLOUR: &str = "Enter a colour as #1a2b3c.";
const NO_PATTERN: &str = "Enter a pattern as RCP-{year}-{number}.";
/// What a reminder may be filled in with.
const REMINDER_WORDS: [&str; 5] = ["payer", "pupils", "balance", "due", "school"];
const NO_LATE_FEE: &str =
    "Enter a value above 0.00 where there is a late fee, and at most 100.00 per cent.";
const NO_TERMS: &str = "Name at least one term, each in 1 to 50 characters.";

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
            ("late_fee_value", self.is_late_fee(), NO_LATE_FEE),
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
        for (field, text) in [
            ("reminder_subject", &self.reminder_subject),
            ("reminder_text", &self.reminder_text),
        ] {
            if let Some(word) = unknown_word(text, &REMINDER_WORDS) {
                errors.add(field, no_word(word));
            }
        }
        errors
    }
}

fn no_word(word: &str) -> String {
    let words = REMINDER_WORDS.map(|word| format!("{{{word}}}"));
    format!(
        "\"{word}\" is no word that is filled in. Use {}.",
        words.join(", ")
    )
}

impl Settings {
    fn is_late_fee(&self) -> bool {
        let value = self.late_fee_value.minor();
        match self.late_fee_kind {
            LateFeeKind::None => true,
            LateFeeKind::Fixed => value > 0,
            LateFeeKind::Percentage => (1..=10_000).contains(&value),
        }
    }
}

/// A page shows these, so no other scheme may pass.
fn is_image(media: &str) -> bool {
    let starts = ["https://", "http://", "/", "data:image/", "file:"];
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
