//! The photograph of a guest as the hub takes it.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use catalogue::{Catalogue, CatalogueError, VisitId};
use image::codecs::jpeg::JpegEncoder;
use image::{ImageFormat, RgbImage};
use recognise::photo;
use serde_json::Value;

/// The most bytes of a photograph.
const MOST: usize = 48 << 10;

/// The longest sides to try, in pixels.
const SIDES: [u32; 3] = [480, 320, 200];

/// The quality of the JPEG, 1 to 100.
const QUALITY: u8 = 75;

/// Adds the visit's photograph to the body of a decision about an animal, as `photograph`. Adds none
/// where there is none any more, or where it is damaged.
pub(crate) fn add(catalogue: &Catalogue, body: &mut Value) -> Result<(), CatalogueError> {
    let animal = body.pointer("/visit/confirmed/animal");
    if !animal.is_some_and(Value::is_object) {
        return Ok(());
    }
    let Some(visit) = body.pointer("/visit/number").and_then(Value::as_i64) else {
        return Ok(());
    };
    let photograph = match catalogue.photograph(VisitId(visit)) {
        Err(CatalogueError::NoSuchVisit(_)) => None,
        photograph => photograph?,
    };
    if let (Some(jpeg), Value::Object(fields)) = (photograph.and_then(small), body) {
        fields.insert("photograph".to_owned(), BASE64_STANDARD.encode(jpeg).into());
    }
    Ok(())
}

/// A JPEG that is small enough.
fn small(jpeg: Vec<u8>) -> Option<Vec<u8>> {
    if jpeg.len() <= MOST {
        return Some(jpeg);
    }
    let picture = image::load_from_memory_with_format(&jpeg, ImageFormat::Jpeg).ok()?;
    let picture = picture.into_rgb8();
    let mut sizes = SIDES.iter().filter_map(|side| encode(&picture, *side));
    sizes.find(|jpeg| jpeg.len() <= MOST)
}

fn encode(picture: &RgbImage, longest: u32) -> Option<Vec<u8>> {
    let mut jpeg = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut jpeg, QUALITY);
    photo::shrink(picture, longest)
        .write_with_encoder(encoder)
        .ok()?;
    Some(jpeg)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_photograph_is_scaled_until_it_is_small_enough() {
        // Noise, which JPEG compresses worst.
        let mut state = 1_u32;
        let noise = RgbImage::from_fn(1024, 768, |_, _| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let [red, green, blue, _] = state.to_be_bytes();
            image::Rgb([red, green, blue])
        });
        let large = encode(&noise, 1024).unwrap();
        assert!(large.len() > MOST);

        let scaled = small(large).unwrap();
        assert!(scaled.len() <= MOST, "{}", scaled.len());
        let picture = image::load_from_memory_with_format(&scaled, ImageFormat::Jpeg).unwrap();
        assert!(picture.width() >= 200, "{}", picture.width());

        assert_eq!(small(vec![0; MOST]).unwrap().len(), MOST);
        assert_eq!(small(vec![0; MOST + 1]), None);
    }
}
