//! The schema of Termbook, as ordered migrations that each go up and down on SQLite and PostgreSQL.
//!
//! One text serves both engines: `ddl` spells the few types and the key on which they differ.
//! Every tenant table has the key `(school_id, id)`, and every reference between tenant tables is
//! composite, so that no row can point into another school.

mod ddl;
mod m0001_platform;
mod m0002_academic;
mod m0003_messaging;
mod m0004_bursary;
mod m0005_attendance;
mod m0006_events;
mod m0007_event_feeds;
mod m0008_marks;
mod m0010_report_card_versions;
mod m0011_recurrence;
mod m0012_enrolments;
mod m0013_ledger;
mod m0014_ledger_by_item;
mod m0015_expenses;
mod m0016_payments;
mod m0017_online_payments;
mod m0020_notices;
mod m0021_threads;
mod m0024_outbox;
mod m0028_audit_seals;
mod m0029_subscriptions;
mod m0030_payment_plans;
mod m0031_late_fees;
mod m0032_fee_reminders;
mod m0033_files;
mod m0034_webhooks;
mod m0035_preferences;
mod m0036_school_removals;
mod m0037_ledger_keys;
mod m0038_ledger_keys_of_runs;

use sea_orm_migration::prelude::*;

pub use sea_orm_migration;

/// Runs the migrations in order.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_platform::Migration),
            Box::new(m0002_academic::Migration),
            Box::new(m0003_messaging::Migration),
            Box::new(m0004_bursary::Migration),
            Box::new(m0005_attendance::Migration),
            Box::new(m0006_events::Migration),
            Box::new(m0007_event_feeds::Migration),
            Box::new(m0008_marks::Migration),
            Box::new(m0010_report_card_versions::Migration),
            Box::new(m0011_recurrence::Migration),
            Box::new(m0012_enrolments::Migration),
            Box::new(m0013_ledger::Migration),
            Box::new(m0014_ledger_by_item::Migration),
            Box::new(m0015_expenses::Migration),
            Box::new(m0016_payments::Migration),
            Box::new(m0017_online_payments::Migration),
            Box::new(m0020_notices::Migration),
            Box::new(m0021_threads::Migration),
            Box::new(m0024_outbox::Migration),
            Box::new(m0028_audit_seals::Migration),
            Box::new(m0029_subscriptions::Migration),
            Box::new(m0030_payment_plans::Migration),
            Box::new(m0031_late_fees::Migration),
            Box::new(m0032_fee_reminders::Migration),
            Box::new(m0033_files::Migration),
            Box::new(m0034_webhooks::Migration),
            Box::new(m0035_preferences::Migration),
            Box::new(m0036_school_removals::Migration),
            Box::new(m0037_ledger_keys::Migration),
            Box::new(m0038_ledger_keys_of_runs::Migration),
        ]
    }
}
