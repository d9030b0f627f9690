use resource::shape::Shape;
use serde_json::json;

use super::*;

#[test]
fn a_password_is_read_from_a_body_and_never_written_into_one() {
    let mut body =
        json!({ "username": "ada", "role": "TEACHER", "password": " kept to the letter " });
    assert_eq!(
        Shape::of::<UserInput>().check(&mut body),
        FieldErrors::default()
    );
    let mut input: UserInput = Shape::read(body).unwrap();
    assert_eq!(input.password, " kept to the letter ");
    input.password = String::new();
    assert!(
        serde_json::to_value(&input)
            .unwrap()
            .get("password")
            .is_none()
    );
}

#[test]
fn nobody_is_made_an_operator_of_the_platform() {
    let mut body = json!({ "username": "ada", "role": "SUPER_ADMIN" });
    assert!(Shape::of::<UserInput>().check(&mut body).concerns("role"));
    assert!(ROLES.iter().all(|role| {
        role.parse::<Role>()
            .is_ok_and(|role| role != Role::SuperAdmin)
    }));
}
