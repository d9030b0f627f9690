//! Whether a JPEG is all there. Its decoder fills what is missing with grey and says nothing.

/// Start of image, end of image, start of scan (ITU-T T.81, table B.1).
const START: u8 = 0xD8;
const END: u8 = 0xD9;
const SCAN: u8 = 0xDA;

/// Whether the image that `bytes` begin with comes to its end, whatever follows it.
pub(super) fn is_whole(bytes: &[u8]) -> bool {
    let Some(mut rest) = bytes.strip_prefix(&[0xFF, START]) else {
        return false;
    };
    while let Some((marker, after)) = marker(rest) {
        if marker == END {
            return true;
        }
        let Some(behind) = behind_segment(after) else {
            return false;
        };
        rest = if marker == SCAN {
            behind_scan(behind)
        } else {
            behind
        };
    }
    false
}

/// The marker that comes next, which any number of fill bytes may precede.
fn marker(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let (first, rest) = bytes.split_first()?;
    let fill = rest.iter().take_while(|byte| **byte == 0xFF).count();
    let (marker, after) = rest.get(fill..)?.split_first()?;
    (*first == 0xFF).then_some((*marker, after))
}

/// What follows a segment, whose first two bytes say how long it is, themselves included.
fn behind_segment(bytes: &[u8]) -> Option<&[u8]> {
    let length = u16::from_be_bytes(*bytes.first_chunk()?);
    bytes.get(usize::from(length).max(2)..)
}

/// What follows the compressed data of a scan: the first marker that is neither a stuffed zero nor a restart.
fn behind_scan(bytes: &[u8]) -> &[u8] {
    let inside = |pair: &[u8]| !matches!(pair, [0xFF, next] if !matches!(next, 0 | 0xD0..=0xD7));
    let length = bytes.windows(2).take_while(|pair| inside(pair)).count();
    bytes.get(length..).unwrap_or_default()
}
