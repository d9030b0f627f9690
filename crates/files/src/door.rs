//! The one door: what comes in is told by its content, decoded within bounds, and written anew.
//!
//! An image is kept as this encoder wrote it, and so without position, comment, thumbnail or whatever else was
//! hidden in it or behind it. A PDF is kept as it came; it is never shown, only handed out to be saved.

mod jpeg;
#[cfg(test)]
mod tests;

use std::{fmt, io::Cursor, sync::Arc};

use image::{
    DynamicImage, ImageDecoder, ImageFormat, ImageReader, ImageResult, Limits,
    codecs::jpeg::JpegEncoder,
};
use resource::ApiError;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::{sync::Semaphore, task::spawn_blocking};
use utoipa::ToSchema;

/// Most pixels of an image that is decoded: a camera's 24 million.
pub const MOST_PIXELS: u64 = 24_000_000;
/// Longest side of an image that is decoded, in pixels.
pub const LONGEST_SIDE: u32 = 10_000;

/// Longest side of an image that is kept, in pixels: it is looked at on a screen and on a page.
const KEPT_SIDE: u32 = 2_048;
/// Most memory a decoder may take, in bytes.
const DECODER_MEMORY: u64 = 128 << 20;
/// Quality of the JPEG that is kept, of 100.
const QUALITY: u8 = 85;
/// How many may wait for each that is being worked on; the next one is answered 503.
const WAITING: usize = 16;
/// The mark of a PDF's end is within so many bytes of it (ISO 32000-1, annex H).
const END_OF_PDF: usize = 1_024;

/// What a file is sent for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Purpose {
    /// A portrait, a logo, a watermark, a signature: an image.
    #[default]
    Picture,
    /// A newsletter: an image or a PDF.
    Newsletter,
}

impl Purpose {
    /// The word of the wire and of the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Picture => "picture",
            Self::Newsletter => "newsletter",
        }
    }

    /// Whether a file of this type serves it.
    #[must_use]
    pub fn takes(self, media_type: &str) -> bool {
        self == Self::Newsletter || media_type.starts_with("image/")
    }
}

/// Why a file is not taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is nothing in it.
    #[error("The file is empty.")]
    Empty,
    /// It has more bytes than the server was told to take.
    #[error("The file is larger than this server accepts.")]
    TooLarge,
    /// It is nothing that is taken where an image is asked for.
    #[error("Send a PNG, JPEG or WebP image.")]
    NoImage,
    /// It is nothing that is taken for a newsletter.
    #[error("Send a PDF, or a PNG, JPEG or WebP image.")]
    NoDocument,
    /// It begins as what it says, and is not.
    #[error("The file is damaged or incomplete.")]
    Damaged,
    /// It would take more memory than an image may.
    #[error("The image is too large: at most 24 million pixels, and 10000 a side.")]
    TooManyPixels,
    /// It is no `data:` address of base64.
    #[error("Enter the address of an image, or a data:image/…;base64, address.")]
    NoData,
}

/// A file as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sound {
    /// What is kept.
    pub bytes: Vec<u8>,
    /// SHA-256 of it, 64 hexadecimal digits.
    pub digest: String,
    /// What it is.
    pub media_type: &'static str,
    /// Width and height of an image, in pixels.
    pub size: Option<(u32, u32)>,
}

/// Lets files in, a bounded number at once.
pub struct Door {
    limit: usize,
    working: Arc<Semaphore>,
    waiting: Semaphore,
}

impl fmt::Debug for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Door")
    }
}

impl Door {
    /// A door for files of at most `limit` bytes, looked at `at_once` at a time.
    #[must_use]
    pub fn new(limit: usize, at_once: usize) -> Self {
        let at_once = at_once.max(1);
        Self {
            limit,
            working: Arc::new(Semaphore::new(at_once)),
            waiting: Semaphore::new(at_once * (WAITING + 1)),
        }
    }

