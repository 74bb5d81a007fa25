//! Finds the data in a folder that merely wraps them, as archives are often unpacked.

use std::path::{Path, PathBuf};

use super::assemble::Side;
use super::declared;
use super::files::{Content, file_name, holds_photographs};
use super::listing::IMAGES;
use super::species::species_named;
use super::{DatasetError, Note};

/// The folder that has the data: as long as a folder has a single folder and no photographs, that one, unless it is a
/// breed, or its name says something about the breeds in it. Also gives what the owner of the folder may not expect.
pub(super) fn unwrapped(root: &Path) -> Result<(PathBuf, Vec<Note>), DatasetError> {
    let (mut data, mut notes) = (root.to_owned(), Vec::new());
    while let Some((inner, of_wrapper)) = wrapped(&data)? {
        notes.extend(of_wrapper);
        data = inner;
    }
    let note = Note::on_wrapped(root, &data);
    Ok((data, note.into_iter().chain(notes).collect()))
}

/// The folder that this one merely wraps, if it does, and notes on what is beside that folder.
fn wrapped(folder: &Path) -> Result<Option<(PathBuf, Vec<Note>)>, DatasetError> {
    let content = Content::of(folder)?;
    let [inner] = content.folders.as_slice() else {
        return Ok(None);
    };
    // What `breeds.toml` says is meant for the folders beside it.
    let mut others = content.others.iter();
    let is_data =
        !content.photographs.is_empty() || others.any(|it| file_name(it) == declared::FILE);
    let name = file_name(inner);
    let says = Side::named(&name).is_some() || species_named(&name).is_some() || name == IMAGES;
    if is_data || says || has_own_photographs(inner)? || !holds_photographs(inner)? {
        return Ok(None);
    }
    let others = Note::on_others(folder, content.others.iter());
    let notes = others
        .into_iter()
        .chain(Note::on_hidden(folder, &content.hidden));
    Ok(Some((inner.clone(), notes.collect())))
}

fn has_own_photographs(folder: &Path) -> Result<bool, DatasetError> {
    Ok(!Content::of(folder)?.photographs.is_empty())
}
