//! Fills the catalogue of a busy day: known guests and strangers, short and long texts, several owners of
//! one animal, warnings, vaccinations that end, bookings, and some weeks before.
//!
//! All of it is made up, and the photographs are made from the demo's.

use std::path::Path;

use catalogue::{
    AnimalFields, AnimalId, Catalogue, CheckOut, Decision, NewVisit, OTHER_BREED, OwnerChoice,
    OwnerFields, Settings, StayNotes, Vaccination, VisitId,
};
use devices::camera::demo::chelsea;
use image::{RgbImage, imageops};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan, Zoned};
use recognise::learnt::Learnt;
use recognise::metadata::Species;
use recognise::{Bundle, Candidate, Recogniser, Source, Verdict, VerdictKind};

/// The author of these records, in the history.
const AUTHOR: &str = "owner";

/// What Chelsea is: the network does not know it, and the kiosk learns it from her and one like her.
const LEARNT: &str = "domestic_shorthair";

/// A breed in the words of staff, as long as some are.
const LONG_BREED: &str =
    "Nederlandse Kooikerhondje / Petit chien hollandais de chasse au gibier d’eau";

/// A name without a space.
const LONG_NAME: &str = "Rhababerbarbarabarbarbarenbartbarbierbierbar";

/// The others, in the order of their first visit today.
const OTHERS: [(&str, Species, &str, &str); 26] = [
    ("Biscuit", Species::Dog, "beagle", ""),
    ("Olive", Species::Cat, "ragdoll", ""),
    (
        "Éclair",
        Species::Cat,
        "bengal",
        "Bites when the vacuum cleaner runs",
    ),
    ("Balou", Species::Dog, "labrador_retriever", ""),
    (
        "Princess Consuela von und zu Hohenfels",
        Species::Cat,
        "persian",
        "",
    ),
    ("Mr. Darcy", Species::Dog, "pug", "No stairs"),
    ("Œdipe", Species::Cat, "sphynx", ""),
    ("Bo", Species::Dog, "samoyed", ""),
    ("Nala", Species::Dog, "boxer", "Not with other females"),
    ("Simba", Species::Cat, "maine_coon", ""),
    ("Rex", Species::Dog, "german_shorthaired", ""),
    ("Rex", Species::Dog, "newfoundland", ""),
    ("Luna", Species::Dog, "havanese", ""),
    ("Milo", Species::Cat, "egyptian_mau", ""),
    ("Cléo", Species::Cat, "abyssinian", ""),
    ("Otto", Species::Dog, "mixed_breed", ""),
    (
        "Frida",
        Species::Dog,
        "mixed_breed",
        "Escapes over fences of 1.5 m",
    ),
    ("Kiwi", Species::Dog, "chihuahua", ""),
    ("Tiger", Species::Cat, "mixed_breed_cat", ""),
    ("Pepper", Species::Dog, "miniature_pinscher", ""),
    ("Zorro", Species::Dog, "scottish_terrier", ""),
    ("Fleur", Species::Cat, "birman", ""),
    ("Gipsy", Species::Dog, "english_setter", ""),
    ("Hugo", Species::Dog, "basset_hound", ""),
    ("Ida", Species::Cat, "siamese", ""),
    ("Jacko", Species::Dog, "yorkshire_terrier", ""),
];

/// How many of them come today, how many are expected, and how many have gone home.
const COME: usize = 14;
const EXPECTED: usize = 18;
const GONE: usize = 5;

/// How many days the report looks back.
const DAYS: i64 = 20;

/// Visits of today.
pub(crate) struct Visits {
    /// One that nobody has confirmed.
    pub(crate) open: VisitId,
    /// Chelsea's.
    pub(crate) confirmed: VisitId,
}

/// Fills a new catalogue. Animal 1 is Chelsea, whose owners are 1 to 3; animal 2 and its owner, 4, have
/// long texts; animal 3 is one who is like Chelsea.
pub(crate) fn fill(folder: &Path) -> Visits {
    let now = catalogue::now();
    let day = Day {
        catalogue: Catalogue::open(folder).expect("a catalogue"),
        recogniser: Recogniser::new(Bundle::embedded().expect("the built-in bundle"))
            .expect("a network that runs"),
        today: now.date(),
        now,
    };
    // The catalogue's clock starts today: a visit before it would be a jump.
    let tidied = day.catalogue.tidy(day.now.timestamp());
    tidied.expect("a catalogue without photographs");
    let settings = Settings {
        name: "Garderie pour chiens et chats du Grand-Saint-Bernard, site de Martigny".to_owned(),
        ..Settings::default()
    };
    let changed = day.catalogue.set_settings(&settings, AUTHOR);
    changed.expect("settings");
    let known = day.add_animals();
    day.add_weeks_before(&known);
    day.add_today(&known)
}

/// The catalogue and the moment at which it is filled.
struct Day {
    catalogue: Catalogue,
    recogniser: Recogniser,
    now: Zoned,
    today: Date,
}

/// An animal, and the breed that staff confirm for its visits.
struct Known {
    id: AnimalId,
    fields: AnimalFields,
}

