//! The permission matrix: role × resource × verb, deny by default.
//!
//! One table, printed in `docs/API.md` and held against every operation of the published
//! specification by a test. An operation whose resource is not named here is refused to everyone.

use crate::Role;

/// What an operation does to its resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// List and retrieve.
    Read,
    /// Create, replace, change and delete, and actions.
    Write,
}

/// Which rows of a resource a role reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rows {
    /// None: the operation answers 403.
    None,
    /// Those that concern the caller: a pupil itself, a parent's linked pupils, one's own messages.
    Own,
    /// Those of the classes the caller teaches.
    Assigned,
    /// Every row of the school.
    All,
}

impl Rows {
    /// Whether any row may be reached at all.
    #[must_use]
    pub const fn some(self) -> bool {
        !matches!(self, Self::None)
    }

    /// The word of the printed matrix.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "–",
            Self::Own => "own",
            Self::Assigned => "assigned",
            Self::All => "all",
        }
    }
}

/// One line of the matrix.
#[derive(Debug)]
pub struct Rule {
    /// Path of the resource or action under `/api/`, without slashes at its ends.
    pub resource: &'static str,
    /// Rows each role reads, in the order of [`Role::ALL`].
    pub read: [Rows; 7],
    /// Rows each role writes, in the same order.
    pub write: [Rows; 7],
}

const fn rule(resource: &'static str, read: [Rows; 7], write: [Rows; 7]) -> Rule {
    Rule {
        resource,
        read,
        write,
    }
}

const N: Rows = Rows::None;
const O: Rows = Rows::Own;
const S: Rows = Rows::Assigned;
const A: Rows = Rows::All;
const NOBODY: [Rows; 7] = [N; 7];
const OPERATORS: [Rows; 7] = [A, N, N, N, N, N, N];
const ADMINS: [Rows; 7] = [A, A, N, N, N, N, N];
/// Who reads the school's money, and who writes it: an operator only looks.
const BURSARY: [Rows; 7] = [A, A, A, N, N, N, N];
const BURSARS: [Rows; 7] = [N, A, A, N, N, N, N];
const EVERYONE: [Rows; 7] = [A; 7];

