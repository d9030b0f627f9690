//! How a total becomes a letter: bands that cover 0 to 100 without overlap and without hole.

use resource::FieldErrors;
use serde::{Deserialize, Serialize};

/// The highest total, in hundredths.
const FULL: i64 = 10_000;

/// The totals of one letter, both bounds included. Marks are integer hundredths.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Band {
    /// Lowest total.
    pub min: i64,
    /// Highest total.
    pub max: i64,
    /// Letter; at most 5 characters.
    pub letter: String,
    /// What it means; at most 100 characters.
    pub remark: String,
    /// Points, in hundredths.
    pub points: Option<i64>,
}

/// Bands that [`Scale::faults`] finds nothing wrong with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Scale(pub Vec<Band>);

impl Default for Scale {
    /// What a school without a scale of its own grades by.
    fn default() -> Self {
        let bounds = [
            (7_500, FULL, "A"),
            (6_500, 7_499, "B"),
            (5_000, 6_499, "C"),
            (4_000, 4_999, "D"),
            (0, 3_999, "F"),
        ];
        let band = |(min, max, letter): (i64, i64, &str)| Band {
            min,
            max,
            letter: letter.into(),
            remark: String::new(),
            points: None,
        };
        Self(bounds.into_iter().map(band).collect())
    }
}

impl Scale {
    /// The band of a total; none while there is no total.
    #[must_use]
    pub fn of(&self, total: Option<i64>) -> Option<&Band> {
        let total = total?;
        self.0
            .iter()
            .find(|band| (band.min..=band.max).contains(&total))
    }

    /// The band of a letter.
    #[must_use]
    pub fn named(&self, letter: &str) -> Option<&Band> {
        self.0.iter().find(|band| band.letter == letter)
    }

    /// What keeps `bands` from being a scale, at the band it is about: `bands.2.min`.
    #[must_use]
    pub fn faults(bands: &[Band]) -> FieldErrors {
        let mut errors = FieldErrors::default();
        let mut letters: Vec<String> = Vec::new();
        let mut sound: Vec<(usize, &Band)> = Vec::new();
        for (n, band) in bands.iter().enumerate() {
            let letter = band.letter.to_lowercase();
            if letters.contains(&letter) {
                let message = format!("\"{}\" is given more than once.", band.letter);
                errors.add(format!("bands.{n}.letter"), message);
            }
            letters.push(letter);
            if band.min > band.max {
                errors.add(
                    format!("bands.{n}.max"),
                    "A band ends no lower than it begins.",
                );
            } else {
                sound.push((n, band));
            }
        }
        // A band upside down says nothing of its neighbours.
        if sound.len() == bands.len() {
            coverage(sound, &mut errors);
        }
        errors
    }
}

fn coverage(mut bands: Vec<(usize, &Band)>, errors: &mut FieldErrors) {
    bands.sort_by_key(|(_, band)| (band.min, band.max));
    let mut covered = -1;
    for (n, band) in &bands {
        let (begun, expected) = (written(band.min), written(covered + 1));
        if band.min > covered + 1 {
            let message = format!("Totals from {expected} to below {begun} belong to no band.");
            errors.add(format!("bands.{n}.min"), message);
        } else if band.min <= covered {
            let message = format!("The band below it goes up to {}.", written(covered));
            errors.add(format!("bands.{n}.min"), message);
        }
        covered = covered.max(band.max);
    }
    match bands.last() {
        None => errors.add("bands", "Name at least one band."),
        Some((n, _)) if covered < FULL => {
            let message = format!("Totals above {} belong to no band.", written(covered));
            errors.add(format!("bands.{n}.max"), message);
        }
        Some(_) => {}
    }
}

/// Hundredths as people write them.
pub(crate) fn written(hundredths: i64) -> String {
    if hundredths % 100 == 0 {
        (hundredths / 100).to_string()
    } else {
        format!("{}.{:02}", hundredths / 100, hundredths % 100)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bands(cuts: &[i64]) -> Vec<Band> {
        let ends = cuts.iter().skip(1).map(|cut| cut - 1).chain([FULL]);
        let band = |(n, (min, max)): (usize, (&i64, i64))| Band {
            min: *min,
            max,
            letter: format!("L{n}"),
            remark: format!("remark {n}"),
            points: i64::try_from(n).ok(),
        };
        cuts.iter().zip(ends).enumerate().map(band).collect()
    }

    /// A sound scale of any bands, in any order.
    fn scales() -> impl Strategy<Value = Vec<Band>> {
        let cuts = prop::collection::btree_set(1..=FULL, 0..12);
        cuts.prop_map(|cuts| bands(&[0].into_iter().chain(cuts).collect::<Vec<_>>()))
            .prop_shuffle()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn a_sound_scale_gives_every_total_the_one_letter_whose_band_holds_it(bands in scales(), totals in prop::collection::vec(0..=FULL, 1..20)) {
            prop_assert!(Scale::faults(&bands).is_empty());
            let scale = Scale(bands.clone());
            for total in totals {
                // The highest band that begins no higher.
                let naive = bands.iter().filter(|band| band.min <= total).max_by_key(|band| band.min).unwrap();
                prop_assert_eq!(scale.of(Some(total)), Some(naive));
                prop_assert_eq!(scale.named(&naive.letter), Some(naive));
            }
            prop_assert_eq!(scale.of(None), None);
        }

        #[test]
        fn bands_are_refused_exactly_when_some_total_has_not_one_letter(
            pairs in prop::collection::vec((0..=20_i64, 0..=20_i64), 0..6), sound in any::<bool>()
        ) {
            // Few different bounds, so that bands meet, and now and then a scale that is whole.
            let mut cuts: Vec<i64> = pairs.iter().map(|(min, _)| min * 500).chain([0]).collect();
            cuts.sort_unstable();
            cuts.dedup();
            let bands = if sound { bands(&cuts) } else {
                let all = pairs.iter().enumerate();
                all.map(|(n, (min, max))| Band { min: min * 500, max: max * 500, letter: n.to_string(), remark: String::new(), points: None }).collect()
            };
            let upright = bands.iter().all(|band| band.min <= band.max);
            let one = |total: i64| bands.iter().filter(|band| (band.min..=band.max).contains(&total)).count() == 1;
            // Between bounds nothing changes.
            let whole = (0..=20).all(|step| one(step * 500)) && (0..20).all(|step| one(step * 500 + 1));
            prop_assert_eq!(Scale::faults(&bands).is_empty(), upright && whole, "{:?}", bands);
        }
    }

    #[test]
    fn every_fault_is_named_at_its_band() {
        let mut all = bands(&[0, 4_000, 5_000]);
        (all[0].min, all[1].min, all[2].min) = (1, 4_100, 4_999);
        all[2].max = 9_999;
        all[2].letter = "l0".into();
        let fields: Vec<String> = Scale::faults(&all).0.into_keys().collect();
        let expected = [
            "bands.0.min",
            "bands.1.min",
            "bands.2.letter",
            "bands.2.max",
            "bands.2.min",
        ];
        assert_eq!(fields, expected);
        assert!(Scale::faults(&[]).concerns("bands"));
    }

    #[test]
    fn the_default_is_sound_and_changes_exactly_at_its_bounds() {
        let scale = Scale::default();
        assert!(Scale::faults(&scale.0).is_empty());
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
            assert_eq!(scale.of(Some(total)).unwrap().letter, letter, "{total}");
        }
    }
}
