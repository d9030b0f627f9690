//! Receipts: all there is to print, and the code by which a stranger tells a receipt from a forgery.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use identity::{services::save_settings::stored, settings::Settings};
use resource::{ApiError, Money, tenant_guard::Scope};
use sea_orm::FromQueryResult;
use sha2::{Digest, Sha256};

use crate::entities::payment;

/// Bytes of a code: forty bits, which are guessed in 2⁴⁰ tries where a few are allowed.
const BYTES: usize = 5;
/// Digits without those that are read for another (Crockford's base 32).
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// What keys the codes of receipts; derived from the key that signs tokens, and never that key.
#[derive(Clone)]
pub struct ReceiptKey(Hmac<Sha256>);

impl fmt::Debug for ReceiptKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// What a code stands for: of a payment, what never changes.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The school.
    pub school: i64,
    /// Number of the receipt.
    pub reference: &'a str,
    /// Amount.
    pub amount: Money,
    /// Day the money was received.
    pub date: chrono::NaiveDate,
}

impl<'a> Facts<'a> {
    /// Those of a payment.
    #[must_use]
    pub fn of(payment: &'a payment::Model) -> Self {
        Self {
            school: payment.school_id,
            reference: &payment.reference,
            amount: payment.amount,
            date: payment.date,
        }
    }
}

impl ReceiptKey {
    /// The key derived from `secret`.
    #[must_use]
    pub fn derived_from(secret: &[u8]) -> Self {
        let key = Sha256::new()
            .chain_update("termbook receipts\n")
            .chain_update(Sha256::digest(secret))
            .finalize();
        // A key of the length of the hash's own block or shorter is taken as it is.
        let mut block = hmac::digest::Key::<Hmac<Sha256>>::default();
        block.iter_mut().zip(key).for_each(|(to, from)| *to = from);
        Self(Hmac::new(&block))
    }

    fn mac(&self, facts: &Facts<'_>) -> Hmac<Sha256> {
        let Facts {
            school,
            reference,
            amount,
            date,
        } = facts;
        let text = format!("{school}\n{reference}\n{amount}\n{date}");
        self.0.clone().chain_update(text)
    }

    /// The code of a receipt, as `7K3M-9QXA`.
    #[must_use]
    pub fn code(&self, facts: &Facts<'_>) -> String {
        let mac = self.mac(facts).finalize().into_bytes();
        let bits = mac
            .iter()
            .take(BYTES)
            .fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
        let digit = |place: u32| {
            let index = usize::try_from(bits >> (5 * place) & 31).unwrap_or_default();
            DIGITS.get(index).map_or('0', |digit| char::from(*digit))
        };
        let (left, right): (String, String) = (
            (4..8).rev().map(digit).collect(),
            (0..4).rev().map(digit).collect(),
        );
        format!("{left}-{right}")
    }

    /// Whether `code` is that of a receipt, however it is typed; compared in constant time.
    #[must_use]
    pub fn is_code(&self, facts: &Facts<'_>, code: &str) -> bool {
        let read = read(code);
        let bytes = read.unwrap_or_default();
        self.mac(facts).verify_truncated_left(&bytes).is_ok() && read.is_some()
    }
}

/// The bytes that a code spells.
fn read(code: &str) -> Option<[u8; BYTES]> {
    let mut bits = 0_u64;
    let mut digits = 0;
    for typed in code.chars().filter(|one| !matches!(one, '-' | ' ')) {
        let digit = match typed.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        };
        let value = DIGITS.iter().position(|one| char::from(*one) == digit)?;
        bits = bits << 5 | u64::try_from(value).ok()?;
        digits += 1;
        if digits > 8 {
            return None;
        }
    }
    let bytes = bits.to_be_bytes();
    bytes
        .last_chunk()
        .copied()
        .filter(|_: &[u8; BYTES]| digits == 8)
}

/// What a printed receipt says beside its payment.
#[derive(Debug, Clone)]
pub struct Printed {
    /// The school's settings, its name among them.
    pub settings: Settings,
    /// Domain of the school.
    pub domain: String,
    /// What the pupil owed once this payment was recorded; below zero the school owed the pupil.
    pub balance: Money,
}

#[derive(FromQueryResult)]
struct Sum {
    balance: i64,
}

/// Reads what a receipt says beside its payment.
///
/// # Errors
/// When the database fails.
pub async fn printed(scope: &Scope, payment: &payment::Model) -> Result<Printed, ApiError> {
    // One account is written by one transaction at a time, so its entries are in the order of their keys.
    let sql = "SELECT CAST(COALESCE(SUM(amount_minor), 0) AS bigint) AS balance FROM ledger_entries \
               WHERE school_id = $1 AND student_id = $2 AND id <= $3";
    let values = vec![payment.student_id.into(), payment.entry_id.into()];
    let sums: Vec<Sum> = scope.query(sql, values).await?;
    let stored = stored(scope, false).await?;
    Ok(Printed {
        settings: stored.settings,
        domain: stored.domain,
        balance: Money::of_minor(sums.first().map_or(0, |sum| sum.balance)),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key() -> ReceiptKey {
        ReceiptKey::derived_from(b"a key that is only used in tests")
    }

    fn facts(reference: &str, minor: i64) -> Facts<'_> {
        Facts {
            school: 1,
            reference,
            amount: Money::of_minor(minor),
            date: chrono::NaiveDate::from_ymd_opt(2026, 1, 5).unwrap(),
        }
    }

    proptest! {
        #[test]
        fn a_code_is_good_for_its_receipt_and_no_other(minor in 1_i64..=1_000_000, other in 1_i64..=1_000_000) {
            let code = key().code(&facts("RCP-2026-000001", minor));
            prop_assert!(key().is_code(&facts("RCP-2026-000001", minor), &code));
            prop_assert_eq!(key().is_code(&facts("RCP-2026-000001", other), &code), minor == other);
            prop_assert!(!key().is_code(&facts("RCP-2026-000002", minor), &code));
        }
    }

    #[test]
    fn a_code_may_be_typed_as_people_type() {
        let facts = facts("RCP-2026-000001", 5_000);
        let code = key().code(&facts);
        assert_eq!((code.len(), code.find('-')), (9, Some(4)));
        let typed = code
            .to_lowercase()
            .replace('-', " ")
            .replace('0', "o")
            .replace('1', "l");
        assert!(key().is_code(&facts, &typed));
        for wrong in [
            "",
            "-",
            &code[1..],
            &format!("{code}0"),
            "UUUU-UUUU",
            "0000-0000",
        ] {
            assert!(!key().is_code(&facts, wrong), "{wrong}");
        }
        let another = ReceiptKey::derived_from(b"another key");
        assert!(!another.is_code(&facts, &code));
    }
}
