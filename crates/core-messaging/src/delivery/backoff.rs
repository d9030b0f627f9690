//! How long to wait after a failure.

use std::time::Duration;

/// Longest wait.
const LONGEST: Duration = Duration::from_hours(6);

/// The wait after the `attempts`th try failed: `first` doubled with each, at most six hours, and of that a
/// part between half and the whole chosen by `roll`, so that what failed together does not return together.
pub(super) fn wait(first: Duration, attempts: i64, roll: u8) -> Duration {
    let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or_default();
    let whole = first
        .saturating_mul(2_u32.saturating_pow(doublings.min(31)))
        .min(LONGEST);
    whole / 2 + whole / 2 * u32::from(roll) / 255
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_wait_is_between_half_and_the_whole_of_its_doubling(first in 1_u64..3_600, attempts in 1_i64..60, roll: u8) {
            let first = Duration::from_secs(first);
            let whole = first.saturating_mul(2_u32.saturating_pow(u32::try_from(attempts - 1).unwrap().min(31))).min(LONGEST);
            let waited = wait(first, attempts, roll);
            prop_assert!(waited <= whole && waited >= whole / 2);
        }
    }
}
