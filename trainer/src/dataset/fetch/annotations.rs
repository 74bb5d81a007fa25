//! Makes a table of boxes of the annotations of the Stanford Dogs dataset: an XML file for each photograph, in the form
//! of PASCAL VOC.

use std::fs;
use std::path::Path;

use roxmltree::{Document, Node};

use super::{FetchError, cannot_read, cannot_write};
use crate::dataset::files::{entries, file_name};
use crate::replace::replace;

/// The name of the table in the data folder.
pub(in crate::dataset) const TABLE: &str = "boxes.csv";
/// The folder of the annotations, with a folder for each breed.
pub(in crate::dataset) const FOLDER: &str = "Annotation";

/// What a table of boxes has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Boxed {
    /// The number of photographs with boxes.
    pub photographs: usize,
    /// The number of annotations that could not be understood.
    pub left_out: usize,
}

/// Writes the boxes into `boxes.csv` in the data folder `out`; `None` if there is one.
///
/// # Errors
/// When the annotations cannot be listed or read, or the table cannot be written.
pub(super) fn write_boxes(out: &Path) -> Result<Option<Boxed>, FetchError> {
    let table = out.join(TABLE);
    if table.exists() {
        return Ok(None);
    }
    let mut boxed = Boxed::default();
    let mut lines = vec!["file,kind,score,x1,y1,x2,y2".to_owned()];
    let inner = entries(&out.join(FOLDER))?.into_iter();
    for folder in inner.filter(|path| path.is_dir()) {
        for file in entries(&folder)? {
            let bytes = fs::read(&file).map_err(|error| cannot_read(&file, error))?;
            let animals = std::str::from_utf8(&bytes).ok().and_then(corners);
            let Some(animals) = animals else {
                boxed.left_out += 1;
                continue;
            };
            let (breed, name) = (file_name(&folder), file_name(&file));
            boxed.photographs += 1;
            lines.extend(animals.iter().map(|[x1, y1, x2, y2]| {
                format!("Images/{breed}/{name}.jpg,dog,1,{x1:.5},{y1:.5},{x2:.5},{y2:.5}")
            }));
        }
    }
    lines.push(String::new());
    // A table that is there is complete.
    let written = replace(&table, |part| Ok(fs::write(part, lines.join("\n"))?));
    written.map_err(|error| cannot_write(&table, error))?;
    Ok(Some(boxed))
}

/// The corners of the animals in an annotation, at least one, as shares of width and height; `None` if it cannot be
/// understood.
fn corners(text: &str) -> Option<Vec<[f64; 4]>> {
    let document = Document::parse(text).ok()?;
    let root = document.root_element();
    let (width, height) = (number(root, "width")?, number(root, "height")?);
    if width <= 0.0 || height <= 0.0 {
        return None;
    }
    let objects = root.descendants().filter(|it| it.has_tag_name("object"));
    let animals = objects.map(|object| {
        let share = |name: &str, side: f64| Some((number(object, name)? / side).clamp(0.0, 1.0));
        Some([
            share("xmin", width)?,
            share("ymin", height)?,
            share("xmax", width)?,
            share("ymax", height)?,
        ])
    });
    let animals: Vec<[f64; 4]> = animals.collect::<Option<_>>()?;
    (!animals.is_empty()).then_some(animals)
}

/// The finite number in the first element of this name in a node.
fn number(node: Node<'_, '_>, name: &str) -> Option<f64> {
    let element = node.descendants().find(|it| it.has_tag_name(name))?;
    let number: f64 = element.text()?.trim().parse().ok()?;
    number.is_finite().then_some(number)
}
