//! One animal with all that is known about it.

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use catalogue::{
    Animal, AnimalFields, AnimalId, AnimalOwner, Catalogue, CatalogueError, Guest, Merged, Owner,
    OwnerId, Subject,
};
use jiff::civil::Date;
use screens::locale::Message;
use serde::Deserialize;

use super::bookings::{self, BookingRow};
use super::care::{self, Fact};
use super::changes::{self, ChangeRow};
use super::in_house::GuestRow;
use super::page::{Page, refused, show};
use super::rows::{self, AnimalRow, VisitRow};
use super::stay::{self, Gone};
use super::words::Words;
use crate::contacts::Whose;
use crate::desk::Desk;
use crate::error::DeskError;
use crate::session::{Client, Owner as DaycareOwner};

/// How many visits an animal's page shows at first.
const VISITS: usize = 12;

#[derive(Template)]
#[template(path = "animal.html")]
struct AnimalPage {
    page: Page,
    animal: AnimalRow,
    /// Breed and species.
    kind: String,
    /// What it means that it is known at another site alone.
    elsewhere: Option<String>,
    contact: String,
    owners: Vec<AnimalOwner>,
    notes: String,
    tag: String,
    /// What it needs at every stay.
    needs: Vec<Fact>,
    vaccinations: Vec<String>,
    last_visit: String,
    since: String,
    visits: Vec<VisitRow>,
    /// The address of all visits, if these are only some.
    more: Option<String>,
    changes: Vec<ChangeRow>,
    /// Where the forms of a stay lead back to.
    here: String,
    /// Its open stay, or when it last left.
    stay: Option<GuestRow>,
    left: Option<Gone>,
    gone: Option<Gone>,
    bookings: Vec<BookingRow>,
    week: Vec<(i8, String)>,
    /// The owners who have no other animal: they can be erased with it.
    only_theirs: Vec<Owner>,
    /// The animals that were merged into it: number, name, and what tells it from others.
    merged: Vec<(AnimalId, String, String)>,
    tomorrow: Date,
    /// The message of what was just done.
    saved: Option<String>,
    /// Why a form on the page was refused.
    wrong: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct AnimalQuery {
    all: Option<String>,
    saved: Option<String>,
    expected: Option<String>,
    merged: Option<String>,
    split: Option<String>,
    booked: Option<String>,
    cancelled: Option<String>,
    /// Its own number if it was just checked out.
    out: Option<i64>,
}

impl AnimalQuery {
    /// The message of what was just done.
    fn message(&self) -> Option<&'static str> {
        [
            (&self.saved, "saved"),
            (&self.expected, "expected-added"),
            (&self.merged, "merge-done"),
            (&self.split, "split-done"),
            (&self.booked, "booking-added"),
            (&self.cancelled, "booking-cancelled"),
        ]
        .into_iter()
        .find_map(|(done, key)| done.is_some().then_some(key))
    }
}

pub(super) async fn animal(
    page: Page,
    State(desk): State<Desk>,
    Path(id): Path<i64>,
    Query(query): Query<AnimalQuery>,
) -> Result<Response, DeskError> {
    let id = AnimalId(id);
    match load(page, &desk, id, query, None).await {
        Ok(template) => Ok(show(&template)?.into_response()),
        Err(DeskError::Catalogue(CatalogueError::NoSuchAnimal(_))) => {
            let merged = desk.catalogue(move |catalogue| catalogue.merged_animal(id));
            match merged.await? {
                Some(merged) => {
                    let survivor = merged.survivor;
                    Ok(Redirect::to(&format!("/animals/{survivor}")).into_response())
                }
                None => Err(CatalogueError::NoSuchAnimal(id).into()),
            }
        }
        Err(error) => Err(error),
    }
}

/// The page again, because a form on it was refused: `wrong` is the text that says why.
pub(super) async fn again(
    page: Page,
    desk: &Desk,
    id: AnimalId,
    wrong: &'static str,
) -> Result<Response, DeskError> {
    let template = load(page, desk, id, AnimalQuery::default(), Some(wrong));
    refused(&template.await?)
}

async fn load(
    page: Page,
    desk: &Desk,
    id: AnimalId,
    query: AnimalQuery,
    wrong: Option<&'static str>,
) -> Result<AnimalPage, DeskError> {
    desk.catalogue(move |catalogue| AnimalPage::of(catalogue, page, id, &query, wrong))
        .await
}

