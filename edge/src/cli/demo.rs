//! The catalogue with which the demo begins: a few guests whom the daycare knows.
//!
//! Chelsea's breed is her true one, which the network does not know. Her earlier visits, all names and
//! all that is said about the guests are made up; the photographs of these visits are made from the one
//! that the demo plays.

use ::catalogue::{
    AnimalFields, AnimalId, Catalogue, CheckOut, Decision, NewVisit, OwnerChoice, OwnerFields,
    Vaccination,
};
use anyhow::Context;
use devices::camera::clip::{Clip, FRAMES};
use devices::camera::demo::chelsea;
use image::{RgbImage, imageops};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan, Zoned};
use recognise::learnt::Learnt;
use recognise::locate::CERTAIN;
use recognise::metadata::Species;
use recognise::{Recogniser, Region, Source, Verdict};

use crate::kiosk::kept;

/// The author of these records, in the history.
const AUTHOR: &str = "demo";

/// What Chelsea is: a tabby of no breed.
const CHELSEAS_BREED: &str = "domestic_shorthair";

/// An earlier visit of Chelsea. Its picture differs from the one that the demo plays as two pictures
/// of a camera do.
struct Earlier {
    days_ago: i64,
    /// What is cut off every side of the photograph, in pixels.
    margin: u32,
    /// What is added to the value of every channel.
    light: i32,
}

const EARLIER: [Earlier; 2] = [
    Earlier {
        days_ago: 9,
        margin: 24,
        light: 14,
    },
    Earlier {
        days_ago: 2,
        margin: 12,
        light: -12,
    },
];

/// Adds the guests to a catalogue that was just created: Chelsea, who was here before, and two whom
/// the daycare expects today. The recogniser makes the embeddings by which Chelsea is suggested.
pub(super) fn add_guests(catalogue: &Catalogue, recogniser: &Recogniser) -> anyhow::Result<()> {
    let now = ::catalogue::now();
    // The catalogue's clock starts today. If it started with an earlier visit, today would be a jump.
    catalogue.tidy(now.timestamp())?;
    let chelsea = add_chelsea(catalogue, now.date()).context("Chelsea")?;
    for earlier in &EARLIER {
        add_visit(catalogue, recogniser, &now, chelsea, earlier)
            .context("an earlier visit of Chelsea")?;
    }
    for guest in [biscuit(), olive()] {
        let animal = catalogue.add_animal(&guest, AUTHOR)?;
        catalogue.expect(animal, now.date())?;
    }
    Ok(())
}

fn add_chelsea(catalogue: &Catalogue, today: Date) -> anyhow::Result<AnimalId> {
    let owner = OwnerFields {
        name: "Ana Keller".to_owned(),
        phones: vec!["555 0100".to_owned()],
        ..OwnerFields::default()
    };
    // It ends soon, which the page announces.
    let vaccination = Vaccination {
        name: "Cat flu".to_owned(),
        given: Some(today.checked_sub(355.days())?),
        valid_until: today.checked_add(10.days())?,
    };
    let chelsea = AnimalFields {
        notes: "Likes the window seat.".to_owned(),
        warnings: "Slips out when the door is open".to_owned(),
        feeding: "Half a tin at noon, no chicken".to_owned(),
        vaccinations: vec![vaccination],
        ..AnimalFields::new("Chelsea", Species::Cat, CHELSEAS_BREED)
    };
    let owners = [OwnerChoice::New(owner)];
    Ok(catalogue.add_owned_animal(&chelsea, &owners, AUTHOR)?)
}

fn biscuit() -> AnimalFields {
    AnimalFields {
        feeding: "A cup of dry food at noon".to_owned(),
        ..AnimalFields::new("Biscuit", Species::Dog, "beagle")
    }
}

fn olive() -> AnimalFields {
    AnimalFields {
        medication: "Half a tablet with her meal".to_owned(),
        ..AnimalFields::new("Olive", Species::Cat, "ragdoll")
    }
}

/// Records that Chelsea came in the morning and left in the evening.
fn add_visit(
    catalogue: &Catalogue,
    recogniser: &Recogniser,
    now: &Zoned,
    chelsea: AnimalId,
    earlier: &Earlier,
) -> anyhow::Result<()> {
    let day = now.date().checked_sub(earlier.days_ago.days())?;
    let time = |hour, minute| {
        let time = day.at(hour, minute, 0, 0);
        Ok::<_, jiff::Error>(time.to_zoned(now.time_zone().clone())?.timestamp())
    };
    let (morning, evening) = (time(8, 10)?, time(17, 30)?);
    let arrival = arrival(recogniser, picture(earlier)?, morning)?;
    let recorded = catalogue.record(&arrival)?;
    recorded.photograph_lost.map_or(Ok(()), Err)?;
    let decision = Decision {
        breed: CHELSEAS_BREED.into(),
        breed_name: None,
        animal: Some(chelsea),
        by: AUTHOR.to_owned(),
        at: morning,
        revision: None,
    };
    catalogue.confirm(recorded.visit, &decision)?;
    let check_out = CheckOut {
        visit: Some(recorded.visit),
        left_at: None,
        by: AUTHOR.to_owned(),
        at: evening,
    };
    catalogue.check_out(chelsea, &check_out)?;
    Ok(())
}

/// Chelsea in front of the camera at an earlier visit.
fn picture(earlier: &Earlier) -> anyhow::Result<RgbImage> {
    let photograph = chelsea()?;
    let (width, height) = photograph.dimensions();
    let [x, y] = [earlier.margin; 2];
    let nearer = imageops::crop_imm(&photograph, x, y, width - 2 * x, height - 2 * y).to_image();
    let clip = Clip::new(&imageops::brighten(&nearer, earlier.light), 0);
    clip.frame(FRAMES / 2).context("a clip without a middle")
}

/// An arrival with the answer that the recogniser gives to its picture.
fn arrival(recogniser: &Recogniser, picture: RgbImage, at: Timestamp) -> anyhow::Result<NewVisit> {
    let metadata = recogniser.metadata();
    let mut found = recogniser.locate(&picture)?.into_iter();
    let found = found.find(|animal| animal.score >= CERTAIN);
    let (recognition, verdict) = match &found {
        Some(animal) => {
            let recognition = recogniser.recognise_in(&picture, animal.region)?;
            let verdict = Verdict::of_found(&recognition.prediction, metadata, animal.species);
            (recognition, verdict)
        }
        None => {
            let recognition = recogniser.recognise(&picture)?;
            let verdict = Verdict::of(&recognition.prediction, metadata);
            (recognition, verdict)
        }
    };
    let region = found.map_or(Region::WHOLE, |animal| animal.region);
    Ok(NewVisit {
        at,
        photograph: Some(kept::photograph(&picture, region, false)),
        verdict: verdict.kind(),
        candidates: Learnt::default().candidates(&recognition, metadata),
        confidence: verdict.confidence(),
        embedding: recognition.embedding(),
        model: metadata.trained.when.clone(),
        source: Source::Camera,
    })
}
