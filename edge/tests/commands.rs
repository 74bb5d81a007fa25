//! Commands of people and programs: none is lost, each is for what was on the screen when it was
//! given, and two people do not undo one another.

use std::future::pending;
use std::net::TcpListener;
use std::sync::Arc;
use std::thread;

use catalogue::{Decision, NoVisit, Settings};
use checkin::Stage;
use desk::access::{Access, Role};
use desk::kiosk::{Command, CommandError, Live};
use desk::setup::{NoCameras, Setup};
use desk::{Desk, Options};
use image::RgbImage;
use jiff::Timestamp;
use recognise::Language;
use screens::Button;
use serde_json::{Value, json};
use tokio::runtime;

use crate::kiosk::{GREEN, House, RED, entrance};

const PASSWORD: &str = "the staff's password";

fn wait_for<T>(work: impl Future<Output = T>) -> T {
    let runtime = runtime::Builder::new_current_thread().build();
    runtime.unwrap().block_on(work)
}

/// What is on the screen.
fn shown(house: &House) -> Arc<Live> {
    Arc::clone(&house.kiosk.live().borrow())
}

/// Gives a command for what is on the screen, and waits for its effect.
fn ask(house: &House, command: Command) -> Result<(), CommandError> {
    wait_for(house.kiosk.ask(command))
}

/// Serves the page of a kiosk; returns its address.
fn serve(house: &House) -> String {
    let folder = house.folder.path().to_owned();
    let access = Access::open(&folder).unwrap();
    access.set_password(Role::Staff, PASSWORD).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let options = Options {
        address,
        folder,
        names: Vec::new(),
        photographs: Default::default(),
        tls: None,
        setup: Setup::default(),
        cameras: Arc::new(NoCameras),
    };
    let desk = Desk::new(house.kiosk.clone(), access, options);
    thread::spawn(move || {
        let runtime = runtime::Runtime::new().unwrap();
        runtime.block_on(desk.serve(listener, pending())).unwrap();
    });
    format!("http://{address}/api/v1/")
}

/// Somebody at a page.
struct Person {
    agent: ureq::Agent,
    api: String,
}

impl Person {
    fn new(api: &str) -> Self {
        let config = ureq::Agent::config_builder().http_status_as_error(false);
        let person = Self {
            agent: config.build().into(),
            api: api.to_owned(),
        };
        let (status, answer) = person.post("login", &json!({ "password": PASSWORD }));
        assert_eq!(status, 200, "{answer}");
        person
    }

    /// The arrival on the screen.
    fn look(&self) -> Value {
        let answer = self.agent.get(format!("{}live", self.api)).call();
        let live: Value = answer.unwrap().body_mut().read_json().unwrap();
        live["arrival"].clone()
    }

    fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let answer = self
            .agent
            .post(format!("{}{path}", self.api))
            .send_json(body);
        let mut answer = answer.unwrap();
        let text = answer.body_mut().read_to_string().unwrap();
        let body = serde_json::from_str(&text).unwrap_or_default();
        (answer.status().as_u16(), body)
    }

    /// Presses a button for an arrival that this person has seen.
    fn press(&self, button: &str, seen: &Value) -> (u16, Value) {
        let body = json!({
            "visit": seen["visit"],
            "revision": seen["revision"],
            "selected": seen["selected"],
        });
        self.post(&format!("press/{button}"), &body)
    }
}

