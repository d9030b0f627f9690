//! What the figures of a sheet add up to. All are integer hundredths of a mark.

/// The figures of a number of pupils.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spread {
    /// How many pupils have a figure.
    pub count: usize,
    /// Their mean, half up; none while nobody has a figure.
    pub mean: Option<i64>,
    /// The figure in the middle; of an even number the mean of the two in the middle, half up.
    pub median: Option<i64>,
    /// The highest.
    pub highest: Option<i64>,
    /// The lowest.
    pub lowest: Option<i64>,
}

impl Spread {
    /// The spread of `figures`, none of which is negative.
    #[must_use]
    pub fn of(figures: impl IntoIterator<Item = i64>) -> Self {
        let mut figures: Vec<i64> = figures.into_iter().collect();
        figures.sort_unstable();
        let middle = figures.len() / 2;
        let upper = figures.get(middle).copied();
        let median = if figures.len().is_multiple_of(2) {
            let lower = middle.checked_sub(1).and_then(|place| figures.get(place));
            upper
                .zip(lower)
                .and_then(|(one, other)| mean([one, *other]))
        } else {
            upper
        };
        Self {
            count: figures.len(),
            mean: mean(figures.iter().copied()),
            median,
            highest: figures.last().copied(),
            lowest: figures.first().copied(),
        }
    }
}

/// Mean, half up; none of nothing.
fn mean(figures: impl IntoIterator<Item = i64>) -> Option<i64> {
    let (sum, count) = figures
        .into_iter()
        .fold((0, 0), |(sum, count), figure| (sum + figure, count + 1));
    (count > 0).then(|| (2 * sum + count) / (2 * count))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nobody_has_no_figures_and_one_has_one() {
        assert_eq!(Spread::of([]), Spread::default());
        let one = Spread {
            count: 1,
            mean: Some(5_025),
            median: Some(5_025),
            highest: Some(5_025),
            lowest: Some(5_025),
        };
        assert_eq!(Spread::of([5_025]), one);
    }

    #[test]
    fn the_median_of_an_even_number_is_between_the_two_in_the_middle_half_up() {
        for (figures, median) in [
            (&[3, 1][..], 2),
            (&[2, 1], 2),
            (&[9, 1, 4, 3], 4),
            (&[0, 0, 1, 9], 1),
            (&[7, 9, 8], 8),
        ] {
            let spread = Spread::of(figures.iter().copied());
            assert_eq!(spread.median, Some(median), "{figures:?}");
        }
    }

    proptest! {
        #[test]
        fn as_many_figures_are_below_the_median_as_above(figures in prop::collection::vec(0_i64..=10_000, 1..40)) {
            let spread = Spread::of(figures.iter().copied());
            let median = spread.median.unwrap();
            let below = figures.iter().filter(|one| **one < median).count();
            let above = figures.iter().filter(|one| **one > median).count();
            prop_assert!(below <= figures.len() / 2 && above <= figures.len() / 2);
            let (low, high) = (spread.lowest.unwrap(), spread.highest.unwrap());
            prop_assert!(figures.iter().all(|one| (low..=high).contains(one)));
            prop_assert!((low..=high).contains(&spread.mean.unwrap()) && (low..=high).contains(&median));
        }
    }
}
