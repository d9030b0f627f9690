//! What a school charges for, and how much, and what it spends.
//!
//! Owns fee categories, fee items and expenses, and reads the names of academic's classes. Amounts are
//! [`Money`], never floats. It refuses to delete a category while an item is priced under it, and to
//! delete an expense at all: it is voided.

pub mod entities;
pub mod ledger;
pub mod resources;
pub mod routes;
pub mod services;
#[cfg(test)]
mod testing;

pub use resource::Money;
use resource::{Access, Mounts, tenant_guard::Verb};

/// Mounts every collection of this crate.
pub fn mount(mounts: &mut Mounts) {
    mounts.resource::<resources::fee_categories::FeeCategories>();
    mounts.resource::<resources::fee_items::FeeItems>();
    mounts.alias::<resources::fee_items::FeeItems>("fees");
    mounts.resource::<resources::expenses::Expenses>();
    mounts.action(
        routes::expenses::__path_approve,
        Access::Guarded,
        ("expenses/approve", Verb::Write),
        routes::expenses::approve,
    );
    mounts.action(
        routes::expenses::__path_void,
        Access::Guarded,
        ("expenses", Verb::Write),
        routes::expenses::void,
    );
}
