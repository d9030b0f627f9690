//! What every pupil owes, and for how long, each in one statement over the whole school.

use chrono::{Days, NaiveDate};
use resource::{ApiError, tenant_guard::Scope};
use sea_orm::{FromQueryResult, Value};

use super::payment_plans::ladder;

/// Which pupils and which of their charges.
#[derive(Debug, Clone, Default)]
pub struct Owing {
    /// The day looked back to.
    pub as_of: NaiveDate,
    /// Pupils in this class at present.
    pub class_id: Option<i64>,
    /// Charges of this kind of fee.
    pub category: Option<i64>,
    /// Charges of this school year.
    pub session: Option<String>,
    /// Charges of this term.
    pub term: Option<String>,
    /// Those who owe something, or those who do not.
    pub owing: Option<bool>,
    /// One of [`ORDERS`].
    pub order: &'static str,
    /// Most rows.
    pub limit: i64,
    /// Rows passed over.
    pub offset: i64,
}

/// How the rows may be ordered, the usual first, and what the database makes of it.
pub const ORDERS: &[(&str, &str)] = &[
    ("-amount", "amount DESC, student"),
    ("amount", "amount, student"),
    ("student_name", "student_name, student"),
    ("-student_name", "student_name DESC, student DESC"),
];

/// Text of a statement under way, and what it binds.
#[derive(Default)]
pub(super) struct Statement {
    pub(super) values: Vec<Value>,
}

impl Statement {
    pub(super) fn bind(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len() + 1)
    }
}

/// Tells the entries that a payment plan is of.
const BESIDE: &str = "LEFT JOIN covered k ON k.id = e.id";
/// What stands behind the entries that no payment plan is of.
const PLANNED: &str =
    " AND k.id IS NULL UNION ALL SELECT student_id, amount_minor, due_date, rest FROM instalments";

impl Owing {
    /// Whether only some charges are asked for; what is to a pupil's credit is of none of them.
    #[must_use]
    pub fn is_of_some_charges(&self) -> bool {
        self.category.is_some() || self.session.is_some() || self.term.is_some()
    }

    /// What is left of each entry that counts on the day: `entries`, with `student_id`, `amount_minor`,
    /// `due` and `rest`. Those that a payment plan is of are its parts instead, where it is `planned`.
    pub(super) fn entries(&self, statement: &mut Statement, planned: bool) -> String {
        let day = statement.bind(self.as_of);
        let mut which = vec![String::new()];
        if let Some(category) = self.category {
            let place = statement.bind(category);
            which.push(format!("COALESCE(e.category_id, f.category_id) = {place}"));
        }
        for (column, text) in [("session", &self.session), ("term", &self.term)] {
            if let Some(text) = text {
                let place = statement.bind(text.as_str());
                which.push(format!("e.{column} = {place}"));
            }
        }
        if self.is_of_some_charges() {
            which.push("e.amount_minor > 0".into());
        }
        let which = which.join(" AND ");
        let used = |side: &str| {
            format!(
                "SELECT a.{side} AS id, SUM(a.amount_minor) AS used FROM allocations a \
                 WHERE a.school_id = $1 AND a.effective_date <= {day} GROUP BY a.{side}"
            )
        };
        let (steps, beside, parts) = if planned {
            let plans = ladder(&format!("p.agreed_on <= {day}"), Some(&day));
            (format!("{plans}, "), BESIDE, PLANNED)
        } else {
            (String::new(), "", "")
        };
        format!(
            "{steps}entries AS (SELECT e.student_id, e.amount_minor, COALESCE(e.due_date, e.effective_date) AS due, \
             ABS(e.amount_minor) - COALESCE(u.used, 0) AS rest FROM ledger_entries e \
             LEFT JOIN fee_items f ON f.school_id = e.school_id AND f.id = e.fee_item_id \
             LEFT JOIN ({} UNION ALL {}) u ON u.id = e.id {beside} \
             WHERE e.school_id = $1 AND e.effective_date <= {day}{which}{parts})",
            used("charge_id"),
            used("credit_id")
        )
    }

    /// The page of pupils over `sums`, named sums over `entries`, each with its sum over every pupil as
    /// `all_…`; `whose` is a condition on them. By the days of payment plans where it is `planned`.
    fn sql(
        &self,
        statement: &mut Statement,
        sums: &[(&str, String)],
        (whose, planned): (&str, bool),
    ) -> String {
        let entries = self.entries(statement, planned);
        let mut which = vec![whose.to_owned()];
        if let Some(class) = self.class_id {
            let place = statement.bind(class);
            which.push(format!("s.class_id = {place}"));
        }
        let which = which.join(" AND ");
        let each = |text: fn(&str) -> String| -> String {
            let parts: Vec<String> = sums.iter().map(|(name, _)| text(name)).collect();
            parts.join(", ")
        };
        let made: Vec<String> = sums
            .iter()
            .map(|(name, sum)| format!("CAST(COALESCE(SUM({sum}), 0) AS bigint) AS {name}"))
            .collect();
        let order = ORDERS
            .iter()
            .find(|(name, _)| *name == self.order)
            .map_or("student", |(_, order)| order);
        let (limit, offset) = (statement.bind(self.limit), statement.bind(self.offset));
        format!(
            "WITH RECURSIVE {entries}, sums AS (SELECT student_id, {} FROM entries GROUP BY student_id) \
             SELECT s.id AS student, s.names AS student_name, s.student_no, s.class_id, c.name AS class_name, {}, \
             COUNT(*) OVER () AS pupils, {} FROM sums o \
             JOIN students s ON s.school_id = $1 AND s.id = o.student_id \
             LEFT JOIN classes c ON c.school_id = s.school_id AND c.id = s.class_id \
             WHERE {which} ORDER BY {order} LIMIT {limit} OFFSET {offset}",
            made.join(", "),
            each(|name| format!("o.{name}")),
            each(|name| format!("CAST(SUM(o.{name}) OVER () AS bigint) AS all_{name}"))
        )
    }
}

