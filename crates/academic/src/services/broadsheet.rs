//! The broadsheet of a class: its pupils and their marks in every subject, in three statements.

use std::collections::{BTreeSet, HashMap};

use resource::{
    ApiError,
    fields::unknown_pk,
    tenant_guard::{Rows, Scope},
};
use sea_orm::{
    ColumnTrait, FromQueryResult, JoinType, QueryFilter, QuerySelect, RelationTrait,
    sea_query::Expr,
};

use super::{
    own,
    positions::{self, PlacedRow},
    publish::Sheet,
};
use crate::entities::{class, class_subject, subject};

/// A pupil of the class, or one who has a card of the sheet.
#[derive(Debug, FromQueryResult)]
pub struct Pupil {
    /// The pupil.
    pub student_id: i64,
    /// Number of the pupil.
    pub student_no: String,
    /// Full name.
    pub names: String,
    /// The card, where there is one.
    pub card_id: Option<i64>,
    /// Whether it is published.
    pub is_passed: Option<bool>,
    /// Sum of its rows, in hundredths of a mark.
    pub total_score: Option<i64>,
    /// Their mean, in hundredths, half up.
    pub average: Option<i64>,
}

/// Everything that a broadsheet shows.
#[derive(Debug)]
pub struct Broadsheet {
    /// Name of the class.
    pub class_name: String,
    /// The subjects that the class declares and those that a card has, by name.
    pub subjects: Vec<(i64, String)>,
    /// The pupils by name.
    pub pupils: Vec<Pupil>,
    /// The rows of each card.
    pub rows: HashMap<i64, Vec<PlacedRow>>,
}

#[derive(FromQueryResult)]
struct Heading {
    class_name: String,
    is_theirs: bool,
    subject_id: Option<i64>,
    subject: Option<String>,
}

/// Pupils of the class who are at the school, and those who have moved on and left a card.
const PUPILS: &str = "SELECT s.id AS student_id, s.student_no, s.names, card.id AS card_id, card.is_passed, \
    card.total_score, card.average FROM (SELECT id FROM students WHERE school_id = $1 AND class_id = $2 \
    AND status = 'active' UNION SELECT student_id FROM report_cards WHERE school_id = $1 AND class_id = $2 \
    AND session = $3 AND term = $4) member JOIN students s ON s.school_id = $1 AND s.id = member.id \
    LEFT JOIN report_cards card ON card.school_id = $1 AND card.student_id = s.id AND card.session = $3 \
    AND card.term = $4 AND card.class_id = $2 ORDER BY s.names, s.id";

/// The broadsheet of a sheet, for a caller who reaches `rows`.
///
/// # Errors
/// A field error on `class` for a class there is not, 403 for a teacher who teaches nothing in it; else
/// when the database fails.
pub async fn broadsheet(scope: &Scope, rows: Rows, sheet: &Sheet) -> Result<Broadsheet, ApiError> {
    let heading = heading(scope, rows, sheet).await?;
    let first = heading.first();
    let first = first.ok_or_else(|| ApiError::field("class", unknown_pk(sheet.class_id)))?;
    if !first.is_theirs {
        return Err(ApiError::forbidden());
    }
    let class_name = first.class_name.clone();
    let values = vec![
        sheet.class_id.into(),
        sheet.session.as_str().into(),
        sheet.term.as_str().into(),
    ];
    let pupils: Vec<Pupil> = scope.query(PUPILS, values).await?;
    let cards: Vec<i64> = pupils.iter().filter_map(|pupil| pupil.card_id).collect();
    let mut by_name: BTreeSet<(String, i64)> = heading
        .into_iter()
        .filter_map(|row| Some((row.subject?, row.subject_id?)))
        .collect();
    let mut by_card: HashMap<i64, Vec<PlacedRow>> = HashMap::new();
    for row in positions::rows(scope, &cards).await? {
        by_name.insert((row.subject.clone(), row.score.subject_id));
        by_card
            .entry(row.score.report_card_id)
            .or_default()
            .push(row);
    }
    Ok(Broadsheet {
        class_name,
        subjects: by_name.into_iter().map(|(name, id)| (id, name)).collect(),
        pupils,
        rows: by_card,
    })
}

/// The class with each of its subjects; nothing where there is no such class.
async fn heading(scope: &Scope, rows: Rows, sheet: &Sheet) -> Result<Vec<Heading>, ApiError> {
    let is_theirs = match rows {
        Rows::All => Expr::value(true),
        Rows::Assigned => own::teaches(scope, &sheet.session).into(),
        Rows::Own | Rows::None => Expr::value(false),
    };
    let query = scope
        .find::<class::Entity>()
        .filter(class::Column::Id.eq(sheet.class_id))
        .join(
            JoinType::LeftJoin,
            class_subject::Relation::Class.def().rev(),
        )
        .join(JoinType::LeftJoin, class_subject::Relation::Subject.def())
        .select_only()
        .column_as(class::Column::Name, "class_name")
        .column_as(subject::Column::Id, "subject_id")
        .column_as(subject::Column::Name, "subject")
        .expr_as(is_theirs, "is_theirs");
    Ok(scope.rows(query).await?)
}
