//! `grading-scales/`: how totals become letters. One scale at most is active; with none, the default
//! grades: A from 75, B from 65, C from 50, D from 40, F below.

use chrono::{DateTime, Utc};
use resource::{
    ApiError, FieldErrors, Resource, Unique,
    pagination::{Kind, Listing},
    tenant_guard::{Rows, Scope},
};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, IntoActiveModel, sea_query::Expr};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    entities::grading_scale::{ActiveModel, Column, Entity, Model},
    marks::Mark,
    scale::{Band, Scale},
    services::{
        marking,
        recompute::{Open, recompute},
    },
};

/// One letter's totals to write.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct GradeBandInput {
    /// Lowest total.
    #[schema(value_type = f64, format = "mark", minimum = 0, maximum = 100)]
    pub min: Mark,
    /// Highest total; the next band begins a hundredth above it.
    #[schema(value_type = f64, format = "mark", minimum = 0, maximum = 100)]
    pub max: Mark,
    /// Letter, of one band only.
    #[schema(min_length = 1, max_length = 5)]
    pub letter: String,
    /// What it means.
    #[serde(default)]
    #[schema(max_length = 100)]
    pub remark: String,
    /// Points.
    #[serde(default)]
    #[schema(value_type = Option<f64>, format = "mark", minimum = 0, maximum = 100)]
    pub points: Option<Mark>,
}

/// A grading scale to write.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct GradingScaleInput {
    /// Name.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// Whether the school grades by it; the scale that was active no longer is then. The rows of open
    /// report cards are graded anew at once, published ones keep what was published.
    #[serde(default)]
    pub is_active: bool,
    /// Its bands, in any order: together every total from 0 to 100, each in one band.
    #[schema(max_items = 30)]
    pub bands: Vec<GradeBandInput>,
}

/// One letter's totals.
#[derive(Debug, Serialize, ToSchema)]
pub struct GradeBand {
    /// Lowest total.
    pub min: Mark,
    /// Highest total.
    pub max: Mark,
    /// Letter.
    pub letter: String,
    /// What it means.
    pub remark: String,
    /// Points.
    pub points: Option<Mark>,
}

/// A grading scale.
#[derive(Debug, Serialize, ToSchema)]
pub struct GradingScale {
    /// Id.
    pub id: i64,
    /// Name.
    pub name: String,
    /// Whether the school grades by it.
    pub is_active: bool,
    /// Its bands, best first.
    pub bands: Vec<GradeBand>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

impl From<&GradeBandInput> for Band {
    fn from(band: &GradeBandInput) -> Self {
        Self {
            min: band.min.0,
            max: band.max.0,
            letter: band.letter.clone(),
            remark: band.remark.clone(),
            points: band.points.map(|points| points.0),
        }
    }
}

/// The bands of a body, best first.
fn scale_of(input: &GradingScaleInput) -> Scale {
    let mut bands: Vec<Band> = input.bands.iter().map(Band::from).collect();
    bands.sort_by_key(|band| -band.min);
    Scale(bands)
}

fn stored(row: &Model) -> Result<Scale, ApiError> {
    serde_json::from_value(row.bands.clone()).map_err(ApiError::internal)
}

/// The collection.
#[derive(Debug)]
pub struct GradingScales;

impl GradingScales {
    /// Leaves the school without an active scale.
    async fn stand_down(scope: &Scope, but_for: i64) -> Result<(), ApiError> {
        let others = Condition::all()
            .add(Column::IsActive.eq(true))
            .add(Column::Id.ne(but_for));
        let off = vec![(Column::IsActive, Expr::value(false))];
        scope.update_where::<Entity>(off, others).await?;
        Ok(())
    }

    /// Grades what is open by the scale in force.
    async fn regrade(scope: &Scope) -> Result<(), ApiError> {
        let rules = marking::rules(scope).await?;
        recompute(scope, &Open::All, &rules.scale).await
    }
}

impl Resource for GradingScales {
    const PATH: &'static str = "grading-scales";
    const ITEM: &'static str = "grading scale";
    const READS: &'static [&'static str] = &["grading_scales"];
    const TTL: u64 = 3_600;
    const UNIQUES: &'static [Unique] = &[Unique {
        field: "name",
        column: "name",
    }];

    type Entity = Entity;
    type Input = GradingScaleInput;
    type Row = Model;
    type Output = GradingScale;

    fn listing() -> Listing<Entity> {
        Listing::standard()
            .ordering("name", Column::Name)
            .default_order("name")
            .search([Column::Name])
            .filter("is_active", Column::IsActive, Kind::Boolean)
    }

    async fn output(_: &Scope, rows: Vec<Model>) -> Result<Vec<GradingScale>, ApiError> {
        let band = |band: Band| GradeBand {
            min: Mark(band.min),
            max: Mark(band.max),
            letter: band.letter,
            remark: band.remark,
            points: band.points.map(Mark),
        };
        let shown = |scale: Model| {
            Ok(GradingScale {
                bands: stored(&scale)?.0.into_iter().map(band).collect(),
                id: scale.id,
                name: scale.name,
                is_active: scale.is_active,
                created_at: scale.created_at,
                updated_at: scale.updated_at,
            })
        };
        rows.into_iter().map(shown).collect()
    }

    async fn input(_: &Scope, row: &Model) -> Result<GradingScaleInput, ApiError> {
        let band = |band: Band| GradeBandInput {
            min: Mark(band.min),
            max: Mark(band.max),
            letter: band.letter,
            remark: band.remark,
            points: band.points.map(Mark),
        };
        Ok(GradingScaleInput {
            name: row.name.clone(),
            is_active: row.is_active,
            bands: stored(row)?.0.into_iter().map(band).collect(),
        })
    }

    async fn check(
        _: &Scope,
        _: Rows,
        input: &GradingScaleInput,
        _: Option<&Model>,
    ) -> Result<FieldErrors, ApiError> {
        let bands: Vec<Band> = input.bands.iter().map(Band::from).collect();
        Ok(Scale::faults(&bands))
    }

    async fn lock_first(scope: &Scope, _: i64) -> Result<(), ApiError> {
        marking::hold_alone(scope).await
    }

    fn assign(input: &GradingScaleInput, row: &mut ActiveModel) {
        row.name = Set(input.name.clone());
        row.is_active = Set(input.is_active);
        row.bands = Set(serde_json::to_value(scale_of(input)).unwrap_or_default());
    }

    async fn create(scope: &Scope, input: GradingScaleInput) -> Result<(Model, bool), ApiError> {
        marking::hold_alone(scope).await?;
        if input.is_active {
            Self::stand_down(scope, 0).await?;
        }
        let mut row = ActiveModel::default();
        Self::assign(&input, &mut row);
        let row = scope.insert::<Entity, _>(row).await?;
        if row.is_active {
            Self::regrade(scope).await?;
        }
        Ok((row, true))
    }

    async fn update(
        scope: &Scope,
        before: &Model,
        input: GradingScaleInput,
    ) -> Result<Model, ApiError> {
        if input.is_active {
            Self::stand_down(scope, before.id).await?;
        }
        let mut row = before.clone().into_active_model();
        Self::assign(&input, &mut row);
        let after = scope.update::<Entity, _>(before, row).await?;
        let grades = before.is_active || after.is_active;
        if grades && after.row_version != before.row_version {
            Self::regrade(scope).await?;
        }
        Ok(after)
    }

    async fn delete(scope: &Scope, row: &Model) -> Result<(), ApiError> {
        scope.delete::<Entity>(row.id).await?;
        if row.is_active {
            Self::regrade(scope).await?;
        }
        Ok(())
    }
}
