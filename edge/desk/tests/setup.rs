//! Setting the kiosk up from a phone, for the first time and again.

use std::sync::{Arc, Mutex};

use catalogue::Settings;
use desk::access::{Access, Role};
use desk::kiosk::{Command, Live, Notice, Part};
use desk::setup::{CameraChoice, Cameras, Setup};
use image::{Rgb, RgbImage};
use recognise::Language;
use screens::locale::Message;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::api::animal;
use crate::pages::html::check_page;
use crate::{Answer, Client, OWNER, STAFF, Served};

/// The password that is chosen in the wizard.
const CHOSEN: &str = "quatre mots de Zoé";

/// What is no camera's address.
const BROKEN: &str = "ftp://192.168.1.20/";

/// A step, what is entered there, and the step after it.
type Entered<'a> = (&'a str, Vec<(&'a str, &'a str)>, &'a str);

/// The cameras of a kiosk: one at the ribbon, and another one.
struct Pretended {
    used: Mutex<String>,
    is_fixed: bool,
}

impl Cameras for Pretended {
    fn list(&self) -> Vec<CameraChoice> {
        let listed = [("csi", "Camera Module 3"), ("/dev/video9", "Webcam")];
        let listed = listed.map(|(choice, name)| CameraChoice {
            choice: choice.to_owned(),
            name: name.to_owned(),
        });
        listed.into()
    }

    fn current(&self) -> String {
        self.used.lock().unwrap().clone()
    }

    fn is_fixed(&self) -> bool {
        self.is_fixed
    }

    fn choose(&self, choice: &str) -> Result<(), Message> {
        if choice == BROKEN {
            return Err(Message::new("notice-camera-scheme").with("scheme", "ftp"));
        }
        *self.used.lock().unwrap() = choice.to_owned();
        Ok(())
    }

    fn picture(&self) -> Option<RgbImage> {
        let sees = self.current() != "none";
        sees.then(|| RgbImage::from_pixel(64, 48, Rgb([180, 120, 60])))
    }
}

/// A kiosk that is being set up.
struct House {
    served: Served,
    setup: Setup,
    cameras: Arc<Pretended>,
}

impl House {
    /// A kiosk that nobody has set up yet.
    fn first() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::with(folder, Setup::new(true), false)
    }

    /// A kiosk that has been in use for a while.
    fn in_use(is_fixed: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let access = Access::open(folder.path()).unwrap();
        access.set_password(Role::Owner, OWNER).unwrap();
        access.set_password(Role::Staff, STAFF).unwrap();
        let setup = Setup::new(false).recorded_by(&access);
        Self::with(folder, setup, is_fixed)
    }

    fn with(folder: TempDir, setup: Setup, is_fixed: bool) -> Self {
        let cameras = Arc::new(Pretended {
            used: Mutex::new("auto".to_owned()),
            is_fixed,
        });
        let served = Served::with(folder.into(), |options| {
            options.setup = setup.clone();
            options.cameras = cameras.clone();
        });
        Self {
            served,
            setup,
            cameras,
        }
    }

    /// A phone that has sent the six figures.
    fn phone(&self) -> Client {
        let phone = self.served.anonymous();
        let code = self.setup.code().unwrap();
        let entered = send(&phone, "/setup", &[("figures", &*code)]);
        assert_eq!(entered.status, 303, "{}", entered.text());
        phone
    }

    fn owner_has_password(&self) -> bool {
        let access = Access::open(self.served.folder.path()).unwrap();
        access.has_password(Role::Owner).unwrap()
    }

    fn settings(&self) -> Settings {
        self.served.catalogue.settings().unwrap()
    }
}

/// Sends a form.
fn send(client: &Client, path: &str, form: &[(&str, &str)]) -> Answer {
    send_from(None, client, path, form)
}

/// Sends a form from another address in the network, if one is given.
fn send_from(address: Option<&str>, client: &Client, path: &str, form: &[(&str, &str)]) -> Answer {
    let encoded = |text: &str| -> String {
        let byte = |byte: u8| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        };
        text.bytes().map(byte).collect()
    };
    let pairs = form
        .iter()
        .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)));
    let body = pairs.collect::<Vec<_>>().join("&");
    let mut headers = vec![("Content-Type", "application/x-www-form-urlencoded")];
    headers.extend(address.map(|address| ("X-Forwarded-For", address)));
    client.ask("POST", path, &headers, Some(body.as_bytes()))
}

