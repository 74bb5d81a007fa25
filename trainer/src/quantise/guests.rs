//! Calibrates with which probability an animal is a certain guest, on photographs of animals that came again.

use std::path::Path;

use indicatif::ProgressBar;
use recognise::photo::PhotoError;
use recognise::{Metadata, Recogniser};

use super::QuantiseError;
use crate::evaluate::individuals::{
    Greetings, Individuals, Photograph, greetings, guests, photographs,
};

/// The number of visits in the gallery at which greetings are counted.
const VISITS: usize = 3;

/// Who is greeted by name, among animals that nothing was chosen on.
#[derive(Clone, Copy, Debug)]
pub struct Greeted {
    /// The number of animals that the calibration was chosen on.
    pub chosen_on: usize,
    /// The number of the other animals.
    pub measured_on: usize,
    /// The figures of these; `None` if none of them came often enough.
    pub greetings: Option<Greetings>,
}

/// Chooses the calibration on every second animal of a folder, and measures it on the others.
pub(super) fn calibrate(
    recogniser: &Recogniser,
    folder: &Path,
    metadata: &mut Metadata,
    bar: &ProgressBar,
    unreadable: &mut Vec<PhotoError>,
) -> Result<Greeted, QuantiseError> {
    let individuals = Individuals::open(folder)?;
    let (seen, failed) = photographs(recogniser, &individuals, bar)?;
    unreadable.extend(failed);
    let (chosen, measured): (Vec<Photograph>, Vec<Photograph>) = seen
        .into_iter()
        .partition(|photograph| photograph.animal % 2 == 0);
    let calibration = guests(&chosen);
    if let Some(embedding) = &mut metadata.embedding {
        embedding.guests = calibration;
    }
    let animals = individuals.animals.len();
    Ok(Greeted {
        chosen_on: animals.div_ceil(2),
        measured_on: animals / 2,
        greetings: calibration.and_then(|it| greetings(&measured, VISITS, &it)),
    })
}
