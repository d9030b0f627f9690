//! Business operations; no HTTP here.

pub mod account;
pub mod accounts;
pub mod audience;
pub mod change_password;
pub mod demo_accounts;
pub mod directory;
pub mod families;
pub mod impersonate;
pub mod limits;
pub mod profile;
pub mod refresh;
pub mod save_settings;
pub mod school_removal;
pub mod school_year;
pub mod schools;
pub mod sign_in;
pub mod sign_out;
pub mod standing;
pub mod subscriptions;
pub mod usage;

pub use accounts::{create_operator, create_user};
pub use demo_accounts::DemoAccounts;
pub use save_settings::settings;
pub use school_year::{SchoolYear, school_time_zone, school_today, school_year};
pub use schools::create_school;
