//! What an entity must have to be reached through a [`crate::Scope`].

use sea_orm::{ActiveModelBehavior, EntityTrait, IntoActiveModel};

/// An entity of one school: the key is `(school_id, id)` and every row carries its times and version.
pub trait TenantEntity:
    EntityTrait<
        Model: IntoActiveModel<<Self as EntityTrait>::ActiveModel> + Clone + Send + Sync,
        ActiveModel: ActiveModelBehavior + Default + Send,
    >
{
    /// Column of the school.
    const SCHOOL_ID: Self::Column;
    /// Column of the row's own key.
    const ID: Self::Column;
    /// Column counting the changes of the row, from 1.
    const ROW_VERSION: Self::Column;
    /// Column of the moment of creation.
    const CREATED_AT: Self::Column;
    /// Column of the moment of the last change.
    const UPDATED_AT: Self::Column;
    /// Name of the table: what caches are told was read or written.
    const TABLE: &'static str;
}

/// An entity of the platform itself, which belongs to no school.
pub trait PlatformEntity: EntityTrait {
    /// Name of the table.
    const TABLE: &'static str;
}

/// Declares the entity of the calling module to be one school's, under the given table name.
#[macro_export]
macro_rules! tenant_entity {
    ($table:literal) => {
        impl $crate::TenantEntity for Entity {
            const SCHOOL_ID: Column = Column::SchoolId;
            const ID: Column = Column::Id;
            const ROW_VERSION: Column = Column::RowVersion;
            const CREATED_AT: Column = Column::CreatedAt;
            const UPDATED_AT: Column = Column::UpdatedAt;
            const TABLE: &'static str = $table;
        }
        impl $crate::sea_orm::ActiveModelBehavior for ActiveModel {}
    };
}

/// Declares the entity of the calling module to be the platform's, under the given table name.
#[macro_export]
macro_rules! platform_entity {
    ($table:literal) => {
        impl $crate::PlatformEntity for Entity {
            const TABLE: &'static str = $table;
        }
        impl $crate::sea_orm::ActiveModelBehavior for ActiveModel {}
    };
}
