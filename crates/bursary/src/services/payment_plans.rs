//! Payment plans: what a family agreed to pay of a term, by dated parts.
//!
//! A plan is of the debts of its term up to the newest when it was agreed, wherever billing has moved them
//! since, unless a plan of that later term took them over. What is paid of it is never stored: it is what
//! the plan is worth less what is left of those debts, and it fills the parts in the order of their days.

mod agree;
mod instalments;
mod overdue;

pub use agree::{NewPart, agree, expected, forget, parts_of, rearrange};
pub(crate) use instalments::ladder;
pub use instalments::{Instalment, instalments_of, instalments_of_pupil};
pub use overdue::overdue_plans;
