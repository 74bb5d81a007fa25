//! The screen and its events.

use std::io::{BufRead, BufReader};
use std::sync::Arc;
use std::time::{Duration, Instant};

use checkin::Stage;
use desk::kiosk::{Arrival, Live, Notice, Part, Picture};
use embedded_graphics::pixelcolor::Rgb888;
use embedded_graphics::prelude::DrawTarget;
use screens::locale::Message;
use screens::{Canvas, Depth};
use serde_json::{Value, json};

use crate::{Client, Served};

/// The events of a stream, as they come.
fn follow(client: &Client) -> impl Iterator<Item = (String, String)> + use<> {
    let url = format!("{}/api/v1/live/events", client.base);
    let answer = client.agent.get(url).call().unwrap();
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    let mut name = String::new();
    let lines = BufReader::new(answer.into_body().into_reader()).lines();
    lines.map_while(Result::ok).filter_map(move |line| {
        if let Some(event) = line.strip_prefix("event: ") {
            name = event.to_owned();
        }
        let data = line.strip_prefix("data: ")?;
        Some((name.clone(), data.to_owned()))
    })
}

fn drawn(grey: u8) -> Canvas {
    let mut canvas = Canvas::new(8, 8, Depth::Colour);
    let Ok(()) = canvas.clear(Rgb888::new(grey, grey, grey));
    canvas
}

fn at(stage: Stage, grey: u8) -> Arc<Live> {
    let arrival = Arrival {
        stage,
        ..Arrival::default()
    };
    Live {
        arrival,
        screen: Some(Arc::new(Picture::new(drawn(grey)))),
        ..Live::default()
    }
    .into()
}

#[test]
fn a_page_gets_the_present_state_and_every_change() {
    let served = Served::new();
    let staff = served.staff();
    served.live.send_replace(at(Stage::Empty, 1));
    let mut events = follow(&staff);
    let mut next = |expect: &str| {
        let (name, data) = events.next().unwrap();
        assert_eq!(name, expect);
        data
    };
    let stage = |data: &str| serde_json::from_str::<Value>(data).unwrap()["stage"].clone();
    assert_eq!(stage(&next("arrival")), "empty");
    let first = next("screen");
    assert_eq!(next("notices"), "[]");

    served.live.send_replace(at(Stage::Predicting, 2));
    assert_eq!(stage(&next("arrival")), "looking");
    let second = next("screen");
    assert_ne!(first, second);
    assert_eq!(staff.get("/api/v1/live").json()["screen"], second);

    served.live.send_modify(|live| {
        Arc::make_mut(live).notices.push(Notice {
            part: Part::Tag,
            message: Message::new("notice-tag-unknown").with("tag", "CH0042"),
        });
    });
    let notices = next("notices");
    assert!(
        notices.contains("No animal has the tag CH0042"),
        "{notices}"
    );

    let visit = served.unsure_visit();
    staff.post(
        &format!("/api/v1/visits/{visit}/settle"),
        &json!({"breed": "pug"}),
    );
    next("visits");
}

#[test]
fn a_slow_reader_misses_what_has_passed_and_delays_nobody() {
    let served = Served::new();
    let staff = served.staff();
    let mut events = follow(&staff);
    events.next().unwrap();
    let start = Instant::now();
    for n in 0..20_000_u32 {
        let stage = if n % 2 == 0 {
            Stage::Predicting
        } else {
            Stage::Empty
        };
        served.live.send_replace(at(stage, (n % 250) as u8));
    }
    assert!(
        start.elapsed() < Duration::from_secs(5),
        "{:?}",
        start.elapsed()
    );
    served.live.send_replace(at(Stage::Thanks, 3));
    let read = events
        .take_while(|(name, data)| name != "arrival" || !data.contains("thanks"))
        .count();
    assert!(read < 20_000, "{read} events");
}

#[test]
fn the_same_pixels_are_sent_once() {
    let served = Served::new();
    let staff = served.staff();
    assert_eq!(staff.get("/api/v1/live/screen.png").status, 404);
    served.live.send_replace(at(Stage::Empty, 1));
    let picture = staff.get("/api/v1/live/screen.png");
    assert_eq!((picture.status, &picture.body), (200, &drawn(1).to_png()));
    let known = [("If-None-Match", picture.header("etag"))];
    let again = staff.ask("GET", "/api/v1/live/screen.png", &known, None);
    assert_eq!((again.status, again.body.len()), (304, 0));
    served.live.send_replace(at(Stage::Empty, 2));
    let other = staff.ask("GET", "/api/v1/live/screen.png", &known, None);
    assert_eq!(other.status, 200);
}

#[test]
fn pages_that_follow_do_not_keep_the_desk_from_closing() {
    let mut served = Served::new();
    let staff = served.staff();
    let mut events = follow(&staff);
    events.next().unwrap();
    let start = Instant::now();
    served.close();
    assert!(
        start.elapsed() < Duration::from_secs(4),
        "{:?}",
        start.elapsed()
    );
    assert!(events.count() < 10);
}
