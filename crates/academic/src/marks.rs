//! Marks are exact: integer hundredths within, decimal numbers of at most two places on the wire.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use utoipa::ToSchema;

/// Lowest total of each letter, in hundredths of a mark, best first.
pub const GRADES: [(i64, &str); 5] = [
    (7_500, "A"),
    (6_500, "B"),
    (5_000, "C"),
    (4_000, "D"),
    (0, "F"),
];

/// A mark, held in hundredths; on the wire a number of at most two decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ToSchema)]
#[schema(value_type = f64)]
pub struct Mark(pub i64);

impl Mark {
    /// The mark of a decimal number; none when it has more than two places or is out of range.
    #[must_use]
    #[allow(
        clippy::cast_possible_truncation,
        reason = "bounded well inside what both types hold exactly"
    )]
    pub fn from_number(number: f64) -> Option<Self> {
        let hundredths = (number * 100.0).round();
        let exact = (number * 100.0 - hundredths).abs() < 1e-6;
        (exact && hundredths.abs() < 1e12).then_some(Self(hundredths as i64))
    }
}

impl Serialize for Mark {
    #[allow(
        clippy::cast_precision_loss,
        reason = "marks are far below 2^53 hundredths"
    )]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 % 100 == 0 {
            serializer.serialize_i64(self.0 / 100)
        } else {
            serializer.serialize_f64(self.0 as f64 / 100.0)
        }
    }
}

impl<'de> Deserialize<'de> for Mark {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = f64::deserialize(deserializer)?;
        Self::from_number(number).ok_or_else(|| D::Error::custom("more than 2 decimal places"))
    }
}

/// The marks of one subject: two continuous assessments of at most 20 and an examination of at most
/// 60, in hundredths; none is not yet marked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Marks {
    /// First continuous assessment.
    pub ca1: Option<i64>,
    /// Second continuous assessment.
    pub ca2: Option<i64>,
    /// Examination.
    pub exam: Option<i64>,
}

impl Marks {
    /// Their sum; none while nothing is marked.
    #[must_use]
    pub fn total(self) -> Option<i64> {
        [self.ca1, self.ca2, self.exam]
            .into_iter()
            .flatten()
            .reduce(|sum, mark| sum + mark)
    }
}

/// The letter of a total, by [`GRADES`]; empty while there is none.
#[must_use]
pub fn grade(total: Option<i64>) -> &'static str {
    total.map_or("", |total| {
        GRADES
            .iter()
            .find(|(lowest, _)| total >= *lowest)
            .map_or("", |(_, letter)| letter)
    })
}

/// Sum of the subjects' totals and their mean, half up, in hundredths; subjects without a mark do
/// not count, and a card without any has neither.
#[must_use]
pub fn summary(totals: impl IntoIterator<Item = Option<i64>>) -> Option<(i64, i64)> {
    let (sum, count) = totals
        .into_iter()
        .flatten()
        .fold((0, 0), |(sum, count), total| (sum + total, count + 1));
    (count > 0).then(|| (sum, (2 * sum + count) / (2 * count)))
}

/// Keeps "absent" apart from "null" in a field: absent leaves a mark, null clears it.
///
/// # Errors
/// When the value is no mark.
#[allow(
    clippy::option_option,
    reason = "a merge patch tells absent from null (RFC 7396)"
)]
pub fn present<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<Mark>>, D::Error> {
    Option::<Mark>::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_mark_survives_the_wire(hundredths in 0_i64..=10_000) {
            let text = serde_json::to_string(&Mark(hundredths)).unwrap();
            prop_assert_eq!(serde_json::from_str::<Mark>(&text).unwrap(), Mark(hundredths));
        }

        #[test]
        fn the_mean_is_within_half_a_hundredth_of_the_exact_one(totals in prop::collection::vec(0_i64..=10_000, 1..30)) {
            let count = i64::try_from(totals.len()).unwrap();
            let (sum, mean) = summary(totals.into_iter().map(Some)).unwrap();
            let twice = 2 * (mean * count - sum);
            prop_assert!(-count < twice && twice <= count);
        }
    }

    #[test]
    fn a_third_decimal_is_refused() {
        assert_eq!(Mark::from_number(12.345), None);
        assert_eq!(Mark::from_number(12.34), Some(Mark(1_234)));
        assert!(serde_json::from_str::<Mark>("0.001").is_err());
    }

    #[test]
    fn grades_change_exactly_at_their_bounds() {
        for (total, letter) in [
            (7_500, "A"),
            (7_499, "B"),
            (6_500, "B"),
            (5_000, "C"),
            (4_999, "D"),
            (4_000, "D"),
            (3_999, "F"),
            (0, "F"),
        ] {
            assert_eq!(grade(Some(total)), letter, "{total}");
        }
        assert_eq!(grade(None), "");
    }

    #[test]
    fn a_subject_not_yet_marked_does_not_pull_the_mean_down() {
        let unmarked = Marks::default().total();
        assert_eq!(unmarked, None);
        assert_eq!(
            summary([Some(4_001), unmarked, Some(4_000)]),
            Some((8_001, 4_001))
        );
        assert_eq!(summary([None, None]), None);
    }
}
