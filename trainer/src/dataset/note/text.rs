//! The text of each note.

use std::fmt;
use std::path::{Path, PathBuf};

use recognise::printable;

use super::{FOLDERS, Note};
use crate::dataset::some;

/// How many files, pairs of files or lines a note names.
const NAMED: usize = 3;

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Skipped { folder, kinds } => {
                let kinds: Vec<String> = (kinds.iter())
                    .map(|(kind, count)| match (kind.as_str(), count) {
                        (FOLDERS, 1) => "1 folder".to_owned(),
                        _ => format!("{count} {kind}"),
                    })
                    .collect();
                write!(
                    f,
                    "{}: skipped {}; JPEG, PNG, WebP and GIF are read",
                    printable(folder),
                    kinds.join(", ")
                )
            }
            Self::NoPhotographs { folder } => write!(
                f,
                "{}: no photograph in a format that is read, so not used as a breed",
                printable(folder)
            ),
            Self::WrittenTwice { first, second } => {
                let [one, other] = [first, second].map(|path| {
                    let name = path.file_name().unwrap_or_default();
                    name.to_string_lossy().escape_default().to_string()
                });
                write!(
                    f,
                    "{} is there twice, its accents written in two ways, {one} and {other}: remove one of them \
                     if they are the same photograph",
                    printable(first)
                )
            }
            Self::Loose { root, photographs } => write!(
                f,
                "{}: {} in no folder of a breed, not used: {}",
                printable(root),
                counted(photographs.len(), "photograph", "photographs"),
                named(photographs)
            ),
            Self::Wrapped { root, folder } => write!(
                f,
                "{}: it merely wraps {}, which is read in its place",
                printable(root),
                printable(folder)
            ),
            Self::Unlisted { list, photographs } => write!(
                f,
                "{}: {} that it does not name, not used: {}",
                printable(list),
                counted(photographs.len(), "photograph", "photographs"),
                within(list.parent(), photographs)
            ),
            Self::UnreadBreeds { file } => write!(
                f,
                "{}: not used, since the lists in annotations/ say the species",
                printable(file)
            ),
            Self::Beside { images, folders } => write!(
                f,
                "{}: only the folders in it are used as breeds, and not what is beside it: {}",
                printable(images),
                named(folders)
            ),
            Self::Hidden { root, paths } => write!(
                f,
                "{}: {}, not read: {}",
                printable(root),
                counted(paths.len(), "hidden entry", "hidden entries"),
                named(paths)
            ),
            Self::UnusedBreeds { file, breeds } => write!(
                f,
                "{}: no photographs of {}",
                printable(file),
                breeds.join(", ")
            ),
            Self::Alike {
                photographs,
                groups,
            } => write!(
                f,
                "{photographs} photographs look nearly like another one (groups of them: {groups}); those of a group \
                 stay on one side of a split that is made here, and `trainer check` names them"
            ),
            Self::Across {
                roles: [one, other],
                pairs,
            } => write!(
                f,
                "nearly the same photograph to {} on and to {} on, which makes the figures of the latter too good: {}; \
                 remove one of each pair (`trainer check` names all)",
                one.purpose(),
                other.purpose(),
                paired(pairs, "~")
            ),
            Self::Resembling { pairs } => write!(
                f,
                "not trained on, since they look nearly like photographs to validate or to test on: {}",
                paired(pairs, "~")
            ),
            Self::NoTest { root } => write!(
                f,
                "{}: no photograph to test on; name a folder of some with --test",
                printable(root)
            ),
            Self::Renamed { root, breeds } => {
                let breeds: Vec<String> = (breeds.iter())
                    .map(|(from, to)| format!("{from} is {to}"))
                    .collect();
                write!(
                    f,
                    "{}: the joined data have other names for these breeds: {}",
                    printable(root),
                    breeds.join(", ")
                )
            }
            Self::Unknown { breeds } => write!(
                f,
                "only one data set has these breeds, and the kiosk does not know their names: {}; if another one has \
                 the same breed, give it the same name there",
                breeds.join(", ")
            ),
            Self::LeftOut { root, folders } => {
                let folders: Vec<String> = (folders.iter())
                    .map(|(name, photographs)| match photographs {
                        1 => format!("{name} (1 photograph)"),
                        _ => format!("{name} ({photographs} photographs)"),
                    })
                    .collect();
                write!(
                    f,
                    "{}: these folders are of no breed of the dataset and are not used: {}",
                    printable(root),
                    folders.join(", ")
                )
            }
            Self::Missing { root, photographs } => write!(
                f,
                "{}: {photographs} of the listed photographs are missing",
                printable(root)
            ),
            Self::InBothSplits { pairs } => write!(
                f,
                "the same photograph to train on and to test on, which makes the test figures too good: {}",
                paired(pairs, "=")
            ),
            Self::ClippedBoxes { file, boxes } => write!(
                f,
                "{}: boxes that reach beyond their pictures are clipped: {boxes}",
                printable(file)
            ),
            Self::EmptyBoxes { file, lines } => {
                let lines = lines.iter().map(u64::to_string);
                write!(
                    f,
                    "{}: boxes without area in their pictures are left out: line {}",
                    printable(file),
                    some(lines, NAMED)
                )
            }
            Self::MissingPictures {
                file,
                pictures,
                boxes,
            } => {
                let first = pictures.first().map(|path| printable(path));
                write!(
                    f,
                    "{}: {boxes} boxes of {} pictures that are not there are left out; the first of these pictures is {}",
                    printable(file),
                    pictures.len(),
                    first.unwrap_or_default()
                )
            }
        }
    }
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
