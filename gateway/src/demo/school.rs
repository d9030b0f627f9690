//! One school of the demo.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use academic::{
    entities::{class, student, subject, teacher},
    marks::{Cell, Marks},
    services::{
        class_subjects,
        enrolments::{Known, enrol},
        import_cards::{NewCard, import_cards},
        import_registers::{self, Absentee, import_registers},
        publish::{Cards, Sheet, set_published},
        report_rows::Line,
    },
};
use files::Files;
use identity::{
    entities::{guardianship, user},
    services::{self, accounts::NewUser, save_settings},
    settings::Settings,
};
use resource::{
    ApiError, Money,
    tenant_guard::{Platform, Principal, Role, SchoolId, Scope},
};
use sea_orm::ActiveValue::Set;
use serde_json::json;

use super::{
    assets, calendar, messages,
    money::{self, Books, Family},
    records::Pupil,
};

pub(super) const SESSION: &str = "2005/2006";
pub(super) const TERMS: [&str; 3] = ["First Term", "Second Term", "Third Term"];
const SUBJECTS: [&str; 2] = ["Mathematics", "Portuguese"];

/// Accounts of a school: the name before the `@`, the person, the role.
const PEOPLE: [(&str, &str, Role); 4] = [
    ("admin", "Amélia Reis", Role::SchoolAdmin),
    ("bursar", "Baltasar Pinto", Role::Bursar),
    ("teacher", "Telma Rocha", Role::Teacher),
    ("parent", "Paula Nunes", Role::Parent),
];

pub(super) async fn load(
    platform: &Platform,
    files: &Files,
    code: &str,
    pupils: &[&Pupil],
    hash: &str,
) -> Result<(), ApiError> {
    let domain = code.to_lowercase();
    let school = services::create_school(platform, code, &domain, "active").await?;
    let scope = platform.scope(SchoolId(school.id), Principal::system(SchoolId(school.id)));
    let crest = assets::keep(files, &scope, assets::crest(&domain)).await?;
    settings(&scope, crest).await?;
    let mut accounts = HashMap::new();
    for (word, name, role) in PEOPLE {
        accounts.insert(
            role,
            account(&scope, &domain, word, name, role, hash).await?,
        );
    }
    let first_name = pupils.first().map_or("", |pupil| &pupil.names);
    let own_login = account(&scope, &domain, "student", first_name, Role::Student, hash).await?;
    let staff = match accounts.get(&Role::Teacher) {
        Some(account) => {
            let portrait = assets::keep(files, &scope, assets::TEACHER).await?;
            Some(teacher_of(&scope, account, portrait).await?.id)
        }
        None => None,
    };
    let classes = classes(&scope, pupils, staff).await?;
    let portrait = assets::keep(files, &scope, assets::PUPIL).await?;
    let keys = students(&scope, pupils, &classes, (own_login.id, &portrait)).await?;
    if let Some(parent) = accounts.get(&Role::Parent) {
        let children = pupils
            .iter()
            .take(2)
            .filter_map(|pupil| keys.get(&pupil.student_no));
        guardians(&scope, parent.id, children.copied()).await?;
    }
    let newsletter = assets::keep(files, &scope, assets::NEWSLETTER).await?;
    messages::load(&scope, &accounts, classes.get("16").copied(), newsletter).await?;
    let everybody: Vec<i64> = keys.values().copied().collect();
    let first_day = calendar::first_day();
    enrol(&scope, SESSION, first_day, &everybody, Known::Keep).await?;
    registers(&scope, pupils, &classes, &keys).await?;
    calendar::announce(&scope).await?;
    cards(&scope, pupils, &classes, &keys).await?;
    let by = |role| platform.scope(scope.school(), principal(&scope, role, &accounts));
    messages::preferences(&by(Role::Parent)).await?;
    let families = pupils.iter().enumerate().filter_map(|(place, pupil)| {
        Some(Family {
            place,
            student_id: *keys.get(&pupil.student_no)?,
            pupil,
        })
    });
    let books = Books {
        bursar: by(Role::Bursar),
        admin: by(Role::SchoolAdmin),
        families: families.collect(),
        classes: &classes,
    };
    money::load(&books).await
}

/// The account of a role as a caller, for what somebody must have done.
fn principal(scope: &Scope, role: Role, accounts: &HashMap<Role, user::Model>) -> Principal {
    let nobody = Principal::system(scope.school());
    match accounts.get(&role) {
        Some(account) => Principal {
            user_id: account.id,
            role,
            ..nobody
        },
        None => nobody,
    }
}

/// The registers of the Third Term, in which each pupil is absent as often as the data says.
async fn registers(
    scope: &Scope,
    pupils: &[&Pupil],
    classes: &BTreeMap<String, i64>,
    keys: &HashMap<String, i64>,
) -> Result<(), ApiError> {
    let [.., term] = TERMS;
    let absent = pupils.iter().filter_map(|pupil| {
        Some(Absentee {
            student_id: *keys.get(&pupil.student_no)?,
            class_id: *classes.get(&pupil.age)?,
            absences: pupil.absences,
        })
    });
    let absent: Vec<Absentee> = absent.collect();
    let days = calendar::third_term();
    let term = import_registers::Term {
        session: SESSION,
        term,
        days: &days,
    };
    import_registers(scope, term, &absent).await
}

