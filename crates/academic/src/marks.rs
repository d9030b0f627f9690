//! Marks are exact: integer hundredths within, decimal numbers of at most two places on the wire.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use utoipa::ToSchema;

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

/// One of the three assessments of a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Assessment {
    /// First continuous assessment.
    Ca1,
    /// Second continuous assessment.
    Ca2,
    /// Examination.
    Exam,
}

impl Assessment {
    /// All three, in order.
    pub const ALL: [Self; 3] = [Self::Ca1, Self::Ca2, Self::Exam];

    /// Its name on the wire and of its column.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ca1 => "ca1",
            Self::Ca2 => "ca2",
            Self::Exam => "exam",
        }
    }
}

/// What stands in one cell of a mark sheet. A zero is a mark; an absence is none, and not missing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Cell {
    /// Nothing yet.
    #[default]
    Unmarked,
    /// The pupil missed it.
    Absent,
    /// A mark, in hundredths.
    Marked(i64),
}

impl Cell {
    /// The cell of two columns.
    #[must_use]
    pub fn of(mark: Option<i64>, absent: bool) -> Self {
        match mark {
            Some(mark) => Self::Marked(mark),
            None if absent => Self::Absent,
            None => Self::Unmarked,
        }
    }

    /// The mark, where there is one, in hundredths.
    #[must_use]
    pub fn mark(self) -> Option<i64> {
        match self {
            Self::Marked(mark) => Some(mark),
            Self::Unmarked | Self::Absent => None,
        }
    }

    /// As the history keeps it: none, `absent`, or hundredths.
    #[must_use]
    pub fn text(self) -> Option<String> {
        match self {
            Self::Unmarked => None,
            Self::Absent => Some("absent".into()),
            Self::Marked(mark) => Some(mark.to_string()),
        }
    }

    /// Reads what [`Cell::text`] wrote.
    #[must_use]
    pub fn read(text: Option<&str>) -> Self {
        match text {
            None => Self::Unmarked,
            Some(text) => text.parse().map_or(Self::Absent, Self::Marked),
        }
    }
}

impl From<Option<i64>> for Cell {
    fn from(mark: Option<i64>) -> Self {
        Self::of(mark, false)
    }
}

/// The marks of one subject.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Marks {
    /// First continuous assessment.
    pub ca1: Cell,
    /// Second continuous assessment.
    pub ca2: Cell,
    /// Examination.
    pub exam: Cell,
}

impl Marks {
    /// One of them.
    #[must_use]
    pub fn cell(&self, which: Assessment) -> Cell {
        match which {
            Assessment::Ca1 => self.ca1,
            Assessment::Ca2 => self.ca2,
            Assessment::Exam => self.exam,
        }
    }

    /// One of them, to be changed.
    pub fn cell_mut(&mut self, which: Assessment) -> &mut Cell {
        match which {
            Assessment::Ca1 => &mut self.ca1,
            Assessment::Ca2 => &mut self.ca2,
            Assessment::Exam => &mut self.exam,
        }
    }

    /// Sum of the marks, in hundredths; none while there is no mark. An absence adds nothing.
    #[must_use]
    pub fn total(&self) -> Option<i64> {
        [self.ca1, self.ca2, self.exam]
            .into_iter()
            .filter_map(Cell::mark)
            .reduce(|sum, mark| sum + mark)
    }

    /// The assessments the pupil missed.
    #[must_use]
    pub fn absent(&self) -> Vec<Assessment> {
        let missed = |which: &Assessment| self.cell(*which) == Cell::Absent;
        Assessment::ALL.into_iter().filter(missed).collect()
    }
}

/// Highest mark of each assessment, in hundredths; together 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Maxima {
    /// First continuous assessment.
    pub ca1: i64,
    /// Second continuous assessment.
    pub ca2: i64,
    /// Examination.
    pub exam: i64,
}

impl Default for Maxima {
    fn default() -> Self {
        Self {
            ca1: 2_000,
            ca2: 2_000,
            exam: 6_000,
        }
    }
}

impl Maxima {
    /// That of one assessment.
    #[must_use]
    pub fn of(&self, which: Assessment) -> i64 {
        match which {
            Assessment::Ca1 => self.ca1,
            Assessment::Ca2 => self.ca2,
            Assessment::Exam => self.exam,
        }
    }
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

/// Keeps "left out" apart from "null" in a field: left out leaves what is there, null clears it.
///
/// # Errors
/// When the value is none of its type.
#[allow(
    clippy::option_option,
    reason = "a merge patch tells absent from null (RFC 7396)"
)]
pub fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(deserializer).map(Some)
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
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

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
    fn an_absence_counts_nothing_and_a_zero_counts() {
        let absent = Marks {
            exam: Cell::Absent,
            ..Marks::default()
        };
        assert_eq!(
            (absent.total(), absent.absent()),
            (None, vec![Assessment::Exam])
        );
        let zero = Marks {
            ca1: Cell::Marked(0),
            ..absent
        };
        assert_eq!(zero.total(), Some(0));
    }

    #[test]
    fn a_cell_survives_its_history() {
        for cell in [
            Cell::Unmarked,
            Cell::Absent,
            Cell::Marked(0),
            Cell::Marked(1_234),
        ] {
            assert_eq!(Cell::read(cell.text().as_deref()), cell);
        }
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
