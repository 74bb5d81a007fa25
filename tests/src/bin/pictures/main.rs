//! Makes the pictures of the README, in `edge/examples/`, from the demo of the real kiosk. With `--every`
//! it takes every page of the front desk instead, for those who change one of them or the style sheet.
//!
//! ```sh
//! cargo run --release -p tests --bin pictures                      # those of the README
//! cargo run --release -p tests --bin pictures -- --every DIR       # every page, a few hundred files
//! ```
//!
//! A file of `--every` is called PAGE-LANGUAGE-WIDTH-SCHEME.png, such as `queue-en-390-dark.png`: in
//! English on a phone, a laptop and a large screen, in French on a phone, each in light and dark, at the
//! full height of the page and with its folds open. The animals are made up, and their photographs are
//! made from the demo's. Pages that are wider than their window are named at the end, and the program
//! fails. It needs `chromium` and its `chromedriver` (Debian: chromium, chromium-driver).

mod album;
mod day;
mod every;
mod set_up;
mod sheet;
#[path = "../../../../edge/screens/tests/side_by_side.rs"]
mod side_by_side;

use std::path::PathBuf;

use clap::Parser;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ColorType, ImageEncoder, ImageError, RgbImage};
use serde_json::Value;
use tests::browser::{self, Browser};
use tests::program::{self, Program};
use tests::workspace;

/// On the live page: the answer to Chelsea, and Chelsea as the first guest that she may be. The other
/// arrivals of the demo are neither cat nor dog.
const CHELSEA_IS_THERE: &str = "
    /^answered\\/\\d+\\/(breed|species)\\//.test(document.querySelector('#answer')?.dataset.arrival)
    && document.querySelector('form.guests .guest strong')?.textContent === 'Chelsea'";

/// All pictures that can be seen are there, and nothing moves. Browsers load others later.
const IS_COMPLETE: &str = "
    [...document.images].every((image) =>
        image.getBoundingClientRect().top > innerHeight
        || (image.complete && image.naturalWidth > 0))
    && document.getAnimations().length === 0";

/// Makes the pictures of the README
#[derive(Debug, Parser)]
struct Arguments {
    /// Take every page of the front desk instead, and write the pictures to this folder
    #[arg(long, value_name = "DIR")]
    every: Option<PathBuf>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let Arguments { every } = Arguments::parse();
    assert!(
        browser::is_there(),
        "install chromium and chromedriver (Debian: chromium, chromium-driver)"
    );
    program::build();
    if let Some(folder) = every {
        browser::run(|browser| every::take(browser, folder)).await;
        return;
    }
    browser::run(take_pages).await;
}

/// Takes the live page while Chelsea is there, and Chelsea's own page on a phone. Draws the screens.
async fn take_pages(browser: Browser) {
    let folder = tempfile::tempdir().expect("a folder for the demo");
    let kiosk = Program::demo(folder.path());
    browser.resize(1280, 960).await;
    browser.open(&kiosk.login_link()).await;
    browser
        .until(&format!("{CHELSEA_IS_THERE} && {IS_COMPLETE}"))
        .await;
    let (_, live) = browser.fetch("/api/v1/live").await;
    save_screenshot("live.png", &browser).await;
    let live: Value = serde_json::from_str(&live).expect("what the kiosk says");
    let guest = &live["arrival"]["guess"]["guests"][0];
    let probability = guest["probability"].as_f64();
    let probability = probability.expect("how probable it is that she is Chelsea");
    save("screens.png", &sheet::draw(probability as f32));

    let (_, found) = browser.fetch("/api/v1/animals?query=Chelsea").await;
    let found: Value = serde_json::from_str(&found).expect("a list of animals");
    assert_eq!(found[0]["name"], "Chelsea");
    browser.widen(390).await;
    let page = format!("{}/animals/{}", kiosk.page, found[0]["id"]);
    browser.open(&page).await;
    browser.until(IS_COMPLETE).await;
    save_screenshot("phone.png", &browser).await;
}

async fn save_screenshot(name: &str, browser: &Browser) {
    let png = browser.screenshot().await;
    let picture = image::load_from_memory(&png).expect("a picture of the page");
    save(name, &picture.to_rgb8());
}

fn save(name: &str, picture: &RgbImage) {
    let file = workspace().join("edge/examples").join(name);
    let mut png = Vec::new();
    let (width, height) = picture.dimensions();
    PngEncoder::new_with_quality(&mut png, CompressionType::Best, FilterType::Adaptive)
        .write_image(picture, width, height, ColorType::Rgb8.into())
        .and_then(|()| std::fs::write(&file, png).map_err(ImageError::IoError))
        .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    println!("{}", file.display());
}
