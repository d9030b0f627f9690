//! What a school uploads: portraits, its logo, signatures, newsletters.
//!
//! Owns the one door by which a file comes in, where files are kept, and the links by which they are read.
//! It refuses to believe a name or a header, to keep an image that its own encoder did not write, and to show a
//! file to whoever holds no link to it.

mod data_url;
mod door;
pub mod entities;
mod error;
mod reference;
pub mod routes;
pub mod services;
mod store;

use actix_web::HttpRequest;
use resource::{Access, ApiError, Mounts, tenant_guard::Verb};

pub use door::{Door, LONGEST_SIDE, MOST_PIXELS, Purpose, Refusal, Sound};
pub use error::CODES;
pub use reference::{Mention, Named, claim, name_of, recognise, shown, take_in};
pub use store::{Bucket, Place, Store, StoreError};

/// What every worker shares of files.
#[derive(Debug)]
pub struct Files {
    /// Where they are kept.
    pub store: Store,
    /// By which they come in.
    pub door: Door,
}

impl Files {
    fn of(request: &HttpRequest) -> Result<&Self, ApiError> {
        request
            .app_data::<actix_web::web::Data<Self>>()
            .map(actix_web::web::Data::get_ref)
            .ok_or_else(ApiError::unavailable)
    }
}

/// Mounts every action of this crate.
pub fn mount(mounts: &mut Mounts) {
    use routes::{read, upload};
    mounts.action(
        upload::__path_upload,
        Access::Guarded,
        ("upload", Verb::Write),
        upload::upload,
    );
    mounts.action(
        read::__path_read,
        Access::Public,
        ("files", Verb::Read),
        read::read,
    );
}
