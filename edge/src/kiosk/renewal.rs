//! Embeds the kept pictures of earlier visits again after a change of the network, on a thread of its
//! own: embeddings of different networks cannot be compared, and the kiosk would not know its guests.

use std::collections::{BTreeSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow, ensure};
use catalogue::{Catalogue, CatalogueError, VisitId};
use recognise::locate::CERTAIN;
use recognise::{Detection, Recogniser, photo};
use rustix::process::nice;

use super::learning::Learning;
use super::rounds;

/// How many visits are looked up at a time.
const BATCH: usize = 16;

/// After the catalogue could not be read or written.
const RETRY: Duration = Duration::from_secs(60);

/// By how much everything else comes first, as `nice` has it.
const NICENESS: i32 = 19;

/// Starts to embed what the network of this recogniser has not embedded. It ends when all is done, or
/// another network is in use, or the catalogue is closed. It rests for as long as it works.
pub(super) fn start(catalogue: &Arc<Catalogue>, recogniser: &Arc<Recogniser>, learning: Learning) {
    let (catalogue, recogniser) = (Arc::downgrade(catalogue), Arc::downgrade(recogniser));
    let mut renewal = Renewal::default();
    rounds::start("embedding of earlier visits", move || {
        // Once would do. Without it, the thread still rests half of the time.
        if let Err(error) = nice(NICENESS) {
            tracing::debug!(%error, "earlier visits are embedded with the priority of everything else");
        }
        let (catalogue, recogniser) = (catalogue.upgrade()?, recogniser.upgrade()?);
        let start = Instant::now();
        match renewal.go_on(&catalogue, &recogniser, &learning) {
            Ok(true) => Some(start.elapsed()),
            Ok(false) => None,
            Err(error) => {
                tracing::warn!(%error, "earlier visits cannot be embedded at present");
                Some(RETRY)
            }
        }
    });
}

/// How far it has got.
#[derive(Default)]
struct Renewal {
    waiting: VecDeque<VisitId>,
    done: usize,
    /// Those whose pictures are of no use.
    failed: BTreeSet<VisitId>,
}

impl Renewal {
    /// Embeds the picture of one visit; `false` if there is none left.
    fn go_on(
        &mut self,
        catalogue: &Catalogue,
        recogniser: &Recogniser,
        learning: &Learning,
    ) -> Result<bool, CatalogueError> {
        let model = &recogniser.metadata().trained.when;
        if self.waiting.is_empty() {
            self.find(catalogue, model)?;
            if self.done > 0 {
                learning.learn(model);
            }
        }
        let Some(&visit) = self.waiting.front() else {
            self.conclude();
            return Ok(false);
        };
        // A picture that the network panics at is of no use, and must not keep the others waiting.
        let embed = || embedding_of(visit, catalogue, recogniser);
        let embedding = catch_unwind(AssertUnwindSafe(embed));
        match embedding.unwrap_or_else(|_| Err(anyhow!("the network has a defect"))) {
            Ok(embedding) => match catalogue.embed(visit, model, &embedding) {
                Ok(()) => self.done += 1,
                // Staff have just deleted it.
                Err(CatalogueError::NoSuchVisit(_)) => {}
                Err(error) => return Err(error),
            },
            Err(error) => {
                let error = format!("{error:#}");
                tracing::debug!(%visit, error, "the picture of a visit is of no use");
                self.failed.insert(visit);
            }
        }
        self.waiting.pop_front();
        Ok(true)
    }

    fn find(&mut self, catalogue: &Catalogue, model: &str) -> Result<(), CatalogueError> {
        let found = catalogue.to_embed(model, BATCH + self.failed.len())?;
        let found = found.into_iter();
        self.waiting = found.filter(|visit| !self.failed.contains(visit)).collect();
        let is_first = self.done == 0 && self.failed.is_empty();
        if is_first && !self.waiting.is_empty() {
            tracing::info!("the kept pictures of earlier visits are embedded by the new network");
        }
        Ok(())
    }

    fn conclude(&self) {
        let (done, failed) = (self.done, self.failed.len());
        if done + failed > 0 {
            tracing::info!(
                "the pictures of {done} earlier visits are embedded by the new network; \
                 {failed} are of no use"
            );
        }
    }
}

/// The embedding of the animal in a visit's picture: of the largest one, where whole frames are kept.
fn embedding_of(
    visit: VisitId,
    catalogue: &Catalogue,
    recogniser: &Recogniser,
) -> anyhow::Result<Vec<f32>> {
    let photograph = catalogue.photograph(visit)?.context("it is gone")?;
    let picture = photo::decode(&photograph)?;
    let found = recogniser.locate(&picture)?;
    let certain = found.iter().filter(|animal| animal.score >= CERTAIN);
    let area = |animal: &&Detection| animal.region.area();
    let largest = certain.max_by(|a, b| area(a).total_cmp(&area(b)));
    let region = largest.map(|animal| animal.region);
    let recognition = recogniser.recognise_photographed(&picture, region)?;
    let embedding = recognition.embedding();
    ensure!(
        !embedding.is_empty(),
        "the network makes no embedding of it"
    );
    Ok(embedding)
}
