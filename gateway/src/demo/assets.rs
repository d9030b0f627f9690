//! Pictures and papers of the demo, drawn for it: nobody's portrait is a photograph.

use files::{Files, Purpose, name_of, services::keep::keep_within};
use resource::{ApiError, tenant_guard::Scope};

/// Something to keep.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asset(&'static [u8], Purpose);

pub(super) const NEWSLETTER: Asset =
    Asset(include_bytes!("assets/newsletter.pdf"), Purpose::Newsletter);
pub(super) const TEACHER: Asset = Asset(
    include_bytes!("assets/portrait_teacher.png"),
    Purpose::Picture,
);
pub(super) const PUPIL: Asset = Asset(
    include_bytes!("assets/portrait_pupil.png"),
    Purpose::Picture,
);

/// The crest of a school.
pub(super) fn crest(domain: &str) -> Asset {
    let bytes: &[u8] = match domain {
        "gp" => include_bytes!("assets/crest_gp.png"),
        _ => include_bytes!("assets/crest_ms.png"),
    };
    Asset(bytes, Purpose::Picture)
}

/// Keeps a file as an upload would; answers what a row names it by.
pub(super) async fn keep(files: &Files, scope: &Scope, asset: Asset) -> Result<String, ApiError> {
    let Asset(bytes, purpose) = asset;
    let sound = files.door.examine(bytes.to_vec(), purpose).await?;
    let sound = sound.map_err(ApiError::internal)?;
    let (file, _) = keep_within(scope, &files.store, sound, purpose).await?;
    Ok(name_of(&file.digest))
}
