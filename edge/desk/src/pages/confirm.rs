//! Confirming and correcting a visit: its breed, then its guest. Those who are new to the catalogue are
//! added in `newcomer`.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use catalogue::{AnimalId, Catalogue, CatalogueError, Decision, OTHER_BREED, Visit, VisitId};
use jiff::Timestamp;
use recognise::{BreedId, Metadata};
use serde::Deserialize;

use super::breeds::Chosen;
use super::guess::GuessPanel;
use super::newcomer::Newcomer;
use super::page::{Page, next};
use super::rows::AnimalRow;
use super::sought::Sought;
use super::stay::StayForm;
use super::words::Words;
use super::{adopted, breeds, visit};
use crate::desk::Desk;
use crate::error::DeskError;

/// How many guests are suggested.
const GUESTS: usize = 4;

/// What staff can choose about a visit.
pub(super) struct Options {
    pub(super) visit: VisitId,
    /// The revision that the page shows: what is decided on it is about this one.
    pub(super) revision: u32,
    /// Whether there is a decision that can be undone.
    pub(super) can_undo: bool,
    pub(super) has_photograph: bool,
    /// Whom the kiosk takes the guest for.
    pub(super) guess: Option<GuessPanel>,
    pub(super) choices: Vec<Choice>,
    /// Whether staff said that its breed is in no list.
    pub(super) is_other: bool,
    /// Whether the breed is still open and comes first; otherwise the guest does.
    pub(super) breed_first: bool,
    pub(super) guest: Option<AnimalRow>,
    /// What the guest needs and brought, once staff have confirmed who it is.
    pub(super) stay: Option<StayForm>,
    pub(super) guests: Vec<AnimalRow>,
    /// How many guests are suggested, as a text.
    pub(super) found: String,
    /// What was typed to search a guest.
    pub(super) query: String,
    pub(super) breeds: Vec<String>,
    /// The page that the search of guests stays on, and the visit that the page is pinned to.
    pub(super) here: String,
    pub(super) pinned: Option<VisitId>,
    /// Where to go on to after a breed, after a guest, and after the visit is deleted.
    pub(super) after_breed: String,
    pub(super) after_guest: String,
    pub(super) after_deletion: String,
    /// What was typed as a breed, and what is wrong with it.
    pub(super) typed: String,
    pub(super) wrong: Option<String>,
    pub(super) newcomer: Newcomer,
}

/// A breed to choose with one tap.
pub(super) struct Choice {
    /// Its key on the keyboard, if it has one.
    pub(super) key: Option<usize>,
    pub(super) id: BreedId,
    pub(super) name: String,
    /// From how many pictures it was learnt at this kiosk, as a text.
    pub(super) learnt: Option<String>,
    pub(super) certainty: String,
    pub(super) frequency: String,
    pub(super) probability: f32,
    pub(super) is_selected: bool,
}

impl Options {
    /// What staff can choose about `visit` on its own page. `query` searches a guest.
    pub(super) fn new(
        catalogue: &Catalogue,
        words: &Words,
        metadata: &Metadata,
        visit: &Visit,
        query: &str,
    ) -> Result<Self, CatalogueError> {
        let likely = (visit.breed.as_ref()).or(visit.candidates.first().map(|best| &best.breed));
        let (guest, stay) = match &visit.animal {
            Some((id, _)) => {
                let animal = catalogue.animal(*id)?;
                let stay = StayForm::new(words, &animal, visit.id, catalogue.stay(visit.id)?);
                (Some(AnimalRow::new(words, &animal)), Some(stay))
            }
            None => (None, None),
        };
        let guess = GuessPanel::new(catalogue, words, metadata, visit)?;
        let guests = guests(catalogue, words, visit, likely, query, guess.as_ref())?;
        let found = match &guess {
            Some(guess) if query.trim().is_empty() => guess.guests.len() + guests.len(),
            _ => guests.len(),
        };
        // Whom nobody found may be new.
        let sought = Sought::of(query);
        let newcomer = Newcomer {
            is_open: guests.is_empty() && !query.trim().is_empty(),
            name: sought.name,
            tag: sought.tag,
            contact: sought.contact,
            breed: (words.breed_of_visit(visit))
                .or_else(|| likely.map(|breed| words.breed(breed)))
                .unwrap_or_default(),
            ..Newcomer::default()
        };
        let here = format!("/visits/{}", visit.id);
        Ok(Self {
            visit: visit.id,
            revision: visit.revision,
            can_undo: catalogue.can_undo(visit.id)?,
            has_photograph: visit.has_photograph,
            guess,
            choices: choices(words, visit),
            is_other: visit.confirmed_breed.as_deref() == Some(OTHER_BREED),
            breed_first: visit.confirmed_breed.is_none(),
            guest,
            stay,
            found: words.with("guests-found", "count", found),
            guests,
            query: query.to_owned(),
            breeds: breeds::names(words, metadata),
            after_breed: here.clone(),
            after_guest: here.clone(),
            after_deletion: format!("/today?day={}&deleted=yes", words.day_of(visit.at)),
            here,
            pinned: None,
            typed: String::new(),
            wrong: None,
            newcomer,
        })
    }

    /// Says from how many pictures breeds were learnt.
    pub(super) fn mark_learnt(&mut self, words: &Words, learnt: &[(BreedId, usize)]) {
        for choice in &mut self.choices {
            let learnt = learnt.iter().find(|(breed, _)| *breed == choice.id);
            choice.learnt =
                learnt.map(|(_, pictures)| words.with("learnt-from", "pictures", pictures));
        }
    }
}

