//! What each parser is given, and what it promises beyond not to panic.

use std::io::Write;
use std::time::Duration;

use catalogue::IMPORT_ROWS;
use devices::buttons::keys::{Keys, LONGEST};
use devices::buttons::{Layout, Pressed};
use devices::camera::clip;
use devices::camera::http::Http;
use devices::camera::mjpeg::{MOST, Splitter};
use devices::camera::mode::{Agreed, Encoding, Mode};
use devices::camera::pixels::{Decoder, Raw};
use devices::camera::video::Open;
use edge::config::Config;
use evdev::KeyCode;
use image::RgbImage;
use recognise::photo::{self, FULL_PIXELS, MAX_SIDE, Proof};
use recognise::{Bundle, Recogniser};
use tempfile::NamedTempFile;

use super::daycare::Daycare;
use super::network_camera::NetworkCamera;

/// The size of the pictures that the camera gives, in pixels.
pub(super) const FRAME: [u32; 2] = [48, 32];

/// Sizes within which a picture of [`FRAME`] is read at a half, a quarter and an eighth of its sides.
const SMALLER: [[u32; 2]; 3] = [[24, 16], [12, 8], [6, 4]];

/// The odd size that they are then shrunk to fit.
const ODD: [u32; 2] = [5, 3];

/// The pieces in which a program's pictures are read, and others, in bytes.
const PIECES: [usize; 2] = [16 << 10, 7];

thread_local! {
    /// The catalogue of this thread: to make one for each input would take most of the time.
    static DAYCARE: Daycare = Daycare::new();

    /// The camera on the network of this thread.
    static CAMERA: NetworkCamera = NetworkCamera::start();
}

/// A model bundle: one that is accepted can be loaded, or is refused then, and runs.
#[must_use]
pub fn bundle(bytes: &[u8]) -> bool {
    let loaded = Bundle::from_bytes(bytes, "fuzz").and_then(Recogniser::new);
    loaded.is_ok_and(|recogniser| recogniser.recognise(&RgbImage::new(64, 48)).is_ok())
}

/// A photograph that somebody sends: it has no more pixels than are promised.
///
/// # Panics
/// If it has more.
#[must_use]
pub fn photograph(bytes: &[u8]) -> bool {
    let Ok(picture) = photo::decode(bytes) else {
        return false;
    };
    let pixels = pixels(&picture);
    assert!(pixels <= FULL_PIXELS, "{pixels} pixels");
    true
}

fn pixels(picture: &RgbImage) -> u64 {
    u64::from(picture.width()) * u64::from(picture.height())
}

/// What the program of a camera writes: whatever the pieces are in which it comes, the pictures in it
/// are the same. That is so up to the size of the biggest picture: where one that is longer is cut
/// depends on the pieces.
///
/// # Panics
/// If they are not, or if one is none.
#[must_use]
pub fn child(bytes: &[u8]) -> bool {
    if bytes.len() > MOST {
        return false;
    }
    let pictures = split(bytes, PIECES[0]);
    let of_other_pieces = split(bytes, PIECES[1]);
    assert!(pictures == of_other_pieces, "other pieces, other pictures");
    let mut is_accepted = false;
    for picture in &pictures {
        let is_whole = picture.starts_with(b"\xff\xd8\xff") && picture.ends_with(b"\xff\xd9");
        assert!(is_whole, "{} bytes of no picture", picture.len());
        is_accepted |= decodes(agreed(Encoding::Mjpeg), picture);
    }
    is_accepted
}

/// The pictures in a stream that comes in pieces of this many bytes.
fn split(stream: &[u8], piece: usize) -> Vec<Vec<u8>> {
    let mut splitter = Splitter::default();
    let mut pictures = Vec::new();
    for piece in stream.chunks(piece) {
        splitter.push(piece);
        while splitter.find() {
            pictures.push(splitter.picture().to_vec());
        }
    }
    pictures
}

