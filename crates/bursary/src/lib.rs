//! What a school charges for, and how much.
//!
//! Owns fee categories and fee items, and reads the names of academic's classes. Amounts are
//! [`Money`], never floats. It refuses to delete a category while an item is priced under it.

pub mod entities;
pub mod resources;
pub mod services;

pub use resource::Money;
use resource::Mounts;

/// Mounts every collection of this crate.
pub fn mount(mounts: &mut Mounts) {
    mounts.resource::<resources::fee_categories::FeeCategories>();
    mounts.resource::<resources::fee_items::FeeItems>();
    mounts.alias::<resources::fee_items::FeeItems>("fees");
}
