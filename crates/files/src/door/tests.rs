use image::{ImageBuffer, Rgb, Rgba, RgbaImage};
use proptest::prelude::*;

use super::*;

fn encoded(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn colours(width: u32, height: u32) -> DynamicImage {
    let pixel =
        |x: u32, y: u32| Rgb([x * 7, y * 5, x * y].map(|part| u8::try_from(part % 256).unwrap()));
    DynamicImage::ImageRgb8(ImageBuffer::from_fn(width, height, pixel))
}

const FORMATS: [ImageFormat; 3] = [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP];

fn taken(bytes: &[u8]) -> Result<Sound, Refusal> {
    sound(bytes.to_vec(), Purpose::Picture)
}

proptest! {
    #[test]
    fn a_picture_cut_short_is_damaged_wherever_it_is_cut(format in 0_usize..3, part in 0.0_f64..1.0) {
        let whole = encoded(&colours(17, 11), FORMATS[format]);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a place in a short file")]
        let cut = (whole.len() as f64 * part) as usize;
        // The end of a PNG is a chunk that says nothing.
        let said = FORMATS[format] != ImageFormat::Png || cut < whole.len() - 12;
        prop_assert!(!said || taken(&whole[..cut]).is_err());
    }

    #[test]
    fn a_byte_that_went_wrong_is_no_panic(format in 0_usize..3, place in 0_usize..10_000, byte in any::<u8>()) {
        let mut bytes = encoded(&colours(17, 11), FORMATS[format]);
        let place = place % bytes.len();
        bytes[place] = byte;
        if let Ok(kept) = taken(&bytes) {
            prop_assert!(kept.size.is_some() && !kept.bytes.is_empty());
        }
    }

    #[test]
    fn what_follows_a_picture_changes_nothing_of_what_is_kept(format in 0_usize..3, tail in prop::collection::vec(any::<u8>(), 0..100)) {
        let whole = encoded(&colours(17, 11), FORMATS[format]);
        let longer = [&whole[..], &tail[..]].concat();
        if let Ok(kept) = taken(&longer) {
            prop_assert_eq!(Ok(kept), taken(&whole));
        }
    }
}

#[test]
fn what_is_kept_is_taken_in_again_as_it_is() {
    let png = taken(&encoded(&colours(17, 11), ImageFormat::WebP)).unwrap();
    assert_eq!(png.media_type, "image/jpeg");
    let kept = taken(&encoded(&colours(17, 11), ImageFormat::Png)).unwrap();
    assert_eq!(taken(&kept.bytes), Ok(kept));
}

#[test]
fn a_picture_one_sees_through_stays_so() {
    let clear = RgbaImage::from_pixel(9, 9, Rgba([10, 20, 30, 40]));
    let clear = DynamicImage::ImageRgba8(clear);
    for format in [ImageFormat::Png, ImageFormat::WebP] {
        let kept = taken(&encoded(&clear, format)).unwrap();
        assert_eq!(kept.media_type, "image/png");
        let seen = image::load_from_memory(&kept.bytes).unwrap().to_rgba8();
        assert_eq!(seen.get_pixel(4, 4), &Rgba([10, 20, 30, 40]));
    }
}

#[test]
fn deep_colours_become_those_of_a_screen() {
    let deep = ImageBuffer::from_pixel(9, 9, Rgb([65_535_u16, 0, 32_768]));
    let kept = taken(&encoded(&DynamicImage::ImageRgb16(deep), ImageFormat::Png)).unwrap();
    let seen = image::load_from_memory(&kept.bytes).unwrap();
    assert_eq!(seen.color(), image::ColorType::Rgb8);
}

#[actix_web::test]
async fn a_queue_too_long_is_refused_at_once() {
    let door = Door::new(100, 1);
    let all = u32::try_from(WAITING + 1).unwrap();
    let _all = door.waiting.try_acquire_many(all).unwrap();
    let refused = door.examine(vec![1], Purpose::Picture).await.unwrap_err();
    assert_eq!(refused.status(), 503);
}
