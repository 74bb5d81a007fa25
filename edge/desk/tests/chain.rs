//! Guests of other sites of the chain and the links to the rest of the daycare, as programs see them.

use std::collections::BTreeMap;
use std::sync::Arc;

use catalogue::{AnimalId, Catalogue, ChainEmbedding, ChainField, ChainGuest};
use desk::kiosk::{LinkView, Links, Live};
use image::ImageFormat;
use jiff::{Timestamp, ToSpan};
use screens::locale::Message;
use serde_json::{Value, json};

use crate::Served;
use crate::uploads::picture;

/// A beagle that the site North knows. Its embedding, by `network`, is that of animals of the same
/// `looks`, 0 to 15.
pub(crate) fn guest(name: &str, network: &str, looks: usize) -> ChainGuest {
    let at = Timestamp::now() - 24.hours();
    let field = |value: Value| ChainField {
        value,
        at,
        by: "ana".to_owned(),
        site: "North".to_owned(),
    };
    let fields = [
        ("name", json!(name)),
        ("species", json!("dog")),
        ("breed", json!("beagle")),
        ("breed_name", Value::Null),
        ("warnings", json!("bites")),
        ("vaccinations", json!([])),
        ("owners", json!(["Ana Silva"])),
    ];
    let mut bytes = vec![0; 16];
    bytes[looks] = 127;
    ChainGuest {
        id: format!("0196f1aa-0000-7000-8000-{looks:012}"),
        site: "North".to_owned(),
        created: at,
        fields: BTreeMap::from(fields.map(|(name, value)| (name.to_owned(), field(value)))),
        embeddings: vec![ChainEmbedding {
            network: network.to_owned(),
            bytes,
            at,
        }],
        photograph: Some(picture(64, 48, ImageFormat::Jpeg)),
        deleted: false,
        merged_into: None,
    }
}

/// Adds a guest of the chain to the catalogue. Returns its number.
pub(crate) fn take(catalogue: &Catalogue, guest: &ChainGuest) -> AnimalId {
    let name = guest.fields["name"].value.as_str().unwrap();
    let taken = catalogue.take_guests(std::slice::from_ref(guest), "1");
    assert!(taken.unwrap().refused.is_empty(), "{name}");
    catalogue.search(name, 1, 0).unwrap()[0].id
}

/// A link to the hub that has failed for two hours, and one to MQTT that works.
pub(crate) fn links() -> Links {
    let since = Timestamp::now() - 2.hours();
    let mqtt = LinkView {
        name: "mqtt.lan".to_owned(),
        is_connected: true,
        message: None,
        since,
        waiting: 0,
        oldest: None,
        sent: 17,
        refused: 0,
        dropped: 0,
        guests: 0,
    };
    let hub = LinkView {
        name: "hub.example.org".to_owned(),
        is_connected: false,
        message: Some(Message::new("webhook-refused").with("status", 503)),
        waiting: 43_200,
        oldest: Some(since),
        refused: 2,
        dropped: 5,
        guests: 1_250,
        ..mqtt.clone()
    };
    Links {
        hub: Some(hub),
        mqtt: Some(mqtt),
    }
}

#[test]
fn programs_find_a_guest_of_another_site_and_make_it_one_of_this() {
    let served = Served::new();
    let staff = served.staff();
    let bella = take(&served.catalogue, &guest("Bella", "today", 3));
    let path = format!("/api/v1/animals/{bella}");
    assert_eq!(staff.get("/api/v1/animals").json(), json!([]), "not listed");
    let found = staff.get("/api/v1/animals?query=bel").json();
    assert_eq!(found[0]["known_at"], "North");
    assert_eq!(staff.get(&path).json()["known_at"], "North");

    let visit = served.unsure_visit();
    let decision = json!({"breed": "beagle", "animal": bella.0});
    let settled = staff.post(&format!("/api/v1/visits/{visit}/settle"), &decision);
    assert_eq!(settled.status, 200, "{}", settled.text());
    assert_eq!(staff.get(&path).json()["known_at"], Value::Null);
    let listed = staff.get("/api/v1/animals").json();
    assert_eq!(listed[0]["name"], "Bella");
}

