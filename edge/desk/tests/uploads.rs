//! Photographs that are dropped on the page.

use std::fs;
use std::io::Cursor;
use std::os::unix::fs::PermissionsExt;

use desk::kiosk::Command;
use image::{ImageFormat, Rgb, RgbImage};
use recognise::photo;

use crate::{Answer, Client, Served};

/// The first bytes of a HEIC photograph.
const HEIC: &[u8] = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic";

pub(crate) fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let picture = RgbImage::from_fn(width, height, |x, y| Rgb([x as u8, y as u8, 90]));
    let mut file = Cursor::new(Vec::new());
    picture.write_to(&mut file, format).unwrap();
    file.into_inner()
}

pub(crate) fn send(client: &Client, file: &[u8]) -> Answer {
    let headers = [("Content-Type", "image/jpeg")];
    client.ask("POST", "/api/v1/photographs", &headers, Some(file))
}

fn next_photograph(served: &Served) -> (u32, u32) {
    match served.commands.try_recv() {
        Ok(Command::Photograph(picture)) => picture.dimensions(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_photograph_is_treated_like_a_frame() {
    let served = Served::new();
    let staff = served.staff();
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
        let answer = send(&staff, &picture(64, 48, format));
        assert_eq!(answer.status, 202, "{format:?}: {}", answer.text());
        assert_eq!(next_photograph(&served), (64, 48));
    }
}

#[test]
fn a_photograph_without_an_animal_says_what_to_do_in_the_language_of_its_reader() {
    let served = Served::new();
    let staff = served.staff();
    let mut black = Cursor::new(Vec::new());
    let nothing = RgbImage::new(64, 48);
    nothing.write_to(&mut black, ImageFormat::Png).unwrap();
    let black = black.into_inner();
    for (language, reason) in [("en", "No cat or dog"), ("fr", "Aucun chat ni chien")] {
        let headers = [("Content-Type", "image/png"), ("Accept-Language", language)];
        let refused = staff.ask("POST", "/api/v1/photographs", &headers, Some(&black));
        assert_eq!(refused.status, 422, "{}", refused.text());
        refused.error();
        let text = refused.json()["reason"].as_str().unwrap().to_owned();
        assert!(text.starts_with(reason), "{text}");
    }
}

#[test]
fn a_very_large_photograph_is_scaled_down() {
    let served = Served::new();
    let staff = served.staff();
    assert_eq!(
        send(&staff, &picture(4096, 3072, ImageFormat::Jpeg)).status,
        202
    );
    assert_eq!(next_photograph(&served), (2048, 1536));
    assert_eq!(
        send(&staff, &picture(8000, 1, ImageFormat::Png)).status,
        202
    );
    assert_eq!(next_photograph(&served), (2048, 1));
}

#[test]
fn a_form_without_a_script_sends_one_too() {
    let served = Served::new();
    let staff = served.staff();
    let form = |fields: &[(&str, &[u8])]| {
        let mut form = Vec::new();
        for (name, content) in fields {
            let head = format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
            form.extend_from_slice(head.as_bytes());
            form.extend_from_slice(content);
            form.extend_from_slice(b"\r\n");
        }
        form.extend_from_slice(b"--edge--\r\n");
        let kind = [("Content-Type", "multipart/form-data; boundary=edge")];
        staff.ask("POST", "/api/v1/photographs", &kind, Some(&form))
    };
    let photograph = picture(500, 400, ImageFormat::Png);
    let sent = form(&[("next", b"/"), ("photograph", &photograph)]);
    assert_eq!((sent.status, sent.header("location")), (303, "/"));
    assert_eq!(next_photograph(&served), (500, 400));
    assert_eq!(form(&[("photograph", &photograph)]).status, 202);
    assert_eq!(next_photograph(&served), (500, 400));

    assert_eq!(form(&[]).status, 422);
    assert_eq!(form(&[("next", b"/")]).status, 422);
    assert_eq!(form(&[("photograph", b"")]).status, 422);
    let too_large = vec![0xFF; photo::MAX_BYTES as usize + 1];
    assert_eq!(form(&[("photograph", &too_large)]).status, 413);
    assert_eq!(form(&[("next", &too_large)]).status, 413);
    assert!(served.commands.try_recv().is_err());
}

#[test]
fn what_is_not_a_whole_picture_is_refused_and_the_desk_goes_on() {
    let served = Served::new();
    let staff = served.staff();
    let jpeg = picture(640, 480, ImageFormat::Jpeg);
    let png = picture(640, 480, ImageFormat::Png);
    // 60 000 x 60 000 pixels in a hundred bytes.
    let mut bomb = png[..100].to_vec();
    bomb[16..24].copy_from_slice(&[0, 0, 0xEA, 0x60, 0, 0, 0xEA, 0x60]);
    let cases: [(&str, &[u8], u16); 7] = [
        ("nothing", b"", 422),
        ("text", b"not a photograph", 422),
        ("a program", b"\x7FELF\x02\x01\x01\0\0\0\0\0\0\0\0\0", 422),
        ("half a JPEG", &jpeg[..jpeg.len() / 2], 422),
        ("half a PNG", &png[..png.len() / 2], 422),
        ("a bomb", &bomb, 422),
        (
            "too many bytes",
            &vec![0xFF; photo::MAX_BYTES as usize + 1],
            413,
        ),
    ];
    for (what, file, expect) in cases {
        let answer = send(&staff, file);
        assert_eq!(answer.status, expect, "{what}: {}", answer.text());
        answer.error();
    }
    assert!(served.commands.try_recv().is_err());
    assert_eq!(send(&staff, &jpeg).status, 202);
}

#[test]
fn people_are_told_in_their_language_why_a_photograph_is_refused() {
    let served = Served::new();
    let staff = served.staff();
    let jpeg = picture(640, 480, ImageFormat::Jpeg);
    let mut lossless = jpeg.clone();
    let frame = jpeg.windows(2).position(|marker| marker == [0xFF, 0xC0]);
    lossless[frame.unwrap() + 1] = 0xC3;
    let mut large = jpeg.clone();
    large[frame.unwrap() + 5..frame.unwrap() + 9].fill(0x60);
    let mut damaged = picture(640, 480, ImageFormat::Png);
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    let cases: [(&[u8], &str, &str); 7] = [
        (b"", "The file is empty.", "Le fichier est vide."),
        (
            b"Dear sir or madam",
            "The file is not a picture.",
            "Le fichier n’est pas une image.",
        ),
        (
            HEIC,
            "HEIC photographs, as iPhones take them, are not read. Send a JPEG: on the iPhone, choose \
             Settings > Camera > Formats > Most Compatible",
            "Les photos HEIC, format habituel de l’iPhone, ne sont pas lues.",
        ),
        (
            &lossless,
            "This kind of JPEG is not read.",
            "Ce type de JPEG n’est pas lu.",
        ),
        (
            &large,
            "The photograph has 24672 x 24672 pixels",
            "La photo fait 24672 x 24672 pixels",
        ),
        (
            &jpeg[..jpeg.len() / 2],
            "The photograph is cut short.",
            "La photo est tronquée.",
        ),
        (
            &damaged,
            "The photograph is damaged.",
            "La photo est endommagée.",
        ),
    ];
    for (file, english, french) in cases {
        for (language, expected) in [("en", english), ("fr", french)] {
            let headers = [
                ("Content-Type", "image/jpeg"),
                ("Accept-Language", language),
            ];
            let answer = staff.ask("POST", "/api/v1/photographs", &headers, Some(file));
            assert_eq!(answer.status, 422, "{}", answer.text());
            let reason = answer.json()["reason"]
                .as_str()
                .unwrap()
                .replace('\u{a0}', " ");
            assert!(reason.starts_with(expected), "{reason}");
        }
    }
    // A form that a browser sends without a script gets a page.
    let headers = [("Content-Type", "image/jpeg"), ("Accept", "text/html, */*")];
    let answer = staff.ask("POST", "/api/v1/photographs", &headers, Some(&damaged));
    assert_eq!(answer.status, 422);
    assert!(
        answer
            .text()
            .contains("<p class=\"note\">The photograph is damaged.")
    );
}

#[test]
fn a_heic_photograph_is_read_where_its_decoder_is_installed() {
    let served = Served::new();
    let staff = served.staff();
    let programs = served.folder.path().join("programs");
    fs::create_dir(&programs).unwrap();
    let decoded = programs.join("decoded.jpg");
    fs::write(&decoded, picture(64, 48, ImageFormat::Jpeg)).unwrap();
    let pretend = |script: &str| {
        let decoder = programs.join("heif-dec");
        fs::write(&decoder, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&decoder, fs::Permissions::from_mode(0o755)).unwrap();
    };

    pretend(&format!("exec /bin/cp {} $2", decoded.display()));
    let answer = send(&staff, HEIC);
    assert_eq!(answer.status, 202, "{}", answer.text());
    assert_eq!(next_photograph(&served), (64, 48));

    pretend("exit 1");
    for (language, expected) in [
        ("en", "The photograph is damaged."),
        ("fr", "La photo est endommagée."),
    ] {
        let headers = [
            ("Content-Type", "image/heic"),
            ("Accept-Language", language),
        ];
        let answer = staff.ask("POST", "/api/v1/photographs", &headers, Some(HEIC));
        assert_eq!(answer.status, 422, "{}", answer.text());
        let reason = answer.json()["reason"].as_str().unwrap().to_owned();
        assert!(reason.starts_with(expected), "{reason}");
    }
    assert!(served.commands.try_recv().is_err());
}

#[test]
fn a_kiosk_that_has_stopped_says_so() {
    let served = Served::new();
    let staff = served.staff();
    served.inbox.close();
    let refused = send(&staff, &picture(32, 32, ImageFormat::Png));
    assert_eq!((refused.status, refused.header("retry-after")), (503, "1"));
    assert_eq!(refused.error(), "the kiosk has stopped");
}
