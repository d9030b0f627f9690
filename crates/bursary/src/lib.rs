//! What a school charges for, and how much, what comes in, and what it spends.
//!
//! Owns fee categories, fee items, the ledger, payments with their receipts, and expenses, and reads the
//! names of academic's pupils and classes. Amounts are [`Money`], never floats. It refuses to delete a
//! category while an item is priced under it, and to delete a payment or an expense at all: they are
//! voided.

pub mod entities;
mod error;
pub mod gateways;
pub mod ledger;
pub mod resources;
pub mod routes;
pub mod services;
#[cfg(test)]
mod testing;

pub use error::CODES;
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
    mount_payments(mounts);
}

fn mount_payments(mounts: &mut Mounts) {
    mounts.resource::<resources::payments::Payments>();
    mounts.action(
        routes::payments::__path_void,
        Access::Guarded,
        ("payments", Verb::Write),
        routes::payments::void,
    );
    mounts.action(
        routes::payments::__path_refund,
        Access::Guarded,
        ("payments", Verb::Write),
        routes::payments::refund,
    );
    mounts.action(
        routes::online::__path_initialise,
        Access::Guarded,
        ("payments/initialise", Verb::Write),
        routes::online::initialise,
    );
    mounts.action(
        routes::online::__path_verify_online,
        Access::Guarded,
        ("payments/verify-online", Verb::Write),
        routes::online::verify_online,
    );
    mounts.action(
        routes::online::__path_paystack,
        Access::Public,
        ("payments/webhooks", Verb::Write),
        routes::online::paystack,
    );
    mounts.action(
        routes::receipts::__path_retrieve,
        Access::Guarded,
        ("receipts", Verb::Read),
        routes::receipts::retrieve,
    );
    mounts.action(
        routes::receipts::__path_verify,
        Access::Public,
        ("receipts", Verb::Read),
        routes::receipts::verify,
    );
}
