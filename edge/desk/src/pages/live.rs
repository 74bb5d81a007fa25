//! The desk at this moment: the screen, the present arrival, and who came today.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{Html, Redirect};
use catalogue::{Catalogue, CatalogueError, Visit, VisitId};
use checkin::Stage;
use recognise::{Metadata, VerdictKind};
use screens::Button;
use serde::Deserialize;

use super::adopted;
use super::arrivals::{self, Card};
use super::care::{self, Fact};
use super::confirm::Options;
use super::learnt;
use super::page::{Page, if_readable, show};
use super::rows::{self, VisitRow};
use super::words::Words;
use crate::api::{self, Press};
use crate::desk::Desk;
use crate::error::DeskError;
use crate::kiosk::{Arrival, Live, Notice};
use crate::limits::PHOTOGRAPH_BYTES;
use crate::session::Session;

/// How many of today's visits the page lists.
const VISITS: usize = 8;

/// The buttons at the screen: address, key on the keyboard, text, text where there are several
/// arrivals.
const KEYS: [(Button, &str, &str, &str); 3] = [
    (Button::Confirm, "c", "live-confirm", "live-confirm-number"),
    (Button::Next, "x", "live-next", "live-next-number"),
    (Button::New, "w", "live-new", "live-new-number"),
];

/// What the page says about the arrival.
struct Panel {
    /// What the script compares with the kiosk's events, to see whether the panel is up to date.
    key: String,
    visit: Option<VisitId>,
    /// The visit that stays on the page though the kiosk has gone on.
    pinned: Option<VisitId>,
    /// The whole panel in one line, for screen readers.
    summary: String,
    /// The number of the arrival, where there are several.
    number: Option<u8>,
    above: Option<String>,
    title: String,
    below: Option<String>,
}

/// A button of the screen.
struct Key {
    name: &'static str,
    /// On the keyboard.
    key: &'static str,
    text: String,
}

/// What was just done, what nobody may overlook about the guest, and what it needs.
struct Done {
    text: String,
    /// That the guest was known at another site alone before.
    adopted: Option<String>,
    alerts: Vec<String>,
    needs: Vec<Fact>,
}

/// The visits of today.
struct Today {
    /// The latest of them.
    visits: Vec<VisitRow>,
    /// How many there are, as a text.
    count: String,
}

/// A notice, under the name of its part.
pub(super) struct NoticeRow {
    pub(super) title: String,
    pub(super) message: String,
}