/// Where an answer leads.
fn to(answer: &Answer) -> (u16, &str) {
    (answer.status, answer.header("location"))
}

/// What is entered after the six figures.
fn entered() -> [Entered<'static>; 6] {
    let kept = vec![
        ("keep_photographs", "yes"),
        ("keep_days", "30"),
        ("quota_mb", "500"),
        ("contact_months", "24"),
    ];
    [
        (
            "/setup/language",
            vec![("language", "fr")],
            "/setup/password",
        ),
        (
            "/setup/password",
            vec![("password", CHOSEN), ("again", CHOSEN)],
            "/setup/place",
        ),
        (
            "/setup/place",
            vec![("name", "Chez Médor"), ("time_zone", "Europe/Paris")],
            "/setup/camera",
        ),
        ("/setup/camera", vec![("choice", "csi")], "/setup/camera"),
        ("/setup/camera", vec![("next", "yes")], "/setup/keep"),
        ("/setup/keep", kept, "/setup/done"),
    ]
}

/// What is stored in the end.
fn stored() -> Settings {
    Settings {
        name: "Chez Médor".to_owned(),
        language: Language::French,
        keep_days: 30,
        quota_mb: 500,
        contact_months: Some(24),
        time_zone: Some("Europe/Paris".to_owned()),
        camera: Some("csi".to_owned()),
        ..Settings::default()
    }
}

#[test]
fn a_phone_sets_the_kiosk_up_in_seven_steps_and_nothing_is_stored_before_the_last() {
    let house = House::first();
    let stranger = house.served.anonymous();
    let asked = stranger.get("/setup");
    assert_eq!(asked.status, 200);
    check_page("/setup", "en", &asked.text());
    assert!(asked.text().contains("Step 1 of 7"));
    assert!(!asked.text().contains(&house.setup.code().unwrap()));

    let phone = house.phone();
    for (number, (path, form, next)) in (2..).zip(entered()) {
        let language = if number == 2 { "en" } else { "fr" };
        let page = phone.get(path);
        assert_eq!(page.status, 200, "{path}");
        check_page(path, language, &page.text());
        // The camera takes two forms.
        let step = if number > 5 { number - 1 } else { number };
        let progress = match language {
            "en" => format!("Step {step} of 7"),
            _ => format!("Étape {step} sur 7"),
        };
        assert!(page.text().contains(&progress), "{path}: {}", page.text());
        assert_eq!(
            phone.get(path).text(),
            page.text(),
            "a reload changes nothing"
        );
        assert_eq!(house.settings(), Settings::default(), "{path}");
        assert!(!house.owner_has_password(), "{path}");
        let sent = send(&phone, path, &form);
        assert_eq!(to(&sent), (303, next), "{path}: {}", sent.text());
    }
    assert_eq!(house.settings(), stored());
    assert_eq!(house.cameras.current(), "csi");
    assert!(!house.setup.is_open());
    assert!(matches!(
        house.served.commands.recv(),
        Ok(Command::Settings)
    ));
    for path in ["/setup/done", "/", "/settings"] {
        let page = phone.get(path);
        assert_eq!(page.status, 200, "{path}");
        check_page(path, "fr", &page.text());
    }
    let owner = house.served.anonymous().logged_in(CHOSEN);
    let record = owner.get("/api/v1/audit").json();
    let done: Vec<[&str; 3]> = (record.as_array().unwrap().iter())
        .map(|entry| ["event", "by", "about"].map(|field| entry[field].as_str().unwrap()))
        .collect();
    assert_eq!(
        done,
        [
            ["login", "owner", ""],
            ["login", "owner", ""],
            ["password", "", "owner"],
            ["setup", "", "first"],
        ]
    );
    for language in ["en", "fr"] {
        let chosen = send(&owner, "/language", &[("language", language)]);
        assert_eq!(chosen.status, 303);
        check_page(
            "/settings/audit",
            language,
            &owner.get("/settings/audit").text(),
        );
    }
}

