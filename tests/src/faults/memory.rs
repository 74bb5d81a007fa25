//! The kiosk runs out of memory: it may have 150 MB and no more, and people send it the largest photographs
//! that it takes. It answers, or it ends and is started again; what it acknowledged is there.
//!
//! The limit is one of the process (`RLIMIT_DATA`), which needs neither root nor control groups: memory that
//! is asked for beyond it is refused, as on a machine that has no more.

use std::io::Cursor;

use hyper::body::Bytes;
use image::{ImageFormat, Rgb, RgbImage};
use rustix::process::Resource;
use tempfile::TempDir;
use tokio::time::{sleep, timeout};

use super::daycare::Daycare;
use super::left::Left;
use super::limit::Limit;
use super::{Findings, HEALED, NO_CAMERA, PAUSE};
use crate::client::Client;
use crate::program::Program;

/// What the kiosk may have, in bytes.
const MOST: u64 = 150_000_000;

/// The size of a photograph that takes 126 MB once it is decoded.
const LARGE: [u32; 2] = [7000, 6000];

/// How many photographs are sent, with another record after each.
const TIMES: usize = 5;

/// Takes its memory from a kiosk for a while.
///
/// # Panics
/// If the kiosk does not start.
pub async fn no_memory(findings: &mut Findings) {
    let fault = "memory runs out";
    let folder = TempDir::new().expect("a folder for the catalogue");
    let mut kiosk = Program::start(folder.path(), &NO_CAMERA);
    let client = Client::log_in(&kiosk.login_link()).await;
    let mut daycare = Daycare::default();
    daycare.heals("at the start", &client, findings).await;

    let photograph = photograph();
    let limit = Limit::set(kiosk.id(), Resource::Data, MOST);
    let mut refused = 0;
    for _ in 0..TIMES {
        let address = "/api/v1/photographs";
        let sent = client.try_send_file(address, "image/jpeg", photograph.clone());
        let sent = timeout(HEALED, sent).await;
        let is_taken = sent.is_ok_and(|sent| sent.is_ok_and(|answer| answer.is_done()));
        refused += usize::from(!is_taken);
        // Without an answer the kiosk has ended, or the check will say what is wrong.
        let added = timeout(HEALED, daycare.add(&client)).await;
        if !matches!(added, Ok(Ok(_))) {
            // Its connections close a moment before it has ended.
            sleep(PAUSE).await;
            break;
        }
    }
    let has_ended = !kiosk.is_running();
    if refused == 0 && !has_ended {
        findings.problem(format!(
            "{fault}: {TIMES} photographs were taken all the same"
        ));
    }
    if !has_ended {
        limit.lift();
        // The last record may have had no answer.
        daycare.check(&client, findings).await;
        daycare.heals(fault, &client, findings).await;
    }

    // As systemd starts it.
    kiosk.kill();
    let kiosk = Program::start(folder.path(), &NO_CAMERA);
    let client = Client::log_in(&kiosk.login_link()).await;
    daycare.check(&client, findings).await;
    Left::default().check(folder.path(), findings);
    daycare.heals("after the restart", &client, findings).await;
    for (name, number) in [
        ("no memory: refused photographs", refused),
        ("no memory: the kiosk has ended", usize::from(has_ended)),
        ("no memory: lost records", daycare.lost),
    ] {
        findings.figures.add(name, "", number as f64);
    }
}

/// A photograph of one colour, which is small as a file.
fn photograph() -> Bytes {
    let [width, height] = LARGE;
    let picture = RgbImage::from_pixel(width, height, Rgb([150, 120, 90]));
    let mut file = Cursor::new(Vec::new());
    let written = picture.write_to(&mut file, ImageFormat::Jpeg);
    written.expect("a photograph");
    file.into_inner().into()
}
