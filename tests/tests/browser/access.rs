//! Checks who can log in, and that nobody else sees a page.

use tests::browser::{Browser, browse};
use tests::pages::PAGES;
use tests::program::{Program, set_password};

#[tokio::test]
async fn without_login_every_page_leads_to_the_login_and_a_link_works_once() {
    browse(|browser| async move {
        let data = tempfile::tempdir().expect("a folder for the catalogue");
        let kiosk = Program::start(data.path(), &["--camera", "none"]);
        let link = kiosk.login_link();
        for page in PAGES {
            browser.open(&format!("{}{page}", kiosk.page)).await;
            is_outside(&browser).await;
        }
        for address in [
            "/api/v1/animals",
            "/api/v1/live/screen.png",
            "/api/v1/backup",
        ] {
            assert_eq!(browser.fetch(address).await.0, 401, "{address}");
        }

        browser.open(&link).await;
        assert_eq!(browser.address().await, "/");
        browser.find("#live").await;

        browser.forget_cookies().await;
        browser.open(&link).await;
        is_outside(&browser).await;
        assert!(browser.text("#problem").await.contains("terminal"));
        browser.open(&kiosk.login_link()).await;
        browser.find("#live").await;
    })
    .await;
}

#[tokio::test]
async fn a_wrong_password_is_refused_and_the_right_one_opens_the_requested_page() {
    browse(|browser| async move {
        let data = tempfile::tempdir().expect("a folder for the catalogue");
        set_password(data.path(), "owner", "a password to remember");
        let kiosk = Program::start(data.path(), &["--camera", "none"]);
        browser.open(&format!("{}/today", kiosk.page)).await;
        is_outside(&browser).await;

        log_in(&browser, "a password to forget").await;
        browser.find("#problem").await;
        is_outside(&browser).await;

        log_in(&browser, "a password to remember").await;
        browser.until("location.pathname === '/today'").await;
        browser.find("#arrivals").await;

        browser.tap("details.more > summary").await;
        browser.tap("form[action='/logout'] button").await;
        browser.until("location.pathname === '/login'").await;
        browser.open(&format!("{}/animals", kiosk.page)).await;
        is_outside(&browser).await;
    })
    .await;
}

async fn is_outside(browser: &Browser) {
    let address = browser.address().await;
    assert!(address.starts_with("/login"), "{address}");
}

async fn log_in(browser: &Browser, password: &str) {
    browser.fill("#password", password).await;
    browser.tap("form[action='/login'] button").await;
}
