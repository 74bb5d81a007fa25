//! Rectangles in pictures: made within the picture or not at all, compared, and turned into pixels.

use recognise::Region;

fn region(corners: [f32; 4]) -> Region {
    let [left, top, right, bottom] = corners;
    Region::new(left, top, right, bottom).unwrap()
}

#[test]
fn a_region_is_the_part_within_the_picture() {
    for (corners, expected) in [
        ([0.25, 0.5, 0.75, 1.0], [0.25, 0.5, 0.75, 1.0]),
        ([-3.0, -0.1, 0.5, 7.0], [0.0, 0.0, 0.5, 1.0]),
        (
            [f32::MIN, f32::MIN, f32::MAX, f32::MAX],
            [0.0, 0.0, 1.0, 1.0],
        ),
    ] {
        assert_eq!(region(corners).corners(), expected);
    }
    let none = [
        ("no width", [0.5, 0.0, 0.5, 1.0]),
        ("no height", [0.0, 0.5, 1.0, 0.5]),
        ("the wrong way round", [0.7, 0.0, 0.2, 1.0]),
        ("on the left of the picture", [-2.0, 0.0, 0.0, 1.0]),
        ("below the picture", [0.0, 1.0, 1.0, 1.5]),
        ("not a number", [0.0, f32::NAN, 1.0, 1.0]),
        ("infinite", [0.0, 0.0, f32::INFINITY, 1.0]),
    ];
    for (what, [left, top, right, bottom]) in none {
        assert_eq!(Region::new(left, top, right, bottom), None, "{what}");
    }
}

#[test]
fn a_region_has_size_and_centre() {
    let region = region([0.25, 0.0, 0.75, 0.25]);
    assert_eq!([region.width(), region.height()], [0.5, 0.25]);
    assert_eq!(region.area(), 0.125);
    assert_eq!(region.centre(), [0.5, 0.125]);
}

#[test]
fn regions_are_compared_by_intersection_over_union() {
    let left = region([0.0, 0.0, 0.5, 1.0]);
    for (other, expected) in [
        ([0.0, 0.0, 0.5, 1.0], 1.0),
        ([0.5, 0.0, 1.0, 1.0], 0.0),
        ([0.75, 0.5, 1.0, 1.0], 0.0),
        ([0.0, 0.0, 1.0, 1.0], 0.5),
        ([0.25, 0.0, 0.75, 1.0], 1.0 / 3.0),
        ([0.0, 0.0, 0.25, 0.5], 0.25),
    ] {
        let other = region(other);
        assert_eq!(left.iou(other), expected, "{other:?}");
        assert_eq!(other.iou(left), expected, "{other:?}");
    }
    // Areas that are too small for a number of 32 bits.
    let tiny = region([0.0, 0.0, 1e-30, 1e-30]);
    assert_eq!(tiny.iou(tiny), 0.0);
}

#[test]
fn a_region_has_at_least_one_pixel_and_all_of_them_are_in_the_picture() {
    for (corners, [width, height], expected) in [
        ([0.0, 0.0, 1.0, 1.0], [640, 480], [0, 0, 640, 480]),
        ([0.25, 0.5, 0.75, 1.0], [640, 480], [160, 240, 320, 240]),
        ([0.0, 0.0, 0.001, 0.001], [640, 480], [0, 0, 1, 1]),
        ([0.999, 0.9999, 1.0, 1.0], [100, 100], [99, 99, 1, 1]),
        ([0.4, 0.4, 0.6, 0.6], [1, 1], [0, 0, 1, 1]),
        ([0.4, 0.4, 0.6, 0.6], [0, 10], [0, 4, 0, 2]),
        ([0.0, 0.0, 1.0, 1.0], [u32::MAX, 1], [0, 0, u32::MAX, 1]),
    ] {
        assert_eq!(
            region(corners).pixels(width, height),
            expected,
            "{corners:?} of {width} x {height}"
        );
    }
}

#[test]
fn a_region_is_written_as_its_four_corners() {
    let region = region([0.1, 0.2, 0.5, 1.0]);
    let json = serde_json::to_string(&region).unwrap();
    assert_eq!(json, "[0.1,0.2,0.5,1.0]");
    assert_eq!(serde_json::from_str::<Region>(&json).unwrap(), region);
    for bad in [
        "[0.5,0.5,0.5,0.5]",
        "[0.1,0.2,0.3]",
        "[0.0,0.0,1e60,1.0]",
        "{}",
    ] {
        assert!(serde_json::from_str::<Region>(bad).is_err(), "{bad}");
    }
}
