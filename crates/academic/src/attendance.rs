//! How pupils are marked in registers, and what that adds up to.

use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::marks::Mark;

/// How a pupil is marked in a register.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, EnumIter, DeriveActiveEnum, Serialize, Deserialize, ToSchema,
)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// In class.
    Present,
    /// Away without leave.
    Absent,
    /// In class, after it began.
    Late,
    /// Away with leave.
    Excused,
}

/// What registers say of one pupil, day by day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Days marked present.
    pub present: i64,
    /// Days marked absent.
    pub absent: i64,
    /// Days marked late.
    pub late: i64,
    /// Days marked excused.
    pub excused: i64,
    /// Absences since the pupil was last in class; a day excused neither adds to them nor ends them.
    pub running: i64,
}

impl Tally {
    /// Takes in the pupil's next day.
    pub fn add(&mut self, status: Status) {
        match status {
            Status::Present => self.present += 1,
            Status::Late => self.late += 1,
            Status::Excused => self.excused += 1,
            Status::Absent => self.absent += 1,
        }
        match status {
            Status::Present | Status::Late => self.running = 0,
            Status::Absent => self.running += 1,
            Status::Excused => {}
        }
    }

    /// Days marked.
    #[must_use]
    pub fn days(&self) -> i64 {
        self.present + self.absent + self.late + self.excused
    }

    /// Days in class, late or not, of a hundred days marked, half up; none while no day is marked.
    #[must_use]
    pub fn rate(&self) -> Option<Mark> {
        let (seen, days) = (self.present + self.late, self.days());
        (days > 0).then(|| Mark((seen * 20_000 + days) / (days * 2)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(days: &str) -> Tally {
        let mut tally = Tally::default();
        for letter in days.chars() {
            tally.add(match letter {
                'p' => Status::Present,
                'a' => Status::Absent,
                'l' => Status::Late,
                _ => Status::Excused,
            });
        }
        tally
    }

    #[test]
    fn absences_run_until_the_pupil_is_in_class_again() {
        for (days, running) in [
            ("", 0),
            ("pa", 1),
            ("aapaa", 2),
            ("aea", 2),
            ("aal", 0),
            ("aae", 2),
        ] {
            assert_eq!(of(days).running, running, "{days}");
        }
    }

    #[test]
    fn the_rate_counts_the_late_as_seen_and_rounds_half_up() {
        for (days, rate) in [
            ("", None),
            ("p", Some(10_000)),
            ("pla", Some(6_667)),
            ("paa", Some(3_333)),
            ("ae", Some(0)),
        ] {
            assert_eq!(of(days).rate(), rate.map(Mark), "{days}");
        }
    }
}
