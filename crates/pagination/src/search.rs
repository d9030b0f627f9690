//! `?search=`: every word somewhere in the row.

use std::collections::BTreeSet;

use sea_orm::{
    Condition, ExprTrait,
    sea_query::{Expr, Func, LikeExpr},
};

/// Longest search, in characters.
pub(crate) const LONGEST: usize = 200;

// No backslash: PostgreSQL and SQLite read one in a literal differently.
const ESCAPE: char = '!';

/// Rows with every word of `text` in at least one of `columns`, whatever its case. Characters that
/// LIKE gives a meaning stand for themselves.
pub(crate) fn condition(columns: &[Expr], text: &str) -> Result<Condition, String> {
    if text.contains('\0') {
        return Err("Null characters are not allowed.".into());
    }
    if text.chars().count() > LONGEST {
        return Err(format!(
            "Ensure this value has at most {LONGEST} characters."
        ));
    }
    Ok(text.split_whitespace().fold(Condition::all(), |all, word| {
        all.add(contains(columns, word))
    }))
}

fn contains(columns: &[Expr], word: &str) -> Condition {
    let patterns: Vec<String> = spellings(word)
        .iter()
        .map(|spelling| pattern(spelling))
        .collect();
    columns
        .iter()
        .flat_map(|column| patterns.iter().map(move |pattern| (column, pattern)))
        .fold(Condition::any(), |any, (column, pattern)| {
            let like = LikeExpr::new(pattern.as_str()).escape(ESCAPE);
            any.add(Expr::expr(Func::lower(column.clone())).like(like))
        })
}

/// The ways to write `word` that together find it in any case. `lower` of PostgreSQL folds every
/// letter, that of SQLite the ASCII ones: there a word with others is found as typed, in lower
/// case, in capitals and with a capital first.
fn spellings(word: &str) -> BTreeSet<String> {
    let lower = word.to_lowercase();
    let mut letters = lower.chars();
    let capitalised = letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect());
    [
        Some(word.to_owned()),
        Some(word.to_uppercase()),
        capitalised,
        Some(lower),
    ]
    .into_iter()
    .flatten()
    .map(|spelling: String| spelling.to_ascii_lowercase())
    .collect()
}

fn pattern(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for letter in text.chars() {
        if matches!(letter, '%' | '_' | ESCAPE) {
            pattern.push(ESCAPE);
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_like_gives_a_meaning_is_escaped() {
        assert_eq!(pattern("50%_!\\"), "%50!%!_!!\\%");
    }

    #[test]
    fn an_ascii_word_has_one_spelling() {
        assert_eq!(spellings("aDe"), BTreeSet::from(["ade".into()]));
        assert_eq!(
            spellings("éCOLE"),
            BTreeSet::from(["école".into(), "École".into(), "École".to_lowercase()])
        );
    }

    #[test]
    fn a_search_is_bounded_and_free_of_null_characters() {
        assert!(condition(&[], &"é".repeat(LONGEST)).is_ok());
        assert!(condition(&[], &"é".repeat(LONGEST + 1)).is_err());
        assert!(condition(&[], "a\0").is_err());
    }
}