impl Day {
    fn add_animals(&self) -> Vec<Known> {
        let mut known = vec![
            self.add(self.chelsea(), chelseas_owners()),
            self.add(self.long(), vec![long_owner()]),
            self.add(
                AnimalFields::new("Mitzi", Species::Cat, LEARNT),
                vec![owner("Ana Keller", &["555 0101"])],
            ),
        ];
        for (place, (name, species, breed, warnings)) in (1..).zip(OTHERS) {
            let fields = AnimalFields {
                warnings: warnings.to_owned(),
                vaccinations: vec![self.vaccination("DHPP", 40 * place - 100)],
                tag: Some(format!("CH-756-{place:04}")),
                ..AnimalFields::new(name, species, breed)
            };
            let phone = format!("555 02{place:02}");
            let owner = owner(&format!("Family {name}"), &[&phone]);
            known.push(self.add(fields, vec![owner]));
        }
        for Known { id, .. } in known.iter().take(EXPECTED) {
            let expected = self.catalogue.expect(*id, self.today);
            expected.expect("an expected animal");
        }
        let days = "2026-01-05/ 2W MO,TU,TH".parse().expect("days");
        for Known { id, .. } in &known[..2] {
            let booked = self.catalogue.book(*id, &days, AUTHOR);
            booked.expect("a booking");
        }
        let twin = AnimalFields::new("Chelsea (twice)", Species::Cat, LEARNT);
        let twin = self.add(twin, Vec::new());
        let merged = self.catalogue.merge_animals(known[0].id, twin.id, AUTHOR);
        merged.expect("a merged animal");
        known
    }

    fn add(&self, fields: AnimalFields, owners: Vec<OwnerFields>) -> Known {
        let owners: Vec<OwnerChoice> = owners.into_iter().map(OwnerChoice::New).collect();
        let added = self.catalogue.add_owned_animal(&fields, &owners, AUTHOR);
        Known {
            id: added.expect("an animal"),
            fields,
        }
    }

    fn chelsea(&self) -> AnimalFields {
        AnimalFields {
            notes: "Likes the window seat.\nSleeps after lunch.".to_owned(),
            contact: "Reception of the clinic, 555 0199".to_owned(),
            warnings: "Slips out when the door is open".to_owned(),
            feeding: "Half a tin at noon, no chicken".to_owned(),
            medication: "Half a tablet with her meal".to_owned(),
            vaccinations: vec![
                self.vaccination("Rabies", -12),
                self.vaccination("Cat flu", 10),
                self.vaccination("Feline leukaemia", 300),
            ],
            tag: Some("756098100123456".to_owned()),
            ..AnimalFields::new("Chelsea", Species::Cat, LEARNT)
        }
    }

    fn long(&self) -> AnimalFields {
        AnimalFields {
            breed_name: Some(LONG_BREED.to_owned()),
            contact: format!("{LONG_NAME}@{LONG_NAME}.example"),
            notes: [LONG_BREED; 8].join(". "),
            warnings: format!("{LONG_NAME}. {}", [LONG_BREED; 3].join(". ")),
            feeding: [LONG_BREED; 3].join(". "),
            medication: LONG_NAME.to_owned(),
            vaccinations: vec![self.vaccination(LONG_NAME, -400)],
            ..AnimalFields::new(LONG_NAME, Species::Dog, OTHER_BREED)
        }
    }

    /// One that ends this many days from now.
    fn vaccination(&self, name: &str, days: i64) -> Vaccination {
        Vaccination {
            name: name.to_owned(),
            given: Some(self.today + (days - 365).days()),
            valid_until: self.today + days.days(),
        }
    }

    /// What the report counts. Those of Chelsea and Mitzi have photographs, from which their breed is
    /// learnt. One guest was never checked out.
    fn add_weeks_before(&self, known: &[Known]) {
        for days in 1..=DAYS {
            let day = self.today - days.days();
            for place in 0..2 + days % 5 {
                let animal = &known[((7 * days + 3 * place) % known.len() as i64) as usize];
                let at = self.at(day, 7 + (days + 2 * place) % 11);
                let visit = self.visit_without_picture(animal, at);
                self.confirm(visit, animal, at);
                if (days, place) != (1, 0) {
                    self.check_out(visit, animal);
                }
            }
        }
        for (animal, days) in [(0, 9_i64), (0, 2), (2, 5), (2, 3)] {
            let at = self.at(self.today - days.days(), 8);
            let picture = picture(animal);
            let visit = self.visit(picture, at);
            self.confirm(visit, &known[animal], at);
            self.check_out(visit, &known[animal]);
        }
    }

