//! The pages of the front desk, for the tests that look at all of them and for the program that takes their
//! pictures.

use devices::camera::demo;
use image::{RgbImage, imageops};

/// Every page that needs a login and that a kiosk always has, in the catalogue of the browser tests.
pub const PAGES: [&str; 45] = [
    "/",
    "/?visit=1",
    "/?visit=2",
    "/?visit=3",
    "/?done=1",
    "/queue",
    "/unconfirmed",
    "/today",
    "/today?day=2020-02-29",
    "/visits/1",
    "/visits/2",
    "/visits/3",
    "/animals",
    "/animals?q=nobody",
    "/animals/new",
    "/animals/new?owner=2",
    "/animals/1",
    "/animals/1?out=1",
    "/animals/1/edit",
    "/animals/1/card",
    "/animals/2",
    "/animals/2/edit",
    "/animals/2/merge",
    "/animals/2/merge?other=1",
    "/animals/2/card",
    "/in-house",
    "/in-house?out=1",
    "/owners",
    "/owners?q=nobody",
    "/owners/new",
    "/owners/1",
    "/owners/2",
    "/owners/2/edit",
    "/report",
    "/report?from=2020-02-01&to=2020-02-29",
    "/expected",
    "/expected/import",
    "/export",
    "/settings",
    "/settings/backups",
    "/settings/programs",
    "/settings/people",
    "/settings/audit",
    "/account",
    "/status",
];

/// On the live page: one animal at the desk, or several of them, with an answer.
pub const IS_ANSWERED: &str =
    "document.querySelector('#answer').dataset.arrival.startsWith('answered')
    && document.querySelector('#answer').dataset.visit";

/// On the live page: two animals at the desk.
pub const ARE_TWO: &str = "document.querySelectorAll('#others li').length === 1";

/// What an address leads to, whichever animal, owner, visit or day it is about: its path without numbers, and
/// the names of its query's fields.
#[must_use]
pub fn kind(address: &str) -> String {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let path = path.replace(|letter: char| letter.is_ascii_digit(), "");
    let fields = query.split('&');
    let names = fields.map(|field| field.split('=').next().unwrap_or_default());
    format!("{path}?{}", names.collect::<Vec<_>>().join("&"))
}

/// Chelsea of the demo, and beside her another cat like her: two arrivals at once.
///
/// # Panics
/// If the demo's photograph is none.
#[must_use]
pub fn two_animals() -> RgbImage {
    let chelsea = demo::chelsea().expect("the demo's photograph");
    let (width, height) = chelsea.dimensions();
    let mut both = RgbImage::new(2 * width, height);
    imageops::replace(&mut both, &chelsea, 0, 0);
    let other = imageops::flip_horizontal(&chelsea);
    imageops::replace(&mut both, &other, i64::from(width), 0);
    both
}
