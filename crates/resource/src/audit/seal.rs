//! Seals chain the rows of a school's trail, so that none can be removed, moved or put in between.
//!
//! A row is signed as it is written and sealed a little later, by whichever gateway comes first. So
//! writers of a school never wait for each other over the chain, and a row whose transaction
//! commits after younger ones is simply sealed after them: the chain has an order of its own, and
//! covers each row once (both by unique keys, which is also why two sealers at once do no harm).
//! Nothing is sealed that the key did not sign.

use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, DbErr, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, SqlErr,
    sea_query::{Expr, ExprTrait, Query},
};
use tenant_guard::{Database, Principal, SchoolId, Scope, TrailKey};

use super::{
    entity::{self, Model},
    proof::Facts,
};

/// Rows sealed in one transaction.
const BATCH: u64 = 500;
/// How far below the youngest sealed row a sealer in a hurry looks for late ones, in ids.
const LATE: i64 = 10_000;
/// Opens every sealed text.
const SPELLING: &str = "seal 1";

/// Rows of `audit_seals`, which are only ever added.
#[allow(
    clippy::disallowed_methods,
    reason = "SeaORM's macro writes the relations by its own entrances"
)]
pub mod chain {
    use sea_orm::entity::prelude::*;

    /// One seal.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "audit_seals")]
    pub struct Model {
        /// The school.
        #[sea_orm(primary_key, auto_increment = false)]
        pub school_id: i64,
        /// The seal's own key.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i64,
        /// Its place in the chain of the school, from 1 and without gaps.
        pub number: i64,
        /// The row it seals.
        pub log_id: i64,
        /// Signature of the row, its key, the place, and the seal before.
        pub mac: String,
        /// When it was set.
        pub created_at: DateTimeUtc,
        /// Never later than `created_at`.
        pub updated_at: DateTimeUtc,
        /// Always 1.
        pub row_version: i64,
    }

    tenant_guard::tenant_entity!("audit_seals");
}

/// Which rows are sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Those since the last seal, and late ones not far below it: cheap however long the trail is.
    Recent,
    /// Every one that is not.
    All,
    /// Every one, and those that are older than signatures, taken as they stand.
    Unsigned,
}

/// The end of a chain so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Head {
    /// Number of the last seal; 0 before the first.
    pub number: i64,
    /// Its signature.
    pub mac: String,
}

impl Head {
    /// The seal of `row` at the place after this one.
    pub(super) fn next(&self, key: &TrailKey, row: &Model) -> Self {
        let number = self.number + 1;
        Self {
            mac: key.sign(&self.text(number, row)),
            number,
        }
    }

    fn text(&self, number: i64, row: &Model) -> String {
        let (before, id) = (&self.mac, row.id);
        let facts = Facts::of(row).text(&row.proof);
        format!("{SPELLING}\n{before}\n{number}\n{id}\n{facts}")
    }
}

#[derive(FromQueryResult)]
struct School {
    id: i64,
}

/// Seals what can be sealed of every school; answers how many rows were.
///
/// # Errors
/// When the database fails; what was sealed before stays.
pub async fn seal_all(database: &Database, reach: Reach) -> Result<u64, DbErr> {
    let mut sealed = 0;
    for school in waiting(database, reach).await? {
        sealed += seal(database, school, reach).await?;
    }
    Ok(sealed)
}

/// The schools that have something to seal, or may have.
async fn waiting(database: &Database, reach: Reach) -> Result<Vec<SchoolId>, DbErr> {
    let sql = match reach {
        Reach::Recent => {
            "SELECT s.id FROM schools s WHERE EXISTS (SELECT 1 FROM activity_logs a WHERE a.school_id = s.id \
             AND a.id > coalesce((SELECT max(c.log_id) FROM audit_seals c WHERE c.school_id = s.id), 0)) ORDER BY s.id"
        }
        Reach::All | Reach::Unsigned => "SELECT s.id FROM schools s ORDER BY s.id",
    };
    let schools: Vec<School> = database.platform().query(sql, Vec::new()).await?;
    Ok(schools
        .into_iter()
        .map(|school| SchoolId(school.id))
        .collect())
}