#[test]
fn nothing_else_answers_until_the_owner_has_a_password() {
    let house = House::first();
    let stranger = house.served.anonymous();
    let link = house.served.desk.login_link().unwrap();
    let link = link
        .split_once(&house.served.address.to_string())
        .unwrap()
        .1;
    for path in [
        "/",
        "/login",
        link,
        "/settings",
        "/invitation",
        "/nothing-here",
    ] {
        assert_eq!(to(&stranger.get(path)), (303, "/setup"), "{path}");
    }
    let login = send(&stranger, "/login", &[("password", "a wild guess")]);
    assert_eq!(to(&login), (303, "/setup"));
    for path in ["/api/v1/live", "/api/v1/openapi.json", "/metrics"] {
        let refused = stranger.get(path);
        assert_eq!(refused.status, 403, "{path}");
        assert!(refused.error().contains("/setup"), "{path}");
    }
    let login = stranger.post("/api/v1/login", &json!({"password": "a wild guess"}));
    assert_eq!(login.status, 403);
    for path in ["/setup", "/health", "/health/live", "/favicon.ico"] {
        assert_eq!(stranger.get(path).status, 200, "{path}");
    }
    for step in ["/setup/place", "/setup/keep", "/setup/camera.jpg"] {
        assert_eq!(to(&stranger.get(step)), (303, "/setup"), "{step}");
    }

    // `kiosk password owner` ends it too.
    let access = Access::open(house.served.folder.path()).unwrap();
    access.set_password(Role::Owner, OWNER).unwrap();
    assert_eq!(stranger.get("/login").status, 200);
    assert!(!house.setup.is_open());
    assert_eq!(to(&stranger.get("/setup")), (303, "/"));
    assert_eq!(house.served.owner().get("/").status, 200);
}

#[test]
fn no_step_takes_more_than_a_small_form() {
    let house = House::first();
    let long = "a".repeat(250_000);
    for client in [house.served.anonymous(), house.phone()] {
        for path in ["/setup"]
            .into_iter()
            .chain(entered().map(|(path, ..)| path))
        {
            let refused = send(&client, path, &[("figures", &*long)]);
            assert_eq!(refused.status, 413, "{path}");
        }
    }
}

#[test]
fn wrong_figures_are_recorded_and_slow_down_their_sender_alone() {
    let house = House::first();
    let phone = house.served.anonymous();
    let guess = |wrong| {
        let form = [("figures", wrong)];
        send_from(Some("192.168.1.66"), &phone, "/setup", &form)
    };
    for wrong in ["", "12345678", "figures"] {
        let refused = guess(wrong);
        assert_eq!(refused.status, 422, "{wrong}");
        check_page("/setup", "en", &refused.text());
        assert!(refused.text().contains("not the figures"));
    }
    // However slow this machine is: the pauses grow.
    let mut guesses = (0..12).map(|_| guess("figures"));
    let early = guesses.find(|answer| answer.status == 429).unwrap();
    let wait: u64 = early.header("retry-after").parse().unwrap();
    assert!(wait >= 1);
    check_page("/setup", "en", &early.text());
    assert!(early.text().contains("Wait"));
    let record = std::fs::read_to_string(house.served.folder.path().join("audit-strangers.jsonl"));
    assert!(record.unwrap().contains("setup_failed"));
    house.phone();
}

#[test]
fn right_figures_do_not_slow_down_whoever_sends_them() {
    let house = House::first();
    house.phone();
    let (second, code) = (house.served.anonymous(), house.setup.code().unwrap());
    for _ in 0..8 {
        let told = send(&second, "/setup", &[("figures", &*code)]);
        assert_eq!(told.status, 409, "the first phone has the wizard");
    }
}

#[test]
fn the_first_phone_goes_on_until_another_one_takes_over() {
    let house = House::first();
    let first = house.phone();
    send(&first, "/setup/language", &[("language", "fr")]);
    let password = [("password", CHOSEN), ("again", CHOSEN)];
    send(&first, "/setup/password", &password);

    let second = house.served.anonymous();
    let code = house.setup.code().unwrap();
    let told = send(&second, "/setup", &[("figures", &*code)]);
    assert_eq!(told.status, 409);
    check_page("/setup", "en", &told.text());
    assert!(told.text().contains("Another phone"));
    assert_eq!(to(&second.get("/setup/place")), (303, "/setup"));
    assert_eq!(first.get("/setup/place").status, 200);

    let takes_over = [("figures", &*code), ("take_over", "yes")];
    let taken = send(&second, "/setup", &takes_over);
    assert_eq!(to(&taken), (303, "/setup/password"), "the language stays");
    for (path, form, _) in entered() {
        assert_eq!(to(&send(&first, path, &form)), (303, "/setup"), "{path}");
    }
    let ended = first.get("/setup").text();
    check_page("/setup", "en", &ended);
    assert!(ended.contains("has run out"));
    assert!(!house.owner_has_password());
}

