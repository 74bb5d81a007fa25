//! Keeps the breeds that staff have taught the kiosk, on a thread of its own.

use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use catalogue::Catalogue;
use recognise::learnt::Learnt;

use super::rounds;

/// The breeds that staff have taught the kiosk. Clones share them.
#[derive(Clone, Debug)]
pub(super) struct Learning {
    requests: Sender<String>,
    taught: Arc<Mutex<Taught>>,
}

/// What is learnt from the embeddings of a network.
#[derive(Debug, Default)]
struct Taught {
    model: String,
    breeds: Arc<Learnt>,
}

impl Learning {
    /// Nothing is learnt before it is asked for. The thread ends with the last clone.
    pub(super) fn start(catalogue: &Arc<Catalogue>) -> Self {
        let (requests, requested) = mpsc::channel();
        let taught = Arc::new(Mutex::new(Taught::default()));
        let (catalogue, shared) = (Arc::downgrade(catalogue), Arc::clone(&taught));
        rounds::serve("learning of breeds", requested, move |model: String| {
            let examples = catalogue.upgrade()?.examples(&model);
            match examples {
                Ok(examples) => {
                    let breeds = Arc::new(Learnt::of(&examples));
                    *lock(&shared) = Taught { model, breeds };
                }
                Err(error) => {
                    tracing::warn!(%error, "the breeds that staff taught cannot be learnt");
                }
            }
            Some(())
        });
        Self { requests, taught }
    }

    /// Learns again, from the pictures that staff have filed, by their embeddings of this network.
    pub(super) fn learn(&self, model: &str) {
        // Without a catalogue nobody learns.
        let _ = self.requests.send(model.to_owned());
    }

    /// What is learnt at this moment from the embeddings of this network.
    pub(super) fn breeds(&self, model: &str) -> Arc<Learnt> {
        let taught = lock(&self.taught);
        if taught.model == model {
            Arc::clone(&taught.breeds)
        } else {
            Arc::default()
        }
    }
}

fn lock(taught: &Mutex<Taught>) -> MutexGuard<'_, Taught> {
    taught.lock().unwrap_or_else(PoisonError::into_inner)
}
