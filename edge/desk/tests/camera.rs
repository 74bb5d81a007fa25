//! What the camera sees, for those who may see it, and for another kiosk.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use desk::access::{Access, Role};
use desk::setup::{CameraChoice, Cameras, NoCameras};
use image::{Rgb, RgbImage};
use screens::locale::Message;
use serde_json::json;

use crate::people::invited;
use crate::{Answer, OWNER, STAFF, Served};

const PATH: &str = "/api/v1/camera.jpg";

/// A camera at the entrance, whose pictures are kept from the first time on that somebody asks.
struct Entrance {
    sees: Mutex<Option<RgbImage>>,
    was_asked: AtomicBool,
}

impl Cameras for Entrance {
    fn list(&self) -> Vec<CameraChoice> {
        NoCameras.list()
    }

    fn current(&self) -> String {
        NoCameras.current()
    }

    fn is_fixed(&self) -> bool {
        NoCameras.is_fixed()
    }

    fn choose(&self, choice: &str) -> Result<(), Message> {
        NoCameras.choose(choice)
    }

    fn picture(&self) -> Option<RgbImage> {
        let was_asked = self.was_asked.swap(true, Ordering::Relaxed);
        was_asked.then(|| self.sees.lock().unwrap().clone())?
    }
}

/// A kiosk that sees something orange.
struct House {
    served: Served,
    entrance: Arc<Entrance>,
}

impl House {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let access = Access::open(folder.path()).unwrap();
        access.set_password(Role::Owner, OWNER).unwrap();
        access.set_password(Role::Staff, STAFF).unwrap();
        let orange = RgbImage::from_pixel(64, 48, Rgb([230, 120, 40]));
        let entrance = Arc::new(Entrance {
            sees: Mutex::new(Some(orange)),
            was_asked: AtomicBool::new(false),
        });
        let served = Served::with(folder.into(), |options| {
            options.cameras = entrance.clone();
        });
        Self { served, entrance }
    }

    /// A new token, and its id.
    fn token(&self, scope: &str) -> (String, String) {
        let asked = json!({ "name": scope, "scope": scope });
        let made = self.served.owner().post("/api/v1/tokens", &asked).json();
        let text = |key: &str| made[key].as_str().unwrap().to_owned();
        (text("token"), text("id"))
    }

    fn ask(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.served.anonymous().ask("GET", path, headers, None)
    }
}

/// The header of a basic login whose password is this token.
fn basic(token: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("kiosk:{token}")))
}

/// The ways to log in that a refusal offers.
fn offered(answer: &Answer) -> Vec<&str> {
    let offered = answer.headers.get_all("www-authenticate").iter();
    offered.map(|way| way.to_str().unwrap()).collect()
}

#[test]
fn the_owner_staff_and_their_programs_see_what_the_camera_sees() {
    let house = House::new();
    for person in [house.served.owner(), house.served.staff()] {
        let seen = person.get(PATH);
        assert_eq!(
            (
                seen.status,
                seen.header("content-type"),
                seen.header("cache-control")
            ),
            (200, "image/jpeg", "no-store"),
            "{}",
            seen.text()
        );
        let picture = image::load_from_memory(&seen.body).unwrap().into_rgb8();
        assert_eq!(picture.dimensions(), (64, 48));
        let Rgb([red, _, blue]) = *picture.get_pixel(32, 24);
        assert!(red > blue.saturating_add(90), "{red} and {blue}");
    }
    let viewer = invited(&house.served, "viewer", "Vera").get(PATH);
    assert_eq!(viewer.status, 403);
    assert!(viewer.error().contains("is for the owner, staff"));

    let tokens = ["camera", "staff", "read"].map(|scope| house.token(scope).0);
    let owner = house.served.owner();
    let record = || owner.get("/api/v1/audit").json();
    let before = record();
    for (token, status) in tokens.iter().zip([200, 200, 403]) {
        for authorization in [format!("Bearer {token}"), basic(token)] {
            let seen = house.ask(PATH, &[("Authorization", &authorization)]);
            assert_eq!(seen.status, status, "{}", seen.text());
        }
    }
    assert_eq!(record(), before, "nobody is recorded who looks");
}

#[test]
fn a_token_for_the_camera_opens_nothing_else() {
    let house = House::new();
    let authorization = basic(&house.token("camera").0);
    // The test of the API's description has all the others.
    for path in ["/api/v1/live", "/api/v1/live/events", "/metrics"] {
        let refused = house.ask(path, &[("Authorization", &authorization)]);
        assert_eq!(refused.status, 403, "{path}");
        let error = refused.error();
        assert!(
            error.contains("may only fetch the camera's picture"),
            "{error}"
        );
    }
    let page = house.ask("/", &[("Authorization", &authorization)]);
    assert_eq!(
        (page.status, page.header("location")),
        (303, "/login?next=/")
    );
}

#[test]
fn a_camera_that_gives_no_picture_is_busy() {
    let house = House::new();
    let staff = house.served.staff();
    assert_eq!(staff.get(PATH).status, 200);
    *house.entrance.sees.lock().unwrap() = None;
    let none = staff.get(PATH);
    assert_eq!((none.status, none.header("retry-after")), (503, "1"));
    let error = none.error();
    assert!(error.contains("the camera gives no picture"), "{error}");
}

#[test]
fn a_camera_is_told_how_to_log_in_and_a_browser_is_not() {
    let house = House::new();
    let basic_login = "Basic realm=\"Breed Kiosk\"";
    let asked = house.ask(PATH, &[]);
    assert_eq!(
        (asked.status, offered(&asked)),
        (401, vec!["Bearer", basic_login])
    );
    for of_browser in [
        ("Accept-Language", "fr"),
        ("Cookie", "kiosk_session=ended"),
        ("Sec-Fetch-Mode", "no-cors"),
    ] {
        let asked = house.ask(PATH, &[of_browser]);
        assert_eq!((asked.status, offered(&asked)), (401, vec!["Bearer"]));
    }
    let other = house.ask("/api/v1/live", &[]);
    assert_eq!(offered(&other), ["Bearer"]);
}

#[test]
fn a_token_that_was_revoked_is_refused_as_a_password_too() {
    let house = House::new();
    let (token, id) = house.token("camera");
    let authorization = basic(&token);
    let ask = || house.ask(PATH, &[("Authorization", &authorization)]);
    assert_eq!(ask().status, 200);
    let owner = house.served.owner();
    let revoked = owner.say("DELETE", &format!("/api/v1/tokens/{id}"), &json!(null));
    assert_eq!(revoked.status, 204);
    let refused = ask();
    assert_eq!(refused.status, 401);
    assert_eq!(refused.error(), "the token is wrong or was revoked");
    // A cookie does not make up for it, but the password of a proxy is none of the kiosk's.
    let of_owner = |authorization: &str| {
        let headers = [("Authorization", authorization)];
        owner.ask("GET", PATH, &headers, None).status
    };
    assert_eq!(of_owner(&authorization), 401);
    assert_eq!(of_owner(&basic("the proxy's password")), 200);
}
