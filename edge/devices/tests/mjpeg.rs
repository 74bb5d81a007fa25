//! The pictures in a stream of bytes that programs write, whatever stands between them.

use devices::camera::mjpeg::Splitter;

use crate::pixels::jpeg;

/// The pictures of a stream that comes in pieces of so many bytes.
fn pictures(stream: &[u8], piece: usize) -> Vec<Vec<u8>> {
    let mut splitter = Splitter::default();
    let mut found = Vec::new();
    for piece in stream.chunks(piece) {
        splitter.push(piece);
        while splitter.find() {
            found.push(splitter.picture().to_vec());
        }
        assert!(splitter.picture().is_empty());
    }
    found
}

/// A segment of this kind.
fn segment(kind: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
    [&[0xff, kind][..], &length, content].concat()
}

/// A picture with a thumbnail and a comment in it, and two scans with restarts.
fn intricate() -> Vec<u8> {
    [
        &[0xff_u8, 0xd8][..],
        &segment(0xe1, &jpeg(16, 16)),
        &segment(0xfe, b"no end: \xff\xd9"),
        // Some fill the gaps between segments.
        &[0xff, 0xff],
        &segment(0xda, b"scan"),
        b"data\xff\x00data\xff\xd0data\xff\xd7data",
        &segment(0xc4, b"table"),
        &segment(0xda, b"scan"),
        b"more\xff\x00\xff",
        &[0xff, 0xd9],
    ]
    .concat()
}

#[test]
fn pictures_are_found_whole_in_pieces_of_any_size() {
    let (small, large, intricate) = (jpeg(16, 16), jpeg(64, 48), intricate());
    let stream = [
        &b"\xff\xd8 noise \xff\xd9\xff"[..],
        &small,
        &large,
        b"--boundary\r\nContent-Type: image/jpeg\r\n\r\n",
        &intricate,
        &small,
        b"\xff",
    ]
    .concat();
    let expected = [&small, &large, &intricate, &small].map(Clone::clone);
    for piece in [1, 2, 3, 7, 64, 1000, stream.len()] {
        assert_eq!(pictures(&stream, piece), expected, "pieces of {piece}");
    }
}

#[test]
fn a_picture_that_is_cut_costs_no_more_than_a_segment_can_hold() {
    let picture = jpeg(16, 16);
    let whole = picture.repeat((64 << 10) / picture.len() + 4);
    for cut in 1..picture.len() {
        let found = pictures(&[&picture[..cut], &whole].concat(), 10_000);
        assert!(found.len() >= 2, "{cut}");
        // The first may be the rest of a whole one behind what was cut.
        assert!(found[1..].iter().all(|it| *it == picture), "{cut}");
    }
}

#[test]
fn what_has_no_end_is_given_up_after_eight_megabytes() {
    let picture = jpeg(64, 48);
    let scan = [&[0xff_u8, 0xd8][..], &segment(0xda, b"scan")].concat();
    for (story, begin, filling) in [
        ("noise", &[][..], 7),
        ("the first byte of a marker", &[][..], 0xff),
        ("the data of a scan", &scan[..], 7),
        ("gaps between segments", &[0xff, 0xd8][..], 0xff),
    ] {
        let mut splitter = Splitter::default();
        splitter.push(begin);
        let piece: Vec<u8> = vec![filling; 64 << 10];
        for _ in 0..(9 << 20) / piece.len() {
            splitter.push(&piece);
            assert!(!splitter.find(), "{story}");
        }
        splitter.push(b" ");
        splitter.push(&[&picture[..], &picture].concat());
        assert!(splitter.find(), "{story}");
        assert!(splitter.picture() == picture, "{story}");
    }
}
