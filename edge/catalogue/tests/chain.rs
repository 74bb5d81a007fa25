//! Guests of a chain's other sites: taken from the hub, found, adopted, changed at both ends, and gone.
//! And what a restored backup has lost: taken back from the hub.

use catalogue::{
    Animal, AnimalFields, AnimalId, Catalogue, CatalogueError, ChainEmbedding, ChainField,
    ChainGuest, Change, CheckOut, Decision, GalleryState, NewVisit, NoVisit, OutboxEvent,
    OwnerChoice, OwnerFields, Subject, Taken,
};
use jiff::civil::date;
use jiff::{Timestamp, ToSpan};
use recognise::metadata::Guests;
use rusqlite::Connection;
use serde_json::{Value, json};

use super::{DAY, Daycare, all_of, arrival, decision, embedding, pug, time};

const CALIBRATION: Guests = Guests {
    scale: 20.0,
    new: 0.6,
};

const JPEG: &[u8] = &[0xFF, 0xD8, 0xFF, 0xE0, 1, 2, 3];

/// When the guests were last changed at North.
const LONG_AGO: &str = "2021-05-01T08:00:00Z";

fn uid(number: u32) -> String {
    format!("0197e0d4-0000-7000-8000-{number:012}")
}

/// A picture of an animal, as a network has embedded it.
fn picture(animal: u32, network: &str) -> ChainEmbedding {
    let signs = embedding(animal).into_iter();
    ChainEmbedding {
        network: network.to_owned(),
        bytes: (signs.map(|number| if number > 0.0 { 127 } else { 129 })).collect(),
        at: time(LONG_AGO),
    }
}

fn field(value: Value, at: Timestamp) -> ChainField {
    ChainField {
        value,
        at,
        by: "ana".to_owned(),
        site: "North".to_owned(),
    }
}

fn put(guest: &mut ChainGuest, name: &str, value: Value) {
    let field = field(value, time(LONG_AGO));
    guest.fields.insert(name.to_owned(), field);
}

/// A pug that is known at North.
fn guest(number: u32, name: &str) -> ChainGuest {
    let mut guest = ChainGuest {
        id: uid(number),
        site: "North".to_owned(),
        created: time(LONG_AGO),
        fields: [].into(),
        embeddings: vec![picture(number, "v1")],
        photograph: Some(JPEG.to_vec()),
        deleted: false,
        merged_into: None,
    };
    for (field, value) in [
        ("name", json!(name)),
        ("species", json!("dog")),
        ("breed", json!("pug")),
        ("breed_name", Value::Null),
        ("warnings", json!("bites")),
        ("vaccinations", json!([])),
        ("owners", json!(["Ana Silva"])),
    ] {
        put(&mut guest, field, value);
    }
    guest
}

fn takes(daycare: &Daycare, guests: &[ChainGuest]) -> Taken {
    daycare.catalogue.take_guests(guests, "xid:7@hub").unwrap()
}

fn added(added: u64) -> Taken {
    Taken {
        added,
        ..Taken::default()
    }
}

/// The only animal that a query finds.
fn found(daycare: &Daycare, query: &str) -> Animal {
    let mut found = daycare.catalogue.search(query, 9, 0).unwrap();
    assert_eq!(found.len(), 1, "{query}: {found:?}");
    found.remove(0)
}

fn history(daycare: &Daycare, animal: AnimalId) -> Vec<Change> {
    let subject = Subject::Animal(animal);
    daycare.catalogue.history(subject).unwrap()
}