impl AnimalPage {
    fn of(
        catalogue: &Catalogue,
        page: Page,
        id: AnimalId,
        query: &AnimalQuery,
        wrong: Option<&'static str>,
    ) -> Result<Self, CatalogueError> {
        let words = &page.words;
        let animal = catalogue.animal(id)?;
        let fields = &animal.fields;
        let mut visits = catalogue.visits_of(id)?;
        let more = query.all.is_none() && visits.len() > VISITS;
        if more {
            visits.truncate(VISITS);
        }
        let merged = catalogue.merged_into(id)?;
        let stay = catalogue.open_stay(id)?;
        let history = catalogue.history(Subject::Animal(id))?;
        words.contacts.of_animal(&animal);
        words.contacts.of_history(Whose::Animal(id), &history);
        let shown = visits.iter().map(|visit| VisitRow::new(words, visit));
        Ok(Self {
            elsewhere: elsewhere(words, &animal),
            animal: AnimalRow {
                photograph: rows::photograph(catalogue, id, None)?,
                ..AnimalRow::new(words, &animal)
            },
            kind: kind(words, fields),
            contact: fields.contact.clone(),
            owners: animal.owners.clone(),
            needs: care::needs(words, fields),
            vaccinations: vaccinations(words, fields),
            here: format!("/animals/{id}"),
            stay: stay.as_ref().map(|guest| GuestRow::new(words, guest)),
            left: left(words, stay.as_ref(), catalogue.last_check_out(id)?),
            gone: Gone::of(catalogue, words, query.out.filter(|out| *out == id.0))?,
            bookings: bookings::rows(words, &catalogue.bookings_of(id)?),
            week: words.week(),
            only_theirs: catalogue.owners_of_only(id)?,
            notes: fields.notes.clone(),
            tag: fields.tag.clone().unwrap_or_default(),
            last_visit: last_visit(words, &animal),
            since: words.date(words.day_of(animal.created)),
            visits: shown.collect(),
            more: more.then(|| format!("/animals/{id}?all=yes")),
            changes: changes::rows(catalogue, words, &history)?,
            merged: merged.into_iter().map(|one| part(words, one)).collect(),
            tomorrow: words.today.tomorrow().unwrap_or(words.today),
            saved: query.message().map(|key| words.t(key)),
            wrong: wrong.map(|key| words.t(key)),
            page,
        })
    }
}

/// What it means that an animal is known at another site alone.
fn elsewhere(words: &Words, animal: &Animal) -> Option<String> {
    animal.known_at.as_ref().map(|site| {
        let text = Message::new("animal-elsewhere").with("site", site);
        words.message(&text.with("name", &animal.fields.name))
    })
}

/// Breed and species.
fn kind(words: &Words, fields: &AnimalFields) -> String {
    let (breed, species) = (words.breed_of(fields), words.species(fields.species));
    format!("{breed} · {species}")
}

fn vaccinations(words: &Words, fields: &AnimalFields) -> Vec<String> {
    (fields.vaccinations.iter())
        .map(|vaccination| care::vaccination(words, vaccination))
        .collect()
}

/// When an animal last left; `None` while it is in the house, or if nobody has said so.
fn left(words: &Words, stay: Option<&Guest>, last: Option<Guest>) -> Option<Gone> {
    let last = last.filter(|_| stay.is_none())?;
    stay::left(words, &last.stay).map(|text| Gone {
        animal: last.animal.id,
        visit: last.visit,
        text,
    })
}

fn last_visit(words: &Words, animal: &Animal) -> String {
    match animal.last_visit {
        Some(at) => words.moment(at),
        None => words.t("no-visit-yet"),
    }
}

/// An animal that was merged into another one: number, name, and what tells it from others.
fn part(words: &Words, merged: Merged) -> (AnimalId, String, String) {
    let detail = rows::described(words, merged.id, &merged.fields);
    (merged.id, merged.fields.name, detail)
}

/// Forgets an animal for good, and those of its owners who are ticked and have no other one.
pub(super) async fn forget(
    DaycareOwner(session): DaycareOwner,
    client: Client,
    State(desk): State<Desk>,
    Path(id): Path<i64>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Redirect, DeskError> {
    let is_sure = (fields.iter()).any(|(name, value)| name == "sure" && value == "yes");
    if !is_sure {
        return Ok(Redirect::to(&format!("/animals/{id}")));
    }
    let author = session.author();
    desk.forget_animal(AnimalId(id), &author, &client).await?;
    let owners = (fields.iter())
        .filter(|(name, _)| name == "owner")
        .filter_map(|(_, number)| number.parse().ok().map(OwnerId));
    for id in owners {
        let erased = match desk.catalogue(move |catalogue| catalogue.owner(id)).await {
            Ok(owner) if owner.animals == 0 => desk.erase_owner(id, &author, &client).await,
            read => read.map(drop),
        };
        match erased {
            // Since the page was shown, the owner has got another animal or was erased.
            Ok(()) | Err(DeskError::Catalogue(CatalogueError::NoSuchOwner(_))) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Redirect::to("/animals?gone=yes"))
}