#[derive(Template)]
#[template(path = "live.html")]
struct LivePage {
    page: Page,
    notices: Vec<NoticeRow>,
    /// The tag that was just read and its animal.
    tag: Option<String>,
    done: Option<Done>,
    panel: Panel,
    options: Option<Options>,
    /// `None` if they cannot be read, since the catalogue is damaged.
    today: Option<Today>,
    arrival: Arrival,
    keys: Vec<Key>,
    /// The other arrivals, and what the script compares to see whether they are up to date.
    cards: Vec<Card>,
    cards_key: String,
    limit: usize,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct LiveQuery {
    /// The visit to stay with.
    visit: Option<i64>,
    /// The visit that was just confirmed.
    done: Option<i64>,
    /// The animal that became a guest here by that.
    adopted: Option<i64>,
    /// What was typed to search a guest.
    name: String,
}

pub(super) async fn live(
    page: Page,
    State(desk): State<Desk>,
    Query(query): Query<LiveQuery>,
) -> Result<Html<String>, DeskError> {
    let live = Arc::clone(&desk.kiosk().live().borrow());
    let metadata = desk.kiosk().metadata();
    let template = desk
        .catalogue(move |catalogue| {
            let words = &page.words;
            let pinned = query.visit.map(VisitId);
            let visit = match pinned.or(live.arrival.visit) {
                Some(id) => known(catalogue.visit(id))?,
                None => None,
            };
            let done = match query.done {
                Some(id) => {
                    let done = done(catalogue, words, &live, VisitId(id), query.adopted);
                    if_readable(done)?.flatten()
                }
                None => None,
            };
            let options = match &visit {
                Some(visit) => {
                    let name = &query.name;
                    if_readable(options(catalogue, words, &live, &metadata, visit, name))?
                }
                None => None,
            };
            let panel = panel(words, &live, visit.as_ref(), pinned, options.as_ref());
            Ok(LivePage {
                notices: notices(words, &live.notices),
                tag: live.tag.as_ref().map(|tag| words.message(tag)),
                done,
                panel,
                options,
                today: if_readable(today(catalogue, words))?,
                arrival: live.arrival.clone(),
                keys: keys(words, &live),
                cards: arrivals::cards(catalogue, words, &live, pinned)?,
                cards_key: live.others.iter().map(key).collect::<Vec<_>>().join(" "),
                limit: PHOTOGRAPH_BYTES,
                page,
            })
        })
        .await?;
    show(&template)
}

/// What staff can choose about the visit that the page is about.
fn options(
    catalogue: &Catalogue,
    words: &Words,
    live: &Live,
    metadata: &Metadata,
    visit: &Visit,
    name: &str,
) -> Result<Options, CatalogueError> {
    let mut options = Options::new(catalogue, words, metadata, visit, name)?;
    if let Some(guess) = &mut options.guess {
        guess.is_titled = visit.confirmed_breed.is_none() && !guess.guests.is_empty();
    }
    mark_selected(&mut options, visit, &live.arrival);
    match (live.arrivals()).find(|it| it.visit == Some(visit.id)) {
        Some(arrival) => options.mark_learnt(words, &arrival.learnt),
        None => {
            let learnt = learnt::of_visit(catalogue, metadata, visit)?;
            options.mark_learnt(words, &learnt);
        }
    }
    if !live.others.is_empty() {
        // Digits mean arrivals.
        options.choices.iter_mut().for_each(|it| it.key = None);
    }
    options.here = "/".to_owned();
    options.pinned = Some(visit.id);
    options.after_breed = format!("/?visit={}", visit.id);
    options.after_guest = format!("/?done={}", visit.id);
    Ok(options)
}

fn today(catalogue: &Catalogue, words: &Words) -> Result<Today, CatalogueError> {
    let latest = catalogue.visits_on(words.today, VISITS, 0)?;
    Ok(Today {
        visits: rows::visits(catalogue, words, &latest)?,
        count: words.number(catalogue.count_on(words.today)? as u64),
    })
}

/// The message that a visit was just confirmed. The panel of the present arrival has the rest
/// already.
fn done(
    catalogue: &Catalogue,
    words: &Words,
    live: &Live,
    id: VisitId,
    adopted: Option<i64>,
) -> Result<Option<Done>, CatalogueError> {
    let Some(visit) = known(catalogue.visit(id))? else {
        return Ok(None);
    };
    let guest = match &visit.animal {
        Some((animal, _)) if live.arrival.visit != Some(visit.id) => {
            Some(catalogue.animal(*animal)?.fields)
        }
        _ => None,
    };
    Ok(Some(Done {
        text: checked_in(words, &visit),
        adopted: adopted::message(catalogue, words, adopted)?,
        alerts: (guest.as_ref()).map_or_else(Vec::new, |guest| care::alerts(words, guest)),
        needs: (guest.as_ref()).map_or_else(Vec::new, |guest| care::needs(words, guest)),
    }))
}

/// The visit; `None` if there is no such visit, or if its record is damaged, which is no reason to refuse the
/// page.
pub(super) fn known(visit: Result<Visit, CatalogueError>) -> Result<Option<Visit>, CatalogueError> {
    match visit {
        Err(CatalogueError::NoSuchVisit(_)) => Ok(None),
        visit => if_readable(visit),
    }
}

fn panel(
    words: &Words,
    live: &Live,
    visit: Option<&Visit>,
    pinned: Option<VisitId>,
    options: Option<&Options>,
) -> Panel {
    let guess = options.and_then(|options| options.guess.as_ref());
    let guess = guess.filter(|guess| guess.is_titled);
    let guess = guess.map(|guess| guess.title.as_str());
    let (above, title, below) = match visit {
        Some(visit) => about_visit(words, visit, guess),
        None => {
            let (title, below) = match live.arrival.stage {
                Stage::Empty => (words.t("live-empty"), Some("live-empty-how")),
                Stage::Somebody => (words.t("live-somebody"), Some("live-somebody-how")),
                Stage::Predicting => (words.t("live-predicting"), Some("live-predicting-how")),
                Stage::Answered => (answer(words, &live.arrival), Some("live-unrecorded")),
                Stage::Confirmed | Stage::Thanks => (words.t("live-thanks"), None),
            };
            (None, title, below.map(|key| words.t(key)))
        }
    };
    let parts = [above.as_deref(), Some(&title), below.as_deref()];
    Panel {
        key: key(&live.arrival),
        visit: visit.map(|visit| visit.id),
        pinned: visit.and(pinned),
        summary: parts.into_iter().flatten().collect::<Vec<_>>().join(". "),
        number: arrivals::number(live, visit.and(pinned)),
        above,
        title,
        below,
    }
}

/// What the kiosk takes an arrival for whose visit is not on record.
fn answer(words: &Words, arrival: &Arrival) -> String {
    match (arrival.verdict, arrival.candidates.first()) {
        (Some(VerdictKind::Breed), Some(best)) => words.breed(&best.breed),
        (verdict, _) => words.t(rows::open_verdict(verdict.unwrap_or(VerdictKind::Unsure))),
    }
}

/// The buttons of the screen, with the number of the arrival that they mean where there are several.
fn keys(words: &Words, live: &Live) -> Vec<Key> {
    let number = arrivals::number(live, None);
    (KEYS.into_iter())
        .map(|(button, key, alone, numbered)| Key {
            name: button.as_str(),
            key,
            text: match number {
                Some(number) => words.with(numbered, "number", number),
                None => words.t(alone),
            },
        })
        .collect()
}

/// Selects the animal or the breed that is selected on the screen: the same on every page that shows
/// this visit, until staff have confirmed one.
fn mark_selected(options: &mut Options, visit: &Visit, arrival: &Arrival) {
    let is_same = (arrival.visit, arrival.revision) == (Some(visit.id), visit.revision);
    if !is_same || visit.confirmed_breed.is_some() {
        return;
    }
    let animal = arrival.selected_animal();
    if let Some(guess) = &mut options.guess {
        guess.select(animal);
    }
    if animal.is_some() || visit.verdict != VerdictKind::NotOurs {
        for (place, choice) in options.choices.iter_mut().enumerate() {
            choice.is_selected = animal.is_none() && place == arrival.selected;
        }
    }
}

/// What is known about an arrival: the lines above, large and below. `guess` is whom the kiosk takes
/// the guest for, where it names anybody.
fn about_visit(
    words: &Words,
    visit: &Visit,
    guess: Option<&str>,
) -> (Option<String>, String, Option<String>) {
    let (checked_in, answered) = (words.t("live-confirmed"), words.t("live-answered"));
    match (&visit.confirmed_breed, &visit.animal) {
        (Some(breed), Some((_, guest))) => {
            let breed = words.named_breed(breed, visit.confirmed_breed_name.as_deref());
            (Some(checked_in), guest.clone(), Some(breed))
        }
        (Some(breed), None) => {
            let breed = words.named_breed(breed, visit.confirmed_breed_name.as_deref());
            (Some(checked_in), breed, None)
        }
        (None, _) => match (guess, visit.verdict, visit.candidates.first()) {
            (Some(guess), verdict, _) => {
                let breed = (verdict == VerdictKind::Breed).then(|| rows::recognised(words, visit));
                let below = breed.map(|breed| words.with("guess-breed", "breed", breed));
                (Some(answered), guess.to_owned(), below)
            }
            (None, VerdictKind::Breed, Some(best)) => {
                let certainty = words.certainty(visit.confidence);
                let below = format!("{certainty}, {}", words.frequency(visit.confidence));
                (Some(answered), words.breed(&best.breed), Some(below))
            }
            (None, other, _) => {
                let title = words.t(rows::open_verdict(other));
                (Some(answered), title, Some(words.t("live-your-call")))
            }
        },
    }
}

/// The script makes the same of the kiosk's events.
fn key(arrival: &Arrival) -> String {
    let stage = api::Stage::from(arrival.stage).as_str();
    let visit = arrival.visit.map(|visit| visit.to_string());
    let verdict = arrival.verdict.map(VerdictKind::as_str);
    let (visit, verdict) = (visit.unwrap_or_default(), verdict.unwrap_or_default());
    let guests: Vec<String> = (arrival.guess.iter())
        .flat_map(|guess| &guess.guests)
        .map(|guest| guest.animal.id.to_string())
        .collect();
    let guests = guests.join(",");
    let guest = arrival.selected_guest.map(|place| place.to_string());
    let guest = guest.unwrap_or_default();
    let Arrival {
        id,
        selected,
        revision,
        ..
    } = arrival;
    format!("{stage}/{visit}/{verdict}/{selected}/{revision}/{id}/{guests}/{guest}")
}

/// The message that a visit was confirmed.
fn checked_in(words: &Words, visit: &Visit) -> String {
    let breed = words.breed_of_visit(visit).unwrap_or_default();
    let who = match &visit.animal {
        Some((_, guest)) => format!("{guest} ({breed})"),
        None => breed,
    };
    words.with("live-checked-in", "name", who)
}

/// Notices in the reader's language.
pub(super) fn notices(words: &Words, notices: &[Notice]) -> Vec<NoticeRow> {
    (notices.iter())
        .map(|notice| NoticeRow {
            title: words.t(&format!("part-{}", notice.part)),
            message: words.message(&notice.message),
        })
        .collect()
}

/// What was on the page when a button of the screen was pressed there.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PressForm {
    arrival: Option<u64>,
    /// The visit's number; empty where none was on record.
    visit: Option<String>,
    revision: Option<u32>,
    /// Which animal of the guess was selected; empty where a breed was.
    selected_guest: Option<String>,
    selected: Option<usize>,
}

