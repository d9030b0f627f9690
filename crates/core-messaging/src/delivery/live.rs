//! Gives events of the live stream their places, after the commit of the acts they tell of.
//!
//! A key given by the database when a row is inserted says nothing of the order of commits: the smaller of two
//! may appear after the larger was read, and a reader that goes on from the larger never sees it. A place is given
//! only to rows that are committed, by one gateway at a time, so a smaller one never appears later. See
//! `docs/decisions/0015-the-outbox-and-its-places.md`.

use std::collections::BTreeMap;

use resource::{
    caching::Bell,
    tenant_guard::{Database, sea_orm::DbErr},
};
use sea_orm::{DbBackend, FromQueryResult};

/// Recipients named by one ring; more are rung for as everyone of the school.
const NAMED: usize = 100;

const ANY: &str = "SELECT school_id FROM outbox WHERE channel = 'live' AND due_at <= $1 LIMIT 1";
// Held to the end of the transaction, and taken before the statement below looks at anything.
const ALONE: &str = "SELECT 1 AS held FROM (SELECT pg_advisory_xact_lock(7308332045)) AS waited";
const PLACE: &str = "UPDATE outbox SET state = 'sent', due_at = NULL, place = placed.p FROM \
    (SELECT o.school_id AS s, o.id AS i, \
     coalesce((SELECT max(m.place) FROM outbox m WHERE m.school_id = o.school_id), 0) \
     + row_number() OVER (PARTITION BY o.school_id ORDER BY o.id) AS p \
     FROM outbox o WHERE o.channel = 'live' AND o.due_at <= $1) AS placed \
    WHERE school_id = placed.s AND id = placed.i RETURNING school_id, recipient_id";

#[derive(FromQueryResult)]
struct Waiting {
    #[allow(dead_code, reason = "that there is one says enough")]
    school_id: i64,
}

#[derive(FromQueryResult)]
struct Placed {
    school_id: i64,
    recipient_id: Option<i64>,
}

/// Places what waits, and rings for those it is for.
pub(super) async fn place(database: &Database, bell: &Bell) {
    match placed(database).await {
        Ok(schools) => {
            for (school, people) in schools {
                bell.ring(&ring(school, &people)).await;
            }
        }
        Err(error) => tracing::warn!(%error, "events could not be placed"),
    }
}

async fn placed(database: &Database) -> Result<BTreeMap<i64, Vec<i64>>, DbErr> {
    let now = database.clock().now();
    let platform = database.platform();
    let waiting: Vec<Waiting> = platform.query(ANY, vec![now.into()]).await?;
    let mut schools: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    if waiting.is_empty() {
        return Ok(schools);
    }
    let transaction = platform.begin().await?;
    if database.backend() == DbBackend::Postgres {
        transaction.platform().execute(ALONE, Vec::new()).await?;
    }
    let rows: Vec<Placed> = transaction
        .platform()
        .query(PLACE, vec![now.into()])
        .await?;
    transaction.commit().await?;
    for row in rows {
        schools
            .entry(row.school_id)
            .or_default()
            .extend(row.recipient_id);
    }
    Ok(schools)
}

fn ring(school: i64, people: &[i64]) -> String {
    let mut text = school.to_string();
    if people.len() <= NAMED {
        for person in people {
            text.push(' ');
            text.push_str(&person.to_string());
        }
    }
    text
}

/// Whether a ring may be for `person` of `school`; an empty one may be for anybody.
pub(crate) fn concerns(ring: &str, school: i64, person: i64) -> bool {
    let mut numbers = ring.split(' ').filter_map(|text| text.parse::<i64>().ok());
    let Some(of) = numbers.next() else {
        return true;
    };
    let mut people = numbers.peekable();
    of == school && (people.peek().is_none() || people.any(|one| one == person))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_concerns_those_it_names_and_everyone_when_they_are_many() {
        assert!(concerns(&ring(3, &[7, 9]), 3, 9));
        assert!(!concerns(&ring(3, &[7, 9]), 3, 8));
        assert!(!concerns(&ring(3, &[7]), 4, 7));
        let many: Vec<i64> = (0..200).collect();
        assert!(concerns(&ring(3, &many), 3, 500));
        assert!(concerns("", 3, 500));
    }
}