/// Seals what can be sealed of one school; answers how many rows were.
///
/// # Errors
/// When the database fails; what was sealed before stays.
pub async fn seal(database: &Database, school: SchoolId, reach: Reach) -> Result<u64, DbErr> {
    let scope = database.scope(school, Principal::system(school));
    let mut from = match reach {
        Reach::Recent => youngest(&scope).await?.saturating_sub(LATE),
        Reach::All | Reach::Unsigned => 0,
    };
    let mut sealed = 0;
    loop {
        let transaction = scope.begin().await?;
        let rows = unsealed(transaction.scope(), from).await?;
        let Some(last) = rows.last() else {
            transaction.rollback().await?;
            break;
        };
        from = last.id;
        match extend(transaction.scope(), &rows, reach).await {
            Ok(Some(head)) => {
                transaction.commit().await?;
                sealed += head.1;
                // A copy of this line outside the database is what shows a trail cut off at its end.
                let Head { number, mac } = head.0;
                tracing::info!(school = school.0, number, mac, "audit trail sealed");
            }
            Ok(None) => transaction.rollback().await?,
            Err(error) => {
                transaction.rollback().await?;
                let overtaken =
                    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)));
                return if overtaken { Ok(sealed) } else { Err(error) };
            }
        }
    }
    Ok(sealed)
}

async fn youngest(scope: &Scope) -> Result<i64, DbErr> {
    let query = scope
        .find::<chain::Entity>()
        .order_by_desc(chain::Column::LogId)
        .limit(1);
    Ok(scope.one(query).await?.map_or(0, |seal| seal.log_id))
}

/// Rows above `from` without a seal, in the order of their ids.
pub(super) async fn unsealed(scope: &Scope, from: i64) -> Result<Vec<Model>, DbErr> {
    let seal = Query::select()
        .expr(Expr::val(1))
        .from(chain::Entity)
        .and_where(
            Expr::col((chain::Entity, chain::Column::SchoolId))
                .equals((entity::Entity, entity::Column::SchoolId)),
        )
        .and_where(
            Expr::col((chain::Entity, chain::Column::LogId))
                .equals((entity::Entity, entity::Column::Id)),
        )
        .to_owned();
    let query = scope
        .find::<entity::Entity>()
        .filter(entity::Column::Id.gt(from))
        .filter(Expr::exists(seal).not())
        .order_by_asc(entity::Column::Id)
        .limit(BATCH);
    scope.all(query).await
}

/// Puts the sound ones of `rows` behind the chain; answers its end, where any were.
async fn extend(scope: &Scope, rows: &[Model], reach: Reach) -> Result<Option<(Head, u64)>, DbErr> {
    let key = scope.trail_key();
    let sound = rows.iter().filter(|row| {
        Facts::of(row).proved(key, &row.proof) || (reach == Reach::Unsigned && row.proof.is_empty())
    });
    let query = scope
        .find::<chain::Entity>()
        .order_by_desc(chain::Column::Number)
        .limit(1);
    let last = scope.one(query).await?;
    let mut head = last.map_or_else(Head::default, |seal| Head {
        number: seal.number,
        mac: seal.mac,
    });
    let mut seals = Vec::new();
    for row in sound {
        head = head.next(key, row);
        seals.push(chain::ActiveModel {
            number: Set(head.number),
            log_id: Set(row.id),
            mac: Set(head.mac.clone()),
            ..Default::default()
        });
    }
    if seals.is_empty() {
        return Ok(None);
    }
    let count = seals.len() as u64;
    scope.insert_many::<chain::Entity, _>(seals).await?;
    Ok(Some((head, count)))
}