#[test]
fn two_people_at_two_pages_do_not_undo_one_another() {
    let house = House::new();
    let api = serve(&house);
    let (first, second) = (Person::new(&api), Person::new(&api));
    house.show(Some(entrance(Some(RED))));
    house.stage(Stage::Answered);
    let seen = first.look();
    assert_eq!(seen, second.look());
    assert_eq!(
        (&seen["revision"], &seen["selected"]),
        (&json!(0), &json!(0))
    );
    let settle = format!("visits/{}/settle", seen["visit"]);

    // The first selects another breed: that is what the second, who saw the one before, would
    // confirm unseen.
    assert_eq!(first.press("next", &seen).0, 202);
    let (status, refusal) = second.press("confirm", &seen);
    assert_eq!((status, &refusal["arrival"]), (409, &first.look()));
    assert_eq!(refusal["arrival"]["selected"], 1);
    assert_eq!(house.confirmed(), [None]);
    let seen_now = second.look();
    assert_eq!(second.press("confirm", &seen_now).0, 202);
    assert_eq!(house.confirmed(), [Some("green_dog".into())]);
    assert_eq!(first.look()["stage"], "settled", "at once, on every page");

    // The first knows nothing of that yet, and decides otherwise in every way there is.
    let decision = |revision: &Value| json!({ "breed": "red_cat", "revision": revision });
    let (status, refusal) = first.post(&settle, &decision(&seen["revision"]));
    assert_eq!(
        (status, &refusal["visit"]["said"]),
        (409, &json!("green_dog"))
    );
    for button in ["confirm", "next", "new"] {
        assert_eq!(first.press(button, &seen).0, 409, "{button}");
    }
    assert_eq!(house.confirmed(), [Some("green_dog".into())]);

    // Who has seen it may correct it, and the screen shows that before the answer comes.
    let seen = first.look();
    let (status, visit) = first.post(&settle, &decision(&seen["revision"]));
    assert_eq!((status, &visit["said"]), (200, &json!("red_cat")));
    assert_ne!(second.look()["revision"], seen["revision"]);
    assert_eq!(house.confirmed(), [Some("red_cat".into())]);
    assert_eq!(first.post("press/new", &Value::Null).0, 202);
}

#[test]
fn a_press_that_was_made_for_another_animal_confirms_nothing() {
    let house = House::new();
    house.show(Some(entrance(Some(RED))));
    let first = house.stage(Stage::Answered).arrival.clone();
    house.show(Some(entrance(Some(GREEN))));
    let second = house.wait("the next visit", |live| {
        live.arrival.visit.is_some() && live.arrival.visit != first.visit
    });
    for button in [Button::Confirm, Button::Next, Button::New] {
        let late = wait_for(house.kiosk.press(button, first.shown()));
        assert_eq!(late, Err(CommandError::Outdated), "{button:?}");
    }
    assert_eq!(shown(&house).arrival, second.arrival);
    assert_eq!(house.confirmed(), [None, None]);
    let in_time = wait_for(house.kiosk.press(Button::Confirm, second.arrival.shown()));
    assert_eq!(in_time, Ok(()));
    assert_eq!(shown(&house).arrival.stage, Stage::Confirmed);
    assert_eq!(house.confirmed(), [None, Some("green_dog".into())]);
}

#[test]
fn a_press_does_not_replace_a_decision_that_the_screen_does_not_show_yet() {
    let house = House::new();
    house.show(Some(entrance(Some(RED))));
    let visit = house.stage(Stage::Answered).arrival.visit.unwrap();
    let decision = Decision {
        breed: "blue_dog".into(),
        breed_name: None,
        animal: None,
        by: "staff".to_owned(),
        at: Timestamp::now(),
        revision: Some(0),
    };
    house.kiosk.catalogue.confirm(visit, &decision).unwrap();
    let late = ask(&house, Command::Press(Button::Confirm));
    assert_eq!(late, Err(CommandError::Outdated));
    assert_eq!(house.confirmed(), [Some("blue_dog".into())]);
    assert_eq!(shown(&house).arrival.stage, Stage::Confirmed);
}

#[test]
fn no_press_is_lost_however_fast_somebody_presses() {
    let house = House::new();
    house.show(Some(entrance(Some(RED))));
    let candidates = house.stage(Stage::Answered).arrival.candidates.len();
    for _ in 0..1000 {
        house.kiosk.tell(Command::Press(Button::Next)).unwrap();
    }
    assert_eq!(ask(&house, Command::Press(Button::Next)), Ok(()));
    assert_eq!(shown(&house).arrival.selected, 1001 % candidates);
}

