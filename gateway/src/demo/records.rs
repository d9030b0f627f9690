//! The real pupils and marks behind the demo: P. Cortez and A. Silva, "Using Data Mining to Predict
//! Secondary School Student Performance", 2008; UCI Machine Learning Repository, CC BY 4.0.
//!
//! A pupil of both files is found as the paper finds it, by thirteen columns that hold still.

use std::collections::{HashMap, VecDeque};

use csv::StringRecord;

use super::names;

const PORTUGUESE: &str = include_str!("../../../tests/data/student-performance/student-por.csv");
const MATHEMATICS: &str = include_str!("../../../tests/data/student-performance/student-mat.csv");

/// Columns on which the files agree about a pupil.
const SAME: [&str; 13] = [
    "school", "sex", "age", "address", "famsize", "Pstatus", "Medu", "Fedu", "Mjob", "Fjob",
    "reason", "nursery", "internet",
];

/// Grades of the three terms, 0 to 20.
pub(super) type Grades = [i64; 3];

/// One pupil.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pupil {
    /// Code of the school, `GP` or `MS`.
    pub school: String,
    /// Number within it, as `GP-0001`.
    pub student_no: String,
    /// Invented name, always the same.
    pub names: String,
    /// `Male` or `Female`.
    pub gender: &'static str,
    /// Age in years.
    pub age: String,
    /// Days absent, as the file says that names the pupil first.
    pub absences: usize,
    /// Whether home is in the country.
    pub is_rural: bool,
    /// Whether the family pays for extra lessons.
    pub has_lessons: bool,
    /// Grades by subject taken.
    pub grades: Vec<(&'static str, Grades)>,
}

struct Table {
    place: HashMap<String, usize>,
    rows: Vec<StringRecord>,
}

impl Table {
    fn read(text: &str) -> Result<Self, csv::Error> {
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let place = reader
            .headers()?
            .iter()
            .enumerate()
            .map(|(place, name)| (name.to_owned(), place))
            .collect();
        let rows = reader.records().collect::<Result<_, _>>()?;
        Ok(Self { place, rows })
    }

    fn cell<'a>(&self, row: &'a StringRecord, column: &str) -> &'a str {
        self.place
            .get(column)
            .and_then(|place| row.get(*place))
            .unwrap_or_default()
    }

    fn identity(&self, row: &StringRecord) -> String {
        SAME.map(|column| self.cell(row, column)).join(",")
    }

    fn grades(&self, row: &StringRecord) -> Grades {
        ["G1", "G2", "G3"].map(|column| self.cell(row, column).parse().unwrap_or_default())
    }

    fn has_lessons(&self, row: &StringRecord) -> bool {
        self.cell(row, "paid") == "yes"
    }

    fn pupil(&self, row: &StringRecord, subject: &'static str) -> Pupil {
        Pupil {
            school: self.cell(row, "school").to_owned(),
            student_no: String::new(),
            names: String::new(),
            gender: if self.cell(row, "sex") == "F" {
                "Female"
            } else {
                "Male"
            },
            age: self.cell(row, "age").to_owned(),
            absences: self.cell(row, "absences").parse().unwrap_or_default(),
            is_rural: self.cell(row, "address") == "R",
            has_lessons: self.has_lessons(row),
            grades: vec![(subject, self.grades(row))],
        }
    }
}

/// Every pupil of both schools: those of the Portuguese file in its order, then those who took
/// mathematics alone, in theirs.
///
/// # Errors
/// When an embedded file is no CSV.
pub(super) fn pupils() -> Result<Vec<Pupil>, csv::Error> {
    let (portuguese, mathematics) = (Table::read(PORTUGUESE)?, Table::read(MATHEMATICS)?);
    let mut pupils: Vec<Pupil> = portuguese
        .rows
        .iter()
        .map(|row| portuguese.pupil(row, "Portuguese"))
        .collect();
    let mut unmatched: HashMap<String, VecDeque<usize>> = HashMap::new();
    for (place, row) in portuguese.rows.iter().enumerate() {
        unmatched
            .entry(portuguese.identity(row))
            .or_default()
            .push_back(place);
    }
    for row in &mathematics.rows {
        let twin = unmatched
            .get_mut(&mathematics.identity(row))
            .and_then(VecDeque::pop_front);
        match twin.and_then(|place| pupils.get_mut(place)) {
            Some(pupil) => {
                pupil.has_lessons |= mathematics.has_lessons(row);
                let grades = ("Mathematics", mathematics.grades(row));
                pupil.grades.insert(0, grades);
            }
            None => pupils.push(mathematics.pupil(row, "Mathematics")),
        }
    }
    let mut numbers: HashMap<String, usize> = HashMap::new();
    for (place, pupil) in pupils.iter_mut().enumerate() {
        let number = numbers
            .entry(pupil.school.clone())
            .and_modify(|number| *number += 1)
            .or_insert(1);
        pupil.student_no = format!("{}-{number:04}", pupil.school);
        pupil.names = names::of(place, pupil.gender);
    }
    Ok(pupils)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn third_term(school: &str, subject: &str) -> (usize, f64) {
        let pupils = pupils().unwrap();
        let marks: Vec<i64> = pupils
            .iter()
            .filter(|pupil| pupil.school == school)
            .flat_map(|pupil| &pupil.grades)
            .filter(|(name, _)| *name == subject)
            .map(|(_, grades)| 5 * grades[2])
            .collect();
        #[allow(clippy::cast_precision_loss, reason = "a few hundred marks")]
        let mean = marks.iter().sum::<i64>() as f64 / marks.len() as f64;
        (marks.len(), (mean * 1_000.0).round() / 1_000.0)
    }

    #[test]
    fn both_schools_have_the_pupils_and_means_of_the_published_data() {
        let count = |school| {
            pupils()
                .unwrap()
                .iter()
                .filter(|pupil| pupil.school == school)
                .count()
        };
        let absences = |school| -> usize {
            let pupils = pupils().unwrap();
            let own = pupils.iter().filter(|pupil| pupil.school == school);
            own.map(|pupil| pupil.absences).sum()
        };
        assert_eq!((count("GP"), count("MS")), (441, 233));
        assert_eq!((absences("GP"), absences("MS")), (2_018, 621));
        let all = pupils().unwrap();
        let of = |school: &str, is: fn(&Pupil) -> bool| {
            let own = all.iter().filter(|pupil| pupil.school == school);
            own.filter(|pupil| is(pupil)).count()
        };
        assert_eq!(
            ["GP", "MS"].map(|school| of(school, |pupil| pupil.is_rural)),
            [82, 122]
        );
        assert_eq!(
            ["GP", "MS"].map(|school| of(school, |pupil| pupil.has_lessons)),
            [175, 29]
        );
        assert_eq!(third_term("GP", "Mathematics"), (349, 52.45));
        assert_eq!(third_term("MS", "Mathematics"), (46, 49.239));
        assert_eq!(third_term("GP", "Portuguese"), (423, 62.884));
        assert_eq!(third_term("MS", "Portuguese"), (226, 53.252));
    }

    #[test]
    fn numbers_and_names_are_each_pupils_own() {
        let pupils = pupils().unwrap();
        let numbers: HashSet<_> = pupils.iter().map(|pupil| &pupil.student_no).collect();
        let names: HashSet<_> = pupils.iter().map(|pupil| &pupil.names).collect();
        assert_eq!((numbers.len(), names.len()), (674, 674));
        assert_eq!(pupils[0].student_no, "GP-0001");
    }
}
