use proptest::prelude::*;

use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn rule(text: &str) -> Recurrence {
    Recurrence::read(text).unwrap()
}

fn last(text: &str, first: &str) -> Result<Option<NaiveDate>, String> {
    rule(text).last_day(day(first).and_time(NaiveTime::MIN), true, Tz::UTC)
}

#[test]
fn the_examples_of_the_standard_come_to_its_days() {
    for (text, first, to, days) in [
        (
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH",
            "1997-09-02",
            "1997-09-18",
            "02 04 16 18",
        ),
        (
            "FREQ=MONTHLY;BYDAY=1FR",
            "1997-09-05",
            "1997-11-30",
            "05 03 07",
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=-3",
            "1997-09-28",
            "1997-12-01",
            "28 29 28",
        ),
        (
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2",
            "1997-09-29",
            "1997-11-30",
            "29 30 27",
        ),
        (
            "FREQ=YEARLY;BYDAY=20MO",
            "1997-05-19",
            "1999-12-31",
            "19 18 17",
        ),
        (
            "FREQ=DAILY;INTERVAL=10",
            "1997-09-02",
            "1997-10-01",
            "02 12 22",
        ),
    ] {
        let first = day(first);
        let found = rule(text).between(first, None, first, day(to));
        let found: Vec<_> = found
            .iter()
            .map(|day| day.format("%d").to_string())
            .collect();
        assert_eq!(found.join(" "), days, "{text}");
    }
}

#[test]
fn what_is_no_rule_of_days_is_refused() {
    for text in [
        "",
        "WEEKLY",
        "RRULE:FREQ=DAILY",
        "FREQ=HOURLY",
        "FREQ=SECONDLY;COUNT=2",
        "FREQ=DAILY;BYHOUR=8,9",
        "FREQ=DAILY;BYSECOND=1",
        "INTERVAL=2",
        "FREQ=DAILY;FREQ=WEEKLY",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;INTERVAL=65536",
        "FREQ=DAILY;COUNT=0",
        "FREQ=DAILY;COUNT=1001",
        "FREQ=DAILY;COUNT=99999999999999999999",
        "FREQ=DAILY;COUNT=2;UNTIL=20260101",
        "FREQ=DAILY;UNTIL=20260101T000000",
        "FREQ=DAILY;UNTIL=20260230",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=DAILY;X-NAME=1",
        "FREQ=DAILY;",
        "FREQ=DAILY\r\nATTENDEE:mailto:a@b",
    ] {
        Recurrence::read(text).unwrap_err();
    }
}

#[test]
fn a_rule_that_does_not_fit_its_event_is_refused() {
    for (text, first) in [
        ("FREQ=YEARLY;BYMONTHDAY=31;BYMONTH=2", "2026-01-01"),
        ("FREQ=DAILY;BYMONTHDAY=31;BYMONTH=2", "2026-01-31"),
        ("FREQ=WEEKLY;BYDAY=MO", "2026-01-06"),
        ("FREQ=WEEKLY;BYMONTHDAY=6", "2026-01-06"),
        ("FREQ=MONTHLY;BYDAY=9MO", "2026-01-05"),
        ("FREQ=DAILY;UNTIL=20251231", "2026-01-01"),
        ("FREQ=DAILY;UNTIL=20271231T000000Z", "2026-01-01"),
        ("FREQ=YEARLY;COUNT=1000", "2026-01-01"),
        ("FREQ=YEARLY;INTERVAL=65535;COUNT=2", "2026-01-01"),
        ("FREQ=DAILY", "1899-12-31"),
    ] {
        last(text, first).expect_err(text);
    }
}

#[test]
fn the_last_day_is_the_last_that_the_rule_comes_to() {
    for (text, end) in [
        ("FREQ=WEEKLY;COUNT=3", Some("2026-01-19")),
        ("FREQ=WEEKLY;UNTIL=20260120", Some("2026-01-19")),
        ("freq=weekly;until=20260119", Some("2026-01-19")),
        ("FREQ=WEEKLY", None),
    ] {
        assert_eq!(last(text, "2026-01-05"), Ok(end.map(day)), "{text}");
    }
    let evening = day("2026-01-05").and_hms_opt(20, 0, 0).unwrap();
    let until = |text: &str| rule(text).last_day(evening, false, Tz::America__New_York);
    // Eight in the evening of the 19th in New York is one in the morning of the 20th in UTC.
    assert_eq!(
        until("FREQ=WEEKLY;UNTIL=20260120T010000Z"),
        Ok(Some(day("2026-01-19")))
    );
    assert_eq!(
        until("FREQ=WEEKLY;UNTIL=20260120T005959Z"),
        Ok(Some(day("2026-01-12")))
    );
    until("FREQ=WEEKLY;UNTIL=20260120").unwrap_err();
}

const RULES: [&str; 12] = [
    "FREQ=DAILY;INTERVAL=3",
    "FREQ=DAILY;BYDAY=MO,WE;BYMONTH=1,2,9",
    "FREQ=WEEKLY;INTERVAL=2",
    "FREQ=WEEKLY;INTERVAL=3;BYDAY=MO,SU;WKST=SU",
    "FREQ=MONTHLY",
    "FREQ=MONTHLY;INTERVAL=5;BYDAY=-1FR",
    "FREQ=MONTHLY;BYMONTHDAY=29,30,31;INTERVAL=2",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1,-1",
    "FREQ=YEARLY",
    "FREQ=YEARLY;INTERVAL=3;BYMONTH=2,10",
    "FREQ=YEARLY;BYDAY=20MO",
    "FREQ=YEARLY;INTERVAL=2;BYYEARDAY=1,100,-1",
];

proptest! {
    #[test]
    fn taken_up_again_a_rule_comes_to_the_days_it_would_have_come_to(
        rule_at in 0..RULES.len(), first in 0_u64..1_000, skip in 0_u64..9_000, length in 0_u64..400,
    ) {
        let recurrence = rule(RULES[rule_at]);
        let first = day("2000-01-01") + Days::new(first);
        let from = first + Days::new(skip);
        let to = from + Days::new(length);
        let set = built(recurrence.explicit(first), first).unwrap();
        let plain: Vec<_> = set.into_iter().map(|at| at.date_naive())
            .take_while(|day| *day <= to).filter(|day| *day >= from).collect();
        prop_assert_eq!(recurrence.between(first, None, from, to), plain);
    }

    #[test]
    fn no_text_is_more_than_the_reader_can_take(text in "[A-Z0-9;=,+-]{0,60}|FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY)(;(BYDAY|BYMONTHDAY|BYYEARDAY|BYWEEKNO|BYMONTH|BYSETPOS|COUNT|INTERVAL)=-?[0-9]{1,4}(MO)?){0,4}") {
        if let Ok(recurrence) = Recurrence::read(&text) {
            let first = day("2026-01-05");
            if recurrence.last_day(first.and_time(NaiveTime::MIN), true, Tz::UTC).is_ok() {
                let days = recurrence.between(first, None, day("2030-01-01"), day("2030-12-31"));
                prop_assert!(days.len() <= 366 && days.is_sorted());
            }
        }
    }
}
