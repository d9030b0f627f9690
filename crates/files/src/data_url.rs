//! Images inside a JSON body, as `data:image/png;base64,…` (RFC 2397). What such an address says it is, is not
//! believed.

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

use crate::Refusal;

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Whether a text is meant as an address that holds its own content.
pub(crate) fn is_data(text: &str) -> bool {
    text.get(..5)
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:"))
}

/// The content of a `data:` address, where it has at most `limit` bytes.
pub(crate) fn content(text: &str, limit: usize) -> Result<Vec<u8>, Refusal> {
    let (head, coded) = text.split_once(',').ok_or(Refusal::NoData)?;
    if !head.to_ascii_lowercase().ends_with(";base64") {
        return Err(Refusal::NoData);
    }
    if coded.len() / 4 * 3 > limit.saturating_add(3) {
        return Err(Refusal::TooLarge);
    }
    LENIENT.decode(coded).map_err(|_| Refusal::NoData)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_is_what_was_coded_whatever_it_is_called() {
        for address in [
            "data:image/png;base64,aGVsbG8=",
            "DATA:text/html;charset=x;BASE64,aGVsbG8",
        ] {
            assert!(is_data(address));
            assert_eq!(content(address, 5), Ok(b"hello".to_vec()), "{address}");
        }
    }

    #[test]
    fn what_is_no_base64_and_what_is_too_long_is_refused() {
        for address in [
            "data:",
            "data:image/png;base64",
            "data:image/png,hello",
            "data:image/png;base64,a b",
            "data:image/png;base64,==",
        ] {
            assert_eq!(content(address, 100), Err(Refusal::NoData), "{address}");
        }
        let long = format!("data:image/png;base64,{}", "A".repeat(400));
        assert_eq!(content(&long, 100), Err(Refusal::TooLarge));
    }
}
