//! Table `report_card_versions`, which is only added to.

use resource::tenant_guard;
use sea_orm::entity::prelude::*;

/// A report card as it was published once.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "report_card_versions")]
pub struct Model {
    /// The school.
    #[sea_orm(primary_key, auto_increment = false)]
    pub school_id: i64,
    /// The row's own key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// The card.
    pub report_card_id: i64,
    /// Its number among the versions of the card, from 1.
    pub version: i64,
    /// The position of the card at that moment; none where it had none.
    pub position: Option<i64>,
    /// The card as `reports/` showed it at that moment.
    pub document: Json,
    /// When it was published.
    pub published_at: DateTimeUtc,
    /// Who published it; none where that was no user of the school.
    pub published_by: Option<i64>,
    /// When the row was created.
    pub created_at: DateTimeUtc,
    /// Never later than `created_at`.
    pub updated_at: DateTimeUtc,
    /// Always 1.
    pub row_version: i64,
    /// Relation to `users`.
    #[sea_orm(
        belongs_to,
        relation_enum = "Publisher",
        from = "(SchoolId, PublishedBy)",
        to = "(SchoolId, Id)"
    )]
    pub publisher: HasOne<identity::entities::user::Entity>,
}

tenant_guard::tenant_entity!("report_card_versions");