/// The whole matrix. Columns: super admin, school admin, bursar, teacher, staff, parent, student.
pub const MATRIX: &[Rule] = &[
    rule("schools", OPERATORS, OPERATORS),
    rule("settings", EVERYONE, ADMINS),
    rule("users", [A, A, A, A, A, O, O], ADMINS),
    rule("users/me", EVERYONE, EVERYONE),
    rule("users/me/password", NOBODY, EVERYONE),
    rule("users/impersonate", NOBODY, OPERATORS),
    rule("guardianships", [A, A, N, N, A, O, N], ADMINS),
    rule("activity-logs", ADMINS, NOBODY),
    rule("subjects", EVERYONE, ADMINS),
    rule("teachers", [A, A, A, A, A, N, N], ADMINS),
    rule("classes", EVERYONE, ADMINS),
    rule("subject-teachers", [A, A, A, A, A, N, N], ADMINS),
    rule("grading-scales", EVERYONE, ADMINS),
    rule("students", [A, A, A, A, A, O, O], ADMINS),
    rule("students/bulk-promote", NOBODY, ADMINS),
    rule("students/promotion-preview", ADMINS, NOBODY),
    rule("students/enrolments", [A, A, A, A, A, O, O], NOBODY),
    rule("reports", [A, A, N, A, N, O, O], [A, A, N, S, N, N, N]),
    rule("reports/publish", NOBODY, ADMINS),
    rule("reports/recompute", NOBODY, ADMINS),
    rule("reports/unpublish", NOBODY, ADMINS),
    rule("reports/versions", [A, A, N, A, N, N, N], NOBODY),
    rule("broadsheet", [A, A, N, S, N, N, N], NOBODY),
    rule("scores", [A, A, N, A, N, O, O], [A, A, N, S, N, N, N]),
    rule("scores/history", [A, A, N, S, N, N, N], NOBODY),
    rule(
        "attendance-sessions",
        [A, A, N, A, A, N, N],
        [A, A, N, S, N, N, N],
    ),
    rule(
        "attendance-records",
        [A, A, N, A, A, O, O],
        [A, A, N, S, N, N, N],
    ),
    rule("attendance", [A, A, N, A, A, N, N], [A, A, N, S, N, N, N]),
    rule("attendance/summary", [A, A, N, A, A, O, O], NOBODY),
    rule("attendance/missing", [A, A, N, A, A, N, N], NOBODY),
    rule("events", [A, A, O, O, O, O, O], ADMINS),
    rule("events/occurrences", [A, A, O, O, O, O, O], NOBODY),
    rule("events/feed", NOBODY, [N, O, O, O, O, O, O]),
    rule(
        "fee-categories",
        [A, A, A, N, N, A, A],
        [A, A, A, N, N, N, N],
    ),
    rule("fee-items", [A, A, A, N, N, O, O], [N, A, A, N, N, N, N]),
    rule("scholarships", BURSARY, BURSARS),
    rule("student-fees", [A, A, A, N, N, O, O], BURSARS),
    rule("student-fees/send-reminders", NOBODY, BURSARS),
    rule("ledger-entries", BURSARY, BURSARS),
    rule("late-fees", NOBODY, BURSARS),
    rule("payment-plans", [A, A, A, N, N, O, O], BURSARS),
    rule("billing-runs", BURSARY, BURSARS),
    rule("students/statement", [A, A, A, N, N, O, O], NOBODY),
    rule("balances", BURSARY, NOBODY),
    rule("debtors", BURSARY, NOBODY),
    rule("bursary/summary", BURSARY, NOBODY),
    rule("expenses", [A, A, A, N, N, N, N], [N, A, A, N, N, N, N]),
    rule("expenses/approve", NOBODY, [N, A, N, N, N, N, N]),
    rule(
        "announcements",
        [O, O, O, O, O, O, O],
        [A, A, N, S, N, N, N],
    ),
    rule("announcements/read", NOBODY, [N, O, O, O, O, O, O]),
    rule("newsletters", [A, A, O, O, O, O, O], ADMINS),
    rule("payments", [A, A, A, N, N, O, O], [N, A, A, N, N, N, N]),
    rule("payments/initialise", NOBODY, [N, A, A, N, N, O, O]),
    rule("payments/verify-online", NOBODY, [N, A, A, N, N, O, O]),
    rule("receipts", [A, A, A, N, N, O, O], NOBODY),
    rule("messages", [N, O, O, O, O, O, O], [N, O, O, O, O, O, O]),
    rule("messages/group", NOBODY, [N, A, O, S, N, N, N]),
    rule("messages/unread-count", [N, O, O, O, O, O, O], NOBODY),
    rule("stream", [N, O, O, O, O, O, O], NOBODY),
];

/// The rows `role` reaches with `verb` on `resource`; [`Rows::None`] for a resource not listed.
#[must_use]
pub fn rows(role: Role, verb: Verb, resource: &str) -> Rows {
    let Some(line) = MATRIX.iter().find(|line| line.resource == resource) else {
        return Rows::None;
    };
    let columns = match verb {
        Verb::Read => &line.read,
        Verb::Write => &line.write,
    };
    Role::ALL
        .iter()
        .zip(columns)
        .find_map(|(of, rows)| (*of == role).then_some(*rows))
        .unwrap_or(Rows::None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_nobody_listed_is_refused_to_everyone() {
        for role in Role::ALL {
            assert_eq!(rows(role, Verb::Read, "payroll"), Rows::None);
        }
    }

    #[test]
    fn no_resource_is_listed_twice() {
        let mut names: Vec<_> = MATRIX.iter().map(|rule| rule.resource).collect();
        names.sort_unstable();
        let all = names.len();
        names.dedup();
        assert_eq!(all, names.len());
    }

    #[test]
    fn pupils_and_parents_write_nothing_of_the_schools_records() {
        for rule in MATRIX {
            let theirs = [
                "users/me",
                "users/me/password",
                "messages",
                "events/feed",
                "announcements/read",
                "payments/initialise",
                "payments/verify-online",
            ];
            if theirs.contains(&rule.resource) {
                continue;
            }
            assert!(
                !rows(Role::Student, Verb::Write, rule.resource).some(),
                "{}",
                rule.resource
            );
            assert!(
                !rows(Role::Parent, Verb::Write, rule.resource).some(),
                "{}",
                rule.resource
            );
        }
    }
}
