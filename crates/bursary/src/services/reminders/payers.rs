//! Who pays for which pupils.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use identity::services::accounts::is_email;

use super::{NotReminded, NotRemindedReason, owed::Owed};

/// One who is written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Payer {
    /// Where no account has the address, the address as it was entered.
    pub address: String,
    /// The account of a guardian.
    pub account: Option<i64>,
    pub name: String,
    /// Names of the pupils.
    pub pupils: Vec<String>,
    /// Owed of all of them, in minor units.
    pub amount: i64,
    /// The day the oldest of it is due.
    pub due: Option<NaiveDate>,
}

/// A pupil with the addresses that are written to.
#[derive(Debug, PartialEq, Eq)]
struct Pupil {
    id: i64,
    amount: i64,
    addresses: Vec<String>,
}

/// Every payer, and every pupil looked at.
#[derive(Debug, Default)]
pub(super) struct Payers {
    /// Payers by their address, whatever its case.
    pub by_address: BTreeMap<String, Payer>,
    pupils: Vec<Pupil>,
}

impl Payers {
    /// Whoever is to be written to about `rows`, which come pupil by pupil.
    pub(super) fn of(rows: &[Owed]) -> Self {
        let mut payers = Self::default();
        for own in rows.chunk_by(|one, other| one.student == other.student) {
            payers.add(own);
        }
        payers
    }

    /// Adds a pupil with the rows of its accounts.
    fn add(&mut self, own: &[Owed]) {
        let Some(one) = own.first() else { return };
        let mut pupil = Pupil {
            id: one.student,
            amount: one.amount,
            addresses: Vec::new(),
        };
        if one.amount > 0 {
            let accounts = own.iter().filter_map(of_account);
            let mut found: Vec<Payer> = accounts.collect();
            if found.is_empty() {
                found.extend(of_record(one));
            }
            for payer in found {
                pupil.addresses.push(payer.address.to_lowercase());
                self.owes(payer, one);
            }
        }
        self.pupils.push(pupil);
    }

    fn owes(&mut self, payer: Payer, of: &Owed) {
        let known = self
            .by_address
            .entry(payer.address.to_lowercase())
            .or_insert_with(|| payer.clone());
        if known.account.is_none() && payer.account.is_some() {
            known.account = payer.account;
            known.name = payer.name;
        }
        known.pupils.push(of.student_name.clone());
        known.amount += of.amount;
        known.due = known.due.into_iter().chain(of.due).min();
    }

    /// The pupils of whom none of `claimed` is reminded.
    pub(super) fn skipped(&self, claimed: &BTreeMap<String, i64>) -> Vec<NotReminded> {
        let reason = |pupil: &Pupil| {
            if pupil.amount <= 0 {
                Some(NotRemindedReason::NothingOwed)
            } else if pupil.addresses.is_empty() {
                Some(NotRemindedReason::NoAddress)
            } else {
                let told = pupil.addresses.iter().any(|one| claimed.contains_key(one));
                (!told).then_some(NotRemindedReason::RemindedRecently)
            }
        };
        let skipped = self.pupils.iter().filter_map(|pupil| {
            Some(NotReminded {
                student: pupil.id,
                reason: reason(pupil)?,
            })
        });
        skipped.collect()
    }
}

fn of_account(row: &Owed) -> Option<Payer> {
    Some(Payer {
        address: row.account_email.clone()?,
        account: Some(row.account?),
        ..named(row.account_name.as_deref(), row)
    })
}

fn of_record(row: &Owed) -> Option<Payer> {
    is_email(&row.parent_email).then(|| Payer {
        address: row.parent_email.clone(),
        ..named(Some(&row.parent_name), row)
    })
}

/// A payer of nothing yet; who has no name is called a parent of the pupil.
fn named(name: Option<&str>, row: &Owed) -> Payer {
    let name = name.map(str::trim).filter(|name| !name.is_empty());
    Payer {
        address: String::new(),
        account: None,
        name: name.map_or_else(|| format!("parent of {}", row.student_name), str::to_owned),
        pupils: Vec::new(),
        amount: 0,
        due: None,
    }
}
