//! Table `files`.

use resource::tenant_guard;
use sea_orm::entity::prelude::*;

/// One file of a school. Its name is what is in it, so the same content is one row and one object.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "files")]
pub struct Model {
    /// The school.
    #[sea_orm(primary_key, auto_increment = false)]
    pub school_id: i64,
    /// The row's own key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// SHA-256 of what is kept, 64 hexadecimal digits.
    pub digest: String,
    /// `image/jpeg`, `image/png` or `application/pdf`: what it is, by its content.
    pub media_type: String,
    /// Its size.
    pub bytes: i64,
    /// Width of an image, in pixels.
    pub width: Option<i64>,
    /// Height of an image, in pixels.
    pub height: Option<i64>,
    /// `picture` or `newsletter`: what it was first sent for.
    pub purpose: String,
    /// Who sent it first; none for an operator.
    pub uploaded_by: Option<i64>,
    /// When it was last sent, or named by a row that is new or changed.
    pub used_at: DateTimeUtc,
    /// When the row was created.
    pub created_at: DateTimeUtc,
    /// When the row last changed.
    pub updated_at: DateTimeUtc,
    /// How many times it was sent.
    pub row_version: i64,
}

tenant_guard::tenant_entity!("files");