#[test]
fn steps_are_taken_in_their_order_and_again_on_the_way_back() {
    let house = House::first();
    let phone = house.phone();
    let steps = entered();
    for (path, form, _) in &steps[1..] {
        assert_eq!(to(&phone.get(path)), (303, "/setup/language"), "{path}");
        assert_eq!(to(&send(&phone, path, form)), (303, "/setup/language"));
    }
    for (path, form, next) in &steps[..3] {
        assert_eq!(to(&send(&phone, path, form)), (303, *next));
    }
    assert_eq!(to(&phone.get("/setup")), (303, "/setup/camera"));
    assert_eq!(to(&phone.get("/setup/keep")), (303, "/setup/camera"));

    let language = send(&phone, "/setup/language", &[("language", "en")]);
    assert_eq!(to(&language), (303, "/setup/password"));
    let page = phone.get("/setup/password").text();
    check_page("/setup/password", "en", &page);
    assert!(page.contains("entered one already") && !page.contains(CHOSEN));
    let same = send(&phone, "/setup/password", &[]);
    assert_eq!(to(&same), (303, "/setup/place"));
    let place = phone.get("/setup/place").text();
    assert!(place.contains("value=\"Chez Médor\"") && place.contains("value=\"Europe/Paris\""));
    for (path, form, next) in &steps[3..] {
        assert_eq!(to(&send(&phone, path, form)), (303, *next), "{path}");
    }
    let expected = Settings {
        language: Language::English,
        ..stored()
    };
    assert_eq!(house.settings(), expected);
}

#[test]
fn what_cannot_be_accepted_is_said_and_nothing_is_half_set_up() {
    let house = House::first();
    let phone = house.phone();
    let check = |path: &str, form: &[(&str, &str)], says: &str| {
        let refused = send(&phone, path, form);
        assert_eq!(refused.status, 422, "{path} {form:?}: {}", refused.text());
        check_page(path, "fr", &refused.text());
        assert!(refused.text().contains(says), "{path}: {}", refused.text());
    };
    let [language, password, place, _, next, keep] = entered();
    send(&phone, language.0, &language.1);
    let twice = |word| [("password", word), ("again", word)];
    check(password.0, &[], "10 à 200 caractères");
    check(password.0, &twice("short"), "10 à 200 caractères");
    check(password.0, &twice("motdepasse2026"), "facile à deviner");
    let differ = [("password", CHOSEN), ("again", "quatre mots de Zoe")];
    check(password.0, &differ, "diffèrent");
    send(&phone, password.0, &password.1);
    for zone in ["Mars/Olympus", "CET+25", "Europe"] {
        let form = [("name", "Chez Médor"), ("time_zone", zone)];
        check(place.0, &form, "fuseau horaire n’existe pas");
    }
    let long = "é".repeat(101);
    check(place.0, &[("name", &*long)], "1 à 100 caractères");
    send(&phone, place.0, &place.1);

    check(next.0, &[("address", BROKEN)], "accessible par");
    check(
        next.0,
        &[("address", BROKEN)],
        "value=\"ftp://192.168.1.20/\"",
    );
    check(next.0, &[("address", &*"h".repeat(501))], "500 caractères");
    assert_eq!(house.cameras.current(), "auto");
    assert_eq!(to(&send(&phone, next.0, &next.1)), (303, "/setup/keep"));
    check(
        keep.0,
        &[("keep_days", "0"), ("quota_mb", "500")],
        "de 1 à 3650 jours",
    );
    check(
        keep.0,
        &[("keep_days", "30"), ("quota_mb", "many")],
        "comprise entre 10",
    );
    assert_eq!(house.settings(), Settings::default());
    assert!(!house.owner_has_password());

    assert_eq!(to(&send(&phone, keep.0, &keep.1)), (303, "/setup/done"));
    assert_eq!(house.settings().camera, None);
}

