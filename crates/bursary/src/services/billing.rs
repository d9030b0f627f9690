//! Billing a term: each pupil is charged the fees that apply, once, what is taken off them is posted
//! beside them, open credits are spent, and what is still owed of earlier terms is moved to this one.
//!
//! Every step is one statement over all pupils of the run. A fee that was charged is not charged again,
//! whichever run asks, but where an undone run charged it. A charge taken back by hand stays taken back.

mod answer;
mod discounts;
mod entries;
mod pupils;
mod run;
#[cfg(test)]
mod tests;
mod undo;

pub use answer::{FeeBilled, Outcome, PupilBilled, fees_billed, pupils_billed};
pub use discounts::{Net, is_billed, net, rediscount, resting_on};
pub(crate) use run::earlier_terms;
pub use run::{Billing, run};
pub use undo::undo;
