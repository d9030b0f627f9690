//! What a new school starts with.

use std::collections::BTreeMap;

use resource::Money;

use super::{
    LateFeeKind, MayWrite, MissingMarks, PositionBy, PositionTies, PromotionRules, Settings,
};

const REMINDER: &str = "Dear {payer},

of the fees of {pupils}, {balance} is still to be paid; the oldest of it is due on {due}.

If you have paid in the meantime, please take no notice of this letter.

{school}";

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
            late_fee_kind: LateFeeKind::default(),
            late_fee_value: Money::default(),
            late_fee_grace_days: 0,
            receipt_pattern: "RCP-{year}-{number}".into(),
            reminder_subject: "Fees of {pupils}".into(),
            reminder_text: REMINDER.into(),
            reminder_window_days: 7,
            expense_approval_limit: None,
            role_permissions: BTreeMap::new(),
            pupils_may_write: MayWrite::default(),
            parents_may_write: MayWrite::default(),
            time_zone: "Africa/Lagos".into(),
            currency: "NGN".into(),
        }
    }
}
