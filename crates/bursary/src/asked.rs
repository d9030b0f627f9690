//! What a query string asks of an answer that is no collection.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, http::StatusCode};
use chrono::{Datelike, NaiveDate};
use form_urlencoded::Serializer;
use resource::{ApiError, FieldErrors, pagination::given};

/// Parameters not yet taken, those taken in their one spelling, and what is wrong with them.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    left: BTreeMap<String, String>,
    taken: BTreeMap<&'static str, String>,
    errors: FieldErrors,
}

impl Asked {
    pub(crate) fn of(request: &HttpRequest) -> Self {
        let (left, errors) = given(request.query_string());
        Self {
            left,
            errors: FieldErrors(errors),
            ..Self::default()
        }
    }

    /// A parameter read by `read`, which is told what would be sound by `message`; blank is absent.
    fn read<T: ToString>(
        &mut self,
        name: &'static str,
        message: impl FnOnce(&str) -> String,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.left.remove(name)?;
        let text = text.trim();
        if text.is_empty() {
            return None;
        }
        let value = read(text);
        match &value {
            Some(value) => {
                self.taken.insert(name, value.to_string());
            }
            None => self.errors.add(name, message(text)),
        }
        value
    }

    pub(crate) fn pk(&mut self, name: &'static str) -> Option<i64> {
        let message = |text: &str| format!("\"{text}\" is not an id.");
        self.read(name, message, |text| text.parse().ok().filter(|id| *id > 0))
    }

    pub(crate) fn text(&mut self, name: &'static str) -> Option<String> {
        let message = |_: &str| "Null characters are not allowed.".to_owned();
        self.read(name, message, |text| {
            (!text.contains('\0')).then(|| text.to_owned())
        })
    }

    pub(crate) fn date(&mut self, name: &'static str) -> Option<NaiveDate> {
        let message = |_: &str| {
            "Date has wrong format. Use one of these formats instead: YYYY-MM-DD.".to_owned()
        };
        self.read(name, message, |text| {
            let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
            (text.len() == 10 && day.year() > 0).then_some(day)
        })
    }

    /// Two days, the second of which is not before the first.
    pub(crate) fn days(&mut self, [first, last]: [&'static str; 2]) -> [Option<NaiveDate>; 2] {
        let days = [self.date(first), self.date(last)];
        if let [Some(from), Some(to)] = days
            && to < from
        {
            self.errors
                .add(last, format!("Must not be before {first}."));
        }
        days
    }

    pub(crate) fn flag(&mut self, name: &'static str) -> Option<bool> {
        let message = |_: &str| "Must be a valid boolean.".to_owned();
        self.read(name, message, |text| text.to_ascii_lowercase().parse().ok())
    }

    /// One of `words`, the first of them where none is asked for.
    pub(crate) fn word(&mut self, name: &'static str, words: &[&'static str]) -> &'static str {
        let known = |text: &str| words.iter().copied().find(|word| *word == text);
        let message = |text: &str| {
            format!(
                "\"{text}\" is not a valid choice. Choose from: {}.",
                words.join(", ")
            )
        };
        let asked = self.read(name, message, known);
        asked.or(words.first().copied()).unwrap_or_default()
    }

    /// Which page, and of how many rows.
    ///
    /// # Errors
    /// 404 for a page that is none, where nothing else is wrong.
    pub(crate) fn page(&mut self) -> Result<Slice, ApiError> {
        let size = self.left.remove("page_size");
        let size = match size.as_deref().map(|text| text.trim().parse::<u32>()) {
            Some(Ok(size)) if size > 0 => size.min(Slice::LARGEST),
            _ => Slice::USUAL,
        };
        if size != Slice::USUAL {
            self.taken.insert("page_size", size.to_string());
        }
        let number = match self.left.remove("page") {
            None => 1,
            Some(text) => text
                .parse::<u32>()
                .ok()
                .filter(|number| *number > 0)
                .ok_or_else(no_page)?,
        };
        Ok(Slice { number, size })
    }

    /// The one spelling of what was asked, but for the page.
    ///
    /// # Errors
    /// 400 naming every parameter that is unknown or unsound.
    pub(crate) fn finish(mut self) -> Result<String, ApiError> {
        for name in self.left.into_keys() {
            self.errors.add(name, "Unknown query parameter.");
        }
        if !self.errors.is_empty() {
            return Err(ApiError::invalid(self.errors));
        }
        Ok(Serializer::new(String::new())
            .extend_pairs(&self.taken)
            .finish())
    }
}

