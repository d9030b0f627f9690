//! Pages and the addresses of their neighbours.

use crate::{CursorPage, Keyed, ListQuery, Page, QueryError, cursor::Cursor, query::Position};

/// Absolute addresses of the pages beside a cursor's page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CursorLinks {
    next: Option<String>,
    previous: Option<String>,
}

impl CursorLinks {
    /// The page of these rows.
    #[must_use]
    pub fn page<T>(self, results: Vec<T>) -> CursorPage<T> {
        CursorPage {
            next: self.next,
            previous: self.previous,
            results,
        }
    }
}

impl ListQuery {
    /// The numbered page of these rows, in a list of `count`. Links start with `public_url` and keep the
    /// other parameters.
    ///
    /// # Errors
    /// When there is no such page, or the query is a cursor's.
    pub fn page_of<T>(
        &self,
        public_url: &str,
        path: &str,
        count: u64,
        results: Vec<T>,
    ) -> Result<Page<T>, QueryError> {
        let Position::Number(current_page) = self.position else {
            return Err(QueryError::Page);
        };
        if results.is_empty() && current_page > 1 {
            return Err(QueryError::Page);
        }
        let total_pages = count.div_ceil(self.size).max(1);
        let link = |number: u64| {
            let position = (number > 1).then(|| ("page", number.to_string()));
            absolute(public_url, path, &self.address(position))
        };
        Ok(Page {
            count,
            next: (current_page < total_pages).then(|| link(current_page + 1)),
            previous: (current_page > 1).then(|| link(current_page - 1)),
            current_page,
            total_pages,
            results,
        })
    }

    /// The rows of a cursor's page, in order, and its links.
    ///
    /// # Errors
    /// When the query is of a numbered page.
    pub fn cursor_page_of<Row>(
        &self,
        public_url: &str,
        path: &str,
        mut found: Vec<Keyed<Row>>,
    ) -> Result<(Vec<Row>, CursorLinks), QueryError> {
        let Position::Cursor(from) = &self.position else {
            return Err(QueryError::Page);
        };
        let size = usize::try_from(self.size).unwrap_or(usize::MAX);
        let goes_on = found.len() > size;
        found.truncate(size);
        let backward = from.as_ref().is_some_and(|cursor| cursor.backward);
        if backward {
            found.reverse();
        }
        // Where the page came from there is another, unless it started the list.
        let (has_previous, has_next) = if backward {
            (goes_on, true)
        } else {
            (from.is_some(), goes_on)
        };
        let link = |row: Option<&Keyed<Row>>, backward| {
            let values = row?.keys.clone();
            let cursor = Cursor { backward, values }.encode(self.fingerprint());
            Some(absolute(
                public_url,
                path,
                &self.address(Some(("cursor", cursor))),
            ))
        };
        let links = CursorLinks {
            next: link(found.last().filter(|_| has_next), false),
            previous: link(found.first().filter(|_| has_previous), true),
        };
        Ok((found.into_iter().map(|keyed| keyed.row).collect(), links))
    }
}

fn absolute(public_url: &str, path: &str, query: &str) -> String {
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{}{path}{mark}{query}", public_url.trim_end_matches('/'))
}