#[test]
fn a_guest_of_another_site_is_known_here_and_adopted_once_it_comes() {
    let daycare = Daycare::new();
    let catalogue = &daycare.catalogue;
    catalogue.follow("mqtt").unwrap();
    let told = || -> Vec<String> {
        let waiting = catalogue.waiting("mqtt", 99).unwrap().into_iter();
        waiting.map(|event| event.kind).collect()
    };
    assert_eq!(catalogue.hub_cursor().unwrap(), None);
    assert_eq!(takes(&daycare, &[guest(1, "Rex")]), added(1));
    assert_eq!(
        catalogue.hub_cursor().unwrap().as_deref(),
        Some("xid:7@hub")
    );
    assert_eq!(catalogue.known_guests().unwrap(), 1);
    assert_eq!(takes(&daycare, &[guest(1, "Rex")]), Taken::default());

    // It is found, and is in no list.
    for query in ["rex", "silva", "bites", "pug"] {
        let rex = found(&daycare, query);
        assert_eq!(rex.known_at.as_deref(), Some("North"), "{query}");
        assert_eq!(rex.owners[0].name, "Ana Silva");
    }
    let rex = found(&daycare, "rex").id;
    assert_eq!(
        catalogue.guest_photograph(rex).unwrap().as_deref(),
        Some(JPEG)
    );
    assert!(catalogue.search("", 9, 0).unwrap().is_empty());
    assert!(catalogue.owners("", 9, 0).unwrap().is_empty());
    assert_eq!(catalogue.owners("silva", 9, 0).unwrap().len(), 1);
    assert_eq!(catalogue.totals().unwrap().animals, 0);
    let duplicates = catalogue.likely_duplicates(&pug("Rex"), &[], None);
    assert!(duplicates.unwrap().is_empty());
    let exported = all_of(catalogue);
    assert!(!exported.contains("Rex") && !exported.contains("Silva"));
    assert_eq!(told(), [""; 0], "nobody has to be told it back");

    // It comes, and looks as it did there.
    let visit = daycare.arrives(&arrival("unsure", "boxer"));
    let guess = catalogue.guess(visit, &CALIBRATION).unwrap().unwrap();
    assert!(guess.is_sure(), "{guess:?}");
    assert_eq!(guess.guests[0].animal.id, rex);
    let suggested = catalogue.suggest_for(visit, None, 3).unwrap();
    assert_eq!(suggested[0].animal.known_at.as_deref(), Some("North"));

    daycare.confirms(visit, "pug", Some(rex));
    let adopted = found(&daycare, "rex");
    assert_eq!((adopted.known_at, adopted.visits), (None, 1));
    let history = history(&daycare, rex);
    let change = history.iter().find(|change| change.field == "known_at");
    let change = change.map(|change| (&*change.by, change.before.as_deref(), &change.after));
    assert_eq!(change, Some(("ana", Some("North"), &None)));
    assert_eq!(told(), ["arrival", "decision"]);
    assert_eq!(catalogue.known_guests().unwrap(), 0);
    assert_eq!(catalogue.totals().unwrap().animals, 1);
    assert_eq!(catalogue.owners("", 9, 0).unwrap().len(), 1);
    let exported = all_of(catalogue);
    assert!(exported.contains("Rex") && exported.contains("Silva"));
}

#[test]
fn whatever_staff_do_with_a_guest_of_another_site_adopts_it() {
    type Deed = fn(&Catalogue, AnimalId);
    let deeds: [(&str, Deed); 3] = [
        ("it is changed", |catalogue, rex| {
            catalogue.change_animal(rex, &pug("Rexy"), "bo").unwrap();
        }),
        ("it is expected", |catalogue, rex| {
            catalogue.expect(rex, DAY).unwrap();
            assert_eq!(catalogue.expected_on(DAY).unwrap().len(), 1);
        }),
        ("it is merged with one of ours", |catalogue, rex| {
            let max = catalogue.add_animal(&pug("Max"), "bo").unwrap();
            catalogue.merge_animals(rex, max, "bo").unwrap();
        }),
    ];
    for (what, deed) in deeds {
        let daycare = Daycare::new();
        takes(&daycare, &[guest(1, "Rex")]);
        let rex = found(&daycare, "rex").id;
        deed(&daycare.catalogue, rex);
        let animal = daycare.catalogue.animal(rex).unwrap();
        assert_eq!(animal.known_at, None, "{what}");
    }
}