/// A button at the screen, pressed on a page without its script. The script uses the API instead.
pub(super) async fn press(
    _: Session,
    State(desk): State<Desk>,
    Path(button): Path<String>,
    Form(form): Form<PressForm>,
) -> Result<Redirect, DeskError> {
    let button: Button = button.parse().map_err(|_| DeskError::Missing("button"))?;
    let visit = form.visit.map(|visit| visit.parse().ok().map(VisitId));
    let selected_guest = form.selected_guest.map(|place| place.parse().ok());
    let press = Press::new(
        form.arrival,
        visit,
        form.revision,
        selected_guest,
        form.selected,
    );
    desk.press(button, press).await?;
    Ok(Redirect::to("/"))
}

#[cfg(test)]
mod tests {
    use recognise::Language;
    use screens::locale::Message;

    use super::*;
    use crate::kiosk::Part;

    #[test]
    fn every_part_that_a_notice_is_about_has_a_title() {
        for (language, end) in [(Language::English, ":"), (Language::French, "\u{a0}:")] {
            let words = Words::new(language);
            for part in Part::ALL {
                let message = Message::new("notice-link-defect");
                let rows = notices(&words, &[Notice { part, message }]);
                assert!(rows[0].title.ends_with(end), "{}", rows[0].title);
            }
        }
    }
}