/// What one pupil owes, in minor units, with the sums over every pupil of the filter.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct Balance {
    /// The pupil.
    pub student: i64,
    /// Full name of the pupil.
    pub student_name: String,
    /// Number the school gave.
    pub student_no: String,
    /// The class at present.
    pub class_id: Option<i64>,
    /// Name of the class at present.
    pub class_name: Option<String>,
    /// Still to be paid of charges.
    pub open: i64,
    /// To the pupil's credit, settling nothing yet.
    pub credit: i64,
    /// The one less the other.
    pub amount: i64,
    /// Pupils of the filter.
    pub pupils: i64,
    /// Sum of `open` over them.
    pub all_open: i64,
    /// Sum of `credit` over them.
    pub all_credit: i64,
    /// Sum of `amount` over them.
    pub all_amount: i64,
}

pub(super) const OPEN: &str = "CASE WHEN amount_minor > 0 THEN rest ELSE 0 END";
pub(super) const CREDIT: &str = "CASE WHEN amount_minor < 0 THEN rest ELSE 0 END";

/// What pupils with an entry that counts owe. One statement.
///
/// # Errors
/// When the database fails.
pub async fn balances_of(scope: &Scope, owing: &Owing) -> Result<Vec<Balance>, ApiError> {
    let whose = match owing.owing {
        None => "1 = 1",
        Some(true) => "o.amount > 0",
        Some(false) => "o.amount <= 0",
    };
    let sums = [
        ("open", OPEN.to_owned()),
        ("credit", CREDIT.to_owned()),
        ("amount", format!("{OPEN} - {CREDIT}")),
    ];
    let mut statement = Statement::default();
    let sql = owing.sql(&mut statement, &sums, (whose, false));
    Ok(scope.query(&sql, statement.values).await?)
}

/// What one pupil owes by the days it is past due, in minor units, with the sums over every pupil.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct Debtor {
    /// The pupil.
    pub student: i64,
    /// Full name of the pupil.
    pub student_name: String,
    /// Number the school gave.
    pub student_no: String,
    /// The class at present.
    pub class_id: Option<i64>,
    /// Name of the class at present.
    pub class_name: Option<String>,
    /// Not yet past due.
    pub not_due: i64,
    /// 1 to 30 days past due.
    pub days_1_30: i64,
    /// 31 to 60 days past due.
    pub days_31_60: i64,
    /// 61 to 90 days past due.
    pub days_61_90: i64,
    /// More than 90 days past due.
    pub over_90: i64,
    /// To the pupil's credit, settling nothing yet.
    pub credit: i64,
    /// All of it, less the credit.
    pub amount: i64,
    /// Pupils of the filter.
    pub pupils: i64,
    /// Sum of `not_due`.
    pub all_not_due: i64,
    /// Sum of `days_1_30`.
    pub all_days_1_30: i64,
    /// Sum of `days_31_60`.
    pub all_days_31_60: i64,
    /// Sum of `days_61_90`.
    pub all_days_61_90: i64,
    /// Sum of `over_90`.
    pub all_over_90: i64,
    /// Sum of `credit`.
    pub all_credit: i64,
    /// Sum of `amount`.
    pub all_amount: i64,
}

/// The pupils who owe something, by how long it is past due: the day a payment plan gives it, else the day
/// it was due, else the day from which it counts. One statement.
///
/// # Errors
/// When the database fails.
pub async fn debtors(scope: &Scope, owing: &Owing) -> Result<Vec<Debtor>, ApiError> {
    let mut statement = Statement::default();
    let mut ago = |days: u64| {
        let day = owing.as_of.checked_sub_days(Days::new(days));
        statement.bind(day.unwrap_or(owing.as_of))
    };
    let [today, month, two, three] = [ago(0), ago(30), ago(60), ago(90)];
    let between = |least: Option<&str>, below: Option<&str>| {
        let least = least.map_or(String::new(), |day| format!(" AND due >= {day}"));
        let below = below.map_or(String::new(), |day| format!(" AND due < {day}"));
        format!("CASE WHEN amount_minor > 0{least}{below} THEN rest ELSE 0 END")
    };
    let sums = [
        ("not_due", between(Some(&today), None)),
        ("days_1_30", between(Some(&month), Some(&today))),
        ("days_31_60", between(Some(&two), Some(&month))),
        ("days_61_90", between(Some(&three), Some(&two))),
        ("over_90", between(None, Some(&three))),
        ("credit", CREDIT.to_owned()),
        ("amount", format!("{OPEN} - {CREDIT}")),
    ];
    let sql = owing.sql(&mut statement, &sums, ("o.amount > 0", true));
    Ok(scope.query(&sql, statement.values).await?)
}
