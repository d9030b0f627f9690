//! What the school charges, and who is charged less.

use bursary::{
    entities::student_fee,
    ledger::Benefit,
    resources::{
        fee_items::{FeeItemInput, FeeItems},
        scholarships::{ScholarshipInput, Scholarships},
    },
};
use resource::{ApiError, Money, Pk, Resource, tenant_guard::Scope};
use sea_orm::ActiveValue::Set;

use super::{Books, Family, whole};
use crate::demo::school::{SESSION, TERMS};

/// Who is charged.
#[derive(Clone, Copy, PartialEq, Eq)]
enum For {
    Everybody,
    Seniors,
    Rural,
    Lessons,
}

/// Kind of fee, amount in whole units, who is charged, and the terms it is charged in.
const FEES: [(&str, i64, For, &[usize]); 6] = [
    ("Tuition", 450, For::Everybody, &[0, 1, 2]),
    ("Books", 80, For::Everybody, &[0]),
    ("Activities", 25, For::Everybody, &[0, 1, 2]),
    ("Final examination", 35, For::Seniors, &[2]),
    ("School bus", 95, For::Rural, &[0, 1, 2]),
    ("Extra lessons", 120, For::Lessons, &[0, 1, 2]),
];
/// Class from which pupils sit the final examination.
const SENIORS: &str = "17";
/// First grade, of 20, that earns the scholarship for merit.
const MERIT: i64 = 17;

/// What is taken off the tuition of some.
struct Scholarship {
    merit: i64,
    hardship: i64,
}

impl Scholarship {
    /// The scholarship of a family and the discount agreed with it.
    fn of(&self, family: &Family) -> (Option<i64>, Money) {
        let grade = family
            .pupil
            .grades
            .first()
            .map_or(0, |(_, [first, ..])| *first);
        let scholarship = if grade >= MERIT {
            Some(self.merit)
        } else {
            (family.place % 20 == 7).then_some(self.hardship)
        };
        let agreed = if family.place.is_multiple_of(25) {
            45
        } else {
            0
        };
        (scholarship, whole(agreed))
    }
}

/// Sets the fees of the year, and who takes what is optional or pays less.
///
/// # Errors
/// When the database fails.
pub(super) async fn set(books: &Books<'_>) -> Result<(), ApiError> {
    let scholarship = scholarships(&books.bursar).await?;
    let mut assigned = Vec::new();
    for (place, term) in TERMS.into_iter().enumerate() {
        for (name, amount, whom, terms) in FEES {
            if !terms.contains(&place) {
                continue;
            }
            let classes: Vec<Option<i64>> = match whom {
                For::Seniors => {
                    let seniors = books
                        .classes
                        .iter()
                        .filter(|(age, _)| age.as_str() >= SENIORS);
                    seniors.map(|(_, class)| Some(*class)).collect()
                }
                _ => vec![None],
            };
            for class in classes {
                let fee = fee(&books.bursar, (name, whole(amount)), term, class, whom).await?;
                let own = books.families.iter().filter_map(|family| {
                    let (scholarship, discount) = terms_of(family, name, whom, &scholarship)?;
                    Some(row(family.student_id, fee, scholarship, discount))
                });
                assigned.extend(own);
            }
        }
    }
    Ok(books
        .bursar
        .insert_many::<student_fee::Entity, _>(assigned)
        .await?)
}

/// On what terms a family is charged a fee, where they are its own.
fn terms_of(
    family: &Family,
    name: &str,
    whom: For,
    scholarship: &Scholarship,
) -> Option<(Option<i64>, Money)> {
    match whom {
        For::Rural => family.pupil.is_rural.then_some((None, whole(0))),
        For::Lessons => family.pupil.has_lessons.then_some((None, whole(0))),
        For::Everybody if name == "Tuition" => {
            Some(scholarship.of(family)).filter(|(some, off)| some.is_some() || off.minor() > 0)
        }
        For::Everybody | For::Seniors => None,
    }
}

async fn fee(
    scope: &Scope,
    (name, amount): (&str, Money),
    term: &str,
    class: Option<i64>,
    whom: For,
) -> Result<i64, ApiError> {
    let input = FeeItemInput {
        category: None,
        name: Some(name.into()),
        amount,
        session: SESSION.into(),
        term: term.into(),
        class_id: class.map(Pk),
        target_class: None,
        active: true,
        is_optional: matches!(whom, For::Rural | For::Lessons),
    };
    Ok(FeeItems::create(scope, input).await?.0.id)
}

async fn scholarships(scope: &Scope) -> Result<Scholarship, ApiError> {
    let create = async |name: &str, description: &str, benefit_type, value| {
        let input = ScholarshipInput {
            name: name.into(),
            description: description.into(),
            benefit_type,
            value,
            is_active: true,
        };
        Ok::<i64, ApiError>(Scholarships::create(scope, input).await?.0.id)
    };
    let best = "For seventeen points of twenty and more at the beginning of the year.";
    let help = "For families in need, as the head agrees with them.";
    Ok(Scholarship {
        merit: create("Merit", best, Benefit::Percentage, whole(25)).await?,
        hardship: create("Hardship fund", help, Benefit::Fixed, whole(150)).await?,
    })
}

fn row(
    student_id: i64,
    fee_item_id: i64,
    scholarship_id: Option<i64>,
    discount: Money,
) -> student_fee::ActiveModel {
    student_fee::ActiveModel {
        student_id: Set(student_id),
        fee_item_id: Set(fee_item_id),
        scholarship_id: Set(scholarship_id),
        discount: Set(discount),
        ..Default::default()
    }
}
