//! Which open charges a payer means.

use crate::services::ledger::{OpenCharge, Share};

/// A part of a payment and what it is meant for.
#[derive(Debug, Clone)]
pub struct Wish {
    /// Name of a kind of fee or text of a charge, whatever its case; blank names none.
    pub purpose: String,
    /// The kind of fee, where the purpose matches no charge.
    pub category_id: Option<i64>,
    /// How much, in minor units.
    pub amount: i64,
}

impl Wish {
    fn names(&self, charge: &OpenCharge) -> bool {
        let purpose = self.purpose.to_lowercase();
        let is = |text: &str| !purpose.is_empty() && text.to_lowercase() == purpose;
        is(&charge.description) || charge.category_name.as_deref().is_some_and(is)
    }

    fn is_of_kind(&self, charge: &OpenCharge) -> bool {
        self.category_id.is_some() && charge.category_id == self.category_id
    }
}

/// Lets the credit settle the `open` charges that its parts name, in the order of the charges; what
/// matches none, and what is beyond the charges it matches, is left to be shared out.
#[must_use]
pub fn named_shares(credit_id: i64, wishes: &[Wish], open: &[OpenCharge]) -> Vec<Share> {
    let mut rests: Vec<i64> = open.iter().map(|charge| charge.rest).collect();
    let mut settled = vec![0; open.len()];
    for wish in wishes {
        let mut left = wish.amount;
        for matches in [Wish::names, Wish::is_of_kind] {
            for ((charge, rest), settled) in open.iter().zip(&mut rests).zip(&mut settled) {
                if matches(wish, charge) {
                    let amount = left.min(*rest).max(0);
                    left -= amount;
                    *rest -= amount;
                    *settled += amount;
                }
            }
        }
    }
    let shares = open.iter().zip(settled).filter(|(_, amount)| *amount > 0);
    shares
        .map(|(charge, amount)| Share {
            credit_id,
            charge_id: charge.id,
            amount,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;
    use proptest::{collection::vec, prelude::*};

    use super::*;
    use crate::ledger::EntryKind;

    fn charge(id: i64, category: i64, rest: i64) -> OpenCharge {
        OpenCharge {
            id,
            kind: EntryKind::Charge,
            fee_item_id: None,
            category_id: Some(category),
            category_name: Some(
                ["Tuition", "Bus", "Books"][usize::try_from(category).unwrap()].into(),
            ),
            effective_date: NaiveDate::MIN,
            due_date: None,
            session: String::new(),
            term: String::new(),
            description: format!("Charge {id}"),
            rest,
        }
    }

    fn wish(purpose: &str, category_id: Option<i64>, amount: i64) -> Wish {
        Wish {
            purpose: purpose.into(),
            category_id,
            amount,
        }
    }

    fn settled(shares: &[Share]) -> Vec<(i64, i64)> {
        shares
            .iter()
            .map(|one| (one.charge_id, one.amount))
            .collect()
    }

    #[test]
    fn a_purpose_goes_before_the_kind_and_the_rest_is_left() {
        let open = [charge(1, 0, 100), charge(2, 1, 50), charge(3, 0, 100)];
        let shares = named_shares(9, &[wish("bus", Some(0), 80)], &open);
        assert_eq!(settled(&shares), [(1, 30), (2, 50)]);
        assert_eq!(
            settled(&named_shares(9, &[wish("CHARGE 3", None, 500)], &open)),
            [(3, 100)]
        );
        assert!(named_shares(9, &[wish("Gift", None, 500), wish("", None, 5)], &open).is_empty());
        let twice = [wish("Tuition", None, 60), wish("Tuition", None, 60)];
        assert_eq!(
            settled(&named_shares(9, &twice, &open)),
            [(1, 100), (3, 20)]
        );
    }

    proptest! {
        #[test]
        fn no_charge_and_no_wish_is_ever_exceeded(
            rests in vec((0_i64..3, 1_i64..=500), 0..8), wishes in vec((0_usize..4, 1_i64..=500), 0..6),
        ) {
            let open: Vec<OpenCharge> = (1..).zip(&rests).map(|(id, (category, rest))| charge(id, *category, *rest)).collect();
            let purposes = ["Tuition", "Bus", "Books", "Gift"];
            let wishes: Vec<Wish> = wishes.iter().map(|(n, amount)| wish(purposes[*n], None, *amount)).collect();
            let shares = named_shares(9, &wishes, &open);
            for one in &shares {
                let charge = open.iter().find(|charge| charge.id == one.charge_id).unwrap();
                prop_assert!(0 < one.amount && one.amount <= charge.rest);
            }
            for (category, name) in (0..).zip(&purposes[..3]) {
                let asked: i64 = wishes.iter().filter(|wish| wish.purpose == *name).map(|wish| wish.amount).sum();
                let of_kind = |id: i64| open.iter().any(|charge| charge.id == id && charge.category_id == Some(category));
                let given: i64 = shares.iter().filter(|one| of_kind(one.charge_id)).map(|one| one.amount).sum();
                let owed: i64 = open.iter().filter(|charge| of_kind(charge.id)).map(|charge| charge.rest).sum();
                prop_assert_eq!(given, asked.min(owed));
            }
        }
    }
}
