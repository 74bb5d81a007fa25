//! Tells others what happens to visits, once it is on the disk.

use std::sync::{PoisonError, RwLock};

use crate::Catalogue;
use crate::visits::Visit;

/// What happened to a visit.
///
/// ```
/// use std::sync::mpsc;
///
/// use catalogue::{Catalogue, NewVisit, VisitEvent};
/// use jiff::Timestamp;
/// use recognise::{Source, VerdictKind};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let folder = tempfile::tempdir()?;
/// let catalogue = Catalogue::open(folder.path())?;
/// let (told, heard) = mpsc::channel();
/// catalogue.on_visit(move |event, visit| {
///     // Nobody may listen any more.
///     let _ = told.send((event, visit.id));
/// });
/// let recorded = catalogue.record(&NewVisit {
///     at: Timestamp::now(),
///     photograph: None,
///     verdict: VerdictKind::Unsure,
///     candidates: Vec::new(),
///     confidence: 0.4,
///     embedding: Vec::new(),
///     model: "2026-05-01".to_owned(),
///     source: Source::Camera,
/// })?;
/// assert_eq!(heard.recv()?, (VisitEvent::Recorded, recorded.visit));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VisitEvent {
    /// It was recorded.
    Recorded,
    /// Its answer was replaced by a better one.
    Revised,
    /// Staff confirmed or corrected it, or undid that.
    Decided,
    /// It was deleted.
    Deleted,
}

type Listener = Box<dyn Fn(VisitEvent, &Visit) + Send + Sync>;

/// The callbacks that are told what happens to visits.
#[derive(Default)]
pub(crate) struct Listeners(RwLock<Vec<Listener>>);

impl Catalogue {
    /// Calls `listener` whenever something has happened to a visit, with the visit as it is then; a
    /// deleted one as it was. By then that is on the disk.
    ///
    /// It is called by the thread that made the change, which waits for it. Where threads change the
    /// same visit at the same time, the calls may come in another order; the visit's revision says
    /// which one is the last.
    pub fn on_visit(&self, listener: impl Fn(VisitEvent, &Visit) + Send + Sync + 'static) {
        let listeners = self.listeners.0.write();
        let mut listeners = listeners.unwrap_or_else(PoisonError::into_inner);
        listeners.push(Box::new(listener));
    }

    /// Tells them all.
    pub(crate) fn tell(&self, event: VisitEvent, visit: &Visit) {
        let listeners = self.listeners.0.read();
        for listener in listeners.unwrap_or_else(PoisonError::into_inner).iter() {
            listener(event, visit);
        }
    }
}
