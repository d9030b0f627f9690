//! What the people of a school write to each other, and what it tells them.

mod announcements;
mod directory;
mod groups;
pub mod mail;
mod messages;
mod newsletters;
mod outbox;
mod preferences;
mod replay;
mod stream;
mod threads;
mod webhooks;

use resource::tenant_guard::Role;
use serde_json::{Value, json};

use crate::harness::{App, Caller, PASSWORD, School};

/// A row that must come to be.
async fn created(caller: &Caller, collection: &str, body: &Value) -> Value {
    let path = format!("/api/{collection}/");
    caller.post(&path, body).await.expect(201)
}

/// Path of a row.
fn at(collection: &str, row: &Value) -> String {
    format!("/api/{collection}/{}/", row["id"])
}

/// What somebody sees of a collection, in the order it comes.
async fn seen(caller: &Caller, path: &str) -> Vec<Value> {
    let page = caller.get(&format!("/api/{path}")).await.expect(200);
    page["results"].as_array().unwrap().clone()
}

/// What the rows say in one field.
fn each(rows: &[Value], field: &str) -> Vec<Value> {
    rows.iter().map(|row| row[field].clone()).collect()
}

/// Two classes with a pupil each, who signs in by the class's name: the teacher has the first, the
/// parent its pupil.
struct TwoClasses {
    school: School,
    admin: Caller,
    /// The row of the teacher.
    teacher: Value,
    classes: [Value; 2],
    pupils: [Value; 2],
    app: App,
}

impl TwoClasses {
    async fn of(app: &App) -> Self {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        let teacher = json!({"name": "Class teacher", "user": school.user(Role::Teacher)});
        let teacher = created(&admin, "teachers", &teacher).await;
        let (mut classes, mut pupils) = (Vec::new(), Vec::new());
        for (name, teacher) in [("theirs", &teacher["id"]), ("another", &Value::Null)] {
            let class = json!({"name": name, "class_teacher_id": teacher, "subjects": ["Biology"]});
            let class = created(&admin, "classes", &class).await;
            let pupil = json!({"student_no": name, "names": name, "gender": "Female", "class_id": class["id"], "password": PASSWORD});
            pupils.push(created(&admin, "students", &pupil).await);
            classes.push(class);
        }
        let link = json!({"user": school.user(Role::Parent), "student": pupils[0]["id"]});
        created(&admin, "guardianships", &link).await;
        Self {
            school,
            admin,
            teacher,
            classes: classes.try_into().unwrap(),
            pupils: pupils.try_into().unwrap(),
            app: app.clone(),
        }
    }

    /// The pupil of a class.
    fn pupil(&self, class: &str) -> Caller {
        let nobody = self.app.anonymous();
        nobody.signed_in(class, PASSWORD, Some(&self.school.domain))
    }

    /// Everyone who does not run the school, by what they are.
    fn people(&self) -> Vec<(&'static str, Caller)> {
        vec![
            ("teacher", self.school.as_(Role::Teacher)),
            ("bursar", self.school.as_(Role::Bursar)),
            ("staff", self.school.as_(Role::Staff)),
            ("parent", self.school.as_(Role::Parent)),
            ("pupil", self.pupil("theirs")),
            ("other pupil", self.pupil("another")),
        ]
    }
}