    /// Who came today: those who are known, some of them confirmed by others than the owner, and three
    /// of whom nobody has said who they are.
    fn add_today(&self, known: &[Known]) -> Visits {
        let times: Vec<Timestamp> = self.times(COME + 3);
        let mut visits = Vec::new();
        for (place, animal) in known.iter().take(COME).enumerate() {
            let visit = self.visit(picture(place), times[place]);
            self.confirm(visit, animal, times[place]);
            visits.push(visit);
        }
        for place in COME - GONE..COME {
            self.check_out(visits[place], &known[place]);
        }
        for (visit, run) in [(visits[0], "3"), (visits[1], LONG_NAME)] {
            let notes = StayNotes {
                belongings: format!("A blanket. {LONG_BREED}"),
                run: run.to_owned(),
            };
            let noted = self.catalogue.set_stay_notes(visit, &notes, None, AUTHOR);
            noted.expect("a stay");
        }
        // The first one is Chelsea herself, whom nobody has confirmed.
        let strangers = [0, known.len(), known.len() + 1].into_iter();
        let strangers: Vec<VisitId> = strangers
            .zip(&times[COME..])
            .map(|(place, at)| self.visit(picture(place), *at))
            .collect();
        Visits {
            open: strangers[0],
            confirmed: visits[0],
        }
    }

    /// This many times of today, up to now.
    fn times(&self, count: usize) -> Vec<Timestamp> {
        let midnight = self.now.start_of_day().expect("a midnight").timestamp();
        let so_far = self.now.timestamp().as_second() - midnight.as_second();
        let at = |place: usize| {
            let after = so_far * (place as i64 + 1) / (count as i64 + 1);
            midnight + after.seconds()
        };
        (0..count).map(at).collect()
    }

    fn at(&self, day: Date, hour: i64) -> Timestamp {
        let time = day.at(hour as i8, 10, 0, 0);
        let time = time.to_zoned(self.now.time_zone().clone());
        time.expect("a time of the day").timestamp()
    }

    /// A visit with the answer that the network gives to its picture.
    fn visit(&self, picture: RgbImage, at: Timestamp) -> VisitId {
        let metadata = self.recogniser.metadata();
        let recognition = self.recogniser.recognise(&picture).expect("an answer");
        let verdict = Verdict::of(&recognition.prediction, metadata);
        self.record(&NewVisit {
            at,
            photograph: Some(picture),
            verdict: verdict.kind(),
            candidates: Learnt::default().candidates(&recognition, metadata),
            confidence: verdict.confidence(),
            embedding: recognition.embedding(),
            model: metadata.trained.when.clone(),
            source: Source::Camera,
        })
    }

    fn visit_without_picture(&self, animal: &Known, at: Timestamp) -> VisitId {
        let candidate = Candidate {
            breed: animal.fields.breed.clone(),
            probability: 0.9,
        };
        self.record(&NewVisit {
            at,
            photograph: None,
            verdict: VerdictKind::Breed,
            candidates: vec![candidate],
            confidence: 0.9,
            embedding: Vec::new(),
            model: self.recogniser.metadata().trained.when.clone(),
            source: Source::Camera,
        })
    }

    fn record(&self, visit: &NewVisit) -> VisitId {
        let recorded = self.catalogue.record(visit);
        recorded.expect("a visit").visit
    }

    fn confirm(&self, visit: VisitId, animal: &Known, at: Timestamp) {
        let decision = Decision {
            breed: animal.fields.breed.clone(),
            breed_name: animal.fields.breed_name.clone(),
            animal: Some(animal.id),
            by: AUTHOR.to_owned(),
            at,
            revision: None,
        };
        let confirmed = self.catalogue.confirm(visit, &decision);
        confirmed.expect("a confirmed visit");
    }

    fn check_out(&self, visit: VisitId, animal: &Known) {
        let check_out = CheckOut {
            visit: Some(visit),
            left_at: None,
            by: AUTHOR.to_owned(),
            at: self.now.timestamp(),
        };
        let left = self.catalogue.check_out(animal.id, &check_out);
        left.expect("an animal that has left");
    }
}

/// Three people whom Chelsea belongs to.
fn chelseas_owners() -> Vec<OwnerFields> {
    vec![
        OwnerFields {
            email: "ana.keller@keller.example".to_owned(),
            address: "12 Station Road".to_owned(),
            notes: "Comes by bicycle.".to_owned(),
            ..owner("Ana Keller", &["555 0100", "555 0110"])
        },
        owner("Ben Keller", &["555 0102"]),
        owner("Grandmother Keller", &[]),
    ]
}

fn long_owner() -> OwnerFields {
    OwnerFields {
        email: format!("{LONG_NAME}@{LONG_NAME}.example"),
        address: LONG_BREED.to_owned(),
        notes: [LONG_BREED; 4].join(". "),
        ..owner(
            LONG_NAME,
            &["+41 79 000 00 00", "mornings only: 022 000 00 00"],
        )
    }
}

fn owner(name: &str, phones: &[&str]) -> OwnerFields {
    OwnerFields {
        name: name.to_owned(),
        phones: phones.iter().map(|phone| (*phone).to_owned()).collect(),
        ..OwnerFields::default()
    }
}

/// The animal at this place of the list, or a stranger at one behind it: Chelsea in other colours, and Mitzi
/// her mirror image.
fn picture(place: usize) -> RgbImage {
    let chelsea = chelsea().expect("the demo's photograph");
    match place {
        0 => chelsea,
        2 => imageops::flip_horizontal(&chelsea),
        place => imageops::huerotate(&chelsea, 23 * place as i32),
    }
}
