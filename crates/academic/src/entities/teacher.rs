//! Table `teachers`.

use resource::tenant_guard;
use sea_orm::entity::prelude::*;

/// One person who works at the school, teaching or not.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "teachers")]
pub struct Model {
    /// The school.
    #[sea_orm(primary_key, auto_increment = false)]
    pub school_id: i64,
    /// The row's own key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// `teacher` or `staff`.
    pub kind: String,
    /// Full name; at most 255 characters.
    pub name: String,
    /// Postal address.
    pub address: String,
    /// Telephone; at most 50 characters.
    pub phone: String,
    /// E-mail.
    pub email: String,
    /// Where the portrait is.
    pub passport_url: String,
    /// The account of this person, one to one.
    pub user_id: Option<i64>,
    /// When the row was created.
    pub created_at: DateTimeUtc,
    /// When the row last changed.
    pub updated_at: DateTimeUtc,
    /// How many times the row was written.
    pub row_version: i64,
}

tenant_guard::tenant_entity!("teachers");
