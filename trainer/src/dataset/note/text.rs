//! The text of each note.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use recognise::printable;

use super::{FOLDERS, Note};
use crate::dataset::{Role, some};

/// How many files, pairs of files or lines a note names.
const NAMED: usize = 3;

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Skipped { folder, kinds } => skipped(folder, kinds),
            Self::NoPhotographs { folder } => no_photographs(folder),
            Self::WrittenTwice { first, second } => written_twice(first, second),
            Self::Loose { root, photographs } => loose(root, photographs),
            Self::Wrapped { root, folder } => wrapped(root, folder),
            Self::Unlisted { list, photographs } => unlisted(list, photographs),
            Self::UnreadBreeds { file } => unread_breeds(file),
            Self::Beside { images, folders } => beside(images, folders),
            Self::Hidden { root, paths } => hidden(root, paths),
            Self::UnusedBreeds { file, breeds } => unused_breeds(file, breeds),
            Self::Alike {
                photographs,
                groups,
            } => alike(*photographs, *groups),
            Self::Across { roles, pairs } => across(roles, pairs),
            Self::Resembling { pairs } => resembling(pairs),
            Self::NoTest { root } => no_test(root),
            Self::Renamed { root, breeds } => renamed(root, breeds),
            Self::Unknown { breeds } => unknown(breeds),
            Self::LeftOut { root, folders } => left_out(root, folders),
            Self::Missing { root, photographs } => missing(root, *photographs),
            Self::InBothSplits { pairs } => in_both_splits(pairs),
            Self::ClippedBoxes { file, boxes } => clipped_boxes(file, *boxes),
            Self::EmptyBoxes { file, lines } => empty_boxes(file, lines),
            Self::MissingPictures {
                file,
                pictures,
                boxes,
            } => missing_pictures(file, pictures, *boxes),
        };
        f.write_str(&text)
    }
}

fn skipped(folder: &Path, kinds: &BTreeMap<String, usize>) -> String {
    let kinds: Vec<String> = (kinds.iter())
        .map(|(kind, count)| match (kind.as_str(), count) {
            (FOLDERS, 1) => "1 folder".to_owned(),
            _ => format!("{count} {kind}"),
        })
        .collect();
    format!(
        "{}: skipped {}; JPEG, PNG, WebP and GIF are read",
        printable(folder),
        kinds.join(", ")
    )
}

fn no_photographs(folder: &Path) -> String {
    format!(
        "{}: no photograph in a format that is read, so not used as a breed",
        printable(folder)
    )
}

fn written_twice(first: &Path, second: &Path) -> String {
    let [one, other] = [first, second].map(|path| {
        let name = path.file_name().unwrap_or_default();
        name.to_string_lossy().escape_default().to_string()
    });
    format!(
        "{} is there twice, its accents written in two ways, {one} and {other}: remove one of them \
         if they are the same photograph",
        printable(first)
    )
}

fn loose(root: &Path, photographs: &[PathBuf]) -> String {
    format!(
        "{}: {} in no folder of a breed, not used: {}",
        printable(root),
        counted(photographs.len(), "photograph", "photographs"),
        named(photographs)
    )
}

fn wrapped(root: &Path, folder: &Path) -> String {
    format!(
        "{}: it merely wraps {}, which is read in its place",
        printable(root),
        printable(folder)
    )
}

fn unlisted(list: &Path, photographs: &[PathBuf]) -> String {
    format!(
        "{}: {} that it does not name, not used: {}",
        printable(list),
        counted(photographs.len(), "photograph", "photographs"),
        within(list.parent(), photographs)
    )
}

fn unread_breeds(file: &Path) -> String {
    format!(
        "{}: not used, since the lists in annotations/ say the species",
        printable(file)
    )
}

fn beside(images: &Path, folders: &[PathBuf]) -> String {
    format!(
        "{}: only the folders in it are used as breeds, and not what is beside it: {}",
        printable(images),
        named(folders)
    )
}

fn hidden(root: &Path, paths: &[PathBuf]) -> String {
    format!(
        "{}: {}, not read: {}",
        printable(root),
        counted(paths.len(), "hidden entry", "hidden entries"),
        named(paths)
    )
}

fn unused_breeds(file: &Path, breeds: &[String]) -> String {
    format!(
        "{}: no photographs of {}",
        printable(file),
        breeds.join(", ")
    )
}

