//! What a camera's driver is asked for, and what becomes of its answers. The drivers here are tables
//! of what real ones say.

use std::cell::RefCell;
use std::io;

use devices::camera::device::Unusable;
use devices::camera::mode::{Agreed, Encoding, Mode, Rate, rank};
use devices::camera::negotiate::{agree, offers};
use v4l::format::{Description, description};
use v4l::frameinterval::FrameIntervalEnum;
use v4l::framesize::{Discrete, FrameSizeEnum, Stepwise};
use v4l::video::Capture;
use v4l::video::capture::Parameters;
use v4l::{Format, FourCC, Fraction, FrameInterval, FrameSize};

// What drivers say to what they do not have, to what they dislike, and while they are in use.
const ENOTTY: i32 = 25;
const EINVAL: i32 = 22;
const EBUSY: i32 = 16;

fn refuse<T>(code: i32) -> io::Result<T> {
    Err(io::Error::from_raw_os_error(code))
}

/// Sizes that a driver lists, in pixels: widths first.
#[derive(Clone, Debug)]
enum Size {
    One(u32, u32),
    /// The least, the most and the step.
    Range([u32; 3], [u32; 3]),
}

/// A driver, by its answers.
struct Driver {
    formats: &'static [&'static [u8; 4]],
    sizes: Result<Vec<Size>, i32>,
    /// Its intervals, in seconds: numerator and denominator.
    intervals: Result<Vec<(u32, u32)>, i32>,
    /// Its answer to the request for a format.
    answer: fn(Format) -> io::Result<Format>,
    /// Its answer to the request for a rate.
    rate: Result<(), i32>,
    /// The interval that it says it has.
    interval: Result<(u32, u32), i32>,
    /// The formats and intervals that it was asked for.
    asked: RefCell<Vec<String>>,
}

/// A driver as the standard asks for it.
fn usual() -> Driver {
    Driver {
        formats: &[b"YUYV"],
        sizes: Ok(vec![Size::One(640, 480)]),
        intervals: Ok(vec![(1, 15)]),
        answer: Ok,
        rate: Ok(()),
        interval: Ok((1, 15)),
        asked: RefCell::default(),
    }
}

impl Capture for Driver {
    fn enum_frameintervals(
        &self,
        fourcc: FourCC,
        width: u32,
        height: u32,
    ) -> io::Result<Vec<FrameInterval>> {
        let intervals = self.intervals.clone().or_else(refuse)?;
        let listed = intervals.iter().map(|&(numerator, denominator)| {
            let interval = Fraction::new(numerator, denominator);
            FrameInterval {
                index: 0,
                fourcc,
                width,
                height,
                typ: 1,
                interval: FrameIntervalEnum::Discrete(interval),
            }
        });
        Ok(listed.collect())
    }

    fn enum_framesizes(&self, fourcc: FourCC) -> io::Result<Vec<FrameSize>> {
        let sizes = self.sizes.clone().or_else(refuse)?;
        let listed = sizes.into_iter().map(|size| FrameSize {
            index: 0,
            fourcc,
            typ: 1,
            size: match size {
                Size::One(width, height) => FrameSizeEnum::Discrete(Discrete { width, height }),
                Size::Range(widths, heights) => FrameSizeEnum::Stepwise(Stepwise {
                    min_width: widths[0],
                    max_width: widths[1],
                    step_width: widths[2],
                    min_height: heights[0],
                    max_height: heights[1],
                    step_height: heights[2],
                }),
            },
        });
        Ok(listed.collect())
    }

    fn enum_formats(&self) -> io::Result<Vec<Description>> {
        let listed = self.formats.iter().map(|fourcc| Description {
            index: 0,
            typ: 1,
            flags: description::Flags::from(0),
            description: "pictures".to_owned(),
            fourcc: FourCC::new(fourcc),
        });
        Ok(listed.collect())
    }

    fn format(&self) -> io::Result<Format> {
        Ok(Format::new(1280, 720, FourCC::new(b"H264")))
    }

    fn set_format(&self, asked: &Format) -> io::Result<Format> {
        let Format { width, height, .. } = asked;
        let asked_for = format!("{} {width}x{height}", asked.fourcc);
        self.asked.borrow_mut().push(asked_for);
        (self.answer)(*asked)
    }

    fn params(&self) -> io::Result<Parameters> {
        let (numerator, denominator) = self.interval.or_else(refuse)?;
        Ok(Parameters::new(Fraction::new(numerator, denominator)))
    }

    fn set_params(&self, asked: &Parameters) -> io::Result<Parameters> {
        self.asked.borrow_mut().push(asked.interval.to_string());
        self.rate.or_else(refuse)?;
        self.params()
    }
}

