//! Plays a day: a guest comes twice and goes home, another one is named late, a cushion is removed, a
//! merge is undone, and the kiosk restarts. In the morning at the desk, then on a phone and in French.

use std::path::Path;

use devices::camera::demo::Demo;
use devices::camera::player::Photographs;
use image::imageops;
use serde_json::{Value, json};
use tests::browser::{Browser, browse};
use tests::program::Program;

use super::arrival::{add_guest, arrival};
use super::{PHONE, choose_french, open_desk};

/// The animals' numbers: a new catalogue counts from 1.
const BALOU: i64 = 1;
const LUNA: i64 = 2;

#[tokio::test]
async fn at_the_end_of_a_day_everything_is_as_staff_said_it() {
    browse(|browser| async move {
        let folder = tempfile::tempdir().expect("a folder for photographs");
        let [labrador, beagle, cushion] = photographs(folder.path());
        let data = tempfile::tempdir().expect("a folder for the catalogue");
        let kiosk = open_desk(&browser, data.path()).await;

        // A Labrador comes that nobody knows, and goes home at noon.
        let morning = arrives(&browser, &[&labrador], "").await;
        choose_another_breed(&browser).await;
        add_guest(&browser, "Balou", ("#new-breed", "Labrador")).await;
        let is_balou = json!(["labrador_retriever", [BALOU, "Balou"]]);
        assert_eq!(confirmed(&browser, &morning).await, is_balou);
        goes_home(&browser, BALOU, "Balou is checked out").await;

        // In the afternoon Luna comes for the first time. Before anybody has named her, Balou stands
        // behind her. What is said late is about her, and he is suggested.
        browser.widen(PHONE).await;
        choose_french(&browser).await;
        browser.tap(".nav a[href='/']").await;
        let first = arrives(&browser, &[&beagle, &labrador], &morning).await;
        choose_another_breed(&browser).await;
        browser
            .until("!document.querySelector('#another').hidden")
            .await;
        add_guest(&browser, "Luna", ("#new-breed", "Beagle")).await;
        let second = arrival(&browser, &first).await;
        let is_luna = json!(["beagle", [LUNA, "Luna"]]);
        assert_eq!(confirmed(&browser, &first).await, is_luna);
        assert_eq!(confirmed(&browser, &second).await, json!([null, null]));
        assert_eq!(browser.text("form.guests strong").await, "Balou");
        browser.tap("form.guests button[name=animal]").await;
        browser
            .until(&format!("location.search === '?done={second}'"))
            .await;
        assert_eq!(confirmed(&browser, &second).await, is_balou);
        assert_eq!(browser.console_errors().await, [""; 0]);

        // The power fails and comes back. The page that is open shows who comes next.
        browser.script("window.stays = true", vec![]).await;
        let address = kiosk.address().to_owned();
        drop(kiosk);
        browser
            .until("!document.querySelector('#lost').hidden")
            .await;
        let kiosk = Program::start_at(&address, data.path(), &["--camera", "none"]);
        browser
            .until("document.querySelector('#lost').hidden")
            .await;
        let rolled = arrives(&browser, &[&cushion], &second).await;
        assert_eq!(browser.script("return window.stays", vec![]).await, true);

        // It is a cushion with a cat on it. Somebody confirms it before looking, and then removes it.
        choose_another_breed(&browser).await;
        remove(&browser, &rolled).await;
        let (status, _) = browser.fetch(&format!("/api/v1/visits/{rolled}")).await;
        assert_eq!(status, 404);

        // Luna is merged into Balou by mistake, and split off again.
        merge_luna_into_balou(&browser).await;
        let is_merged = json!(["beagle", [BALOU, "Balou"]]);
        assert_eq!(confirmed(&browser, &first).await, is_merged);
        browser
            .tap(&format!("form[action='/animals/{BALOU}/split'] button"))
            .await;
        browser
            .until(&format!("location.pathname === '/animals/{LUNA}'"))
            .await;
        for (visit, is_as_said) in [
            (&morning, &is_balou),
            (&first, &is_luna),
            (&second, &is_balou),
        ] {
            assert_eq!(confirmed(&browser, visit).await, *is_as_said);
        }

        // Balou goes home. Luna stays for the night.
        goes_home(&browser, BALOU, "départ noté").await;
        browser
            .find(&format!("form[action='/animals/{LUNA}/check-out']"))
            .await;
        drop(kiosk);
    })
    .await;
}

