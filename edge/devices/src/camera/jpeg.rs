//! Looks at the JPEGs of cameras before they are decoded. Markers: ITU-T T.81, annex B.

const START: [u8; 2] = [0xff, 0xd8];
const TABLES: u8 = 0xc4;
const SCAN: u8 = 0xda;

/// The JPEG from its beginning, which some drivers put after other bytes; `None` where there is none.
pub(super) fn from_start(bytes: &[u8]) -> Option<&[u8]> {
    let is_start = |bytes: &[u8]| bytes.starts_with(&START) && bytes[2] == 0xff;
    let at = bytes.windows(3).position(is_start)?;
    bytes.get(at..)
}

/// What the segments before a JPEG's data say.
#[derive(Default)]
pub(super) struct Head {
    /// Width and height, in pixels.
    pub(super) size: Option<(u32, u32)>,
    /// Whether it has Huffman tables of its own.
    pub(super) has_tables: bool,
}

impl Head {
    pub(super) fn of(jpeg: &[u8]) -> Self {
        let mut head = Self::default();
        let mut rest = jpeg.strip_prefix(&START).unwrap_or_default();
        while let [0xff, kind, tail @ ..] = rest {
            // Any number of these bytes may stand before a marker.
            if *kind == 0xff {
                rest = &rest[1..];
                continue;
            }
            let [high, low, ..] = *tail else {
                break;
            };
            let length = usize::from(u16::from_be_bytes([high, low]));
            let Some((segment, behind)) = tail.split_at_checked(length) else {
                break;
            };
            match *kind {
                TABLES => head.has_tables = true,
                SCAN => break,
                // Frame headers of all kinds; these two are none.
                0xc0..=0xcf if !matches!(*kind, 0xc8 | 0xcc) => head.size = size(segment),
                _ => {}
            }
            rest = behind;
        }
        head
    }
}

/// Width and height in a frame header: after its length and precision, the height first.
fn size(segment: &[u8]) -> Option<(u32, u32)> {
    let [_, _, _, h1, h0, w1, w0, ..] = *segment else {
        return None;
    };
    let side = |bytes| u32::from(u16::from_be_bytes(bytes));
    Some((side([w1, w0]), side([h1, h0])))
}

/// Marks a JPEG without Huffman tables. Many cameras leave the tables out, since all use those of the
/// JPEG standard (annex K.3); a decoder uses these where it finds a segment `AVI1`.
pub(super) fn with_tables(jpeg: &[u8]) -> Vec<u8> {
    const AVI1: [u8; 9] = *b"\xff\xe0\x00\x07AVI1\0";
    let rest = jpeg.strip_prefix(&START).unwrap_or(jpeg);
    [&START[..], &AVI1[..], rest].concat()
}
