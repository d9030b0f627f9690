use resource::shape::Shape;
use serde_json::json;

use super::*;
use resource::FieldErrors;

#[test]
fn what_a_school_starts_with_is_sound() {
    let mut defaults = serde_json::to_value(Settings::default()).unwrap();
    assert_eq!(
        Shape::of::<Settings>().check(&mut defaults),
        FieldErrors::default()
    );
    assert_eq!(Settings::default().rules(), FieldErrors::default());
}

#[test]
fn nothing_is_required_and_absent_keys_start_anew() {
    let mut body = json!({ "currency": "GHS" });
    assert_eq!(
        Shape::of::<Settings>().check(&mut body),
        FieldErrors::default()
    );
    let read: Settings = Shape::read(body).unwrap();
    assert_eq!(
        read,
        Settings {
            currency: "GHS".into(),
            ..Settings::default()
        }
    );
}

#[test]
fn a_wrong_type_is_an_error_of_its_field() {
    let mut body = json!({
        "terms": "First Term", "show_position": 7, "invoice_due_days": "soon", "promotion_rules": "luck",
        "promotion_threshold": 101, "next_term_begins": "tomorrow", "role_permissions": [],
        "school_phone": "+234 803 555 0100 extension 7",
    });
    let fields = body.as_object().unwrap().len();
    assert_eq!(Shape::of::<Settings>().check(&mut body).0.len(), fields);
}

#[test]
fn every_broken_rule_is_named_at_once() {
    let broken = Settings {
        school_email: "nowhere".into(),
        logo_media: "javascript:alert(1)".into(),
        landing_primary_color: "red".into(),
        current_term: "Fourth Term".into(),
        time_zone: "Lagos".into(),
        currency: "ngn".into(),
        ..Settings::default()
    };
    let fields: Vec<_> = broken.rules().0.into_keys().collect();
    let expected = [
        "currency",
        "current_term",
        "landing_primary_color",
        "logo_media",
        "school_email",
        "time_zone",
    ];
    assert_eq!(fields, expected);
}

#[test]
fn strangers_see_branding_and_no_bank_account() {
    assert!(is_branding("landing_features") && is_branding("school_name"));
    assert!(!is_branding("bank_account_number") && !is_branding("school_email"));
}
