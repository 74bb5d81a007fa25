//! The results of a run, epoch by epoch: `metrics.csv`.

use std::fmt;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::replace::{WriteError, replace};
use crate::train::history::TABLE;

/// The results of an epoch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Epoch {
    /// Number of the epoch, from 1.
    pub epoch: usize,
    /// Learning rate at the end of the epoch.
    pub rate: f64,
    /// Mean training loss.
    pub train_loss: f64,
    /// Share of the animals in photographs that are found with certainty, 0 to 1: a box overlaps with theirs by an
    /// intersection over union of at least 0.5. As all figures, of the averaged weights on the validation split.
    pub recall: f64,
    /// The same in scenes with the photographs.
    pub scene_recall: f64,
    /// Mean number of animals that are found with certainty in a picture without any.
    pub false_animals: f64,
    /// Average precision at an intersection over union of 0.5 over all of these pictures, 0 to 1.
    pub ap50: f64,
    /// Duration of the epoch in seconds, including validation.
    pub seconds: f64,
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "epoch {:3}  loss {:.3}  validation: found {:.1} % in photographs, {:.1} % in scenes; false animals {:.3} a \
             picture; AP50 {:.1} %",
            self.epoch,
            self.train_loss,
            100.0 * self.recall,
            100.0 * self.scene_recall,
            self.false_animals,
            100.0 * self.ap50
        )
    }
}

/// Writes the table into the run folder.
///
/// # Errors
/// If it cannot be written.
pub(super) fn write(run: &Path, epochs: &[Epoch]) -> Result<(), WriteError> {
    replace(&run.join(TABLE), |part| {
        let mut table = csv::Writer::from_path(part)?;
        epochs.iter().try_for_each(|epoch| table.serialize(epoch))?;
        Ok(table.flush()?)
    })
}
