//! Whole input for each parser, small, and made here.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

use super::daycare::{NAME, TAG};
use super::network_camera::NEXT;
use super::targets::FRAME;

#[path = "../../../edge/recognise/tests/common/mod.rs"]
mod common;

use common::Draft;

/// EXIF data as a camera writes them, which say that the picture is to be turned (orientation 6).
const EXIF: &[u8] = b"\xff\xe1\0\x22Exif\0\0MM\0*\0\0\0\x08\0\x01\
    \x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";

/// All tables of the settings.
const SETTINGS: &str = r#"camera = "/srv/arrivals"
listen = "127.0.0.1:8080"
names = ["desk.example.org"]
data = "/srv/kiosk"
model = "/srv/breeds.onnx"
model_key = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3"
display = "spi"

[tls]
certificate = "kiosk.pem"
key = "kiosk.key"

[picture]
exposure = 10000
white_balance = "auto"
power_line = 50
rotate = 90
flip = "horizontal"
crop = [0.25, 0, 0.5, 1]

[screen]
width = 128
height = 64
depth = "one-bit"

[panel]
driver = "st7789"
bus = "/dev/spidev0.0"
speed = 40000000
data_command = 25
reset = "none"
offset = [0, 20]
rotation = 0

[buttons]
confirm = 5
keypad = "auto"
layout = "be"
set_up = false

[backup]
label = "KIOSK"

[mqtt]
url = "mqtts://broker.example"
user = "kiosk"
password = "secret"
ca = "broker-ca.pem"
certificate = "kiosk.pem"
key = "kiosk.key"
topic = "daycare/desk"
site = "North"
pictures = true
commands = true
keep_alive_seconds = 60

[hub]
url = "postgresql://kiosk_desk:password@hub.example:5433,10.0.0.2/daycare"
site = "North"
ca = "hub-ca.pem"
certificate = "kiosk.pem"
key = "kiosk.key"
photographs = true
keep_days = 7
models = "stable"
"#;

/// What begins and ends a calendar.
const CALENDAR: [&str; 2] = ["BEGIN:VCALENDAR\r\nVERSION:2.0\r\n", "END:VCALENDAR\r\n"];

pub(super) fn bundles() -> Vec<Vec<u8>> {
    vec![Draft::default().bytes(), Draft::with_similarity().bytes()]
}

/// A picture in each format that is read, and a JPEG that is to be turned.
#[must_use]
pub fn photographs() -> Vec<Vec<u8>> {
    let formats = [
        ImageFormat::Jpeg,
        ImageFormat::Png,
        ImageFormat::WebP,
        ImageFormat::Gif,
    ];
    let mut photographs = formats.map(encoded).to_vec();
    let jpeg = encoded(ImageFormat::Jpeg);
    photographs.push([&jpeg[..2], EXIF, &jpeg[2..]].concat());
    photographs
}

pub(super) fn frames() -> Vec<Vec<u8>> {
    let [width, height] = FRAME;
    let yuyv = [137, 78, 137, 182].repeat((width * height / 2) as usize);
    vec![encoded(ImageFormat::Jpeg), yuyv]
}

/// A picture between other bytes, and two at once, in the first of which stands what ends pictures.
pub(super) fn streams() -> Vec<Vec<u8>> {
    let jpeg = encoded(ImageFormat::Jpeg);
    let comment = b"\xff\xfe\0\x0ano end\xff\xd9";
    vec![
        [&b"noise"[..], &jpeg, b"noise"].concat(),
        [&jpeg[..2], comment, &jpeg[2..], &jpeg].concat(),
    ]
}

/// The answers of cameras on the network: still pictures, a stream, and one that asks for a login.
pub(super) fn network_cameras() -> Vec<Vec<u8>> {
    let answer = |status: &str, headers: &str, body: &[u8]| {
        let head = format!("HTTP/1.1 {status}\r\nConnection: close\r\n{headers}\r\n");
        [head.as_bytes(), body].concat()
    };
    let still = |kind: &str, picture: &[u8]| {
        let length = picture.len();
        let headers = format!("Content-Type: image/{kind}\r\nContent-Length: {length}\r\n");
        answer("200 OK", &headers, picture)
    };
    let jpeg = encoded(ImageFormat::Jpeg);
    let part = "\r\n--frame\r\nContent-Type: image/jpeg\r\n\r\n";
    let parts = [part.as_bytes(), &jpeg].concat().repeat(2);
    let multipart = "Content-Type: multipart/x-mixed-replace; boundary=frame\r\n";
    let login = "WWW-Authenticate: Basic realm=\"camera\"\r\n\
        WWW-Authenticate: Digest realm=\"camera\", qop=\"auth\", nonce=\"1\", opaque=\"2\"\r\n\
        Content-Length: 0\r\n";
    let refusal = answer("401 Unauthorized", login, b"");
    vec![
        still("jpeg", &jpeg),
        still("png", &encoded(ImageFormat::Png)),
        answer("200 OK", multipart, &parts),
        [&refusal[..], NEXT, &still("jpeg", &jpeg)].concat(),
    ]
}

pub(super) fn settings() -> Vec<Vec<u8>> {
    vec![SETTINGS.as_bytes().to_vec()]
}

pub(super) fn bookings() -> Vec<Vec<u8>> {
    let table = format!("tag,name,owner,day\n{TAG},,,2026-05-04\n,{NAME},,04.05.2026\n");
    let event = format!(
        "BEGIN:VEVENT\r\nUID:1\r\nSUMMARY:{NAME}\r\nDTSTART;VALUE=DATE:20260504\r\n\
         RRULE:FREQ=WEEKLY;BYDAY=MO,WE;UNTIL=20261231\r\nEXDATE;VALUE=DATE:20260506\r\n\
         END:VEVENT\r\n"
    );
    let [begin, end] = CALENDAR;
    vec![
        table.into_bytes(),
        format!("{begin}{event}{end}").into_bytes(),
    ]
}

/// The keys that type [`TAG`] and Enter, by their codes in Linux's `input-event-codes.h`: C, H, the
/// hyphen and 1.
pub(super) fn keys() -> Vec<Vec<u8>> {
    vec![[46, 35, 12, 2, 28].map(|key| [0, key]).concat()]
}

/// A picture with some detail.
fn encoded(format: ImageFormat) -> Vec<u8> {
    let [width, height] = FRAME;
    let picture = RgbImage::from_fn(width, height, |x, y| Rgb([x as u8 * 5, y as u8 * 7, 90]));
    let mut file = Cursor::new(Vec::new());
    let written = DynamicImage::from(picture).write_to(&mut file, format);
    written.expect("a picture is encoded");
    file.into_inner()
}
