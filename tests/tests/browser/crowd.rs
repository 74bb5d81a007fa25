//! Opens a page when its session has as many streams of events as it may.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::json;
use tests::browser::{Browser, browse};
use tests::program::Program;

use super::{chelsea, open_desk};

/// The streams of events that a session may have.
const STREAMS: usize = 8;

#[tokio::test]
async fn a_page_for_whose_events_there_is_no_room_asks_for_them() {
    browse(|browser| async move {
        let data = tempfile::tempdir().expect("a folder for the catalogue");
        let kiosk = open_desk(&browser, data.path()).await;
        let cookies = cookies(&browser, &kiosk.page).await;
        browser.open("about:blank").await;
        let streams: Vec<TcpStream> = (0..STREAMS).map(|_| follow(&kiosk, &cookies)).collect();

        browser.open(&kiosk.page).await;
        browser.find("#live").await;
        let photograph = chelsea().display().to_string();
        browser.drop_files(&[&photograph]).await;
        browser
            .until("document.querySelector('#today .quiet').textContent.trim() === '1'")
            .await;
        browser
            .until("document.querySelector('#answer').dataset.visit === '1'")
            .await;
        browser
            .until("document.querySelector('#lost').hidden")
            .await;
        drop(streams);
    })
    .await;
}

/// The cookies with which the browser is logged in.
async fn cookies(browser: &Browser, page: &str) -> String {
    let known = browser
        .devtools("Network.getCookies", json!({ "urls": [page] }))
        .await;
    let cookies = known["cookies"].as_array().expect("a list of cookies");
    let pairs = cookies.iter().map(|cookie| {
        let text = |field: &str| cookie[field].as_str().unwrap_or_default();
        format!("{}={}", text("name"), text("value"))
    });
    pairs.collect::<Vec<_>>().join("; ")
}

/// Follows the events, as soon as the kiosk knows that the page no longer does.
fn follow(kiosk: &Program, cookies: &str) -> TcpStream {
    for _ in 0..1000 {
        let mut stream = TcpStream::connect(kiosk.address()).expect("a connection");
        let head = format!(
            "GET /api/v1/live/events HTTP/1.1\r\nHost: localhost\r\nCookie: {cookies}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).expect("it is sent");
        let mut status = [0; 12];
        stream.read_exact(&mut status).expect("an answer");
        if status.ends_with(b"200") {
            return stream;
        }
    }
    panic!("there is no room");
}
