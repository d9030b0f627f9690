//! What a payer is written.

use std::collections::BTreeMap;

use identity::settings::{Settings, template::filled};
use resource::{
    Money,
    outbox::{Letter, Parcel},
    tenant_guard::Scope,
};

use super::payers::{Payer, Payers};

/// A letter for each payer of `claimed`, in the words of the settings.
pub(super) fn parcels(
    scope: &Scope,
    settings: &Settings,
    payers: &Payers,
    claimed: &BTreeMap<String, i64>,
) -> Vec<Parcel> {
    // The same row is claimed again and again; each time is an act of its own.
    let moment = scope.now().timestamp_micros();
    let written = claimed.iter().filter_map(|(address, id)| {
        let payer = payers.by_address.get(address)?;
        let letter = letter(settings, payer);
        let dedupe = format!("reminder:{id}:{moment}");
        Some(match payer.account {
            Some(account) => Parcel::mail("reminder", account, dedupe, &letter),
            None => Parcel::mail_to("reminder", payer.address.clone(), dedupe, &letter),
        })
    });
    written.collect()
}

fn letter(settings: &Settings, payer: &Payer) -> Letter {
    let balance = format!("{} {}", settings.currency, Money::of_minor(payer.amount));
    let due = payer.due.map_or_else(String::new, |due| due.to_string());
    let pupils = payer.pupils.join(", ");
    let values = [
        ("payer", payer.name.as_str()),
        ("pupils", &pupils),
        ("balance", &balance),
        ("due", &due),
        ("school", &settings.school_name),
    ];
    Letter {
        subject: filled(&settings.reminder_subject, &values),
        text: filled(&settings.reminder_text, &values),
    }
}
