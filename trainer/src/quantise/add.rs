//! Gives a bundle another detector, and leaves the network that names breeds as it is.

use std::path::{Path, PathBuf};

use indicatif::ProgressBar;
use recognise::photo::PhotoError;
use recognise::{Bundle, Recogniser};

use super::detector::{Detector, Found};
use super::input::Photos;
use super::{DetectorRun, QuantiseError, write};
use crate::dataset::{Source, once_each};
use crate::export::{OPSET, with_detector, with_int8_detector};
use crate::train::calibrate::measure_resemblance;
use crate::train::views::outputs_of_views;

/// A bundle with another detector.
#[derive(Debug)]
pub struct Added {
    /// The bundle.
    pub bundle: PathBuf,
    /// The detector in f32 and in int8 on the validation split.
    pub found: Found,
    /// Photographs that could not be read. They count in no figure.
    pub unreadable: Vec<PhotoError>,
}

/// Quantises the detector of a run and writes the bundle `model` with it to `out`. `data` is the dataset that the
/// bundle was trained on; its training photographs calibrate the detector, and its validation photographs say what the
/// network for breeds takes for an animal.
///
/// # Errors
/// See [`QuantiseError`]. A former file `out` is only replaced once the new one is complete.
pub fn add_detector(
    model: &Path,
    data: &Source,
    files: &DetectorRun,
    out: &Path,
    bar: &ProgressBar,
) -> Result<Added, QuantiseError> {
    let bundle = Bundle::read(model)?;
    // The detector is written for this operator set.
    if !bundle
        .proto
        .opset_import
        .iter()
        .all(|set| set.version == OPSET)
    {
        return Err(QuantiseError::NotOurs(model.to_owned()));
    }
    let photos = Photos::open(model, data, &bundle, bar)?;
    let detector = Detector::open(files, &photos)?;
    let mut metadata = bundle.metadata.clone();
    metadata.animals = Some(detector.animals.clone());

    let (sample, mut unreadable) = photos.sample()?;
    let part = detector.part(&sample)?;
    drop(sample);
    let steps = part.steps() + photos.validation.len() + detector.steps();
    bar.set_length(steps as u64);
    let (network, _) = part.quantise(bar);

    bar.set_message("measuring");
    let breeds = Recogniser::new(bundle.clone())?;
    let go_on = || Ok::<(), QuantiseError>(());
    let (views, failed) = outputs_of_views(&breeds, &photos.validation, bar, go_on)?;
    unreadable.extend(failed);
    measure_resemblance(&mut metadata, &views);
    let in_f32 = with_detector(&bundle, &detector.network, &metadata)?;
    let in_int8 = with_int8_detector(&bundle, &network, &metadata);
    let recogniser = |file: &[u8]| Recogniser::new(Bundle::from_bytes(file, &bundle.name)?);
    let (exact, actual) = (recogniser(&in_f32)?, recogniser(&in_int8)?);
    let found = detector.compare([&exact, &actual], bar, &mut unreadable)?;
    Ok(Added {
        bundle: write(out.to_owned(), &in_int8)?,
        found,
        unreadable: once_each(unreadable),
    })
}