/// What a kiosk agrees upon with the driver.
fn outcome(driver: &Driver) -> Result<Agreed, Unusable> {
    agree(driver, &offers(driver)?)
}

fn agreed(driver: &Driver) -> String {
    outcome(driver).unwrap().mode().to_string()
}

#[test]
fn a_camera_is_used_at_whatever_rate_it_gives() {
    for (interval, expected) in [
        ((1, 15), "15"),
        ((1001, 30_000), "29.97"),
        ((1001, 15_000), "14.99"),
        ((2, 15), "7.5"),
        ((256, 7680), "30"),
        ((333_330, 10_000_000), "30"),
        ((1, 120), "120"),
    ] {
        let driver = Driver {
            intervals: Ok(vec![interval]),
            interval: Ok(interval),
            ..usual()
        };
        let expected = format!("YUYV 640x480, {expected} a second");
        assert_eq!(agreed(&driver), expected);
        let interval = format!("{}/{}", interval.0, interval.1);
        assert_eq!(
            *driver.asked.borrow(),
            ["YUYV 640x480".to_owned(), interval]
        );
    }
}

#[test]
fn a_driver_whose_rate_cannot_be_set_or_read_keeps_its_own() {
    for code in [ENOTTY, EINVAL] {
        let driver = Driver {
            rate: Err(code),
            interval: Ok((1, 25)),
            ..usual()
        };
        assert_eq!(agreed(&driver), "YUYV 640x480, 25 a second");
        let driver = Driver {
            rate: Err(code),
            interval: Err(code),
            ..usual()
        };
        assert_eq!(agreed(&driver), "YUYV 640x480");
        let driver = Driver {
            interval: Err(code),
            ..usual()
        };
        assert_eq!(agreed(&driver), "YUYV 640x480");
        let driver = Driver {
            intervals: Err(code),
            interval: Ok((0, 0)),
            ..usual()
        };
        assert_eq!(agreed(&driver), "YUYV 640x480");
        assert_eq!(*driver.asked.borrow(), ["YUYV 640x480"], "and no rate");
    }
}

#[test]
fn the_nearest_rate_to_fifteen_a_second_is_asked_for() {
    for (intervals, expected) in [
        (vec![(1, 30), (1, 15), (1, 5)], "1/15"),
        (vec![(1, 60), (1001, 30_000)], "1001/30000"),
        (vec![(0, 0), (1, 30), (0, 1), (1, 0)], "1/30"),
    ] {
        let driver = Driver {
            intervals: Ok(intervals),
            ..usual()
        };
        outcome(&driver).unwrap();
        assert_eq!(driver.asked.borrow()[1], expected);
    }
}

#[test]
fn a_driver_that_lists_no_sizes_is_asked_for_the_one_that_suits() {
    let lists = [
        Err(ENOTTY),
        Err(EINVAL),
        Ok(Vec::new()),
        Ok(vec![Size::One(0, 0), Size::One(640, u32::MAX)]),
    ];
    for sizes in lists {
        let driver = Driver {
            sizes: sizes.clone(),
            ..usual()
        };
        assert_eq!(agreed(&driver), "YUYV 640x480, 15 a second");
        let driver = Driver {
            sizes,
            answer: |format| {
                Ok(Format {
                    width: 720,
                    height: 576,
                    stride: 1440,
                    ..format
                })
            },
            ..usual()
        };
        assert_eq!(agreed(&driver), "YUYV 720x576, 15 a second");
    }
}

#[test]
fn a_driver_that_lists_no_formats_is_asked_for_each() {
    let driver = Driver {
        formats: &[],
        answer: |format| match &format.fourcc.repr {
            b"MJPG" => Ok(format),
            _ => refuse(EINVAL),
        },
        ..usual()
    };
    assert_eq!(agreed(&driver), "MJPG 640x480, 15 a second");
    let asked = driver.asked.borrow();
    assert_eq!(asked[..3], ["YUYV 640x480", "NV12 640x480", "MJPG 640x480"]);
}

#[test]
fn jpegs_are_read_under_both_of_their_names() {
    let cases: [(&'static [&'static [u8; 4]], &str); 2] = [
        (&[b"H264", b"JPEG"], "JPEG 640x480, 15 a second"),
        (&[b"JPEG", b"MJPG"], "MJPG 640x480, 15 a second"),
    ];
    for (formats, expected) in cases {
        let driver = Driver { formats, ..usual() };
        assert_eq!(agreed(&driver), expected);
    }
}

