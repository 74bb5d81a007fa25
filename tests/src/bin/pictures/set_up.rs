//! Takes the steps of the wizard that sets a kiosk up.

use std::fs;
use std::path::Path;

use catalogue::{Catalogue, Settings};
use tests::program::Program;
use tests::wizard;

use crate::album::Album;
use crate::every::PASSWORD;

/// Takes every step: on a kiosk whose camera is the demo's, and the cameras to choose from on one that
/// has none.
pub(crate) async fn take(album: &mut Album) {
    let folder = tempfile::tempdir().expect("a folder for the catalogues");
    let [demo, none] = ["demo", "none"].map(|name| folder.path().join(name));
    let browser = album.browser.clone();
    let kiosk = begin(album, &demo, &["--demo"]).await;
    album.take("setup-password").await;
    wizard::enter_password(&browser, PASSWORD).await;
    album.take("setup-place").await;
    wizard::enter_place(&browser).await;
    album.take("setup-camera").await;
    wizard::keep_camera(&browser).await;
    album.take("setup-keep").await;
    wizard::finish(&browser).await;
    album.take("setup-done").await;
    drop(kiosk);

    choose_no_camera(&none);
    let kiosk = begin(album, &none, &[]).await;
    wizard::enter_password(&browser, PASSWORD).await;
    wizard::enter_place(&browser).await;
    // The page would be loaded again after a while without a picture, but for what is typed on it.
    let address = "rtsp://reception:password@camera-above-the-entrance.example:554/stream1";
    browser.fill("#address", address).await;
    album.take("setup-cameras").await;
    drop(kiosk);
}

/// Starts a kiosk, and comes to the step of the password. The first steps are taken on the demo's.
async fn begin(album: &mut Album, data: &Path, camera: &[&str]) -> Program {
    let (kiosk, page) = wizard::start(data, camera);
    let browser = album.browser.clone();
    browser.open(&format!("{page}/setup")).await;
    browser.forget_cookies().await;
    album.choose_language().await;
    browser.open(&format!("{page}/setup")).await;
    let is_taken = !camera.is_empty();
    if is_taken {
        album.take("setup-code").await;
    }
    wizard::enter_figures(&browser, &kiosk.figures()).await;
    if is_taken {
        album.take("setup-language").await;
    }
    wizard::choose_language(&browser, album.language).await;
    kiosk
}

/// So that no camera of this machine is opened.
fn choose_no_camera(data: &Path) {
    fs::create_dir_all(data).expect("a folder for the catalogue");
    let catalogue = Catalogue::open(data).expect("a catalogue");
    let settings = Settings {
        camera: Some("none".to_owned()),
        ..Settings::default()
    };
    let changed = catalogue.set_settings(&settings, "owner");
    changed.expect("settings");
}
