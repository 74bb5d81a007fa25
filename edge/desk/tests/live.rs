//! The screen and its events.

use std::io::{BufRead, BufReader};
use std::sync::Arc;
use std::time::{Duration, Instant};

use catalogue::{AnimalFields, Guess, PossibleGuest, VisitId};
use checkin::Stage;
use desk::kiosk::{
    Arrival, Command, CommandError, Inbox, Live, Notice, Order, Part, Picture, Shown,
};
use embedded_graphics::pixelcolor::Rgb888;
use embedded_graphics::prelude::DrawTarget;
use image::RgbImage;
use recognise::metadata::Species;
use recognise::{Candidate, Region};
use screens::locale::Message;
use screens::{Button, Canvas, Depth};
use serde_json::{Value, json};

use crate::{Client, Served};

/// The events of a stream, as they come, but for signs of life.
pub(crate) fn follow(client: &Client) -> impl Iterator<Item = (String, String)> + use<> {
    follow_all(client).filter(|(name, _)| name != "alive")
}

fn follow_all(client: &Client) -> impl Iterator<Item = (String, String)> + use<> {
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
        screen: Some(Arc::new(Picture::new(move || drawn(grey)))),
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
    assert_eq!(next("others"), "[]");
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
fn a_page_hears_that_the_kiosk_is_there_for_as_long_as_it_is_logged_in() {
    let served = Served::new();
    let staff = served.staff();
    let mut events = follow_all(&staff);
    let start = Instant::now();
    assert!(events.any(|(name, _)| name == "alive"));
    assert_eq!(staff.post("/api/v1/logout", &json!({})).status, 204);
    events.for_each(drop);
    assert!(start.elapsed() < Duration::from_secs(20), "soon");
}

#[test]
fn a_new_language_is_on_every_page_and_on_the_screen_at_once() {
    let served = Served::new();
    let (owner, staff) = (served.owner(), served.staff());
    let english = [("Accept-Language", "en")];
    let page = |client: &Client| client.ask("GET", "/animals", &english, None).text();
    assert!(page(&staff).contains("<html lang=\"en\">"));
    let mut events = follow(&staff);
    events.next().unwrap();
    let mut settings = owner.get("/api/v1/settings").json();
    settings["language"] = json!("fr");
    assert_eq!(owner.say("PUT", "/api/v1/settings", &settings).status, 200);
    let command = served.commands.try_recv();
    assert!(matches!(command, Ok(Command::Settings)), "{command:?}");
    assert!(events.any(|(name, _)| name == "language"));
    assert!(page(&staff).contains("<html lang=\"fr\">"));
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

/// Two dogs at the desk, the first of them in focus.
fn two_dogs() -> Live {
    let arrival = |number: u8, region: [f32; 4]| Arrival {
        id: u64::from(number) + 10,
        number,
        region: Region::new(region[0], region[1], region[2], region[3]).unwrap(),
        stage: Stage::Answered,
        visit: Some(VisitId(number.into())),
        ..Arrival::default()
    };
    Live {
        arrival: arrival(1, [0.0, 0.25, 0.5, 1.0]),
        others: vec![arrival(2, [0.5, 0.25, 1.0, 1.0])],
        ..Live::default()
    }
}

#[test]
fn several_arrivals_are_told_apart_and_each_is_pressed_for_itself() {
    let served = Served::new();
    let staff = served.staff();
    served.live.send_replace(two_dogs().into());
    let live = staff.get("/api/v1/live").json();
    assert_eq!(live["arrival"]["number"], 1);
    assert_eq!(live["arrival"]["region"], json!([0.0, 0.25, 0.5, 1.0]));
    assert_eq!(live["others"][0]["id"], 12);
    assert_eq!(live["others"][0]["visit"], 2);

    let confirm = |press: Value| staff.post("/api/v1/press/confirm", &press).status;
    assert_eq!(confirm(json!({"visit": 2})), 409, "that of the other one");
    assert_eq!(confirm(json!({"arrival": 12, "visit": 2})), 202);
    assert_eq!(confirm(json!({"arrival": 12, "visit": 1})), 409);
    assert_eq!(confirm(json!({"arrival": 13})), 409, "it is gone");

    let focus = |id: u64| staff.post(&format!("/api/v1/arrivals/{id}/focus"), &json!({}));
    assert_eq!(focus(12).status, 202);
    let gone = focus(13);
    assert_eq!(gone.status, 409);
    assert_eq!(gone.json()["others"], live["others"]);
    let commands: Vec<Command> = served.commands.try_iter().collect();
    assert!(
        matches!(
            commands[..],
            [Command::Press(Button::Confirm), Command::Focus(12)]
        ),
        "{commands:?}"
    );
}

#[test]
fn an_animal_that_only_moves_is_no_event() {
    let served = Served::new();
    let staff = served.staff();
    served.live.send_replace(two_dogs().into());
    let mut events = follow(&staff);
    for expect in ["arrival", "others", "notices"] {
        assert_eq!(events.next().unwrap().0, expect);
    }
    let mut moved = two_dogs();
    moved.arrival.region = Region::WHOLE;
    moved.others[0].region = Region::WHOLE;
    served.live.send_replace(moved.clone().into());
    moved.others.clear();
    served.live.send_replace(moved.into());
    assert_eq!(events.next().unwrap(), ("others".into(), "[]".into()));
}

#[test]
fn whom_an_arrival_may_be_is_confirmed_only_by_whoever_saw_it() {
    let served = Served::new();
    let staff = served.staff();
    let animals = ["Bella", "Max"].map(|name| {
        let fields = AnimalFields::new(name, Species::Dog, "beagle");
        let id = served.catalogue.add_animal(&fields, "staff").unwrap();
        served.catalogue.animal(id).unwrap()
    });
    let guests = animals.clone().map(|animal| PossibleGuest {
        animal,
        probability: 0.4,
        visit: None,
    });
    let guess = Guess {
        guests: guests.into(),
        new: 0.2,
    };
    let mut live = two_dogs();
    live.arrival.guess = Some(Arc::new(guess));
    live.arrival.selected_guest = Some(1);
    served.live.send_replace(live.into());
    let arrival = staff.get("/api/v1/live").json()["arrival"].clone();
    assert_eq!(arrival["guess"]["guests"][0]["name"], "Bella");
    assert_eq!(arrival["guess"]["guests"][1]["animal"], animals[1].id.0);
    assert_eq!(arrival["selected_guest"], 1);
    for (press, expected) in [
        (json!({}), 202),
        (json!({"selected_guest": 1}), 202),
        (json!({"selected_guest": 1, "selected": 0}), 202),
        (json!({"selected_guest": 0}), 409),
        (json!({"selected_guest": 9}), 409),
        (json!({"selected_guest": null}), 409),
        // Of a program that knows of breeds alone.
        (json!({"selected": 0}), 409),
    ] {
        let answer = staff.post("/api/v1/press/confirm", &press);
        assert_eq!(answer.status, expected, "{press}: {}", answer.text());
    }
}

/// A screen with an answer: a visit, its revision, and which of two breeds is selected.
fn answered(visit: Option<i64>, revision: u32, selected: usize) -> Arc<Live> {
    let candidates = ["beagle", "pug"].map(|breed| Candidate {
        breed: breed.into(),
        probability: 0.4,
    });
    let arrival = Arrival {
        stage: Stage::Answered,
        visit: visit.map(VisitId),
        revision,
        candidates: candidates.into(),
        selected,
        ..Arrival::default()
    };
    Live {
        arrival,
        ..Live::default()
    }
    .into()
}

#[test]
fn a_press_for_what_is_not_on_the_screen_is_refused_with_what_is() {
    let served = Served::new();
    let staff = served.staff();
    served.live.send_replace(answered(Some(7), 2, 1));
    // What the press is for, and the buttons that refuse it.
    let all: &[&str] = &["confirm", "next", "new"];
    let presses: [(&str, &[&str]); 11] = [
        ("", &[]),
        ("null", &[]),
        ("{}", &[]),
        (r#"{"visit": 7}"#, &[]),
        (r#"{"visit": 7, "revision": 2, "selected": 1}"#, &[]),
        (r#"{"visit": 8, "revision": 2, "selected": 1}"#, all),
        (r#"{"visit": null, "revision": 2, "selected": 1}"#, all),
        (r#"{"visit": 7, "revision": 1, "selected": 1}"#, all),
        (r#"{"revision": 3}"#, all),
        (r#"{"selected": 0}"#, &["confirm"]),
        (
            r#"{"visit": 7, "revision": 2, "selected": 9}"#,
            &["confirm"],
        ),
    ];
    for (body, refused_by) in presses {
        for button in all {
            let path = format!("/api/v1/press/{button}");
            let answer = staff.ask("POST", &path, &[], Some(body.as_bytes()));
            let is_refused = refused_by.contains(button);
            let expected = if is_refused { 409 } else { 202 };
            assert_eq!(
                answer.status,
                expected,
                "{button} {body}: {}",
                answer.text()
            );
            assert_eq!(served.commands.try_recv().is_err(), is_refused, "{body}");
            if is_refused {
                assert!(answer.error().contains("something else"), "{body}");
                let live = staff.get("/api/v1/live").json();
                for part in ["arrival", "others", "counts", "notices", "screen"] {
                    assert_eq!(answer.json()[part], live[part], "{part}");
                }
            }
        }
    }
    for body in ["nonsense", r#"{"visit": "7"}"#, r#"{"candidate": 1}"#] {
        let answer = staff.ask("POST", "/api/v1/press/confirm", &[], Some(body.as_bytes()));
        assert_eq!(answer.status, 422, "{body}: {}", answer.text());
        answer.error();
    }
    assert!(served.commands.try_recv().is_err());

    // Before the arrival is on record.
    served.live.send_replace(answered(None, 0, 0));
    for (body, expected) in [
        (r#"{"visit": null, "revision": 0, "selected": 0}"#, 202),
        (r#"{"visit": 7, "revision": 0, "selected": 0}"#, 409),
    ] {
        let answer = staff.ask("POST", "/api/v1/press/confirm", &[], Some(body.as_bytes()));
        assert_eq!(answer.status, expected, "{body}");
    }
}

#[test]
fn no_command_is_lost_however_many_frames_and_photographs_wait() {
    let inbox = Inbox::default();
    let give = |command| inbox.give(Order::new(command, Shown::default()));
    let photograph = || Command::Photograph(RgbImage::new(1, 1));
    let taken = (0..100).take_while(|_| give(photograph()).is_ok()).count();
    assert!((1..20).contains(&taken), "{taken} photographs");
    assert_eq!(give(photograph()), Err(CommandError::Busy));
    for _ in 0..10_000 {
        assert!(inbox.notify());
        assert_eq!(give(Command::Press(Button::Next)), Ok(()));
    }
    assert_eq!(inbox.waiting(), taken + 10_000);
    let presses = inbox.wait(Duration::from_secs(60));
    assert_eq!(presses.len(), 10_000, "none waits behind a photograph");
    assert!(inbox.photograph().is_some());
    assert_eq!(give(photograph()), Ok(()), "there is room again");
    assert_eq!(inbox.waiting(), taken);
    assert_eq!(inbox.wait(Duration::from_secs(60)).len(), 0, "that is news");

    // Between two pictures the kiosk takes the commands, and goes on to the newest frame after that.
    assert_eq!(give(Command::Press(Button::Next)), Ok(()));
    assert!(inbox.notify());
    assert_eq!(inbox.take().len(), 1);
    let start = Instant::now();
    assert_eq!(inbox.wait(Duration::from_secs(60)).len(), 0);
    assert!(
        start.elapsed() < Duration::from_secs(30),
        "the news is lost"
    );

    inbox.close();
    assert!(!inbox.notify());
    let refused = give(Command::Press(Button::Next));
    assert_eq!(refused, Err(CommandError::Stopped));
    assert_eq!(inbox.wait(Duration::from_secs(60)).len(), 0);
}