/// Writes the photographs of those who come. Chelsea of the demo stands in for a Labrador, and another
/// picture of her for a beagle. The cushion is one with her face on it.
fn photographs(folder: &Path) -> [String; 3] {
    let mut demo = Demo::new().expect("the photographs of the demo");
    let chelsea = demo.next().expect("a photograph");
    let mirrored = imageops::flip_horizontal(&imageops::huerotate(&chelsea, 120));
    let (width, height) = chelsea.dimensions();
    let part = imageops::crop_imm(&chelsea, 0, 0, width * 4 / 5, height).to_image();
    let pictures = [chelsea, mirrored, part];
    let named = ["labrador.png", "beagle.png", "cushion.png"].into_iter();
    let paths = named.zip(pictures).map(|(name, picture)| {
        let path = folder.join(name);
        picture.save(&path).expect("a photograph is written");
        path.display().to_string()
    });
    let paths: Vec<String> = paths.collect();
    paths.try_into().expect("three photographs")
}

/// Sends photographs of those who come one after another. Returns the first one's visit, which is
/// another one than `previous`.
async fn arrives(browser: &Browser, photographs: &[&str], previous: &str) -> String {
    for photograph in photographs {
        browser.fill("#photograph", photograph).await;
    }
    browser
        .until("document.querySelector('.drop progress').hidden")
        .await;
    arrival(browser, previous).await
}

/// Says that the animal at the desk is of none of the breeds that the network suggests.
async fn choose_another_breed(browser: &Browser) {
    browser.tap("#answer button[name=breed][value=other]").await;
    browser.until("location.search.startsWith('?visit=')").await;
}

/// The breed and the animal that staff have confirmed for a visit.
async fn confirmed(browser: &Browser, visit: &str) -> Value {
    let (_, visit) = browser.fetch(&format!("/api/v1/visits/{visit}")).await;
    let visit: Value = serde_json::from_str(&visit).expect("a visit");
    json!([visit["said"], visit["animal"]])
}

/// Checks an animal out on the page of those in the house, which then says so.
async fn goes_home(browser: &Browser, animal: i64, said: &str) {
    browser.tap("details.more > summary").await;
    browser.tap(".more a[href='/in-house']").await;
    browser
        .tap(&format!(
            "form[action='/animals/{animal}/check-out'] button"
        ))
        .await;
    browser
        .until(&format!("location.search === '?out={animal}'"))
        .await;
    let message = browser.text("main .note.good").await;
    assert!(message.contains(said), "{message}");
}

/// Deletes a visit without an animal.
async fn remove(browser: &Browser, visit: &str) {
    browser
        .tap(&format!("#today a[href='/visits/{visit}']"))
        .await;
    browser
        .tap("details:has(form[action$='/no-animal']) > summary")
        .await;
    browser
        .tap("form[action$='/no-animal'] input[name=sure]")
        .await;
    browser.tap("form[action$='/no-animal'] button").await;
    browser.until("location.pathname === '/today'").await;
}

async fn merge_luna_into_balou(browser: &Browser) {
    browser.tap(".nav a[href='/animals']").await;
    browser
        .tap(&format!("#results a[href='/animals/{BALOU}']"))
        .await;
    browser
        .tap(&format!("a[href='/animals/{BALOU}/merge']"))
        .await;
    browser.fill("#q", "Luna").await;
    browser
        .tap(&format!("#results a[href$='?other={LUNA}']"))
        .await;
    let form = format!("form[method=post][action='/animals/{BALOU}/merge']");
    browser.tap(&format!("{form} input[name=sure]")).await;
    browser.tap(&format!("{form} button")).await;
    browser
        .until("location.search.startsWith('?merged=')")
        .await;
}