#[test]
fn of_each_field_the_later_change_stands_and_both_are_in_the_history() {
    let daycare = Daycare::new();
    takes(&daycare, &[guest(1, "Rex")]);
    let rex = found(&daycare, "rex");
    let changed = AnimalFields {
        warnings: "bites men".to_owned(),
        ..rex.fields.clone()
    };
    let catalogue = &daycare.catalogue;
    catalogue.change_animal(rex.id, &changed, "bo").unwrap();

    let (earlier, later) = (time("2021-06-01T00:00:00Z"), Timestamp::now());
    let rabies = json!([{ "name": "Rabies", "given": null, "valid_until": "2027-04-30" }]);
    let mut told = guest(1, "Rex");
    for (name, value, at, is_taken) in [
        ("warnings", json!("sweet"), earlier, false),
        ("warnings", json!("bites all"), later, true),
        ("name", json!("Rexo"), later, true),
        ("breed", json!("beagle"), later, true),
        ("vaccinations", rabies, later, true),
        ("owners", json!(["Bo Lang"]), later, true),
        ("known_to_newer_kiosks", json!(4), later, false),
    ] {
        told.fields.insert(name.to_owned(), field(value, at));
        let taken = takes(&daycare, std::slice::from_ref(&told));
        let expected = Taken {
            changed: u64::from(is_taken),
            ..Taken::default()
        };
        assert_eq!(taken, expected, "{name}");
        let again = takes(&daycare, std::slice::from_ref(&told));
        assert_eq!(again, Taken::default(), "{name}");
    }
    let after = catalogue.animal(rex.id).unwrap();
    let fields = &after.fields;
    assert_eq!((&*fields.name, &*fields.warnings), ("Rexo", "bites all"));
    assert_eq!(fields.breed.as_str(), "beagle");
    assert_eq!(fields.vaccinated_until, Some(date(2027, 4, 30)));
    let owners: Vec<&str> = after.owners.iter().map(|owner| &*owner.name).collect();
    assert_eq!(owners, ["Bo Lang"]);

    let history = history(&daycare, rex.id);
    let warnings = history.iter().filter(|change| change.field == "warnings");
    let warnings: Vec<(&str, Option<&str>)> = warnings
        .map(|change| (&*change.by, change.after.as_deref()))
        .collect();
    let expected = [
        ("bo", Some("bites men")),
        ("ana (North)", Some("bites all")),
    ];
    assert_eq!(warnings, expected);
}

#[test]
fn owners_of_whom_nothing_is_known_any_more_are_forgotten() {
    let daycare = Daycare::new();
    let catalogue = &daycare.catalogue;
    let mut ada = guest(3, "Ada");
    put(&mut ada, "owners", json!(["Zoe Blanc"]));
    takes(&daycare, &[guest(1, "Rex"), guest(2, "Max"), ada]);
    let zoe = catalogue.owners("zoe", 9, 0).unwrap().remove(0);
    let reached = OwnerFields {
        phones: vec!["555 0100".to_owned()],
        ..zoe.fields
    };
    catalogue
        .change_owner(zoe.id, &reached, None, "bo")
        .unwrap();

    for (number, name, former, stays) in [
        (1, "Rex", "silva", true),
        (2, "Max", "silva", false),
        (3, "Ada", "zoe", true),
    ] {
        let mut told = guest(number, name);
        let owners = field(json!(["Bo Lang"]), time("2021-06-01T00:00:00Z"));
        told.fields.insert("owners".to_owned(), owners);
        assert_eq!(takes(&daycare, &[told]).changed, 1, "{name}");
        let found = catalogue.owners(former, 9, 0).unwrap();
        assert_eq!(!found.is_empty(), stays, "{name}");
    }
}

#[test]
fn a_clock_that_was_ten_years_ahead_does_not_win_for_ever() {
    let daycare = Daycare::new();
    takes(&daycare, &[guest(1, "Rex")]);
    let now = Timestamp::now();
    for (name, at) in [("Rexo", now + 87_600.hours()), ("Rexy", now)] {
        let mut told = guest(1, "Rex");
        told.fields
            .insert("name".to_owned(), field(json!(name), at));
        assert_eq!(takes(&daycare, &[told]).changed, 1);
        assert_eq!(found(&daycare, "silva").fields.name, name);
    }
}