#[test]
fn the_phone_sees_what_the_camera_sees_and_others_do_not() {
    let house = House::first();
    let phone = house.phone();
    for (path, form, _) in &entered()[..3] {
        send(&phone, path, form);
    }
    let seen = phone.get("/setup/camera.jpg");
    assert_eq!(
        (seen.status, seen.header("content-type")),
        (200, "image/jpeg")
    );
    let picture = image::load_from_memory(&seen.body).unwrap();
    assert_eq!((picture.width(), picture.height()), (64, 48));
    let page = phone.get("/setup/camera").text();
    assert!(page.contains("Camera Module 3"), "{page}");
    let stranger = house.served.anonymous();
    assert_eq!(to(&stranger.get("/setup/camera.jpg")), (303, "/setup"));

    send(&phone, "/setup/camera", &[("choice", "none")]);
    assert_eq!(phone.get("/setup/camera.jpg").status, 404);
}

#[test]
fn the_camera_step_says_why_there_is_no_picture() {
    let house = House::first();
    let phone = house.phone();
    for (path, form, _) in &entered()[..3] {
        send(&phone, path, form);
    }
    let why = "Aucun module caméra";
    assert!(!phone.get("/setup/camera").text().contains(why));
    let chosen = send(&phone, "/setup/camera", &[("choice", "csi")]);
    assert_eq!(to(&chosen), (303, "/setup/camera"));
    let notice = |part, key| Notice {
        part,
        message: Message::new(key),
    };
    house.served.live.send_replace(Arc::new(Live {
        notices: vec![
            notice(Part::Camera, "notice-camera-hangs"),
            notice(Part::Camera, "notice-camera-csi-none"),
            notice(Part::Page, "notice-camera-none"),
        ],
        ..Live::default()
    }));
    let page = phone.get("/setup/camera").text();
    check_page("/setup/camera", "fr", &page);
    assert!(page.contains(why), "{page}");
    // A camera that does not work yet may do so later.
    let next = send(&phone, "/setup/camera", &[("next", "yes")]);
    assert_eq!(to(&next), (303, "/setup/keep"));
}

#[test]
fn settings_that_are_stored_use_their_camera_even_after_another_one_was_tried() {
    let house = House::in_use(false);
    let owner = house.served.owner();
    house.setup.open_again();
    let phone = house.phone();
    for (path, form, _) in &entered()[..4] {
        send(&phone, path, form);
    }
    assert_eq!(house.cameras.current(), "csi", "it is tried");
    let settings = owner.get("/api/v1/settings").json();
    assert_eq!(owner.say("PUT", "/api/v1/settings", &settings).status, 200);
    assert_eq!(house.cameras.current(), "auto");
}

