//! The images among the settings.

use std::mem::take;

use files::{Mention, Named, Purpose, claim};
use resource::{ApiError, FieldErrors, tenant_guard::Scope};

use super::Settings;

/// The settings that are images.
pub(crate) const MEDIA: [&str; 4] = [
    "logo_media",
    "watermark_media",
    "director_signature",
    "head_of_school_signature",
];

/// Where rows of this crate name files.
pub const MENTIONS: &[Mention] = &[Mention {
    table: "school_settings",
    column: "keys",
    document: true,
}];

impl Settings {
    /// In the order of [`MEDIA`].
    fn media(&self) -> [&str; 4] {
        [
            &self.logo_media,
            &self.watermark_media,
            &self.director_signature,
            &self.head_of_school_signature,
        ]
    }

    /// The same, with links to the images that this server keeps.
    pub(crate) fn linked(mut self, scope: &Scope) -> Self {
        for media in [
            &mut self.logo_media,
            &mut self.watermark_media,
            &mut self.director_signature,
            &mut self.head_of_school_signature,
        ] {
            *media = files::shown(scope, take(media));
        }
        self
    }

    /// Claims the images that the settings come to name after `before`.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn claim_media(
        &self,
        scope: &Scope,
        before: &Self,
    ) -> Result<FieldErrors, ApiError> {
        let mut named = Vec::with_capacity(MEDIA.len());
        for ((field, now), before) in MEDIA.iter().zip(self.media()).zip(before.media()) {
            named.push(Named {
                field,
                now,
                before: Some(before),
            });
        }
        claim(scope, Purpose::Picture, &named).await
    }
}
