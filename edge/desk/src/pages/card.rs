//! A card of a guest to print and hang on its run: who it is, what it needs, and whom to call.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Html;
use catalogue::{AnimalId, AnimalOwner};

use super::care::{self, Fact};
use super::code128;
use super::page::{Page, show};
use super::rows::AnimalRow;
use crate::desk::Desk;
use crate::error::DeskError;

#[derive(Template)]
#[template(path = "card.html")]
struct CardPage {
    page: Page,
    animal: AnimalRow,
    /// Breed and species.
    kind: String,
    needs: Vec<Fact>,
    contact: String,
    owners: Vec<AnimalOwner>,
    /// Its run, while it is in the house.
    run: String,
    tag: String,
    /// The tag as a bar code.
    code: Option<String>,
}

pub(super) async fn card(
    page: Page,
    State(desk): State<Desk>,
    Path(id): Path<i64>,
) -> Result<Html<String>, DeskError> {
    let id = AnimalId(id);
    let template = desk.catalogue(move |catalogue| {
        let words = &page.words;
        let animal = catalogue.animal(id)?;
        let fields = &animal.fields;
        let stay = catalogue.open_stay(id)?;
        let tag = fields.tag.clone().unwrap_or_default();
        words.contacts.of_animal(&animal);
        Ok(CardPage {
            animal: AnimalRow::new(words, &animal).with_photograph(catalogue)?,
            kind: format!(
                "{} · {}",
                words.breed_of(fields),
                words.species(fields.species)
            ),
            needs: care::needs(words, fields),
            contact: fields.contact.clone(),
            owners: animal.owners.clone(),
            run: stay.map(|guest| guest.stay.run).unwrap_or_default(),
            code: code128::svg(&tag),
            tag,
            page,
        })
    });
    show(&template.await?)
}
