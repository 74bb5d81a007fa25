//! Collects what home automation is told of the kiosk: who is in the house, who stands there, and what works.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use catalogue::{Catalogue, CatalogueError, VisitId};
use desk::kiosk::{Arrival, Greeting, Live, Part};
use jiff::Timestamp;
use recognise::{Language, VerdictKind};
use screens::Locale;
use sync::mqtt::State;
use tokio::sync::watch;

/// The catalogue is read again after this time even if nothing has happened: a day may have ended.
const MINUTE: Duration = Duration::from_secs(60);

/// At most one part in this many of the time is spent on reading the catalogue.
const SHARE: u32 = 200;

/// The most visits that need somebody's call which are counted.
const MOST_CALLS: usize = 1000;

/// Looks at the kiosk and its catalogue.
pub(super) struct Observer {
    catalogue: Arc<Catalogue>,
    live: Weak<watch::Sender<Arc<Live>>>,
    with_pictures: bool,
    /// Whether something has happened since the catalogue was last read.
    has_news: Arc<AtomicBool>,
    /// When the catalogue was last read, and when it may be read next.
    read: Option<(Instant, Instant)>,
    in_house: Vec<String>,
    needs_call: usize,
    /// The newest visit that was seen, and its picture.
    newest: Option<VisitId>,
    picture: Option<Arc<Vec<u8>>>,
}

impl Observer {
    /// One that has observed nothing yet. It reads pictures only if `with_pictures` is set.
    pub(super) fn new(
        catalogue: Arc<Catalogue>,
        live: Weak<watch::Sender<Arc<Live>>>,
        with_pictures: bool,
    ) -> Self {
        let has_news = Arc::new(AtomicBool::new(true));
        let news = Arc::clone(&has_news);
        catalogue.on_outbox(move || news.store(true, Ordering::Relaxed));
        Self {
            catalogue,
            live,
            with_pictures,
            has_news,
            read: None,
            in_house: Vec::new(),
            needs_call: 0,
            newest: None,
            picture: None,
        }
    }

    /// The kiosk's state now; `None` if the kiosk does not work yet or no more, or cannot say.
    pub(super) fn observe(&mut self) -> Option<State> {
        let live = {
            let live = self.live.upgrade()?;
            Arc::clone(&live.borrow())
        };
        live.turned?;
        let newest = live.arrivals().filter_map(|arrival| arrival.visit).max();
        if newest > self.newest {
            self.newest = newest;
            self.has_news.store(true, Ordering::Relaxed);
        }
        // While the catalogue cannot be read there is nothing new to tell, and a notice says why.
        let settings = self.catalogue.settings().ok()?;
        self.read_news();
        let is_well = |part| live.notices.iter().all(|notice| notice.part != part);
        let (breed, confidence) = breed(&live.arrival, settings.language);
        Some(State {
            in_house: number(self.in_house.len()),
            names_in_house: self.in_house.clone(),
            needs_call: number(self.needs_call),
            camera: live.has_camera && is_well(Part::Camera),
            display: is_well(Part::Display),
            language: settings.language.tag().to_owned(),
            languages: Language::ALL.map(|known| known.tag().to_owned()).to_vec(),
            arrivals: number(live.arrivals().count()),
            breed,
            confidence,
            guest: guest(&live.arrival),
            picture: self.picture.clone(),
        })
    }

    /// Reads the catalogue if something has happened, and it was not read just before.
    fn read_news(&mut self) {
        let now = Instant::now();
        if let Some((last, next)) = self.read {
            let is_old = now.duration_since(last) >= MINUTE;
            if now < next || !(is_old || self.has_news.load(Ordering::Relaxed)) {
                return;
            }
        }
        self.has_news.store(false, Ordering::Relaxed);
        if let Err(error) = self.read_catalogue() {
            tracing::debug!(%error, "home automation is told nothing new of the catalogue");
        }
        self.read = Some((now, now + now.elapsed() * SHARE));
    }

    fn read_catalogue(&mut self) -> Result<(), CatalogueError> {
        let house = self.catalogue.house(Timestamp::now(), 0)?;
        let names = house
            .present
            .into_iter()
            .map(|guest| guest.animal.fields.name);
        self.in_house = names.collect();
        self.needs_call = self.catalogue.needs_call(MOST_CALLS)?.len();
        if let Some(visit) = self.newest.filter(|_| self.with_pictures) {
            let picture = match self.catalogue.photograph(visit) {
                // Staff have deleted it, and its picture is to be seen nowhere.
                Err(CatalogueError::NoSuchVisit(_)) => None,
                picture => picture?,
            };
            self.picture = picture.map(Arc::new);
        }
        Ok(())
    }
}

/// The breed that the screen shows, and how sure the kiosk is of it.
fn breed(arrival: &Arrival, language: Language) -> (Option<String>, Option<f32>) {
    let named = arrival.verdict == Some(VerdictKind::Breed);
    let first = arrival.candidates.first().filter(|_| named);
    (
        first.map(|first| Locale::of(language).breed(&first.breed)),
        first.map(|first| first.probability),
    )
}

/// The guest that the screen greets by name.
fn guest(arrival: &Arrival) -> Option<String> {
    let is_greeted = arrival.greeting() == Greeting::Sure;
    let guess = arrival.guess.as_ref().filter(|_| is_greeted)?;
    Some(guess.guests.first()?.animal.fields.name.clone())
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
