//! Errors as messages: every error has a text in both languages that uses all its arguments.

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;

use devices::buttons::ButtonsError;
use devices::camera::CameraError;
use devices::camera::csi::CsiError;
use devices::camera::device::Unusable;
use devices::camera::mode::{Encoding, Mode};
use devices::camera::pixels::PixelsError;
use devices::camera::rtsp::RtspError;
use devices::display::panel::Driver;
use devices::display::{Connection, DisplayError, PanelError};
use devices::gpio::GpioError;
use devices::supervise::Defect;
use nokhwa::NokhwaError;
use recognise::Language;
use recognise::photo::{Fault, Kind, PhotoError};
use screens::Locale;
use screens::locale::Message;

/// The texts of all messages, in each language.
const NOTICES: [[&str; 2]; 2] = [
    [
        include_str!("../../screens/locales/en/notices.ftl"),
        include_str!("../../screens/locales/en/cameras.ftl"),
    ],
    [
        include_str!("../../screens/locales/fr/notices.ftl"),
        include_str!("../../screens/locales/fr/cameras.ftl"),
    ],
];

/// The keys of this crate's messages.
const PREFIXES: [&str; 7] = [
    "notice-device-",
    "notice-camera-",
    "notice-photograph-",
    "notice-display-",
    "notice-panel-",
    "notice-buttons-",
    "notice-gpio-",
];

fn device() -> PathBuf {
    "/dev/something7".into()
}

fn refused() -> io::Error {
    io::Error::other("the kernel is tired")
}

fn cameras() -> Vec<CameraError> {
    let mode = Mode {
        encoding: Encoding::Nv12,
        width: 352,
        height: 288,
        rate: None,
    };
    let unusable = [
        Unusable::NoCapture,
        Unusable::Planes,
        Unusable::Csi,
        Unusable::Encodings("H264, RGB3".to_owned()),
        Unusable::Forbidden,
        Unusable::Busy {
            now: "GREY 31x48".to_owned(),
        },
        Unusable::Refused {
            error: "the driver is tired".to_owned(),
        },
    ];
    let unusable = unusable.map(|why| CameraError::Unusable {
        device: device(),
        why,
    });
    let garbage = [
        PixelsError::Short {
            mode,
            got: 100,
            wanted: 4321,
        },
        PixelsError::Cut,
        PixelsError::Damaged,
        PixelsError::Jpeg("a bit fell over".to_owned()),
        PixelsError::Size {
            mode,
            width: 31,
            height: 48,
        },
        PixelsError::Convert(NokhwaError::GeneralError("no such pixels".to_owned())),
    ];
    let garbage = garbage.map(|error| CameraError::Garbage {
        device: device(),
        error,
    });
    let faults = [
        Fault::Missing,
        Fault::NotAFile,
        Fault::Unreadable(refused()),
        Fault::Empty,
        Fault::TooManyBytes(123 << 20),
        Fault::NotAPicture,
        Fault::NotRead(Kind::Heic),
        Fault::NotRead(Kind::Pdf),
        Fault::NotRead(Kind::Video),
        Fault::NotRead(Kind::Format("JPEG XL")),
        Fault::NotRead(Kind::Variant {
            format: "PNG",
            what: "something about it",
        }),
        Fault::TooManyPixels {
            width: 70_001,
            height: 9_001,
            most: 123_000_000,
        },
        Fault::Truncated,
        Fault::Damaged("a bit fell over".to_owned()),
    ];
    let photographs = faults.map(|fault| {
        CameraError::Photo(PhotoError {
            path: Some("/srv/arrivals/rex.jpg".into()),
            fault,
        })
    });
    let modules = [CsiError::None, CsiError::Busy, CsiError::Forbidden].map(CameraError::Csi);
    let streams = [
        RtspError::Login,
        RtspError::Refused,
        RtspError::Forbidden,
        RtspError::Host,
        RtspError::Unreachable,
        RtspError::NoStream,
    ];
    let streams = streams.map(|error| CameraError::Rtsp {
        camera: "rtsp://desk:***@192.168.7.7/stream".to_owned(),
        error,
    });
    let programs = [
        CameraError::NotInstalled {
            program: "rpicam-vid",
            package: "rpicam-apps",
        },
        CameraError::NotStarted {
            program: device(),
            error: refused(),
        },
        CameraError::Ended {
            device: device(),
            reason: "the program is tired".to_owned(),
        },
        CameraError::Stalled(device()),
        CameraError::Garbled {
            device: device(),
            error: PixelsError::Cut,
        },
    ];
    let others = [
        CameraError::Unnamed,
        CameraError::Address(url::ParseError::InvalidPort),
        CameraError::NoHost,
        CameraError::Scheme("gopher".to_owned()),
        CameraError::Missing(device()),
        CameraError::NotAFolder(device()),
        CameraError::Unreadable {
            folder: device(),
            error: refused(),
        },
        CameraError::NoPhotographs(device()),
        CameraError::Photo(Fault::Truncated.into()),
        CameraError::NoCamera,
        CameraError::NotWanted,
        CameraError::NoDevice(device()),
        CameraError::Refused {
            device: device(),
            reason: "the driver is tired".to_owned(),
        },
        CameraError::Silent(device()),
        CameraError::Hangs,
        Defect.into(),
    ];
    let all = unusable.into_iter().chain(garbage).chain(photographs);
    let all = all.chain(modules).chain(streams).chain(programs);
    all.chain(others).collect()
}