/// The candidates as buttons. The visit's present breed is selected; none while it is open.
fn choices(words: &Words, visit: &Visit) -> Vec<Choice> {
    (visit.candidates.iter().enumerate())
        .map(|(place, candidate)| Choice {
            key: Some(place + 1),
            name: words.breed(&candidate.breed),
            certainty: words.certainty(candidate.probability),
            frequency: words.frequency(candidate.probability),
            probability: candidate.probability,
            learnt: None,
            is_selected: visit.breed.as_ref() == Some(&candidate.breed),
            id: candidate.breed.clone(),
        })
        .collect()
}

/// The animals that the guest may be: those that a search finds, or else those that look most like
/// it, without those that `guess` names already. The confirmed guest is not among them.
fn guests(
    catalogue: &Catalogue,
    words: &Words,
    visit: &Visit,
    breed: Option<&BreedId>,
    query: &str,
    guess: Option<&GuessPanel>,
) -> Result<Vec<AnimalRow>, CatalogueError> {
    let guest = visit.animal.as_ref().map(|(guest, _)| *guest);
    let confirmed = usize::from(guest.is_some());
    let rows: Vec<AnimalRow> = match query.trim() {
        "" => {
            let breed = breed.map(BreedId::as_str);
            let named = guess.map_or(0, |guess| guess.guests.len());
            let suggested = catalogue.suggest_for(visit.id, breed, GUESTS + named + confirmed)?;
            (suggested.iter())
                .filter(|it| guess.is_none_or(|guess| !guess.names(it.animal.id)))
                .filter(|it| Some(it.animal.id) != guest)
                .take(GUESTS)
                .map(|suggestion| AnimalRow::suggested(words, suggestion))
                .collect()
        }
        query => (catalogue.search(query, GUESTS * 2 + confirmed, 0)?.iter())
            .filter(|animal| Some(animal.id) != guest)
            .take(GUESTS * 2)
            .map(|animal| AnimalRow::new(words, animal))
            .collect(),
    };
    rows.into_iter()
        .map(|row| row.with_photograph(catalogue))
        .collect()
}

/// A button with a breed or an animal, or a typed breed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ConfirmForm {
    breed: String,
    typed: String,
    animal: Option<i64>,
    revision: Option<u32>,
    next: String,
}

/// Confirms or corrects a visit. A visit of a known animal is of the animal's breed, whatever was
/// recognised.
pub(super) async fn confirm(
    page: Page,
    State(desk): State<Desk>,
    Path(id): Path<i64>,
    Form(form): Form<ConfirmForm>,
) -> Result<Response, DeskError> {
    let id = VisitId(id);
    let typed = shortened(&form.typed);
    let known = match form.animal.map(AnimalId) {
        Some(animal) => {
            let known = desk.catalogue(move |catalogue| catalogue.animal(animal));
            Some(known.await?)
        }
        None => None,
    };
    // An animal that is known elsewhere alone becomes a guest here by this.
    let adopted = (known.as_ref()).filter(|animal| animal.known_at.is_some());
    let adopted = adopted.map(|animal| animal.id);
    let chosen = match known {
        Some(animal) => Some(Chosen {
            id: animal.fields.breed,
            name: animal.fields.breed_name,
        }),
        None => chosen_breed(&desk, id, &form).await?,
    };
    let Some(chosen) = chosen else {
        return wrong_breed(page, desk, id, typed).await;
    };
    let animal = form.animal.map(AnimalId);
    let decision = decision(&page, chosen, animal, form.revision);
    match desk.confirm(id, decision).await {
        Ok(_) => {
            let own = format!("/visits/{id}");
            let address = next(&form.next, &own);
            Ok(match adopted {
                Some(animal) => Redirect::to(&adopted::marked(address, animal)),
                None => Redirect::to(address),
            }
            .into_response())
        }
        Err(DeskError::Catalogue(CatalogueError::Invalid { .. })) => {
            wrong_breed(page, desk, id, typed).await
        }
        Err(error) => {
            visit::refuse(page, desk, id, error, move |options| options.typed = typed).await
        }
    }
}

/// The page again, since what was typed cannot be a breed.
async fn wrong_breed(
    page: Page,
    desk: Desk,
    id: VisitId,
    typed: String,
) -> Result<Response, DeskError> {
    let wrong = page.t("wrong-breed");
    visit::again(page, desk, id, move |options| {
        options.wrong = Some(wrong);
        options.typed = typed;
    })
    .await
}

/// What was typed, to show it again.
pub(super) fn shortened(typed: &str) -> String {
    typed.chars().take(200).collect()
}

/// The breed that was typed, or that of a button: `other`, a known one, or one of the visit's own
/// candidates, which a former network may have recognised.
async fn chosen_breed(
    desk: &Desk,
    id: VisitId,
    form: &ConfirmForm,
) -> Result<Option<Chosen>, DeskError> {
    let metadata = &desk.kiosk().metadata();
    if form.breed.is_empty() {
        return Ok(breeds::typed(metadata, &form.typed));
    }
    let visit = desk.catalogue(move |catalogue| catalogue.visit(id)).await?;
    let mut candidates = visit.candidates.into_iter();
    let own = candidates.find(|candidate| candidate.breed == form.breed.as_str());
    let known = own.map(|candidate| candidate.breed);
    let known = known.or_else(|| breeds::find(metadata, &form.breed));
    Ok(known.map(Chosen::from))
}

pub(super) fn decision(
    page: &Page,
    breed: Chosen,
    animal: Option<AnimalId>,
    revision: Option<u32>,
) -> Decision {
    Decision {
        breed: breed.id,
        breed_name: breed.name,
        animal,
        by: page.author(),
        at: Timestamp::now(),
        revision,
    }
}