#[test]
fn a_guest_that_is_gone_elsewhere_goes_unless_it_was_adopted() {
    let merged = |guest: ChainGuest| ChainGuest {
        merged_into: Some(uid(3)),
        ..guest
    };
    let deleted = |guest: ChainGuest| ChainGuest {
        deleted: true,
        fields: [].into(),
        embeddings: Vec::new(),
        photograph: None,
        ..guest
    };
    type Gone<'a> = &'a dyn Fn(ChainGuest) -> ChainGuest;
    let ways: [(Gone<'_>, &str, bool); 2] = [
        (&merged, "merged_elsewhere", true),
        (&deleted, "deleted_elsewhere", false),
    ];
    for (gone, noted, keeps_pictures) in ways {
        let daycare = Daycare::new();
        let catalogue = &daycare.catalogue;
        let mut ada = guest(2, "Ada");
        put(&mut ada, "owners", json!(["Bo Lang"]));
        let taken = takes(&daycare, &[guest(1, "Rex"), ada, guest(3, "Max")]);
        assert_eq!(taken, added(3));
        let [rex, ada, max] = ["rex", "ada", "max"].map(|name| found(&daycare, name).id);
        catalogue.expect(ada, DAY).unwrap();

        let told = [gone(guest(1, "Rex")), gone(guest(2, "Ada"))];
        let expected = Taken {
            changed: 1,
            removed: 1,
            ..Taken::default()
        };
        assert_eq!(takes(&daycare, &told), expected, "{noted}");
        assert_eq!(takes(&daycare, &told), Taken::default(), "{noted}");

        assert!(matches!(
            catalogue.animal(rex),
            Err(CatalogueError::NoSuchAnimal(_))
        ));
        assert!(history(&daycare, rex).is_empty());
        let owners = catalogue.owners("silva", 9, 0).unwrap();
        assert_eq!(owners[0].animals, 1, "Max still has her");

        assert_eq!(catalogue.animal(ada).unwrap().fields.name, "Ada");
        let photograph = catalogue.guest_photograph(ada).unwrap();
        assert_eq!(photograph.is_some(), keeps_pictures, "{noted}");
        let change = history(&daycare, ada).pop().unwrap();
        assert_eq!((&*change.field, &*change.by), (noted, "kiosk (North)"));
        let number = max.to_string();
        assert!(change.after.is_none_or(|after| after == number));
        assert_eq!(catalogue.known_guests().unwrap(), 1);

        let told = gone(guest(3, "Max"));
        assert_eq!(takes(&daycare, &[told]).removed, 1);
        assert!(catalogue.owners("silva", 9, 0).unwrap().is_empty());
    }
}

#[test]
fn a_guest_that_cannot_be_stored_is_refused_beside_good_ones() {
    type Damage = fn(&mut ChainGuest);
    let damaged: [(&str, Damage); 13] = [
        ("id: ", |guest| guest.id = "1".to_owned()),
        ("id: ", |guest| guest.id = guest.id.to_uppercase()),
        ("site: ", |guest| guest.site = " ".to_owned()),
        ("name: ", |guest| {
            put(guest, "name", json!("x".repeat(1 << 20)))
        }),
        ("name: ", |guest| put(guest, "name", json!(""))),
        ("name: ", |guest| put(guest, "name", json!(["Rex"]))),
        ("species: ", |guest| {
            put(guest, "species", json!("x".repeat(1 << 20)))
        }),
        ("breed: missing", |guest| {
            guest.fields.remove("breed");
        }),
        ("warnings: ", |guest| put(guest, "warnings", json!("\u{7}"))),
        ("vaccinations: ", |guest| {
            put(
                guest,
                "vaccinations",
                json!([{ "valid_until": "1826-01-01" }]),
            );
        }),
        ("owners: ", |guest| put(guest, "owners", json!([" "]))),
        ("embeddings: ", |guest| {
            guest.embeddings[0].bytes.truncate(3)
        }),
        ("photograph: ", |guest| {
            guest.photograph = Some(b"GIF89a".to_vec())
        }),
    ];
    for (index, (expected, damage)) in damaged.into_iter().enumerate() {
        let daycare = Daycare::new();
        let mut bad = guest(100, "Bad");
        damage(&mut bad);
        let taken = takes(&daycare, &[guest(1, "Rex"), bad, guest(2, "Max")]);
        assert_eq!(taken.added, 2, "{index}");
        let [(_, reason)] = &taken.refused[..] else {
            panic!("{index}: {taken:?}");
        };
        assert!(reason.starts_with(expected), "{index}: {reason}");
        assert!(reason.len() < 200, "{index}: {reason}");
        assert_eq!(daycare.catalogue.known_guests().unwrap(), 2, "{index}");
    }
    // One that is known stays as it was.
    let daycare = Daycare::new();
    takes(&daycare, &[guest(1, "Rex")]);
    let mut bad = guest(1, "Rexo");
    put(&mut bad, "warnings", json!(7));
    assert_eq!(takes(&daycare, &[bad]).refused.len(), 1);
    assert_eq!(found(&daycare, "rex").fields.name, "Rex");
}

#[test]
fn embeddings_by_another_network_are_kept_and_not_compared() {
    let daycare = Daycare::new();
    let catalogue = &daycare.catalogue;
    let mut rex = guest(1, "Rex");
    rex.embeddings = vec![picture(1, "v2")];
    takes(&daycare, &[rex]);
    let visit = daycare.arrives(&arrival("unsure", "boxer"));
    assert_eq!(catalogue.guess(visit, &CALIBRATION).unwrap(), None);
    // It was never here, so nobody has forgotten it.
    let state = catalogue.gallery_state("v1").unwrap();
    assert_eq!(state, GalleryState::default());
    assert_eq!(catalogue.gallery_state("v2").unwrap().comparable, 1);
}

#[test]
fn breeds_are_learnt_from_guests_of_other_sites() {
    let daycare = Daycare::new();
    let [mut rex, mut max] = [guest(1, "Rex"), guest(2, "Max")];
    rex.embeddings.push(picture(3, "v1"));
    max.embeddings.push(picture(4, "v2"));
    for guest in [&mut rex, &mut max] {
        put(guest, "breed", json!("akita"));
    }
    takes(&daycare, &[rex, max]);
    let learnt = |model: &str| {
        let examples = daycare.catalogue.examples(model).unwrap();
        let akitas = examples.iter().filter(|it| it.breed.as_str() == "akita");
        akitas.count()
    };
    assert_eq!((learnt("v1"), learnt("v2")), (3, 0));
}

#[test]
fn what_a_restored_backup_has_lost_comes_back_from_the_hub() {
    let daycare = Daycare::new();
    let catalogue = &daycare.catalogue;
    catalogue.follow("hub").unwrap();
    let [rex, max] = ["Rex", "Max"].map(|name| daycare.adds(&pug(name)));
    daycare.backs_up();

    let zoe = OwnerChoice::New(OwnerFields {
        name: "Zoe Blanc".to_owned(),
        ..OwnerFields::default()
    });
    let bella = catalogue
        .add_owned_animal(&pug("Bella"), &[zoe], "bo")
        .unwrap();
    let visit = daycare.arrives(&arrival("unsure", "boxer"));
    daycare.confirms(visit, "pug", Some(bella));
    let check_out = CheckOut {
        visit: None,
        left_at: None,
        by: "bo".to_owned(),
        at: time("2026-05-01T09:00:00Z"),
    };
    catalogue.check_out(bella, &check_out).unwrap();
    let described = AnimalFields {
        warnings: "bites".to_owned(),
        ..pug("Rex")
    };
    catalogue.change_animal(rex, &described, "bo").unwrap();
    catalogue.delete_animal(max, "bo").unwrap();
    let all = || {
        let animal = catalogue.animal(bella).unwrap();
        (
            (animal.fields, animal.created, animal.owners[0].name.clone()),
            catalogue.visit(visit).unwrap(),
            catalogue.stay(visit).unwrap(),
        )
    };
    let before = all();
    let mut lost = catalogue.waiting("hub", 999).unwrap();
    lost.push(OutboxEvent {
        kind: "animal".to_owned(),
        subject: uid(9),
        body: json!({ "animal": { "name": 7 } }),
        ..lost[0].clone()
    });

    catalogue.restore(&daycare.backup_file()).unwrap();
    assert!(matches!(
        catalogue.visit(visit),
        Err(CatalogueError::NoSuchVisit(_))
    ));
    let waiting = catalogue.waiting("hub", 999).unwrap();
    assert!(catalogue.take_back(&lost).unwrap() > 0);
    assert_eq!(all(), before);
    assert_eq!(catalogue.animal(rex).unwrap().fields.warnings, "bites");
    assert!(matches!(
        catalogue.animal(max),
        Err(CatalogueError::NoSuchAnimal(_))
    ));
    assert_eq!(
        catalogue.waiting("hub", 999).unwrap(),
        waiting,
        "the hub has it all"
    );
    assert_eq!(catalogue.take_back(&lost).unwrap(), 0, "nothing is doubled");
    // It is known again by how it looks, too.
    let next = daycare.arrives(&arrival("unsure", "boxer"));
    let guess = catalogue.guess(next, &CALIBRATION).unwrap().unwrap();
    assert_eq!(guess.guests[0].animal.id, bella);
}

#[test]
fn what_was_changed_after_a_restore_stays() {
    let daycare = Daycare::new();
    let catalogue = &daycare.catalogue;
    catalogue.follow("hub").unwrap();
    let rex = daycare.adds(&pug("Rex"));
    daycare.backs_up();
    let described = |warnings: &str| AnimalFields {
        warnings: warnings.to_owned(),
        ..pug("Rex")
    };
    let shy = described("shy");
    catalogue.change_animal(rex, &shy, "bo").unwrap();
    let lost = catalogue.waiting("hub", 999).unwrap();
    catalogue.restore(&daycare.backup_file()).unwrap();
    let bites = described("bites");
    catalogue.change_animal(rex, &bites, "ana").unwrap();
    assert_eq!(catalogue.take_back(&lost).unwrap(), 0);
    assert_eq!(catalogue.animal(rex).unwrap().fields.warnings, "bites");
}

#[test]
fn what_was_erased_after_a_restore_does_not_come_back() {
    let daycare = Daycare::new();
    let catalogue = &daycare.catalogue;
    catalogue.follow("hub").unwrap();
    let rex = daycare.adds(&pug("Rex"));
    let mistake = daycare.arrives(&arrival("unsure", "boxer"));
    daycare.backs_up();
    let visit = daycare.arrives(&arrival("unsure", "boxer"));
    daycare.confirms(visit, "pug", Some(rex));
    let lost = catalogue.waiting("hub", 999).unwrap();
    catalogue.restore(&daycare.backup_file()).unwrap();
    catalogue.delete_animal(rex, "bo").unwrap();
    catalogue
        .delete_visit(mistake, NoVisit::Mistake, None, "bo")
        .unwrap();

    assert!(catalogue.take_back(&lost).unwrap() > 0);
    assert!(catalogue.search("rex", 9, 0).unwrap().is_empty());
    assert_eq!(catalogue.totals().unwrap().animals, 0);
    let visits = catalogue.visits_on(DAY, 9, 0).unwrap();
    assert_eq!(visits.len(), 1, "{visits:?}");
    assert_eq!(visits[0].animal, None);
    let database = Connection::open(daycare.at("catalogue.sqlite")).unwrap();
    let embedded = "SELECT count(*) FROM visit WHERE embedding IS NOT NULL";
    let embedded: i64 = database.query_row(embedded, [], |row| row.get(0)).unwrap();
    assert_eq!(embedded, 0, "how it looks was erased with it");
}

#[test]
fn a_check_out_that_was_undone_after_a_restore_is_not_done_again() {
    for is_undone in [false, true] {
        let daycare = Daycare::new();
        let catalogue = &daycare.catalogue;
        catalogue.follow("hub").unwrap();
        let rex = daycare.adds(&pug("Rex"));
        let visit = daycare.arrives(&NewVisit {
            at: time(LONG_AGO),
            ..arrival("unsure", "boxer")
        });
        let confirmed = Decision {
            at: time("2021-05-01T08:05:00Z"),
            ..decision("pug", Some(rex))
        };
        catalogue.confirm(visit, &confirmed).unwrap();
        daycare.backs_up();
        let leaves = |at: &str| {
            let check_out = CheckOut {
                visit: None,
                left_at: None,
                by: "bo".to_owned(),
                at: time(at),
            };
            catalogue.check_out(rex, &check_out).unwrap();
        };
        leaves("2021-05-01T08:30:00Z");
        let lost = catalogue.waiting("hub", 999).unwrap();
        catalogue.restore(&daycare.backup_file()).unwrap();
        if is_undone {
            leaves("2021-05-01T08:45:00Z");
            let undone = catalogue.undo_check_out(rex, Some(visit), "bo");
            assert_eq!(undone.unwrap().visit, visit);
        }
        let taken = catalogue.take_back(&lost).unwrap();
        assert_eq!(taken, u64::from(!is_undone));
        assert_eq!(catalogue.stay(visit).unwrap().is_open, is_undone);
    }
}

#[test]
fn a_decision_that_was_made_anew_after_a_restore_is_told_beyond_those_that_the_hub_has() {
    let daycare = Daycare::new();
    let catalogue = &daycare.catalogue;
    catalogue.follow("hub").unwrap();
    let visit = daycare.arrives(&arrival("unsure", "boxer"));
    daycare.backs_up();
    let decides = |breed: &str, at: &str| {
        let decision = Decision {
            at: time(at),
            ..decision(breed, None)
        };
        catalogue.confirm(visit, &decision).unwrap();
    };
    decides("pug", "2026-05-01T08:05:00Z");
    decides("boxer", "2026-05-01T08:06:00Z");
    let lost = catalogue.waiting("hub", 999).unwrap();
    catalogue.restore(&daycare.backup_file()).unwrap();
    decides("beagle", "2026-05-01T09:00:00Z");

    assert!(catalogue.take_back(&lost).unwrap() > 0);
    let kept = catalogue.visit(visit).unwrap();
    assert_eq!(kept.confirmed_breed.as_deref(), Some("beagle"));
    assert_eq!(kept.revision, 3);
    let told = catalogue.waiting("hub", 999).unwrap().pop().unwrap();
    assert_eq!((&*told.kind, told.revision), ("decision", 3));
    assert_eq!(told.at, time("2026-05-01T09:00:00Z"));
    assert_eq!(told.body["visit"]["confirmed"]["breed"], "beagle");
    assert_eq!(catalogue.take_back(&lost).unwrap(), 0, "once is enough");
}

#[test]
fn what_is_sent_is_noted_only_for_the_catalogue_that_it_was_sent_from() {
    let daycare = Daycare::new();
    let catalogue = &daycare.catalogue;
    catalogue.follow("hub").unwrap();
    for _ in 0..2 {
        daycare.arrives(&arrival("breed", "pug"));
    }
    let events = catalogue.waiting("hub", 999).unwrap();
    let marks = |index: usize, expected: Option<&str>| {
        let event = &events[index];
        let marked = catalogue.mark_sent("hub", event.seq, &event.id, expected);
        marked.unwrap()
    };
    assert!(!marks(0, Some(&*uid(9))));
    assert_eq!(catalogue.last_sent().unwrap(), None);
    assert_eq!(catalogue.waiting("hub", 999).unwrap(), events);
    assert!(marks(0, None));
    assert_eq!(catalogue.last_sent().unwrap().as_ref(), Some(&events[0].id));
    assert_eq!(catalogue.waiting("hub", 999).unwrap(), events[1..]);
    assert!(!marks(1, None));
    assert!(marks(1, Some(&*events[0].id)));
    assert!(catalogue.waiting("hub", 999).unwrap().is_empty());
}

#[test]
fn the_newest_event_that_the_hub_has_is_remembered() {
    let daycare = Daycare::new();
    assert_eq!(daycare.catalogue.last_sent().unwrap(), None);
    for number in 1..3 {
        daycare.catalogue.set_last_sent(&uid(number)).unwrap();
        let remembered = daycare.again().last_sent().unwrap();
        assert_eq!(remembered, Some(uid(number)));
    }
    let too_long = daycare.catalogue.set_last_sent(&"x".repeat(37));
    assert!(matches!(too_long, Err(CatalogueError::Invalid { .. })));
}
