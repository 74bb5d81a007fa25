//! A JPEG is whole if every block is there, and is read right or refused by name.

use image::{ImageFormat, RgbImage};
use recognise::photo::{self, Fault, Kind, PhotoError, Proof};

use super::sketch::{Scans, Sketch, TWO_BY_TWO, differences, places, segment};
use super::{BLUE, GREEN, RED, WHITE, encoded, noise, seen};

/// A colour in each corner of 64 x 32 pixels.
fn corners(x: usize, y: usize) -> [u8; 3] {
    let colour = match (x < 32, y < 16) {
        (true, true) => RED,
        (false, true) => GREEN,
        (true, false) => BLUE,
        (false, false) => WHITE,
    };
    differences(colour.0)
}

fn corners_times_three(x: usize, y: usize) -> [u8; 3] {
    corners(x / 3, y / 3)
}

/// Another colour for every block.
fn mixed(x: usize, y: usize) -> [u8; 3] {
    let mix = |a: usize, b: usize| ((x / 8 * a + y / 8 * b) % 251) as u8;
    [mix(97, 61), mix(31, 17), mix(53, 89)]
}

/// Another grey for every block.
fn greys(x: usize, y: usize) -> [u8; 3] {
    [mixed(x, y)[0], 128, 128]
}

fn flat(_: usize, _: usize) -> [u8; 3] {
    [60, 128, 128]
}

/// A camera's picture at its size.
fn frame(jpeg: &[u8]) -> Result<RgbImage, PhotoError> {
    photo::decode_frame(jpeg, Proof::Marker, [u32::MAX; 2])
}

fn fault(jpeg: &[u8]) -> Fault {
    photo::decode(jpeg).unwrap_err().fault
}

fn sketches(width: usize, height: usize, colour: fn(usize, usize) -> [u8; 3]) -> Vec<Sketch> {
    let sketch = Sketch::new(width, height, colour);
    let mut sketches = Vec::new();
    for scans in [Scans::Together, Scans::Apart, Scans::Progressive] {
        for restart in [0, 3] {
            sketches.push(Sketch {
                scans,
                restart,
                ..sketch.clone()
            });
        }
    }
    sketches
}

#[test]
fn components_are_put_together_however_they_are_stored() {
    let samplings = [
        TWO_BY_TWO,
        [[1, 1]; 3],
        [[2, 1], [1, 1], [1, 1]],
        [[1, 2], [1, 1], [1, 1]],
        [[3, 1], [1, 1], [1, 1]],
        [[2, 3], [1, 1], [2, 1]],
    ];
    for sampling in samplings {
        for sketch in sketches(64, 32, corners) {
            // With a third of the blocks, the corners are where blocks of others end.
            let is_odd = sampling.iter().flatten().any(|&side| side == 3);
            let (width, height) = if is_odd { (192, 96) } else { (64, 32) };
            let colour = if is_odd { corners_times_three } else { corners };
            let sketch = Sketch {
                width,
                height,
                sampling,
                colour,
                ..sketch
            };
            let picture = photo::decode(&sketch.bytes()).unwrap();
            assert_eq!(
                picture.dimensions(),
                (sketch.width as u32, sketch.height as u32)
            );
            let about = format!("{sampling:?}, restart {}", sketch.restart);
            assert_eq!(seen(&picture), [RED, GREEN, BLUE, WHITE], "{about}");
        }
    }
}

#[test]
fn a_sampling_that_no_camera_uses_is_read_all_the_same() {
    for sampling in [
        [[4, 4], [1, 1], [2, 2]],
        [[1, 1], [4, 4], [2, 2]],
        [[2, 2], [1, 2], [1, 2]],
        [[1, 2], [2, 1], [1, 1]],
        [[2, 2], [2, 2], [2, 2]],
    ] {
        for sketch in sketches(100, 70, flat) {
            let picture = photo::decode(&Sketch { sampling, ..sketch }.bytes()).unwrap();
            assert_eq!(picture.dimensions(), (100, 70), "{sampling:?}");
            let is_flat = picture.iter().all(|value| value.abs_diff(60) < 3);
            assert!(is_flat, "{sampling:?}");
        }
    }
}

