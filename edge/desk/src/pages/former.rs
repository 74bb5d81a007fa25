//! The catalogue of a data folder that can only be read, while visits go elsewhere: staff look guests up
//! in it, and the owner exports it and backs it up.

use std::path::Path as FilePath;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{Html, Response};
use catalogue::{Animal, AnimalOwner, Catalogue};

use super::care::{self, Fact};
use super::listing::{List, ListQuery, Paging};
use super::page::{Page, show};
use super::rows::AnimalRow;
use super::words::Words;
use crate::desk::{Desk, Which};
use crate::error::DeskError;
use crate::session::Owner;
use crate::transfer::{download_of, export, kind_of_backup, with_catalogue_of};

const LIST: List = List {
    address: "/former",
    count: "animals-count",
};

const CSV: &str = "text/csv; charset=utf-8";

/// Writes a file of a catalogue.
type Write = fn(&Catalogue, &FilePath) -> Result<(), DeskError>;

/// The files that the owner gets beside a backup: name, kind and what writes them.
const FILES: [(&str, &str, Write); 4] = [
    ("animals.csv", CSV, |catalogue, path| {
        export(path, |out| catalogue.export_animals_csv(out))
    }),
    ("visits.csv", CSV, |catalogue, path| {
        export(path, |out| catalogue.export_visits_csv(out))
    }),
    ("owners.csv", CSV, |catalogue, path| {
        export(path, |out| catalogue.export_owners_csv(out))
    }),
    ("catalogue.json", "application/json", |catalogue, path| {
        export(path, |out| catalogue.export_json(out))
    }),
];

/// An animal, with whom to call about it. There is no page of its own to open.
struct FormerRow {
    animal: AnimalRow,
    contact: String,
    owners: Vec<AnimalOwner>,
    needs: Vec<Fact>,
}

impl FormerRow {
    fn new(words: &Words, animal: Animal) -> Self {
        words.contacts.of_animal(&animal);
        Self {
            needs: care::needs(words, &animal.fields),
            animal: AnimalRow::without_contact(words, &animal),
            contact: animal.fields.contact,
            owners: animal.owners,
        }
    }
}

#[derive(Template)]
#[template(path = "former.html")]
struct FormerPage {
    page: Page,
    animals: Vec<FormerRow>,
    paging: Paging,
    /// What the last backup lacks that was downloaded.
    lacking: Option<String>,
}

/// The animals of the former catalogue, with a search.
pub(super) async fn former(
    mut page: Page,
    State(desk): State<Desk>,
    Query(query): Query<ListQuery>,
) -> Result<Html<String>, DeskError> {
    let former = of(&desk)?;
    let lacking = desk.lacking(Which::Former);
    page.words.contacts = page.words.contacts.of_former();
    let template = with_catalogue_of(former, move |catalogue| {
        let words = &page.words;
        let (found, paging) = LIST.read(&query, catalogue, words, Catalogue::search)?;
        Ok(FormerPage {
            animals: (found.into_iter())
                .map(|animal| FormerRow::new(words, animal))
                .collect(),
            paging,
            lacking: lacking.map(|message| words.message(&message)),
            page,
        })
    });
    show(&template.await?)
}

/// A file of the former catalogue.
pub(super) async fn file(
    _: Owner,
    State(desk): State<Desk>,
    Path(file): Path<String>,
) -> Result<Response, DeskError> {
    let former = of(&desk)?;
    let mut files = FILES.iter();
    let found = files.find(|(name, ..)| *name == file);
    let &(name, kind, write) = found.ok_or(DeskError::Missing("such file"))?;
    download_of(&desk, former, &format!("former-{name}"), kind, write).await
}

/// The former catalogue as a backup.
pub(super) async fn backup(_: Owner, State(desk): State<Desk>) -> Result<Response, DeskError> {
    let former = of(&desk)?;
    let (end, kind) = kind_of_backup(former.encrypts_backups());
    let name = format!("former-backup.{end}");
    let backed_up = desk.clone();
    download_of(&desk, former, &name, kind, move |catalogue, path| {
        backed_up.note_left_out(Which::Former, catalogue.backup_to_new(path)?);
        Ok(())
    })
    .await
}

fn of(desk: &Desk) -> Result<Arc<Catalogue>, DeskError> {
    let former = desk.kiosk().former.as_ref().map(Arc::clone);
    former.ok_or(DeskError::Missing("former catalogue"))
}