#[test]
fn a_forgotten_password_is_set_again_without_it_and_the_catalogue_stays() {
    let house = House::in_use(true);
    let (owner, staff) = (house.served.owner(), house.served.staff());
    let rex = owner.post("/api/v1/animals", &animal("Rex")).json();
    let before = Settings {
        name: "Happy Paws".to_owned(),
        vaccination_days: 30,
        ..Settings::default()
    };
    house
        .served
        .catalogue
        .set_settings(&before, "owner")
        .unwrap();
    let stranger = house.served.anonymous();
    assert_eq!(
        to(&stranger.get("/setup")),
        (303, "/"),
        "nobody held the button"
    );

    let login = || {
        let sent = stranger.get("/");
        assert_eq!(sent.status, 303);
        let page = stranger.get(sent.header("location")).text();
        check_page("/login", "en", &page);
        page
    };
    let way = "href=\"/setup\"";
    assert!(!login().contains(way));
    house.setup.open_again();
    assert!(
        login().contains(way),
        "the way from the address on the screen"
    );
    assert_eq!(stranger.get("/setup").status, 200);
    assert_eq!(owner.get("/").status, 200, "everything else goes on");
    assert_eq!(to(&stranger.get("/today")).0, 303);
    let phone = house.phone();
    for (path, form, next) in entered() {
        match path {
            "/setup/place" => assert!(phone.get(path).text().contains("value=\"Happy Paws\"")),
            "/setup/camera" if form[0].0 == "choice" => {
                let refused = send(&phone, path, &form);
                assert_eq!(refused.status, 422);
                assert!(refused.text().contains("configuration"), "it is fixed");
                continue;
            }
            _ => {}
        }
        assert_eq!(to(&send(&phone, path, &form)), (303, next), "{path}");
    }
    let expected = Settings {
        vaccination_days: 30,
        camera: None,
        ..stored()
    };
    assert_eq!(house.settings(), expected);
    assert_eq!(
        owner.get("/api/v1/session").status,
        401,
        "the session ended"
    );
    assert_eq!(staff.get("/api/v1/session").status, 200);
    assert_eq!(phone.get("/").status, 200);
    let former = stranger.post("/api/v1/login", &json!({ "password": OWNER }));
    assert_eq!(former.status, 401);
    let owner = stranger.logged_in(CHOSEN);
    let rex = format!("/api/v1/animals/{}", rex["id"]);
    assert_eq!(owner.get(&rex).json()["name"], "Rex");
    assert_eq!(house.setup.code(), None);
    let record = owner.get("/api/v1/audit").json();
    let recorded: Vec<[&str; 3]> = (record.as_array().unwrap().iter())
        .map(|entry| ["event", "from", "about"].map(|field| entry[field].as_str().unwrap()))
        .collect();
    let address = "127.0.0.1";
    let of_setup = [
        ["password", address, "owner"],
        ["setup", address, "again"],
        ["setup_begun", "", ""],
    ];
    assert!(recorded.windows(3).any(|part| part == of_setup), "{record}");
    for (language, held, by) in [
        ("en", "Held the button", "At the kiosk"),
        ("fr", "A tenu le bouton", "À la borne"),
    ] {
        send(&owner, "/language", &[("language", language)]);
        let page = owner.get("/settings/audit").text();
        check_page("/settings/audit", language, &page);
        let entry = page.split("<li>").find(|entry| entry.contains(held));
        let entry = entry.unwrap_or_else(|| panic!("{page}"));
        let by = format!("<span class=\"tag\">{by}</span>");
        assert!(entry.contains(&by), "{entry}");
    }
}

#[test]
fn a_button_that_is_held_before_the_first_set_up_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let access = Access::open(folder.path()).unwrap();
    let setup = Setup::new(true).recorded_by(&access);
    let code = setup.code();
    setup.open_again();
    assert_eq!((setup.code(), setup.is_first()), (code, true));
    assert!(!folder.path().join("audit.jsonl").exists());
}

#[test]
fn the_settings_choose_time_zone_and_camera_too() {
    let house = House::in_use(false);
    let owner = house.served.owner();
    let put = |change: Value| {
        let mut settings = owner.get("/api/v1/settings").json();
        for (field, value) in change.as_object().unwrap() {
            settings[field] = value.clone();
        }
        owner.say("PUT", "/api/v1/settings", &settings)
    };
    assert_eq!(
        put(json!({"camera": "csi", "time_zone": "Asia/Tokyo"})).status,
        200
    );
    assert_eq!(house.cameras.current(), "csi");
    for wrong in [json!({"camera": BROKEN}), json!({"time_zone": "Mars"})] {
        assert_eq!(put(wrong.clone()).status, 422, "{wrong}");
    }
    let form = |more: &[(&str, &str)]| {
        let mut form = vec![("name", "Paws"), ("keep_days", "30"), ("quota_mb", "500")];
        form.extend(more);
        send(&owner, "/settings", &form)
    };
    for (field, wrong) in [("camera", BROKEN), ("time_zone", "Mars")] {
        let refused = form(&[(field, wrong)]);
        assert_eq!(refused.status, 422, "{field}");
        check_page("/settings", "en", &refused.text());
        assert!(refused.text().contains(&format!("value=\"{wrong}\"")));
    }
    let kept = |settings: Settings| (settings.time_zone, settings.camera);
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(kept(house.settings()), (some("Asia/Tokyo"), some("csi")));
    assert_eq!(form(&[]).status, 303, "a form of an older page");
    assert_eq!(kept(house.settings()), (some("Asia/Tokyo"), some("csi")));
    assert_eq!(form(&[("camera", ""), ("time_zone", "")]).status, 303);
    assert_eq!(kept(house.settings()), (None, None));
    assert_eq!(house.cameras.current(), "auto");
    let page = owner.get("/settings").text();
    assert!(page.contains("<option value=\"csi\">Camera Module 3</option>"));
}