#[test]
fn blocks_stay_in_their_places_at_the_edges_too() {
    for (width, height) in [(70, 37), (129, 41), (17, 100)] {
        for sketch in sketches(width, height, greys) {
            let picture = photo::decode(&sketch.bytes()).unwrap();
            assert_eq!(picture.dimensions(), (width as u32, height as u32));
            for (x, y, pixel) in picture.enumerate_pixels() {
                let grey = greys((x / 8 * 8 + 4) as usize, (y / 8 * 8 + 4) as usize)[0];
                let difference = pixel
                    .0
                    .map(|colour| colour.abs_diff(grey))
                    .into_iter()
                    .max();
                assert!(
                    difference <= Some(2),
                    "{width} x {height}: {pixel:?} at {x}, {y}"
                );
            }
        }
    }
}

#[test]
fn a_picture_without_huffman_tables_has_those_of_the_standard() {
    let jpeg = encoded(noise(), ImageFormat::Jpeg);
    let expected = photo::decode(&jpeg).unwrap();
    let picture = photo::decode(&without_tables(&jpeg)).unwrap();
    assert_eq!(picture.dimensions(), expected.dimensions());
    let differences = expected.iter().zip(picture.iter());
    let most = differences.map(|(a, b)| a.abs_diff(*b)).max();
    assert!(most < Some(6), "{most:?}");
}

/// The JPEG without its Huffman tables, as many cameras send it. The encoder uses the standard's.
fn without_tables(jpeg: &[u8]) -> Vec<u8> {
    let mut rest = &jpeg[2..];
    let mut out = jpeg[..2].to_vec();
    while let [0xFF, marker, high, low, ..] = *rest {
        let length = 2 + usize::from(u16::from_be_bytes([high, low]));
        if marker != 0xC4 {
            out.extend(&rest[..length]);
        }
        rest = &rest[length..];
        if marker == 0xDA {
            break;
        }
    }
    [&out[..], rest].concat()
}

/// Pictures that are whole, in all forms.
fn whole() -> Vec<Vec<u8>> {
    let sketches = sketches(320, 240, mixed);
    let sketches = sketches.iter().map(Sketch::bytes);
    sketches
        .chain([encoded(noise(), ImageFormat::Jpeg)])
        .collect()
}

/// Where the data of each scan begin and end.
fn scans(jpeg: &[u8]) -> Vec<[usize; 2]> {
    let starts = places(jpeg, 0xDA);
    let ends = starts.iter().skip(1).copied().chain([jpeg.len() - 2]);
    let length = |at: usize| 2 + usize::from(u16::from_be_bytes([jpeg[at + 2], jpeg[at + 3]]));
    starts
        .iter()
        .zip(ends)
        .map(|(&start, end)| [start + length(start), end])
        .collect()
}

#[test]
fn a_cut_picture_is_refused_whatever_was_put_at_its_end() {
    for whole in whole() {
        assert!(photo::decode(&whole).is_ok());
        for [start, end] in scans(&whole) {
            for per_cent in [0, 40, 90] {
                let at = start + (end - start) * per_cent / 100;
                let zeros = vec![0; whole.len() - 2 - at];
                let ends: [&[u8]; 5] = [
                    b"",
                    b"\xFF\xD9",
                    &zeros,
                    &[&zeros[..], b"\xFF\xD9"].concat(),
                    &[&[0xFF; 100][..], b"\xFF\xD9"].concat(),
                ];
                for end in ends {
                    let fault = fault(&[&whole[..at], end].concat());
                    let about = format!("{per_cent} % of a scan and {} bytes", end.len());
                    assert!(matches!(fault, Fault::Truncated), "{about}: {fault:?}");
                }
            }
        }
    }
}

#[test]
fn the_end_marker_of_a_camera_s_picture_is_believed() {
    for whole in whole() {
        let picture = photo::decode(&whole).unwrap();
        // Buffers are padded.
        let padded = [&whole[..], &[0; 100]].concat();
        assert!(frame(&padded).unwrap() == picture);
    }
    let whole = encoded(noise(), ImageFormat::Jpeg);
    let [start, end] = scans(&whole)[0];
    let cut = &whole[..start + (end - start) / 2];
    let ended = [cut, b"\xFF\xD9"].concat();
    assert!(frame(&ended).is_ok());
    // Here its blocks are read.
    let merged = [cut, &whole].concat();
    for bytes in [cut, &merged] {
        let fault = frame(bytes).unwrap_err().fault;
        assert!(matches!(fault, Fault::Truncated), "{fault:?}");
    }
}

