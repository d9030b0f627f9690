//! Rules by which an event takes place again (RFC 5545 §3.3.10), a day at most once.
//!
//! A rule is worked on days alone: the hour is the event's own, by the clock on the school's wall. What
//! it costs is bounded by the days asked for, however long ago it began: a rule is taken up again close
//! to them, in the step its interval gives.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use chrono_tz::Tz;
use identity::zones::to_utc;
use rrule::{Frequency, NWeekday, RRule, RRuleSet, Unvalidated};

/// Longest rule, in characters.
pub const LONGEST: usize = 300;
/// Most times a rule may count.
pub const MOST: u32 = 1_000;
/// Years within which a rule that counts must come to its last time.
const YEARS: u32 = 100;
/// Years within which the rules of an event lie.
const FIRST_YEAR: i32 = 1900;

const NO_RULE: &str = "Not a recurrence rule, as FREQ=WEEKLY;BYDAY=MO (RFC 5545 §3.3.10).";
const TOO_FINE: &str =
    "An event takes place once a day at most: FREQ is DAILY, WEEKLY, MONTHLY or YEARLY.";

/// Parts a rule may have; those that name hours are finer than a day.
const PARTS: [&str; 11] = [
    "FREQ",
    "UNTIL",
    "COUNT",
    "INTERVAL",
    "WKST",
    "BYDAY",
    "BYMONTHDAY",
    "BYYEARDAY",
    "BYWEEKNO",
    "BYMONTH",
    "BYSETPOS",
];

/// When a rule ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Never,
    Count(u32),
    Day(NaiveDate),
    Moment(DateTime<Utc>),
}

/// A rule that can be read.
#[derive(Debug, Clone)]
pub struct Recurrence {
    /// Without its end, which is kept beside it.
    rule: RRule<Unvalidated>,
    end: End,
    text: String,
}

impl Recurrence {
    /// Reads a rule without the words `RRULE:`, in any case.
    ///
    /// # Errors
    /// What is wrong with it, in words for its field.
    pub fn read(text: &str) -> Result<Self, String> {
        let text = text.trim().to_ascii_uppercase();
        let (mut kept, mut end) = (Vec::new(), End::Never);
        for part in text.split(';') {
            let (name, value) = part.split_once('=').ok_or(NO_RULE)?;
            if ["BYHOUR", "BYMINUTE", "BYSECOND"].contains(&name) {
                return Err(TOO_FINE.into());
            }
            if !PARTS.contains(&name) || !is_plain(value) {
                return Err(NO_RULE.into());
            }
            match name {
                "UNTIL" | "COUNT" if end != End::Never => {
                    return Err("A rule ends by one of COUNT and UNTIL, named once.".into());
                }
                "UNTIL" => end = until(value)?,
                "COUNT" => end = count(value)?,
                _ => kept.push(part),
            }
        }
        let rule: RRule<Unvalidated> = kept.join(";").parse().map_err(|_| NO_RULE)?;
        if rule.get_freq() > Frequency::Daily {
            return Err(TOO_FINE.into());
        }
        if rule.get_interval() == 0 {
            return Err("INTERVAL is 1 or more.".into());
        }
        Ok(Self { rule, end, text })
    }

    /// The rule, in capitals.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The last day that an event of this rule starts on, whose first start is `first` by the clock of
    /// `zone`, or the day where `all_day`; none where it has no end.
    ///
    /// # Errors
    /// What is wrong with the rule for this event, in words for its field: the first start is none of
    /// its days, it ends before it begins or too late, or its end is of the other kind.
    pub fn last_day(
        &self,
        first: NaiveDateTime,
        all_day: bool,
        zone: Tz,
    ) -> Result<Option<NaiveDate>, String> {
        let day = first.date();
        if day.year() < FIRST_YEAR {
            return Err(format!("An event repeats from the year {FIRST_YEAR} on."));
        }
        self.starts_on(day)?;
        let last = match self.end {
            End::Never => return Ok(None),
            End::Count(count) => return self.counted(day, count).map(Some),
            End::Day(last) if all_day => last,
            End::Moment(last) if !all_day => {
                let last = last.with_timezone(&zone).naive_local();
                let early = last.time() < first.time();
                last.date() - Days::new(u64::from(early))
            }
            _ => {
                return Err("UNTIL is a date, YYYYMMDD, where start_date is one, and a moment in UTC, YYYYMMDDThhmmssZ, where that is one.".into());
            }
        };
        if last < day {
            return Err("UNTIL must not be before start_date.".into());
        }
        Ok(Some(self.latest(day, last)))
    }

