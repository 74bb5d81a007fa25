//! The frame that is recognised: as a USB camera sends it, with a cat in it.

use std::fs;

use devices::camera::clip::{HEIGHT, WIDTH};
use devices::camera::mode::{Agreed, Encoding, Mode};
use devices::camera::pixels::{Decoder, Raw};
use image::RgbImage;
use tests::workspace;

/// The camera's bytes: MJPEG of 640 x 480.
pub(crate) fn bytes() -> Vec<u8> {
    let file = workspace().join("edge/assets/camera.jpg");
    fs::read(file).expect("the frame of the program's benchmark")
}

/// What decodes the frames of a camera.
pub(crate) fn decoder() -> Decoder {
    let mode = Mode {
        encoding: Encoding::Mjpeg,
        width: WIDTH,
        height: HEIGHT,
        rate: None,
    };
    Decoder::new(Agreed::new(mode, 0).expect("a mode that cameras have"))
}

/// The frame that a camera has sent in these bytes.
pub(crate) fn decode(decoder: &mut Decoder, bytes: &[u8]) -> RgbImage {
    let raw = Raw {
        bytes,
        is_damaged: false,
    };
    decoder.decode(raw).expect("a whole frame")
}

/// The frame, decoded.
pub(crate) fn picture() -> RgbImage {
    decode(&mut decoder(), &bytes())
}
