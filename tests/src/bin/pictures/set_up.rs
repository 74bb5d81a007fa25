//! Takes the steps of the wizard that sets a kiosk up.

use std::fs;
use std::path::Path;

use catalogue::{Catalogue, Settings};
use tests::program::Program;

use crate::album::Album;
use crate::every::PASSWORD;

/// Takes every step: on a kiosk whose camera is the demo's, and the cameras to choose from on one that
/// has none.
pub(crate) async fn take(album: &mut Album) {
    let folder = tempfile::tempdir().expect("a folder for the catalogues");
    let [demo, none] = ["demo", "none"].map(|name| folder.path().join(name));
    let kiosk = begin(album, &demo, &["--demo"]).await;
    album.take("setup-password").await;
    enter_password(album).await;
    album.take("setup-place").await;
    enter_place(album).await;
    album.take("setup-camera").await;
    album.browser.tap("button[name=next]").await;
    arrive(album, "keep").await;
    album.take("setup-keep").await;
    album
        .browser
        .tap("form[action='/setup/keep'] button.primary")
        .await;
    arrive(album, "done").await;
    album.take("setup-done").await;
    drop(kiosk);

    choose_no_camera(&none);
    let kiosk = begin(album, &none, &[]).await;
    enter_password(album).await;
    enter_place(album).await;
    // The page would be loaded again after a while without a picture, but for what is typed on it.
    let address = "rtsp://reception:password@camera-above-the-entrance.example:554/stream1";
    album.browser.fill("#address", address).await;
    album.take("setup-cameras").await;
    drop(kiosk);
}

/// Starts a kiosk, and comes to the step of the password. The first steps are taken on the demo's.
async fn begin(album: &mut Album, data: &Path, camera: &[&str]) -> Program {
    let kiosk = Program::start_at("0.0.0.0:0", data, camera);
    let (_, port) = kiosk.page.rsplit_once(':').expect("a port");
    let page = format!("http://127.0.0.1:{port}");
    album.browser.open(&format!("{page}/setup")).await;
    album.browser.forget_cookies().await;
    album.choose_language().await;
    album.browser.open(&format!("{page}/setup")).await;
    let is_taken = !camera.is_empty();
    if is_taken {
        album.take("setup-code").await;
    }
    let figures = kiosk.figures();
    album.browser.fill("#figures", &figures).await;
    album.browser.tap("form[action='/setup'] button").await;
    arrive(album, "language").await;
    if is_taken {
        album.take("setup-language").await;
    }
    let chosen = format!("button[name=language][value={}]", album.language);
    album.browser.tap(&chosen).await;
    arrive(album, "password").await;
    kiosk
}

async fn enter_password(album: &Album) {
    for field in ["#password", "#again"] {
        album.browser.fill(field, PASSWORD).await;
    }
    album
        .browser
        .tap("form[action='/setup/password'] button")
        .await;
    arrive(album, "place").await;
}

async fn enter_place(album: &Album) {
    album
        .browser
        .tap("form[action='/setup/place'] button")
        .await;
    arrive(album, "camera").await;
}

async fn arrive(album: &Album, step: &str) {
    let is_there =
        format!("location.pathname === '/setup/{step}' && document.readyState === 'complete'");
    album.browser.until(&is_there).await;
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
