//! Texts with words between braces, which are filled in for each reader.

/// A part of such a text.
enum Part<'a> {
    Plain(&'a str),
    /// What stands between braces; where one is never closed, the rest with its brace.
    Word(&'a str),
}

fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((plain, after)) = rest.split_once('{') {
        parts.push(Part::Plain(plain));
        let open = rest.get(plain.len()..).unwrap_or_default();
        let (word, left) = after.split_once('}').unwrap_or((open, ""));
        parts.push(Part::Word(word));
        rest = left;
    }
    parts.push(Part::Plain(rest));
    parts
}

/// The first word of `text` that is none of `words`, as it stands between the braces.
#[must_use]
pub fn unknown_word<'a>(text: &'a str, words: &[&str]) -> Option<&'a str> {
    parts(text).into_iter().find_map(|part| match part {
        Part::Word(word) if !words.contains(&word) => Some(word),
        _ => None,
    })
}

/// `text` with each word replaced by what `values` has for it. What is filled in is not read again: a name
/// may hold braces.
#[must_use]
pub fn filled(text: &str, values: &[(&str, &str)]) -> String {
    let parts = parts(text).into_iter().map(|part| match part {
        Part::Plain(plain) => plain,
        Part::Word(word) => {
            let value = values.iter().find(|(name, _)| *name == word);
            value.map_or("", |(_, value)| value)
        }
    });
    parts.collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_are_filled_in_and_what_they_hold_is_left_alone() {
        let values = [("payer", "Ada {balance}"), ("balance", "5.00")];
        let text = "Dear {payer}, {balance}{balance} } are due.";
        assert_eq!(
            filled(text, &values),
            "Dear Ada {balance}, 5.005.00 } are due."
        );
    }

    #[test]
    fn what_is_no_word_is_named() {
        let words = ["payer"];
        assert_eq!(unknown_word("Dear {payer}}", &words), None);
        assert_eq!(unknown_word("{payer} {Payer}", &words), Some("Payer"));
        assert_eq!(unknown_word("{}", &words), Some(""));
        assert_eq!(unknown_word("Dear {payer", &words), Some("{payer"));
    }

    proptest! {
        #[test]
        fn a_text_without_braces_stays_as_it_is(text in "[^{}]*") {
            prop_assert_eq!(unknown_word(&text, &[]), None);
            prop_assert_eq!(filled(&text, &[]), text);
        }

        #[test]
        fn every_word_of_a_sound_text_is_filled_in(plain in proptest::collection::vec("[^{}]{0,5}", 1..6), value in ".*") {
            let text = plain.join("{payer}");
            prop_assert_eq!(unknown_word(&text, &["payer"]), None);
            prop_assert_eq!(filled(&text, &[("payer", &value)]), plain.join(&value));
        }
    }
}
