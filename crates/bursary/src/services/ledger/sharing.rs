//! How credits are shared out over charges: the oldest of each first, as far as they go.

/// What is left of one entry, in minor units; never below zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// The entry.
    pub id: i64,
    /// What is left of it.
    pub rest: i64,
}

/// So much of a credit that settles so much of a charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// The credit.
    pub credit_id: i64,
    /// The charge.
    pub charge_id: i64,
    /// How much, in minor units, above zero.
    pub amount: i64,
}

/// Shares `credits` out over `charges`, both in the order in which they are to be used up.
#[must_use]
pub fn share(credits: &[Part], charges: &[Part]) -> Vec<Share> {
    let mut shares = Vec::new();
    let mut open = charges.iter().copied();
    let mut charge = open.next();
    for credit in credits {
        let mut left = credit.rest;
        while let Some(Part { id, rest }) = charge
            && left > 0
        {
            let amount = left.min(rest);
            if amount > 0 {
                shares.push(Share {
                    credit_id: credit.id,
                    charge_id: id,
                    amount,
                });
            }
            left -= amount;
            charge = if amount == rest {
                open.next()
            } else {
                Some(Part {
                    id,
                    rest: rest - amount,
                })
            };
        }
    }
    shares
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn parts() -> impl Strategy<Value = Vec<Part>> {
        vec(0_i64..=1_000, 0..8).prop_map(|rests| {
            let numbered = (1_i64..).zip(rests);
            numbered.map(|(id, rest)| Part { id, rest }).collect()
        })
    }

    fn shared(shares: &[Share], of: impl Fn(&Share) -> i64, id: i64) -> i64 {
        let own = shares.iter().filter(|share| of(share) == id);
        own.map(|share| share.amount).sum()
    }

    proptest! {
        #[test]
        fn nothing_is_shared_beyond_a_credit_or_a_charge(credits in parts(), charges in parts()) {
            let shares = share(&credits, &charges);
            prop_assert!(shares.iter().all(|share| share.amount > 0));
            for credit in &credits {
                prop_assert!(shared(&shares, |share| share.credit_id, credit.id) <= credit.rest);
            }
            for charge in &charges {
                prop_assert!(shared(&shares, |share| share.charge_id, charge.id) <= charge.rest);
            }
        }

        #[test]
        fn as_much_is_shared_as_there_is_of_both_in_whatever_order(
            credits in parts(), charges in parts(),
        ) {
            let rests = |parts: &[Part]| parts.iter().map(|part| part.rest).sum::<i64>();
            let total = |shares: &[Share]| shares.iter().map(|share| share.amount).sum::<i64>();
            let most = rests(&credits).min(rests(&charges));
            prop_assert_eq!(total(&share(&credits, &charges)), most);
            let backward: Vec<Part> = charges.iter().rev().copied().collect();
            prop_assert_eq!(total(&share(&credits, &backward)), most);
        }

        #[test]
        fn a_charge_is_touched_only_once_every_older_one_is_settled(credits in parts(), charges in parts()) {
            let shares = share(&credits, &charges);
            for (older, younger) in charges.iter().zip(charges.iter().skip(1)) {
                let settled = shared(&shares, |share| share.charge_id, older.id) == older.rest;
                let touched = shared(&shares, |share| share.charge_id, younger.id) > 0;
                prop_assert!(settled || !touched);
            }
            for (older, younger) in credits.iter().zip(credits.iter().skip(1)) {
                let used = shared(&shares, |share| share.credit_id, older.id) == older.rest;
                let touched = shared(&shares, |share| share.credit_id, younger.id) > 0;
                prop_assert!(used || !touched);
            }
        }
    }
}