#[test]
fn the_size_of_a_range_is_the_one_that_suits() {
    for (widths, heights, expected) in [
        ([16, 1920, 1], [16, 1080, 1], "640x480"),
        ([48, 1920, 32], [32, 1080, 32], "624x480"),
        ([17, 1920, 2], [16, 1080, 2], "639x480"),
        ([800, 1920, 8], [600, 1080, 8], "800x600"),
        ([16, 320, 0], [16, 240, 0], "320x240"),
        ([640, 16, 1], [480, 16, 1], "640x480"),
    ] {
        let driver = Driver {
            sizes: Ok(vec![Size::Range(widths, heights)]),
            ..usual()
        };
        outcome(&driver).unwrap();
        assert_eq!(driver.asked.borrow()[0], format!("YUYV {expected}"));
    }
}

#[test]
fn what_the_driver_answers_is_what_counts() {
    let driver = Driver {
        answer: |format| {
            Ok(Format {
                fourcc: FourCC::new(b"NV12"),
                width: 352,
                height: 288,
                stride: 384,
                ..format
            })
        },
        ..usual()
    };
    let answer = outcome(&driver).unwrap();
    assert_eq!(answer.mode().to_string(), "NV12 352x288, 15 a second");
    assert_eq!(answer.stride(), 384);

    // The second best mode, where the driver refuses the best one that it lists.
    let driver = Driver {
        sizes: Ok(vec![Size::One(320, 240), Size::One(640, 480)]),
        answer: |format| match format.width {
            640 => refuse(EINVAL),
            _ => Ok(format),
        },
        ..usual()
    };
    assert_eq!(agreed(&driver), "YUYV 320x240, 15 a second");
}

#[test]
fn a_camera_that_cannot_be_used_says_why() {
    let check = |driver: Driver, expected: &str| {
        assert_eq!(outcome(&driver).unwrap_err().to_string(), expected);
    };
    check(
        Driver {
            formats: &[b"H264", b"Z16 ", b"\xffRG\0"],
            ..usual()
        },
        "gives pictures as H264, Z16 , \\xffRG\\x00 only; MJPG, JPEG, YUYV and NV12 are read",
    );
    check(
        Driver {
            answer: |format| {
                Ok(Format {
                    fourcc: FourCC::new(b"H264"),
                    ..format
                })
            },
            ..usual()
        },
        "gives pictures as H264 only; MJPG, JPEG, YUYV and NV12 are read",
    );
    check(
        Driver {
            answer: |format| Ok(Format { width: 0, ..format }),
            ..usual()
        },
        "cannot be opened: its driver gives impossible answers",
    );
    check(
        Driver {
            answer: |_| refuse(EBUSY),
            ..usual()
        },
        "is in use as H264 1280x720 by another program, such as a kiosk that runs already",
    );
    check(
        Driver {
            answer: |_| refuse(EINVAL),
            ..usual()
        },
        "cannot be opened: Invalid argument (os error 22)",
    );
}

#[test]
fn the_best_mode_is_fast_enough_near_in_size_and_cheap_to_decode() {
    let check = |modes: &[(Encoding, (u32, u32), Option<u32>)], best: usize| {
        let modes: Vec<Mode> = modes
            .iter()
            .map(|&(encoding, (width, height), rate)| Mode {
                encoding,
                width,
                height,
                rate: rate.and_then(|rate| Rate::every(Fraction::new(1, rate))),
            })
            .collect();
        let mut ranked = modes.clone();
        rank(&mut ranked);
        assert_eq!(ranked[0], modes[best]);
    };
    use Encoding::{Mjpeg, Nv12, Yuyv};
    let (hd, vga, cif) = ((1280, 720), (640, 480), (352, 288));
    check(&[(Mjpeg, hd, Some(15)), (Mjpeg, vga, Some(15))], 1);
    check(&[(Mjpeg, vga, Some(15)), (Yuyv, vga, Some(15))], 1);
    check(&[(Yuyv, vga, Some(5)), (Mjpeg, vga, Some(30))], 1);
    check(&[(Yuyv, hd, Some(5)), (Nv12, cif, Some(15))], 1);
    check(&[(Yuyv, cif, Some(15)), (Mjpeg, vga, None)], 1);
    check(&[(Yuyv, vga, Some(5))], 0);
    // One is as good as 30 a second, the other is not.
    let mode = |encoding, numerator, denominator| Mode {
        encoding,
        width: 640,
        height: 480,
        rate: Rate::every(Fraction::new(numerator, denominator)),
    };
    let mut modes = [mode(Yuyv, 2, 15), mode(Mjpeg, 333_330, 10_000_000)];
    rank(&mut modes);
    assert_eq!(modes[0].encoding, Mjpeg);
}
