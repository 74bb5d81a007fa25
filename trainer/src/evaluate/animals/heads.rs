//! Reads the heads that people marked: `heads.csv` beside the dataset, with a line `name,x1,y1,x2,y2` for each.

use std::collections::HashMap;
use std::fs::File;
use std::path::Path;

use csv::StringRecord;
use recognise::Region;

use super::super::Note;
use crate::dataset::DatasetError;

/// Heads by the names of photographs.
pub(super) type Heads = HashMap<String, Vec<Region>>;

/// The heads, and a note on the lines that cannot be used. Empty if there is no such file.
///
/// # Errors
/// When the file is there but cannot be read.
pub(super) fn read(file: &Path) -> Result<(Heads, Option<Note>), DatasetError> {
    let mut heads = Heads::new();
    if !file.is_file() {
        return Ok((heads, None));
    }
    let text = File::open(file).map_err(|source| DatasetError::Read {
        path: file.to_owned(),
        source,
    })?;
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text);
    let mut unread = 0;
    for record in reader.records() {
        match record.ok().as_ref().and_then(head) {
            Some((name, region)) => heads.entry(name).or_default().push(region),
            None => unread += 1,
        }
    }
    let note = (unread > 0).then(|| Note::UnreadHeads {
        file: file.to_owned(),
        lines: unread,
    });
    Ok((heads, note))
}

/// The photograph's name and the head of a line; `None` if it cannot be used.
fn head(record: &StringRecord) -> Option<(String, Region)> {
    let side = |index: usize| record.get(index)?.trim().parse::<f32>().ok();
    let region = Region::new(side(1)?, side(2)?, side(3)?, side(4)?)?;
    Some((record.get(0)?.to_owned(), region))
}