    /// Most bytes of a file.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// What of a file is kept, or why nothing is; worked out off the async threads.
    ///
    /// # Errors
    /// 503 when too many wait already.
    pub async fn examine(
        &self,
        bytes: Vec<u8>,
        purpose: Purpose,
    ) -> Result<Result<Sound, Refusal>, ApiError> {
        if bytes.len() > self.limit {
            return Ok(Err(Refusal::TooLarge));
        }
        let place = self.waiting.try_acquire();
        let _place = place.map_err(|_| ApiError::unavailable())?;
        let permit = self.working.clone().acquire_owned().await;
        let permit = permit.map_err(ApiError::internal)?;
        // The permit goes along: a caller who hangs up does not end the work.
        let done = spawn_blocking(move || {
            let done = sound(bytes, purpose);
            drop(permit);
            done
        });
        done.await.map_err(ApiError::internal)
    }
}

/// What of `bytes` is kept.
fn sound(bytes: Vec<u8>, purpose: Purpose) -> Result<Sound, Refusal> {
    if bytes.is_empty() {
        return Err(Refusal::Empty);
    }
    if bytes.starts_with(b"%PDF-") && purpose == Purpose::Newsletter {
        return document(bytes);
    }
    match image::guess_format(&bytes) {
        Ok(format @ (ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP)) => {
            picture(&bytes, format)
        }
        _ if purpose == Purpose::Newsletter => Err(Refusal::NoDocument),
        _ => Err(Refusal::NoImage),
    }
}

fn document(bytes: Vec<u8>) -> Result<Sound, Refusal> {
    let end = bytes.len().saturating_sub(END_OF_PDF);
    let tail = bytes.get(end..).unwrap_or_default();
    if tail.windows(5).any(|window| window == b"%%EOF") {
        Ok(Sound::of(bytes, "application/pdf", None))
    } else {
        Err(Refusal::Damaged)
    }
}

fn picture(bytes: &[u8], format: ImageFormat) -> Result<Sound, Refusal> {
    if format == ImageFormat::Jpeg && !jpeg::is_whole(bytes) {
        return Err(Refusal::Damaged);
    }
    let image = decoded(bytes, format)?;
    let size = Some((image.width(), image.height()));
    let as_png = image.color().has_alpha() || format == ImageFormat::Png;
    let mut kept = Vec::new();
    let written = if as_png {
        png(&image, &mut kept)
    } else {
        JpegEncoder::new_with_quality(&mut kept, QUALITY).encode_image(&image.into_rgb8())
    };
    written.map_err(|_| Refusal::Damaged)?;
    let media_type = if as_png { "image/png" } else { "image/jpeg" };
    Ok(Sound::of(kept, media_type, size))
}

fn png(image: &DynamicImage, kept: &mut Vec<u8>) -> ImageResult<()> {
    let image = if image.color().has_alpha() {
        DynamicImage::ImageRgba8(image.to_rgba8())
    } else {
        DynamicImage::ImageRgb8(image.to_rgb8())
    };
    image.write_to(&mut Cursor::new(kept), ImageFormat::Png)
}

/// The image, upright and no larger than is kept. Its head is read first: what it says of its size is held
/// against the bounds before a pixel is decoded.
fn decoded(bytes: &[u8], format: ImageFormat) -> Result<DynamicImage, Refusal> {
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(DECODER_MEMORY);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(refused)?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if width > LONGEST_SIDE || height > LONGEST_SIDE || pixels > MOST_PIXELS {
        return Err(Refusal::TooManyPixels);
    }
    if decoder.total_bytes() > DECODER_MEMORY {
        return Err(Refusal::TooManyPixels);
    }
    let upright = decoder.orientation().map_err(refused)?;
    let mut image = DynamicImage::from_decoder(decoder).map_err(refused)?;
    if width.max(height) > KEPT_SIDE {
        image = image.thumbnail(KEPT_SIDE, KEPT_SIDE);
    }
    image.apply_orientation(upright);
    Ok(image)
}

#[allow(
    clippy::needless_pass_by_value,
    reason = "a function that errors are mapped by takes them as they come"
)]
fn refused(error: image::ImageError) -> Refusal {
    match error {
        image::ImageError::Limits(_) => Refusal::TooManyPixels,
        _ => Refusal::Damaged,
    }
}

impl Sound {
    fn of(bytes: Vec<u8>, media_type: &'static str, size: Option<(u32, u32)>) -> Self {
        let digest = hex::encode(Sha256::digest(&bytes));
        Self {
            bytes,
            digest,
            media_type,
            size,
        }
    }
}
