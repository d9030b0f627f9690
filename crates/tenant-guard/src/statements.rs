//! Counts the statements a request sends to the database, for `Server-Timing` and for tests.

use std::{cell::Cell, future::Future, time::Duration};

tokio::task_local! {
    static STATEMENTS: Cell<Statements>;
}

/// What a request asked of the database so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Statements {
    /// Number of statements sent; `BEGIN` and `COMMIT` are not counted.
    pub count: u32,
    /// Time spent waiting for their answers.
    pub elapsed: Duration,
}

/// Runs `work` with a counter of its own.
pub async fn counted<F: Future>(work: F) -> F::Output {
    STATEMENTS.scope(Cell::default(), work).await
}

/// The count so far of the task that asks; zero outside [`counted`].
#[must_use]
pub fn so_far() -> Statements {
    STATEMENTS.try_with(Cell::get).unwrap_or_default()
}

pub(crate) fn record(elapsed: Duration) {
    // Work outside a request, such as start-up, has no counter and needs none.
    let _ = STATEMENTS.try_with(|cell| {
        let seen = cell.get();
        cell.set(Statements {
            count: seen.count + 1,
            elapsed: seen.elapsed + elapsed,
        });
    });
}
