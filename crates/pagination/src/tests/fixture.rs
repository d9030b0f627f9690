//! A small school: marks with ties and gaps, in rooms that some have none of.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, FromQueryResult, QuerySelect,
    RelationTrait, Select, entity::prelude::*,
};

use crate::{Keyed, Kind, ListQuery, Listing, Page, QueryError, Viewer};

pub const URL: &str = "https://school.example/";
pub const PATH: &str = "/api/marks/";
pub const VIEWER: Viewer = Viewer {
    user_id: 7,
    school_id: 1,
    now: DateTime::UNIX_EPOCH,
};

pub mod room {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "rooms")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i64,
        pub name: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod mark {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "marks")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub school_id: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i64,
        pub name: String,
        pub score: Option<i64>,
        pub average: Option<f64>,
        pub day: Option<Date>,
        pub taken_at: DateTimeUtc,
        pub passed: Option<bool>,
        pub room_id: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::room::Entity",
            from = "Column::RoomId",
            to = "super::room::Column::Id"
        )]
        Room,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

#[derive(Debug, Clone, PartialEq, FromQueryResult)]
pub struct Row {
    pub id: i64,
    pub room_name: Option<String>,
}

pub fn listing() -> Listing<mark::Entity> {
    Listing::standard()
        .ordering("name", mark::Column::Name)
        .ordering("score", mark::Column::Score)
        .ordering("average", mark::Column::Average)
        .ordering("day", mark::Column::Day)
        .ordering("taken_at", mark::Column::TakenAt)
        .ordering("passed", mark::Column::Passed)
        .ordering("room", room::Column::Name)
        .ordering_by(
            "doubled",
            sea_orm::ExprTrait::mul(mark::Column::Score.into_expr(), 2_i64),
            Kind::Integer,
        )
        .default_order("name")
        .search([mark::Column::Name])
        .search([room::Column::Name])
        .filter("name", mark::Column::Name, Kind::Text)
        .filter("room_id", mark::Column::RoomId, Kind::Pk)
        .filter("score", mark::Column::Score, Kind::Integer)
        .filter("average", mark::Column::Average, Kind::Real)
        .filter("day", mark::Column::Day, Kind::Date)
        .filter("taken_at", mark::Column::TakenAt, Kind::DateTime)
        .filter("passed", mark::Column::Passed, Kind::Boolean)
        .filter("grade", mark::Column::Name, Kind::Choice(&["a", "b"]))
        .custom(
            "room",
            Kind::Text,
            "Rows in the room of this name.",
            |name, _school| Ok(room::Column::Name.eq(name).into()),
        )
        .personal(
            "box",
            Kind::Choice(&["mine"]),
            "Rows of mine.",
            |_, viewer| Ok(mark::Column::Score.eq(viewer.user_id).into()),
        )
}

#[allow(
    clippy::disallowed_methods,
    reason = "a test's own tables have no scope"
)]
pub fn select() -> Select<mark::Entity> {
    mark::Entity::find()
        .filter(mark::Column::SchoolId.eq(1))
        .join(sea_orm::JoinType::LeftJoin, mark::Relation::Room.def())
        .column_as(room::Column::Name, "room_name")
}

pub fn moment(seconds: i64) -> DateTime<Utc> {
    // Thirds of a second, so that the text of a moment varies in length.
    DateTime::from_timestamp_micros(1_700_000_000_000_000 + seconds * 250_000).unwrap()
}

pub fn day(n: i64) -> NaiveDate {
    moment(0).date_naive() + chrono::Days::new(n.unsigned_abs())
}

/// A row from few values, so that ties and gaps are common.
pub fn mark(id: i64, name: &str, score: Option<i64>) -> mark::Model {
    mark::Model {
        school_id: 1,
        id,
        name: name.into(),
        score,
        average: score.map(|score| f64::from(i32::try_from(score).unwrap()) / 3.0),
        day: score.map(day),
        taken_at: moment(score.unwrap_or(9)),
        passed: score.map(|score| score > 1),
        room_id: score.map(|score| score % 3).filter(|room| *room > 0),
    }
}

#[allow(
    clippy::disallowed_methods,
    reason = "a test's own tables have no scope"
)]
pub async fn database(marks: &[mark::Model]) -> DatabaseConnection {
    let mut options = ConnectOptions::new("sqlite::memory:");
    options.max_connections(1).sqlx_logging(false);
    let database = Database::connect(options).await.unwrap();
    for sql in [
        "CREATE TABLE rooms (id integer PRIMARY KEY, name text NOT NULL)",
        "CREATE TABLE marks (school_id bigint NOT NULL, id integer PRIMARY KEY, name text NOT NULL, score bigint, \
         average double, day date_text, taken_at datetime_text NOT NULL, passed boolean, room_id bigint)",
        "CREATE INDEX marks_name ON marks (school_id, name, id)",
        "CREATE INDEX marks_score ON marks (school_id, score, id)",
        "INSERT INTO rooms (id, name) VALUES (1, 'Lab'), (2, 'Annexe'), (3, 'Library')",
    ] {
        database.execute_unprepared(sql).await.unwrap();
    }
    if !marks.is_empty() {
        let rows = marks
            .iter()
            .cloned()
            .map(sea_orm::IntoActiveModel::into_active_model);
        mark::Entity::insert_many(rows)
            .exec_without_returning(&database)
            .await
            .unwrap();
    }
    database
}

pub fn parse(query: &str) -> ListQuery {
    listing()
        .parse(query, VIEWER)
        .unwrap_or_else(|error| panic!("{query}: {error:?}"))
}

pub async fn page(database: &DatabaseConnection, query: &str) -> Result<Page<Row>, QueryError> {
    let query = listing().parse(query, VIEWER)?;
    let matching = listing().filtered(select(), &query);
    let found = listing()
        .paged(matching.clone(), &query)
        .into_model::<Row>()
        .all(database)
        .await
        .unwrap();
    let counted = matching.count(database).await.unwrap();
    if let Some(count) = query.count_from(found.len()) {
        assert_eq!(count, counted);
    }
    query.page_of(URL, PATH, counted, found)
}

pub struct Cut {
    pub ids: Vec<i64>,
    pub next: Option<String>,
    pub previous: Option<String>,
}

pub async fn cursor_page(database: &DatabaseConnection, query: &str) -> Cut {
    let query = parse(query);
    assert!(query.is_cursor());
    let matching = listing().filtered(select(), &query);
    let found = listing()
        .paged(matching, &query)
        .into_model::<Keyed<Row>>()
        .all(database)
        .await
        .unwrap();
    let (rows, links) = query.cursor_page_of(URL, PATH, found).unwrap();
    let page = links.page(rows);
    Cut {
        ids: page.results.iter().map(|row| row.id).collect(),
        next: page.next.map(|link| query_of(&link)),
        previous: page.previous.map(|link| query_of(&link)),
    }
}

pub async fn ids(database: &DatabaseConnection, query: &str) -> Vec<i64> {
    page(database, query)
        .await
        .unwrap()
        .results
        .iter()
        .map(|row| row.id)
        .collect()
}

/// The query string of a link to this list.
pub fn query_of(link: &str) -> String {
    let query = link
        .strip_prefix("https://school.example/api/marks/")
        .unwrap();
    query.strip_prefix('?').unwrap_or(query).to_owned()
}