#[test]
fn the_photograph_of_an_animal_is_its_own_newest_or_the_one_that_others_gave() {
    let served = Served::new();
    let staff = served.staff();
    let bella = guest("Bella", "today", 3);
    let given = bella.photograph.clone().unwrap();
    let bella = take(&served.catalogue, &bella);
    let max = ChainGuest {
        photograph: None,
        ..guest("Max", "today", 4)
    };
    let max = take(&served.catalogue, &max);
    let photograph = |animal: AnimalId| {
        let path = format!("/api/v1/animals/{animal}/photograph");
        (served.anonymous().get(&path).status, staff.get(&path))
    };
    let (stranger, answer) = photograph(bella);
    assert_eq!((stranger, answer.status), (401, 200));
    assert_eq!(answer.header("content-type"), "image/jpeg");
    assert_eq!(answer.body, given);
    for nobody in [max, AnimalId(999)] {
        let (_, answer) = photograph(nobody);
        assert_eq!(answer.status, 404, "{nobody}");
        answer.error();
    }

    let visit = served.unsure_visit();
    let decision = json!({"breed": "beagle", "animal": bella.0});
    staff.post(&format!("/api/v1/visits/{visit}/settle"), &decision);
    let own = staff.get(&format!("/api/v1/visits/{visit}/photograph"));
    assert_eq!(photograph(bella).1.body, own.body);
}

#[test]
fn the_health_and_the_metrics_say_how_the_links_are() {
    let served = Served::new();
    let staff = served.staff();
    let health = staff.get("/api/v1/health").json();
    assert_eq!(health["links"], json!({"hub": null, "mqtt": null}));
    let metrics = served.anonymous().get("/metrics").text();
    assert!(!metrics.contains("link=\""), "{metrics}");

    served.live.send_replace(Arc::new(Live {
        links: links(),
        ..Live::default()
    }));
    let health = staff.get("/api/v1/health").json();
    let (hub, mqtt) = (&health["links"]["hub"], &health["links"]["mqtt"]);
    assert_eq!(hub["host"], "hub.example.org");
    assert_eq!(hub["connected"], false);
    assert_eq!(
        hub["message"],
        "The receiver answered 503. The kiosk tries again."
    );
    assert_eq!(
        (&hub["waiting"], &hub["guests"]),
        (&json!(43_200), &json!(1_250))
    );
    assert_eq!(hub["oldest"], hub["since"]);
    assert_eq!(
        (&mqtt["connected"], &mqtt["sent"]),
        (&json!(true), &json!(17))
    );
    assert_eq!(
        (&mqtt["message"], &mqtt["oldest"]),
        (&Value::Null, &Value::Null)
    );

    let metrics = served.anonymous().get("/metrics").text();
    for line in [
        "kiosk_link_connected{link=\"hub\"} 0\n",
        "kiosk_link_connected{link=\"mqtt\"} 1\n",
        "kiosk_link_waiting{link=\"hub\"} 43200\n",
        "kiosk_link_oldest_seconds{link=\"mqtt\"} 0\n",
        "kiosk_link_sent{link=\"mqtt\"} 17\n",
        "kiosk_link_refused{link=\"hub\"} 2\n",
        "kiosk_link_dropped{link=\"hub\"} 5\n",
        "kiosk_link_guests{link=\"hub\"} 1250\n",
    ] {
        assert!(metrics.contains(line), "{line}: {metrics}");
    }
    let (_, age) = (metrics.split_once("kiosk_link_oldest_seconds{link=\"hub\"} ")).unwrap();
    let age: u64 = age.lines().next().unwrap().parse().unwrap();
    assert!((7200..7500).contains(&age), "{age}");
    assert!(!metrics.contains("example"), "{metrics}");
}