/// The answers of a camera on the network, one after the other: why one cannot be used is said in one
/// line, and a picture is no larger than a frame.
///
/// # Panics
/// If that is not so.
#[must_use]
pub fn http(bytes: &[u8]) -> bool {
    // No fuzzer is to ask other machines for anything.
    let is_redirect = |part: &[u8]| part.eq_ignore_ascii_case(b"location");
    if bytes.windows(8).any(is_redirect) {
        return false;
    }
    let opened = CAMERA.with(|camera| {
        camera.answer_with(bytes);
        Http::new(camera.url.clone()).open()
    });
    match opened {
        Ok(mut stream) => {
            let agreed = stream.agreed();
            let picture = stream.next();
            picture.is_ok_and(|picture| decodes(agreed, picture.bytes))
        }
        Err(error) => {
            let said = error.to_string();
            let breaks_line = |c: char| c.is_control() && c != '\t';
            assert!(!said.contains(breaks_line), "{said:?}");
            false
        }
    }
}

/// A picture of a camera, in each encoding: it is no larger than a frame. A JPEG that is read at less than its
/// size has no more pixels than the whole one.
///
/// # Panics
/// If that is not so.
#[must_use]
pub fn frame(bytes: &[u8]) -> bool {
    let decoded = Encoding::ALL.map(|encoding| decodes(agreed(encoding), bytes));
    reduce(bytes);
    decoded.contains(&true)
}

/// Reads a JPEG at less than its size: it has no more pixels than the whole one, and can be shrunk further.
fn reduce(bytes: &[u8]) {
    let whole = photo::decode_frame(bytes, Proof::Blocks, [MAX_SIDE; 2]);
    let most = whole.map_or(FULL_PIXELS, |picture| pixels(&picture));
    for proof in [Proof::Blocks, Proof::Marker] {
        for bounds in SMALLER {
            let Ok(picture) = photo::decode_frame(bytes, proof, bounds) else {
                continue;
            };
            let pixels = pixels(&picture);
            assert!(pixels <= most, "{pixels} pixels of {most}");
            let (width, height) = photo::shrink_within(&picture, ODD).dimensions();
            assert!(width <= ODD[0] && height <= ODD[1], "{width} x {height}");
        }
    }
}

/// What a camera has agreed to give: pictures of [`FRAME`].
fn agreed(encoding: Encoding) -> Agreed {
    let [width, height] = FRAME;
    let mode = Mode {
        encoding,
        width,
        height,
        rate: None,
    };
    Agreed::new(mode, 0).expect("a possible size")
}

/// Whether a picture can be decoded. Then it is no larger than a frame.
fn decodes(agreed: Agreed, bytes: &[u8]) -> bool {
    let raw = Raw {
        bytes,
        is_damaged: false,
    };
    let Ok(picture) = Decoder::new(agreed).decode(raw) else {
        return false;
    };
    let (width, height) = picture.dimensions();
    assert!(width <= clip::WIDTH && height <= clip::HEIGHT);
    true
}

/// The settings in `kiosk.toml`.
///
/// # Panics
/// If there is no temporary file.
#[must_use]
pub fn settings(bytes: &[u8]) -> bool {
    let mut file = NamedTempFile::new().expect("a temporary file");
    file.write_all(bytes).expect("it is written");
    Config::read(file.path()).is_ok()
}

/// A table or calendar of bookings: a plan has no more rows than are promised.
///
/// # Panics
/// If it has more.
#[must_use]
pub fn bookings(bytes: &[u8]) -> bool {
    let plan = DAYCARE.with(|daycare| daycare.catalogue.plan_import(bytes));
    let Ok(plan) = plan else {
        return false;
    };
    assert!(plan.planned.len() + plan.refused.len() <= IMPORT_ROWS);
    !plan.planned.is_empty()
}

/// The keys of a scanner, two bytes each: what they type is no longer than is promised, and can be
/// looked up, whatever it is. Accepted is what finds an animal.
///
/// # Panics
/// If it is longer, or cannot be looked up.
#[must_use]
pub fn keys(bytes: &[u8]) -> bool {
    let mut keys = Keys::new(Layout::Us);
    let mut found = false;
    for (time, pair) in (0..).zip(bytes.chunks_exact(2)) {
        let at = Duration::from_millis(10 * time);
        let key = KeyCode::new(u16::from_be_bytes([pair[0] & 0x03, pair[1]]));
        match pair[0] >> 6 {
            0 | 1 => {
                if let Some(Pressed::Tag(tag)) = keys.press(at, key) {
                    assert!(tag.chars().count() <= LONGEST + 1, "{tag}");
                    let animal = DAYCARE.with(|daycare| daycare.catalogue.animal_by_tag(&tag));
                    found |= animal.expect("it is looked up").is_some();
                }
            }
            2 => keys.release(key),
            _ => keys.lose(at),
        }
    }
    found
}
