//! What a school charges for, and how much, what each pupil owes and why, what comes in, and what the
//! school spends.
//!
//! Owns fee categories, fee items, scholarships, the ledger of pupils' accounts, billing runs, payments
//! with their receipts, and expenses, and reads academic's classes and pupils. Amounts are [`Money`],
//! never floats; a balance is a sum of entries, never a stored figure. It refuses to change or delete a
//! line of the ledger, to settle more of a charge than is left of it, to charge a fee to a pupil twice, to
//! delete what money rests on, and to delete a payment or an expense: they are voided.

mod asked;
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
    mounts.resource::<resources::scholarships::Scholarships>();
    mounts.resource::<resources::student_fees::StudentFees>();
    mounts.action(
        routes::reminders::__path_send_reminders,
        Access::Guarded,
        ("student-fees/send-reminders", Verb::Write),
        routes::reminders::send_reminders,
    );
    mount_ledger(mounts);
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
    mount_late_fees(mounts);
}

fn mount_late_fees(mounts: &mut Mounts) {
    use routes::late_fees;
    mounts.action(
        late_fees::__path_preview,
        Access::Guarded,
        ("late-fees", Verb::Write),
        late_fees::preview,
    );
    mounts.action(
        late_fees::__path_charge,
        Access::Guarded,
        ("late-fees", Verb::Write),
        late_fees::charge,
    );
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

fn mount_ledger(mounts: &mut Mounts) {
    use routes::{billing_runs, ledger_entries, owing, statement, summary};
    mounts.action(
        statement::__path_retrieve,
        Access::Guarded,
        ("students/statement", Verb::Read),
        statement::retrieve,
    );
    mounts.action(
        owing::__path_balances,
        Access::Guarded,
        ("balances", Verb::Read),
        owing::balances,
    );
    mounts.action(
        owing::__path_debtors,
        Access::Guarded,
        ("debtors", Verb::Read),
        owing::debtors,
    );
    mounts.action(
        summary::__path_retrieve,
        Access::Guarded,
        ("bursary/summary", Verb::Read),
        summary::retrieve,
    );
    mounts.resource::<resources::ledger_entries::LedgerEntries>();
    mounts.action(
        ledger_entries::__path_reverse,
        Access::Guarded,
        ("ledger-entries", Verb::Write),
        ledger_entries::reverse,
    );
    mounts.resource::<resources::payment_plans::PaymentPlans>();
    mounts.resource::<resources::billing_runs::BillingRuns>();
    mounts.action(
        billing_runs::__path_preview,
        Access::Guarded,
        ("billing-runs", Verb::Write),
        billing_runs::preview,
    );
    mounts.action(
        billing_runs::__path_outcome,
        Access::Guarded,
        ("billing-runs", Verb::Read),
        billing_runs::outcome,
    );
    mounts.action(
        billing_runs::__path_undo,
        Access::Guarded,
        ("billing-runs", Verb::Write),
        billing_runs::undo,
    );
}
