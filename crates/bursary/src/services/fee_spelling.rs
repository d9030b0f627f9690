//! The two spellings a fee item's body may come in.

use resource::FieldErrors;
use serde_json::Value;

/// Settles `body` on `class_id` and on one way of telling the category, whatever was sent: a null
/// counts as not given where its other spelling is. `partial` is a patch, which may tell neither.
#[must_use]
pub fn settle(partial: bool, body: &mut Value) -> FieldErrors {
    let mut errors = FieldErrors::default();
    let Some(fields) = body.as_object_mut() else {
        return errors;
    };
    if let Some(class) = fields.remove("target_class")
        && fields.get("class_id").is_none_or(Value::is_null)
    {
        fields.insert("class_id".into(), class);
    }
    let told = |field: &str| fields.get(field).is_some_and(|value| !value.is_null());
    let silent = !fields.contains_key("category") && !fields.contains_key("name");
    match (told("category"), told("name")) {
        (true, _) => {}
        // Merged into the row, the null makes room for the name.
        (false, true) => {
            fields.insert("category".into(), Value::Null);
        }
        (false, false) if partial && silent => {}
        (false, false) => errors.add("category", "This field is required."),
    }
    errors
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn settled(partial: bool, mut body: Value) -> (Value, bool) {
        let errors = settle(partial, &mut body);
        (body, errors.concerns("category"))
    }

    #[test]
    fn either_spelling_of_the_class_is_read_and_class_id_wins() {
        let (body, _) = settled(true, json!({"target_class": 4}));
        assert_eq!(body, json!({"class_id": 4}));
        let (body, _) = settled(true, json!({"class_id": 3, "target_class": 4}));
        assert_eq!(body, json!({"class_id": 3}));
        let (body, _) = settled(true, json!({"target_class": null}));
        assert_eq!(body, json!({"class_id": null}));
    }

    #[test]
    fn a_new_name_takes_the_place_of_the_category() {
        let (body, missing) = settled(true, json!({"name": "Tuition"}));
        assert_eq!(body, json!({"name": "Tuition", "category": null}));
        assert!(!missing);
    }

    #[test]
    fn a_whole_body_tells_its_category_and_a_patch_may_keep_it() {
        assert!(settled(false, json!({})).1);
        assert!(settled(false, json!({"name": null})).1);
        assert!(settled(true, json!({"category": null})).1);
        assert!(!settled(true, json!({"amount": "5.00"})).1);
        assert!(!settled(false, json!({"category": 1})).1);
    }
}
