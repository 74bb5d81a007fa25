//! What the page of the state and the API say of animals and breeds that the kiosk has learnt, and how
//! the owner has a breed forgotten and learnt again.

use desk::kiosk::Command;
use serde_json::{Value, json};

use super::decision;
use super::house::{House, OWNER, Reader, STAFF};
use super::html::check_page;

/// A house whose staff have taught the kiosk what whippets look like.
fn taught() -> House {
    let house = House::that_knows_guests();
    for (name, looks) in [("Swift", 3), ("Swallow", 4), ("Swan", 5)] {
        let animal = house.animal(name, "", "");
        let visit = house.visit_of(looks, 7);
        let decision = decision("whippet", Some(animal));
        house.catalogue.confirm(visit, &decision).unwrap();
    }
    house
}

/// A section of the page of the state.
fn section(reader: &Reader<'_>, id: &str) -> String {
    let html = reader.get("/status").html;
    let (_, rest) = html.split_once(&format!("<h2 id=\"{id}\">")).unwrap();
    let (section, _) = rest.split_once("</section>").unwrap();
    section.to_owned()
}

/// The breeds that were learnt, as the API lists them.
fn listed(reader: &Reader<'_>) -> Value {
    let list = reader.get("/api/v1/breeds/learnt");
    assert_eq!(list.status, 200, "{}", list.html);
    serde_json::from_str(&list.html).unwrap()
}

/// What it says of whippets.
fn whippet(forgotten: bool) -> Value {
    json!([{ "breed": "whippet", "pictures": 3, "animals": 3, "forgotten": forgotten }])
}

#[test]
fn what_was_learnt_is_on_the_page_of_the_state() {
    let house = House::that_knows_guests();
    let learnt = section(&house.enter(STAFF, "en"), "learnt");
    assert!(learnt.contains("None yet."), "{learnt}");

    let house = taught();
    for (language, says, known) in [
        ("en", "Learnt from 3 pictures of 3 animals", "Known"),
        ("fr", "Apprise sur 3 images de 3 animaux", "Connus"),
    ] {
        let reader = house.enter(STAFF, language);
        check_page("/status", language, &reader.get("/status").html);
        let learnt = section(&reader, "learnt");
        assert!(
            learnt.contains("Whippet") && learnt.contains(says),
            "{learnt}"
        );
        assert!(!learnt.contains("<form"), "it is the owner's: {learnt}");
        let guests = section(&reader, "guests");
        let tile = format!("<dt>{known}</dt><dd>3</dd>");
        assert!(guests.contains(&tile), "{guests}");
    }
}

#[test]
fn the_owner_has_a_breed_forgotten_and_learnt_again_on_the_page() {
    let house = taught();
    let (owner, staff) = (house.enter(OWNER, "en"), house.enter(STAFF, "en"));
    let whippet = [("breed", "whippet")];
    let (forget, learn) = ("/status/breeds/forget", "/status/breeds/learn");
    for path in [forget, learn] {
        assert_eq!(staff.post(path, &whippet).status, 403, "{path}");
    }
    for (path, says, next) in [
        (forget, "Forgotten: ", learn),
        (learn, "Learnt from 3 pictures", forget),
    ] {
        let sent = owner.fill("/status", path, &whippet);
        assert_eq!((sent.status, &*sent.to), (303, "/status#learnt"));
        let learnt = section(&owner, "learnt");
        assert!(learnt.contains(says), "{learnt}");
        assert!(
            learnt.contains(&format!("action=\"{next}\"")),
            "it can be taken back: {learnt}"
        );
        assert!(matches!(house.commands.recv(), Ok(Command::Taught)));
        check_page("/status", "en", &owner.get("/status").html);
    }
    let unknown = owner.post(forget, &[("breed", "beagle")]);
    assert_eq!(unknown.status, 404, "the network names it itself");

    let audit = owner.get("/settings/audit").html;
    for event in ["Had a breed forgotten", "Had a breed learnt again"] {
        assert!(audit.contains(event), "{audit}");
    }
    assert!(audit.contains("Whippet"), "{audit}");
}

#[test]
fn programs_list_the_learnt_breeds_and_the_owner_has_one_forgotten() {
    let house = taught();
    let (owner, staff) = (house.enter(OWNER, "en"), house.enter(STAFF, "en"));
    let post = |reader: &Reader<'_>, breed: &str, what: &str| {
        let path = format!("/api/v1/breeds/learnt/{breed}/{what}");
        reader.post(&path, &[]).status
    };
    assert_eq!(listed(&staff), whippet(false));
    assert_eq!(post(&staff, "whippet", "forget"), 403);
    assert_eq!(post(&owner, "beagle", "forget"), 404);
    assert_eq!(post(&owner, "whippet", "forget"), 204);
    assert_eq!(listed(&staff), whippet(true));
    assert_eq!(post(&owner, "whippet", "learn"), 204);
    assert_eq!(listed(&staff), whippet(false));
}
