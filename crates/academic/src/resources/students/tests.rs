use identity::entities::user;
use resource::tenant_guard::statements;
use serde_json::json;

use super::*;
use crate::testing::{class, student, world};

type Students = super::Students<()>;

fn input(password: &str) -> StudentInput {
    let body = json!({
        "student_no": "GP-0001", "names": "Ada Obi", "gender": "Female", "password": password,
    });
    serde_json::from_value(body).unwrap()
}

#[tokio::test]
async fn a_password_makes_the_pupils_login_and_an_empty_one_leaves_it() {
    let world = world().await;
    let scope = &world.scope;
    let (pupil, _) = Students::create(scope, input("")).await.unwrap();
    assert_eq!(pupil.user_id, None);
    let pupil = Students::update(scope, &pupil, input("hash"))
        .await
        .unwrap();
    let login = scope
        .get::<user::Entity>(pupil.user_id.unwrap())
        .await
        .unwrap()
        .unwrap();
    let opened = (
        login.username.as_str(),
        login.name.as_str(),
        login.role.as_str(),
    );
    assert_eq!(opened, ("GP-0001", "Ada Obi", "STUDENT"));
    let same = Students::update(scope, &pupil, input("")).await.unwrap();
    assert_eq!(same, pupil);
    let again = Students::update(scope, &pupil, input("other hash"))
        .await
        .unwrap();
    assert_eq!(
        (again.user_id, again.row_version),
        (pupil.user_id, pupil.row_version + 1)
    );
}

#[tokio::test]
async fn a_login_follows_the_pupils_new_number_and_name() {
    let world = world().await;
    let scope = &world.scope;
    let (pupil, _) = Students::create(scope, input("hash")).await.unwrap();
    let renamed = StudentInput {
        student_no: "GP-0002".into(),
        names: "Ada Eze".into(),
        ..input("")
    };
    Students::update(scope, &pupil, renamed).await.unwrap();
    let id = pupil.user_id.unwrap();
    let login = scope.get::<user::Entity>(id).await.unwrap().unwrap();
    assert_eq!(
        (login.username.as_str(), login.name.as_str()),
        ("GP-0002", "Ada Eze")
    );
    assert_eq!(login.password_hash, "hash");
}

#[tokio::test]
async fn a_pupil_who_goes_takes_the_login_along() {
    let world = world().await;
    let scope = &world.scope;
    let (pupil, _) = Students::create(scope, input("hash")).await.unwrap();
    Students::delete(scope, &pupil).await.unwrap();
    assert_eq!(scope.count(scope.find::<user::Entity>()).await.unwrap(), 0);
}

#[tokio::test]
async fn what_a_pupil_is_written_from_never_holds_the_password() {
    let world = world().await;
    let (pupil, _) = Students::create(&world.scope, input("hash")).await.unwrap();
    let written = Students::input(&world.scope, &pupil).await.unwrap();
    assert!(
        serde_json::to_value(written)
            .unwrap()
            .get("password")
            .is_none()
    );
}

#[tokio::test]
async fn a_page_of_pupils_with_their_classes_is_one_statement() {
    let world = world().await;
    let scope = &world.scope;
    let class_id = class(scope, "Age 15").await;
    for number in 1..=5 {
        student(scope, number, class_id).await;
    }
    let asked = statements::counted(async {
        let rows = scope
            .rows(Students::select(scope.find::<Entity>()))
            .await
            .unwrap();
        let shown = Students::output(scope, rows).await.unwrap();
        assert!(
            shown
                .iter()
                .all(|pupil| pupil.current_class.as_deref() == Some("Age 15"))
        );
        statements::so_far().count
    });
    assert_eq!(asked.await, 1);
}

#[tokio::test]
async fn a_class_of_another_school_is_no_class_for_a_pupil() {
    let world = world().await;
    let foreign = class(&world.elsewhere(), "Age 15").await;
    let mut pupil = input("");
    pupil.class_id = Some(Pk(foreign));
    assert_eq!(
        Students::create(&world.scope, pupil)
            .await
            .unwrap_err()
            .status(),
        409
    );
}

#[test]
fn the_schema_takes_a_pupil_as_the_web_client_sends_it() {
    let shape = resource::shape::Shape::of::<StudentInput>();
    let mut body = json!({
        "student_no": 17, "names": " Ada Obi ", "gender": "Female", "class_id": "", "dob": "",
        "discounts": [{ "name": "sibling", "value": 10 }], "assigned_fees": [1], "password": "",
    });
    assert_eq!(shape.check(&mut body), FieldErrors::default());
    let input: StudentInput = serde_json::from_value(body).unwrap();
    assert_eq!(
        (input.student_no.as_str(), input.names.as_str()),
        ("17", "Ada Obi")
    );
    assert_eq!(
        (input.class_id, input.dob, input.status.as_str()),
        (None, None, "active")
    );
    let mut body = json!({ "names": "", "gender": "female", "class_id": "none", "dob": "2008-02-30", "status": "gone" });
    let errors = shape.check(&mut body);
    for field in ["student_no", "names", "gender", "class_id", "dob", "status"] {
        assert!(errors.concerns(field), "{field}");
    }
}
