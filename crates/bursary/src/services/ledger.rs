//! The ledger: what each pupil owes, why, and which credit settles which charge.
//!
//! An entry above zero is a charge and one below zero a credit, whatever its kind; a balance is the sum
//! of the entries, never a stored figure. Allocations say which credit settles which charge, and never
//! exceed either, on any day that is looked back to: an allocation counts from the day it is made, or
//! from the later day from which what it joins counts. Entries and allocations are only added; an entry
//! is taken back by a reversal, which settles it and is settled by it.
//!
//! Every caller that posts or allocates holds the account first ([`lock_account`]): one pupil's money is
//! written by one transaction at a time, and who holds several accounts takes them in the order of
//! their keys. What other tables know of an entry, they name it by its key.

mod accounts;
mod allocate;
mod balances;
mod by_hand;
mod oldest_first;
mod open;
mod post;
pub mod sharing;
mod take_back;
#[cfg(test)]
mod tests;

pub(crate) use accounts::hold;
pub use accounts::{Accounts, lock_account, lock_accounts};
pub use allocate::{allocate_named, release};
pub use balances::balances;
pub use by_hand::reverse_by_hand;
pub use oldest_first::allocate_oldest_first;
pub(crate) use open::rest_of;
pub use open::{OpenCharge, left, open_charges, rest};
pub use post::{NewEntry, post, recorder};
pub use sharing::Share;
pub use take_back::{Taken, reverse, take_back};