fn alike(photographs: usize, groups: usize) -> String {
    format!(
        "{photographs} photographs look nearly like another one (groups of them: {groups}); those of a group \
         stay on one side of a split that is made here, and `trainer check` names them"
    )
}

fn across([one, other]: &[Role; 2], pairs: &[[PathBuf; 2]]) -> String {
    format!(
        "nearly the same photograph to {} on and to {} on, which makes the figures of the latter too good: {}; \
         remove one of each pair (`trainer check` names all)",
        one.purpose(),
        other.purpose(),
        paired(pairs, "~")
    )
}

fn resembling(pairs: &[[PathBuf; 2]]) -> String {
    format!(
        "not trained on, since they look nearly like photographs to validate or to test on: {}",
        paired(pairs, "~")
    )
}

fn no_test(root: &Path) -> String {
    format!(
        "{}: no photograph to test on; name a folder of some with --test",
        printable(root)
    )
}

fn renamed(root: &Path, breeds: &[(String, String)]) -> String {
    let breeds: Vec<String> = (breeds.iter())
        .map(|(from, to)| format!("{from} is {to}"))
        .collect();
    format!(
        "{}: the joined data have other names for these breeds: {}",
        printable(root),
        breeds.join(", ")
    )
}

fn unknown(breeds: &[String]) -> String {
    format!(
        "only one data set has these breeds, and the kiosk does not know their names: {}; if another one has \
         the same breed, give it the same name there",
        breeds.join(", ")
    )
}

fn left_out(root: &Path, folders: &[(String, usize)]) -> String {
    let folders: Vec<String> = (folders.iter())
        .map(|(name, photographs)| match photographs {
            1 => format!("{name} (1 photograph)"),
            _ => format!("{name} ({photographs} photographs)"),
        })
        .collect();
    format!(
        "{}: these folders are of no breed of the dataset and are not used: {}",
        printable(root),
        folders.join(", ")
    )
}

fn missing(root: &Path, photographs: usize) -> String {
    format!(
        "{}: {photographs} of the listed photographs are missing",
        printable(root)
    )
}

fn in_both_splits(pairs: &[[PathBuf; 2]]) -> String {
    format!(
        "the same photograph to train on and to test on, which makes the test figures too good: {}",
        paired(pairs, "=")
    )
}

fn clipped_boxes(file: &Path, boxes: usize) -> String {
    format!(
        "{}: boxes that reach beyond their pictures are clipped: {boxes}",
        printable(file)
    )
}

fn empty_boxes(file: &Path, lines: &[u64]) -> String {
    let lines = lines.iter().map(u64::to_string);
    format!(
        "{}: boxes without area in their pictures are left out: line {}",
        printable(file),
        some(lines, NAMED)
    )
}

fn missing_pictures(file: &Path, pictures: &[PathBuf], boxes: usize) -> String {
    let first = pictures.first().map(|path| printable(path));
    format!(
        "{}: {boxes} boxes of {} pictures that are not there are left out; the first of these pictures is {}",
        printable(file),
        pictures.len(),
        first.unwrap_or_default()
    )
}

/// A number of things, whose singular and plural are given.
fn counted(count: usize, one: &str, several: &str) -> String {
    let things = if count == 1 { one } else { several };
    format!("{count} {things}")
}

/// The first of these files by their names, and how many there are besides.
fn named(paths: &[PathBuf]) -> String {
    let names = paths.iter().map(|path| {
        let name = path.file_name().unwrap_or_default();
        printable(Path::new(name))
    });
    some(names, NAMED)
}

/// The first of these files, as they are called within a folder, and how many there are besides.
fn within(folder: Option<&Path>, paths: &[PathBuf]) -> String {
    let names = paths.iter().map(|path| {
        let inner = folder.and_then(|folder| path.strip_prefix(folder).ok());
        printable(inner.unwrap_or(path))
    });
    some(names, NAMED)
}

/// The first of these pairs of files with a sign between them, and how many there are besides.
fn paired(pairs: &[[PathBuf; 2]], sign: &str) -> String {
    let pairs = pairs
        .iter()
        .map(|[one, other]| format!("{} {sign} {}", printable(one), printable(other)));
    some(pairs, NAMED)
}
