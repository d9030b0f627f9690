//! The parts of Termbook that a school subscribes to.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Collections of each module, by the first word of their line in the permission matrix. What every
/// other builds on is in none: the school's people, its classes and subjects, its settings and its trail.
const COLLECTIONS: [(Module, &[&str]); 3] = [
    (
        Module::Academic,
        &[
            "attendance",
            "attendance-records",
            "attendance-sessions",
            "broadsheet",
            "events",
            "grading-scales",
            "reports",
            "scores",
            "subject-teachers",
        ],
    ),
    (
        Module::Bursary,
        &[
            "balances",
            "billing-runs",
            "bursary",
            "debtors",
            "expenses",
            "fee-categories",
            "fee-items",
            "late-fees",
            "ledger-entries",
            "payment-plans",
            "payments",
            "receipts",
            "scholarships",
            "student-fees",
        ],
    ),
    (
        Module::Messaging,
        &["announcements", "messages", "newsletters", "stream"],
    ),
];

/// A part of Termbook. What belongs to none, as accounts and settings do, every school has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Module {
    /// Marks, report cards, attendance, the calendar.
    Academic,
    /// Fees, payments, expenses.
    Bursary,
    /// Messages.
    Messaging,
}

impl Module {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Academic, Self::Bursary, Self::Messaging];

    /// The module that a line of the permission matrix belongs to; none for what every school has.
    #[must_use]
    pub fn of(resource: &str) -> Option<Self> {
        let word = resource.split('/').next().unwrap_or_default();
        let mut modules = COLLECTIONS.iter();
        modules.find_map(|(module, words)| words.contains(&word).then_some(*module))
    }

    /// The module as the wire and the database spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Academic => "academic",
            Self::Bursary => "bursary",
            Self::Messaging => "messaging",
        }
    }
}

impl fmt::Display for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Module {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL
            .into_iter()
            .find(|module| module.as_str() == text)
            .ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::MATRIX;

    /// What every school has, whatever it subscribed to.
    const EVERYBODYS: &[&str] = &[
        "activity-logs",
        "classes",
        "guardianships",
        "schools",
        "settings",
        "students",
        "subjects",
        "teachers",
        "users",
    ];

    #[test]
    fn every_line_of_the_matrix_is_of_a_module_or_everybodys() {
        for rule in MATRIX {
            let word = rule.resource.split('/').next().unwrap();
            assert_ne!(
                Module::of(rule.resource).is_some(),
                EVERYBODYS.contains(&word),
                "{word}: name its module, or that it is everybody's"
            );
        }
    }

    #[test]
    fn a_module_is_read_as_it_is_written() {
        for module in Module::ALL {
            assert_eq!(module.as_str().parse(), Ok(module));
            assert_eq!(serde_json::to_value(module).unwrap(), module.as_str());
        }
    }
}