async fn settings(scope: &Scope, crest: String) -> Result<(), ApiError> {
    let before = save_settings::stored(scope, true).await?;
    let settings = Settings {
        logo_media: crest,
        current_session: SESSION.into(),
        current_term: "Third Term".into(),
        terms: TERMS.map(str::to_owned).into(),
        subjects_global: SUBJECTS.map(str::to_owned).into(),
        time_zone: "Europe/Lisbon".into(),
        currency: "EUR".into(),
        expense_approval_limit: Some(Money::of_minor(5_000_000)),
        ..before.settings.clone()
    };
    save_settings::save(scope, &before, settings).await?;
    Ok(())
}

async fn account(
    scope: &Scope,
    domain: &str,
    word: &str,
    name: &str,
    role: Role,
    hash: &str,
) -> Result<user::Model, ApiError> {
    let address = format!("{word}@{domain}.demo");
    let new = NewUser {
        username: &address,
        email: &address,
        name,
        role,
        password_hash: hash,
    };
    services::create_user(scope, &new).await
}

/// A class for each age, every one of which takes every subject; keys by age.
async fn classes(
    scope: &Scope,
    pupils: &[&Pupil],
    teacher: Option<i64>,
) -> Result<BTreeMap<String, i64>, ApiError> {
    let ages: BTreeSet<&str> = pupils.iter().map(|pupil| pupil.age.as_str()).collect();
    let mut classes = BTreeMap::new();
    for age in ages {
        let row = class::ActiveModel {
            name: Set(format!("Age {age}")),
            class_teacher_id: Set(teacher.filter(|_| age == "16")),
            ..Default::default()
        };
        let class = scope.insert::<class::Entity, _>(row).await?;
        class_subjects::set(scope, class.id, &SUBJECTS.map(str::to_owned)).await?;
        classes.insert(age.to_owned(), class.id);
    }
    Ok(classes)
}

async fn teacher_of(
    scope: &Scope,
    account: &user::Model,
    portrait: String,
) -> Result<teacher::Model, ApiError> {
    let row = teacher::ActiveModel {
        kind: Set("teacher".into()),
        name: Set(account.name.clone()),
        email: Set(account.email.clone()),
        user_id: Set(Some(account.id)),
        address: Set(String::new()),
        phone: Set(String::new()),
        passport_url: Set(portrait),
        ..Default::default()
    };
    Ok(scope.insert::<teacher::Entity, _>(row).await?)
}

/// Keys of the pupils by number; `own` are the login and the portrait of the first one.
async fn students(
    scope: &Scope,
    pupils: &[&Pupil],
    classes: &BTreeMap<String, i64>,
    (own_login, portrait): (i64, &str),
) -> Result<HashMap<String, i64>, ApiError> {
    let rows = pupils
        .iter()
        .enumerate()
        .map(|(place, pupil)| student::ActiveModel {
            student_no: Set(pupil.student_no.clone()),
            names: Set(pupil.names.clone()),
            gender: Set(pupil.gender.into()),
            class_id: Set(classes.get(&pupil.age).copied()),
            dob: Set(None),
            parent_name: Set(String::new()),
            parent_email: Set(String::new()),
            parent_phone: Set(String::new()),
            address: Set(String::new()),
            passport_url: Set(if place == 0 { portrait } else { "" }.into()),
            discounts: Set(json!([])),
            status: Set("active".into()),
            user_id: Set((place == 0).then_some(own_login)),
            ..Default::default()
        });
    scope
        .insert_many::<student::Entity, _>(rows.collect())
        .await?;
    let written = scope.all(scope.find::<student::Entity>()).await?;
    Ok(written
        .into_iter()
        .map(|row| (row.student_no, row.id))
        .collect())
}

async fn guardians(
    scope: &Scope,
    parent: i64,
    children: impl Iterator<Item = i64>,
) -> Result<(), ApiError> {
    let links = children.map(|child| guardianship::ActiveModel {
        user_id: Set(parent),
        student_id: Set(child),
        relationship: Set("mother".into()),
        ..Default::default()
    });
    Ok(scope
        .insert_many::<guardianship::Entity, _>(links.collect())
        .await?)
}

/// A report card a pupil and term; the first two terms are published, the third is open.
async fn cards(
    scope: &Scope,
    pupils: &[&Pupil],
    classes: &BTreeMap<String, i64>,
    keys: &HashMap<String, i64>,
) -> Result<(), ApiError> {
    let subjects: HashMap<String, i64> = scope
        .all(scope.find::<subject::Entity>())
        .await?
        .into_iter()
        .map(|row| (row.name, row.id))
        .collect();
    for (place, term) in TERMS.into_iter().enumerate() {
        let cards = pupils.iter().filter_map(|pupil| {
            let lines = pupil.grades.iter().filter_map(|(subject, grades)| {
                Some(line(*subjects.get(*subject)?, *grades.get(place)?))
            });
            Some(NewCard {
                student_id: *keys.get(&pupil.student_no)?,
                class_id: *classes.get(&pupil.age)?,
                lines: lines.collect(),
            })
        });
        let cards: Vec<NewCard> = cards.collect();
        import_cards(scope, SESSION, term, &cards).await?;
        if place + 1 == TERMS.len() {
            continue;
        }
        for class_id in classes.values().copied() {
            let sheet = Sheet {
                class_id,
                session: SESSION.into(),
                term: term.into(),
            };
            set_published(scope, &Cards::Sheet(sheet), true).await?;
        }
    }
    Ok(())
}

/// The row of a grade G of 20: G and G of the continuous assessments, 3 G of the examination, in hundredths.
fn line(subject_id: i64, grade: i64) -> Line {
    Line {
        subject_id,
        marks: Marks {
            ca1: Cell::Marked(grade * 100),
            ca2: Cell::Marked(grade * 100),
            exam: Cell::Marked(grade * 300),
        },
        ..Line::default()
    }
}