#[test]
fn a_progressive_picture_needs_all_its_scans() {
    let sketch = Sketch {
        scans: Scans::Progressive,
        ..Sketch::new(64, 48, mixed)
    };
    let whole = sketch.bytes();
    let scans = places(&whole, 0xDA);
    assert_eq!(scans.len(), 5);
    for scan in &scans[1..] {
        let fault = fault(&[&whole[..*scan], b"\xFF\xD9"].concat());
        assert!(matches!(fault, Fault::Truncated), "{fault:?}");
    }
}

#[test]
fn a_whole_picture_is_taken_without_its_end_marker() {
    for whole in whole() {
        let expected = photo::decode(&whole).unwrap();
        let without_end = &whole[..whole.len() - 2];
        let ends: [&[u8]; 4] = [b"", &[0; 4096], b"\xFF", b"\r\n--boundary--\r\n"];
        for end in ends {
            let picture = photo::decode(&[without_end, end].concat()).unwrap();
            assert!(picture == expected, "{} bytes at the end", end.len());
        }
    }
}

#[test]
fn a_picture_of_one_colour_is_whole_though_its_data_are_zeros() {
    for sketch in sketches(800, 600, flat) {
        let sketch = Sketch {
            has_zeros: true,
            ..sketch
        };
        let picture = photo::decode(&sketch.bytes()).unwrap();
        assert!(picture.iter().all(|value| value.abs_diff(60) < 3));
    }
}

#[test]
fn kinds_that_are_not_read_are_named_and_are_not_called_damaged() {
    let whole = Sketch::new(64, 32, corners).bytes();
    let frame = places(&whole, 0xC0)[0];
    let change = |at: usize, value: u8| {
        let mut jpeg = whole.clone();
        jpeg[frame + at] = value;
        jpeg
    };
    for (jpeg, what) in [
        (change(1, 0xC3), "lossless"),
        (change(1, 0xC5), "hierarchical"),
        (change(1, 0xC9), "arithmetic coding"),
        (change(1, 0xCA), "arithmetic coding"),
        (change(1, 0xF7), "JPEG-LS"),
        (change(4, 12), "not 8 bits a colour"),
        (change(9, 2), "unusual components or height"),
    ] {
        let fault = fault(&jpeg);
        let expected = Kind::Variant {
            format: "JPEG",
            what,
        };
        assert!(
            matches!(fault, Fault::NotRead(kind) if kind == expected),
            "{fault:?}"
        );
        let start = format!("a kind of JPEG that is not read ({what})");
        assert!(fault.to_string().starts_with(&start), "{fault}");
    }
}

#[test]
fn what_is_wrong_inside_a_picture_is_damage() {
    let whole = Sketch::new(160, 120, mixed).bytes();
    let mut jpeg = whole.clone();
    let data = scans(&whole)[0][0];
    // Twelve of sixteen codes stand for lengths.
    jpeg[data..data + 40].fill(0xEE);
    assert!(matches!(fault(&jpeg), Fault::Damaged(_)));

    let scan = places(&whole, 0xDA)[0];
    let mut jpeg = whole[..scan].to_vec();
    segment(&mut jpeg, 0xC4, &[0; 5]);
    jpeg.extend(&whole[scan..]);
    assert!(matches!(fault(&jpeg), Fault::Damaged(_)));
}

#[test]
fn pictures_of_everyday_kinds_are_what_the_decoder_makes_of_them() {
    for format in super::FORMATS {
        let bytes = encoded(noise(), format);
        let expected: RgbImage = image::load_from_memory(&bytes).unwrap().into_rgb8();
        assert!(photo::decode(&bytes).unwrap() == expected, "{format:?}");
    }
    let bytes = Sketch::new(333, 217, mixed).bytes();
    let expected: RgbImage = image::load_from_memory(&bytes).unwrap().into_rgb8();
    assert!(photo::decode(&bytes).unwrap() == expected);
}