    /// The days of a rule that began on `first`, from `from` to `to`, in order, both counted; none is later than `last`.
    #[must_use]
    pub fn between(
        &self,
        first: NaiveDate,
        last: Option<NaiveDate>,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Vec<NaiveDate> {
        let to = last.map_or(to, |last| last.min(to));
        let from = from.max(first);
        if from > to {
            return Vec::new();
        }
        self.days(first, from, Some(to))
    }

    fn days(&self, first: NaiveDate, from: NaiveDate, to: Option<NaiveDate>) -> Vec<NaiveDate> {
        let Some(set) = self.resumed(first, from) else {
            return Vec::new();
        };
        set.into_iter()
            .map(|at| at.date_naive())
            .take_while(|day| to.is_none_or(|to| *day <= to))
            .filter(|day| *day >= from)
            .collect()
    }

    /// Whether `day` is one of the rule's days: readers differ about a first start that is none
    /// (RFC 5545 §3.8.5.3 leaves it undefined).
    fn starts_on(&self, day: NaiveDate) -> Result<(), String> {
        // Only the first period matters, and the widest interval leaves few others to look into.
        let rule = self.explicit(day).interval(u16::MAX);
        let set = built(rule, day).ok_or(NO_RULE)?;
        let first = set.into_iter().next().map(|at| at.date_naive());
        if first == Some(day) {
            return Ok(());
        }
        Err("start_date must be one of the days of the rule.".into())
    }

    /// The last day of the rule up to `until`. It is looked for in ever longer spans before that.
    fn latest(&self, first: NaiveDate, until: NaiveDate) -> NaiveDate {
        let mut span = 31;
        loop {
            let from = (until.checked_sub_days(Days::new(span)).unwrap_or(first)).max(first);
            let found = self.days(first, from, Some(until)).pop();
            match found {
                Some(day) => return day,
                None if from == first => return first,
                None => span *= 8,
            }
        }
    }

    fn counted(&self, first: NaiveDate, count: u32) -> Result<NaiveDate, String> {
        let end = first.checked_add_months(Months::new(12 * YEARS));
        let set = built(self.explicit(first), first).ok_or(NO_RULE)?;
        let days = set.into_iter().map(|at| at.date_naive());
        let days = days.take_while(|day| end.is_some_and(|end| *day <= end));
        let place = usize::try_from(count).unwrap_or(usize::MAX);
        days.take(place)
            .enumerate()
            .last()
            .filter(|(n, _)| n + 1 == place)
            .map(|(_, day)| day)
            .ok_or_else(|| {
                format!("COUNT must come to its end within {YEARS} years of start_date.")
            })
    }

    /// The rule with what it takes from its first day written out.
    fn explicit(&self, first: NaiveDate) -> RRule<Unvalidated> {
        let rule = self.rule.clone();
        let named = !rule.get_by_week_no().is_empty()
            || !rule.get_by_year_day().is_empty()
            || !rule.get_by_month_day().is_empty()
            || !rule.get_by_weekday().is_empty();
        let day = i8::try_from(first.day()).unwrap_or(1);
        match rule.get_freq() {
            _ if named => rule,
            Frequency::Weekly => rule.by_weekday(vec![NWeekday::Every(first.weekday())]),
            Frequency::Yearly if rule.get_by_month().is_empty() => {
                let month = u8::try_from(first.month()).ok();
                let month = month.and_then(|month| chrono::Month::try_from(month).ok());
                rule.by_month(month.as_slice()).by_month_day(vec![day])
            }
            Frequency::Monthly | Frequency::Yearly => rule.by_month_day(vec![day]),
            _ => rule,
        }
    }

    /// The rule, begun as late as it can so that its days from `from` on are all there.
    fn resumed(&self, first: NaiveDate, from: NaiveDate) -> Option<RRuleSet> {
        let rule = self.explicit(first);
        let interval = u32::from(rule.get_interval());
        let whole = |passed: u32, unit: u32| passed / unit * unit;
        let passed = u32::try_from((from - first).num_days()).unwrap_or_default();
        let start = match rule.get_freq() {
            Frequency::Daily => first + Days::new(whole(passed, interval).into()),
            Frequency::Weekly => first + Days::new(whole(passed, 7 * interval).into()),
            Frequency::Monthly => month_of(first, whole(months(first, from), interval)),
            _ => {
                let years = whole(
                    months(first.with_month(1)?.with_day(1)?, from) / 12,
                    interval,
                );
                NaiveDate::from_ymd_opt(first.year() + i32::try_from(years).ok()?, 1, 1)?
            }
        };
        built(rule, start.max(first))
    }
}

fn built(rule: RRule<Unvalidated>, start: NaiveDate) -> Option<RRuleSet> {
    let start = start.and_time(NaiveTime::MIN).and_utc();
    let set = rule.build(start.with_timezone(&rrule::Tz::UTC)).ok()?;
    Some(set.limit())
}

fn months(first: NaiveDate, from: NaiveDate) -> u32 {
    let years = from.year() - first.year();
    let months = 12 * years + from.month0().cast_signed() - first.month0().cast_signed();
    u32::try_from(months).unwrap_or_default()
}

/// First day of the month `passed` months after that of `day`.
fn month_of(day: NaiveDate, passed: u32) -> NaiveDate {
    day.with_day(1)
        .and_then(|first| first.checked_add_months(Months::new(passed)))
        .unwrap_or(day)
}

fn is_plain(value: &str) -> bool {
    let plain = |letter: u8| letter.is_ascii_alphanumeric() || b",+-".contains(&letter);
    !value.is_empty() && value.bytes().all(plain)
}

fn until(value: &str) -> Result<End, String> {
    let sound = |year: i32| (FIRST_YEAR..=9999).contains(&year);
    if value.len() == 8
        && let Ok(day) = NaiveDate::parse_from_str(value, "%Y%m%d")
        && sound(day.year())
    {
        return Ok(End::Day(day));
    }
    NaiveDateTime::parse_from_str(value, "%Y%m%dT%H%M%SZ")
        .ok()
        .filter(|at| sound(at.year()))
        .map(|at| End::Moment(at.and_utc()))
        .ok_or_else(|| "UNTIL is neither YYYYMMDD nor YYYYMMDDThhmmssZ.".into())
}

fn count(value: &str) -> Result<End, String> {
    value
        .parse()
        .ok()
        .filter(|count| (1..=MOST).contains(count))
        .map(End::Count)
        .ok_or_else(|| format!("COUNT is a whole number from 1 to {MOST}."))
}

/// The moment of an hour of the wall clock of `zone` on a day.
#[must_use]
pub fn moment(day: NaiveDate, hour: NaiveTime, zone: Tz) -> DateTime<Utc> {
    to_utc(day.and_time(hour), zone)
}

#[cfg(test)]
mod tests;
