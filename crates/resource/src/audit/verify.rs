//! Walks the chain of a school's trail and names the first place where it does not hold.
//!
//! Whoever has SQL and not the key can remove, alter, move, copy or write a row, and is found out:
//! a sealed row by its seal, one not sealed yet by its own signature. Two things stay hidden. A row removed
//! or moved before it was sealed, for some seconds after it was written
//! (`TERMBOOK_AUDIT_SEAL_SECONDS`). And the end of the chain, cut off together with the newest rows: what is left
//! holds. That is why every gateway logs the head it sealed up to; a head that was noted must still be
//! in the chain. Whoever has the key as well can write any trail. `created_at`, `updated_at` and
//! `row_version` of a row say nothing that `at` does not, and are not signed.

use std::{collections::BTreeMap, fmt};

use sea_orm::{ColumnTrait, DbErr, FromQueryResult, QueryFilter, QueryOrder, QuerySelect};
use tenant_guard::{Database, Principal, SchoolId, Scope};

use super::{
    entity::{self, Model},
    proof::Facts,
    seal::{self, Head, chain},
};

/// Seals looked at together.
const BATCH: u64 = 500;

/// What the walk found, where everything holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trail {
    /// Rows of the trail.
    pub rows: u64,
    /// Those not sealed yet, soundly signed.
    pub waiting: u64,
    /// The end of the chain.
    pub head: Head,
}

/// Why a trail does not hold, at the first place where it does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Break {
    /// The row is not as it was written.
    Altered(i64),
    /// The row was sealed and is gone.
    Removed(i64),
    /// Another row has the key that this one was sealed under, or its seal was changed.
    Moved(i64),
    /// Nobody with the key wrote the row as it is: it was inserted, or altered before it was sealed.
    Inserted(i64),
    /// The row is a copy of another.
    Copied(i64),
    /// A seal is gone; of the row it sealed nothing is known.
    SealRemoved(i64),
    /// The head that was noted is not in the chain: its end was cut off, or the head is another school's.
    HeadMissing,
}

impl fmt::Display for Break {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Altered(id) => write!(f, "row {id} was altered"),
            Self::Removed(id) => write!(f, "row {id} was removed"),
            Self::Moved(id) => write!(f, "row {id} is not the one that was sealed"),
            Self::Inserted(id) => {
                write!(f, "row {id} was inserted, or altered before it was sealed")
            }
            Self::Copied(id) => write!(f, "row {id} is a copy of another"),
            Self::SealRemoved(number) => write!(f, "seal {number} was removed"),
            Self::HeadMissing => f.write_str("the head that was noted is not in the chain"),
        }
    }
}

/// Verifies the trail of one school; a `noted` head must be one that the chain had.
///
/// # Errors
/// When the database fails. A trail that does not hold is an answer.
pub async fn verify(
    database: &Database,
    school: SchoolId,
    noted: Option<&str>,
) -> Result<Result<Trail, Break>, DbErr> {
    let scope = database.scope(school, Principal::system(school));
    let mut walk = Walk {
        trail: Trail::default(),
        noted,
    };
    loop {
        let seals = walk.seals(&scope).await?;
        if seals.is_empty() {
            break;
        }
        let rows = rows_of(&scope, &seals).await?;
        for seal in &seals {
            if let Err(found) = walk.step(&scope, seal, rows.get(&seal.log_id)) {
                return Ok(Err(found));
            }
        }
    }
    if walk.noted.is_some() {
        return Ok(Err(Break::HeadMissing));
    }
    if let Some(found) = unsound(&scope, &mut walk.trail).await? {
        return Ok(Err(found));
    }
    Ok(match copied(&scope).await? {
        Some(id) => Err(Break::Copied(id)),
        None => Ok(walk.trail),
    })
}

struct Walk<'a> {
    trail: Trail,
    noted: Option<&'a str>,
}

impl Walk<'_> {
    async fn seals(&self, scope: &Scope) -> Result<Vec<chain::Model>, DbErr> {
        let query = scope
            .find::<chain::Entity>()
            .filter(chain::Column::Number.gt(self.trail.head.number))
            .order_by_asc(chain::Column::Number)
            .limit(BATCH);
        scope.all(query).await
    }

    fn step(
        &mut self,
        scope: &Scope,
        seal: &chain::Model,
        row: Option<&Model>,
    ) -> Result<(), Break> {
        let key = scope.trail_key();
        let due = self.trail.head.number + 1;
        if seal.number != due {
            return Err(Break::SealRemoved(due));
        }
        let row = row.ok_or(Break::Removed(seal.log_id))?;
        let next = self.trail.head.next(key, row);
        if next.mac != seal.mac {
            // A row older than signatures was sealed as it stood, and has nothing else to hold it against.
            let alike = !row.proof.is_empty() && Facts::of(row).proved(key, &row.proof);
            return Err(if alike {
                Break::Moved(row.id)
            } else {
                Break::Altered(row.id)
            });
        }
        if self.noted == Some(next.mac.as_str()) {
            self.noted = None;
        }
        self.trail.rows += 1;
        self.trail.head = next;
        Ok(())
    }
}

async fn rows_of(scope: &Scope, seals: &[chain::Model]) -> Result<BTreeMap<i64, Model>, DbErr> {
    let ids = seals.iter().map(|seal| seal.log_id);
    let query = scope
        .find::<entity::Entity>()
        .filter(entity::Column::Id.is_in(ids));
    let rows = scope.all(query).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// The first row without a seal that the key did not sign.
async fn unsound(scope: &Scope, trail: &mut Trail) -> Result<Option<Break>, DbErr> {
    let mut from = 0;
    loop {
        let rows = seal::unsealed(scope, from).await?;
        let Some(last) = rows.last() else {
            return Ok(None);
        };
        from = last.id;
        let key = scope.trail_key();
        for row in &rows {
            if !Facts::of(row).proved(key, &row.proof) {
                return Ok(Some(Break::Inserted(row.id)));
            }
        }
        trail.rows += rows.len() as u64;
        trail.waiting += rows.len() as u64;
    }
}

#[derive(FromQueryResult)]
struct Copy {
    id: i64,
}

/// A row whose signature another has that was sealed before it.
async fn copied(scope: &Scope) -> Result<Option<i64>, DbErr> {
    let sql = "SELECT a.id FROM activity_logs a \
               LEFT JOIN audit_seals s ON s.school_id = a.school_id AND s.log_id = a.id \
               WHERE a.school_id = $1 AND a.proof IN (SELECT proof FROM activity_logs \
               WHERE school_id = $1 AND proof <> '' GROUP BY proof HAVING count(*) > 1) \
               ORDER BY CASE WHEN s.number IS NULL THEN 0 ELSE 1 END, s.number DESC, a.id DESC LIMIT 1";
    let copies: Vec<Copy> = scope.query(sql, Vec::new()).await?;
    Ok(copies.first().map(|copy| copy.id))
}
