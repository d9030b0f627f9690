//! The numbers of receipts.

use chrono::{Datelike, NaiveDate};
use resource::{ApiError, tenant_guard::Scope};
use sea_orm::FromQueryResult;

/// Begins the counter of a year or moves it on; the row is held until the transaction ends, and
/// a number whose transaction fails is taken by the next.
const COUNT: &str = "INSERT INTO receipt_counters (school_id, year, last, created_at, updated_at) \
                     VALUES ($1, $2, $4, $3, $3) ON CONFLICT (school_id, year) DO UPDATE SET \
                     last = receipt_counters.last + excluded.last, updated_at = excluded.updated_at, \
                     row_version = receipt_counters.row_version + 1 RETURNING last";

#[derive(FromQueryResult)]
struct Counted {
    last: i64,
}

/// The next `count` numbers by `pattern`, of the year in which they are recorded, whatever day the
/// payments are of. One statement.
///
/// # Errors
/// When the database fails.
pub async fn receipt_numbers(
    scope: &Scope,
    pattern: &str,
    today: NaiveDate,
    count: i64,
) -> Result<Vec<String>, ApiError> {
    // A pattern without the year counts on for ever, or its numbers would come twice.
    let year = if pattern.contains("{year}") {
        i64::from(today.year())
    } else {
        0
    };
    let values = vec![year.into(), scope.now().into(), count.into()];
    let counted: Vec<Counted> = scope
        .execute_returning(&["receipt_counters"], COUNT, values)
        .await?;
    let last = counted.first().map_or(0, |one| one.last);
    let numbers = last - count + 1..=last;
    Ok(numbers
        .map(|number| spelt(pattern, today.year(), number))
        .collect())
}

fn spelt(pattern: &str, year: i32, number: i64) -> String {
    pattern
        .replace("{year}", &year.to_string())
        .replace("{number}", &format!("{number:06}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_spelt_as_the_school_says() {
        assert_eq!(spelt("RCP-{year}-{number}", 2025, 1), "RCP-2025-000001");
        assert_eq!(spelt("{number}", 2025, 1_234_567), "1234567");
        assert_eq!(spelt("GP/{number}.{year}", 2026, 42), "GP/000042.2026");
    }
}