#[test]
fn a_photograph_too_many_is_refused() {
    let house = House::new();
    let taken = (0..100)
        .take_while(|_| ask(&house, Command::Photograph(RgbImage::new(8, 8))).is_ok())
        .count();
    assert!((32..100).contains(&taken), "{taken}");
    let one_more = ask(&house, Command::Photograph(RgbImage::new(8, 8)));
    assert_eq!(one_more, Err(CommandError::Busy));
    let press = house.kiosk.tell(Command::Press(Button::Next));
    assert_eq!(press, Ok(()), "commands have room");
}

#[test]
fn whoever_stays_after_the_new_button_is_no_second_visit() {
    let house = House::new();
    house.show(Some(entrance(Some(RED))));
    let live = house.stage(Stage::Answered);
    assert_eq!(ask(&house, Command::Press(Button::New)), Ok(()));
    assert_eq!(shown(&house).arrival.stage, Stage::Empty);
    // The network still checks whether it is the same animal.
    let predictions = live.counts.predictions + 3;
    let live = house.wait("predictions", |live| live.counts.predictions >= predictions);
    assert_eq!(live.arrival.stage, Stage::Empty);
    assert_eq!(house.confirmed(), [None]);

    // It leaves and comes again.
    house.show(Some(entrance(None)));
    let frames = live.counts.frames + 5;
    house.wait("an empty entrance", |live| live.counts.frames > frames);
    house.show(Some(entrance(Some(RED))));
    house.stage(Stage::Answered);
    assert_eq!(house.confirmed(), [None, None]);
}

#[test]
fn what_staff_take_back_on_the_page_is_open_again_on_the_screen() {
    let house = House::new();
    house.show(Some(entrance(Some(RED))));
    let visit = house.stage(Stage::Answered).arrival.visit.unwrap();
    assert_eq!(ask(&house, Command::Press(Button::Confirm)), Ok(()));
    let confirmed = shown(&house);
    assert_eq!(confirmed.arrival.stage, Stage::Confirmed);

    let undone = house.kiosk.catalogue.undo(visit, None, "staff").unwrap();
    assert_eq!(ask(&house, Command::Confirmed(visit)), Ok(()));
    let open = shown(&house);
    assert_eq!(open.arrival.stage, Stage::Answered);
    assert_eq!(open.arrival.revision, undone.revision);
    let late = wait_for(house.kiosk.press(Button::Next, confirmed.arrival.shown()));
    assert_eq!(late, Err(CommandError::Outdated));
    assert_eq!(ask(&house, Command::Press(Button::Confirm)), Ok(()));
    assert_eq!(house.confirmed(), [Some("red_cat".into())]);

    // A visit that was none goes, and whoever caused it makes no other.
    let catalogue = &house.kiosk.catalogue;
    catalogue
        .delete_visit(visit, NoVisit::Mistake, None, "staff")
        .unwrap();
    assert_eq!(ask(&house, Command::Confirmed(visit)), Ok(()));
    let predictions = shown(&house).counts.predictions + 2;
    let live = house.wait("predictions", |live| live.counts.predictions >= predictions);
    assert_eq!(
        (live.arrival.stage, live.arrival.visit),
        (Stage::Empty, None)
    );
    assert!(house.confirmed().is_empty());
}

#[test]
fn the_screen_is_in_another_language_as_soon_as_the_settings_are() {
    let house = House::new();
    let picture = || shown(&house).screen.clone().unwrap().png().to_owned();
    let follow = |language| {
        let settings = Settings {
            language,
            ..Settings::default()
        };
        let catalogue = &house.kiosk.catalogue;
        catalogue.set_settings(&settings, "owner").unwrap();
        assert_eq!(ask(&house, Command::Settings), Ok(()));
        picture()
    };
    let english = follow(Language::English);
    assert_ne!(follow(Language::French), english);
    assert_eq!(follow(Language::English), english);
}