/// 404 for a page that is none.
fn no_page() -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, "not_found", "Invalid page.")
}

/// One page of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slice {
    /// From 1.
    pub number: u32,
    /// Rows of it.
    pub size: u32,
}

/// Where a page stands among the others.
#[derive(Debug)]
pub(crate) struct Place {
    pub next: Option<String>,
    pub previous: Option<String>,
    pub total_pages: i64,
}

impl Slice {
    const USUAL: u32 = 100;
    const LARGEST: u32 = 500;

    pub(crate) fn offset(self) -> i64 {
        i64::from(self.number - 1) * i64::from(self.size)
    }

    /// Where it stands in a list of `count` rows of which it shows `shown`; links start with `base` and
    /// keep `asked`.
    ///
    /// # Errors
    /// 404 beyond the last page.
    pub(crate) fn place(
        self,
        base: &str,
        asked: &str,
        count: i64,
        shown: usize,
    ) -> Result<Place, ApiError> {
        if shown == 0 && self.number > 1 {
            return Err(no_page());
        }
        let size = i64::from(self.size);
        let total_pages = ((count + size - 1) / size).max(1);
        let number = i64::from(self.number);
        let link = |number: i64| {
            let page = (number > 1).then(|| format!("page={number}"));
            let parts: Vec<&str> = [Some(asked), page.as_deref()]
                .into_iter()
                .flatten()
                .filter(|part| !part.is_empty())
                .collect();
            if parts.is_empty() {
                base.to_owned()
            } else {
                format!("{base}?{}", parts.join("&"))
            }
        };
        Ok(Place {
            next: (number < total_pages).then(|| link(number + 1)),
            previous: (number > 1).then(|| link(number - 1)),
            total_pages,
        })
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn asked(query: &str) -> Asked {
        let request = TestRequest::with_uri(&format!("/?{query}")).to_http_request();
        Asked::of(&request)
    }

    #[test]
    fn every_bad_parameter_is_named_and_what_is_sound_has_one_spelling() {
        let mut bad = asked("class_id=x&as_of=1/2/2026&owing=maybe&ordering=size&nonsense=1");
        bad.pk("class_id");
        bad.date("as_of");
        bad.flag("owing");
        bad.word("ordering", &["-amount", "amount"]);
        let error = bad.finish().unwrap_err();
        let named: Vec<&String> = error.errors().unwrap().0.keys().collect();
        assert_eq!(
            named,
            ["as_of", "class_id", "nonsense", "ordering", "owing"]
        );
        let mut sound = asked("term=First+Term&class_id=007&ordering=&page_size=9999");
        assert_eq!(
            sound.page().unwrap(),
            Slice {
                number: 1,
                size: 500
            }
        );
        assert_eq!(
            (sound.pk("class_id"), sound.text("term")),
            (Some(7), Some("First Term".into()))
        );
        assert_eq!(sound.word("ordering", &["-amount", "amount"]), "-amount");
        assert_eq!(
            sound.finish().unwrap(),
            "class_id=7&page_size=500&term=First+Term"
        );
    }

    #[test]
    fn pages_are_linked_and_one_beyond_the_last_is_none() {
        let page = |number| Slice { number, size: 2 };
        let middle = page(2)
            .place("http://x/api/balances/", "owing=true", 5, 2)
            .unwrap();
        assert_eq!(middle.total_pages, 3);
        assert_eq!(
            middle.next.as_deref(),
            Some("http://x/api/balances/?owing=true&page=3")
        );
        assert_eq!(
            middle.previous.as_deref(),
            Some("http://x/api/balances/?owing=true")
        );
        assert_eq!(
            page(4).place("", "", 5, 0).unwrap_err().status(),
            StatusCode::NOT_FOUND
        );
        assert_eq!(page(1).place("", "", 0, 0).unwrap().total_pages, 1);
        for none in ["0", "-1", "two", "99999999999"] {
            assert!(asked(&format!("page={none}")).page().is_err(), "{none}");
        }
    }
}