fn displays() -> Vec<DisplayError> {
    let connections = [Connection::Spi, Connection::I2c, Connection::FrameBuffer];
    let missing = connections.map(|connection| DisplayError::Missing {
        device: device(),
        connection,
    });
    let forbidden = connections.map(|connection| DisplayError::Forbidden {
        device: device(),
        connection,
    });
    let panels = [
        PanelError::Pin(28),
        PanelError::OptionalPin(-1),
        PanelError::SamePin(25),
        PanelError::Speed(41),
        PanelError::Address(0x99),
        PanelError::Rotation(45),
        PanelError::Side {
            key: "width",
            side: 321,
            driver: Driver::St7789,
            longest: 240,
        },
        PanelError::Pages(61),
        PanelError::Offset {
            offset: [3, 81],
            driver: Driver::Sh1106,
            most: [4, 79],
        },
        PanelError::NoBus("/dev/ttyS0".into()),
        PanelError::NotByI2c(Driver::Gc9a01),
        PanelError::ForSpi("speed"),
        PanelError::ForI2c("address"),
        PanelError::NoLight,
    ];
    let others = [
        DisplayError::Unknown("hdmi".to_owned()),
        DisplayError::NoPanel {
            bus: "SPI",
            driver: "st7789",
        },
        DisplayError::OtherBus {
            device: device(),
            bus: "I2C",
        },
        DisplayError::Refused {
            device: device(),
            reason: "a wire is cut".to_owned(),
        },
        DisplayError::Silent {
            device: device(),
            address: 0x3d,
        },
        DisplayError::Geometry {
            file: device(),
            text: "640,-1".to_owned(),
        },
        DisplayError::Depth {
            device: device(),
            bits: 24,
        },
        DisplayError::Size {
            device: device(),
            width: 8001,
            height: 479,
        },
        Defect.into(),
    ];
    let all = missing.into_iter().chain(forbidden).chain(others);
    all.chain(panels.map(DisplayError::Panel))
        .chain(lines().into_iter().map(DisplayError::Pin))
        .collect()
}

fn buttons() -> Vec<ButtonsError> {
    let others = [
        ButtonsError::NoLine(54),
        ButtonsError::SameLine(17),
        ButtonsError::NoKeypad("/dev/ttyUSB0".to_owned()),
        ButtonsError::Missing(device()),
        ButtonsError::Forbidden {
            device: device(),
            group: "input",
        },
        ButtonsError::NoKeys(device()),
        ButtonsError::Grabbed(device()),
        Defect.into(),
        ButtonsError::Input {
            device: device(),
            reason: refused(),
        },
    ];
    let lines = lines().into_iter().map(ButtonsError::Line);
    others.into_iter().chain(lines).collect()
}

fn lines() -> Vec<GpioError> {
    vec![
        GpioError::Missing(device()),
        GpioError::Forbidden(device()),
        GpioError::NoChip(device()),
        GpioError::NoLine {
            chip: device(),
            line: 53,
            lines: 28,
        },
        GpioError::InUse {
            chip: device(),
            line: 17,
            by: "sysfs".to_owned(),
        },
        GpioError::Refused {
            chip: device(),
            reason: gpiocdev::Error::InvalidArgument("no such argument".to_owned()),
        },
    ]
}

fn messages<'a, E: 'a>(errors: &'a [E]) -> Vec<Message>
where
    Message: From<&'a E>,
{
    errors.iter().map(Message::from).collect()
}

/// The messages of every error.
fn all() -> Vec<Message> {
    let lists = [
        messages(&cameras()),
        messages(&displays()),
        messages(&buttons()),
        messages(&lines()),
    ];
    lists.concat()
}

#[test]
fn every_error_has_a_text_in_both_languages_that_uses_all_arguments() {
    check_texts(all());
}

/// Expects a text of each message in both languages, on one line and with all arguments.
pub(crate) fn check_texts(messages: Vec<Message>) {
    for message in messages {
        let texts = [Language::English, Language::French]
            .map(|language| Locale::of(language).message(&message));
        for text in &texts {
            assert_ne!(text, message.key, "no text");
            assert!(!text.contains(['{', '}']), "an argument is missing: {text}");
            assert_eq!(text.lines().count(), 1, "{text}");
            for (name, value) in &message.arguments {
                assert!(text.contains(value), "{name} = {value}: {text}");
            }
        }
        assert_ne!(texts[0], texts[1], "French is not English");
    }
}

#[test]
fn every_text_is_that_of_an_error() {
    let expected: BTreeSet<&str> = all().iter().map(|message| message.key).collect();
    for notices in NOTICES {
        let lines = notices.iter().flat_map(|file| file.lines());
        let keys = lines.filter_map(|line| line.split_once(" = "));
        let found: BTreeSet<&str> = keys
            .map(|(key, _)| key)
            .filter(|key| PREFIXES.iter().any(|prefix| key.starts_with(prefix)))
            .collect();
        assert_eq!(found, expected);
    }
}
