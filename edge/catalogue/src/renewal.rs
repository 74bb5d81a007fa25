//! Recomputes embeddings after an update of the network, so that the kiosk does not forget its guests:
//! only embeddings by the same network can be compared.

use serde::Serialize;

use crate::embedding::{NETWORK, to_bytes};
use crate::gallery::LAST_VISITS;
use crate::ids::{OTHER_BREED, VisitId};
use crate::learnt::MOST_EXAMPLES;
use crate::values::{NAME_CHARACTERS, check_line, count};
use crate::{Catalogue, CatalogueError, visits};

/// How many animals a network can recognise, and how many it cannot, or not yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct GalleryState {
    /// Animals that visits can be compared with.
    pub comparable: usize,
    /// Animals whose embeddings are by another network and can be recomputed from their photographs.
    pub waiting: usize,
    /// Animals whose embeddings are by another network and whose photographs are gone. They are known
    /// again after their next visit.
    pub lost: usize,
}

impl Catalogue {
    /// The visits whose embeddings are by another network than `model`, still matter, and can be
    /// recomputed, since their photographs are kept: newest first, at most `limit`. Those that matter
    /// are the last eight of each animal, and the last 50 of a breed if it is not known whose they are.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub fn to_embed(&self, model: &str, limit: usize) -> Result<Vec<VisitId>, CatalogueError> {
        self.connections.read(|connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT v.id FROM visit v
                 WHERE v.photograph IS NOT NULL AND v.said IS NOT NULL AND {NETWORK} <> ?1
                       AND CASE WHEN v.animal IS NOT NULL
                           THEN ?3 > (SELECT count(*) FROM (
                               SELECT 1 FROM visit n
                               WHERE n.animal = v.animal AND (n.at, n.id) > (v.at, v.id) LIMIT ?3))
                           ELSE v.said <> '{OTHER_BREED}' AND ?4 > (SELECT count(*) FROM (
                               SELECT 1 FROM visit n
                               WHERE n.said = v.said AND (n.at, n.id) > (v.at, v.id) LIMIT ?4))
                           END
                 ORDER BY v.at DESC LIMIT ?2"
            ))?;
            let parameters = (model, count(limit), LAST_VISITS, MOST_EXAMPLES);
            let visits = statement.query_map(parameters, |row| row.get(0))?;
            Ok(visits.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Replaces the embedding of a visit by one that the network of version `model` has made of its
    /// photograph. An empty one says that the photograph gives none: the visit is compared no more, and
    /// [`Catalogue::to_embed`] does not name it again. It is no decision, so there is no history of it.
    /// A visit without a photograph, such as that of an animal that was forgotten meanwhile, stays as
    /// it is.
    ///
    /// # Errors
    /// [`CatalogueError::NoSuchVisit`], or when the catalogue cannot be written.
    pub fn embed(
        &self,
        visit: VisitId,
        model: &str,
        embedding: &[f32],
    ) -> Result<(), CatalogueError> {
        check_line("model", model, NAME_CHARACTERS)?;
        self.connections.write(|transaction| {
            visits::one(transaction, visit)?;
            transaction
                .prepare_cached(
                    "UPDATE visit SET embedding = ?2, embedded_by = ?3
                     WHERE id = ?1 AND photograph IS NOT NULL",
                )?
                .execute((visit, to_bytes(embedding), model))?;
            Ok(())
        })
    }

    /// How many animals the network of version `model` knows, and how many it does not, or not yet.
    /// Animals without any embedding do not count.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub fn gallery_state(&self, model: &str) -> Result<GalleryState, CatalogueError> {
        self.connections.read(|connection| {
            let snapshot = connection.unchecked_transaction()?;
            let (comparable, others) = self.gallery.with(&snapshot, |gallery| {
                (gallery.count(model), gallery.without(model))
            })?;
            let mut renewable = snapshot.prepare_cached(&format!(
                "SELECT 1 FROM (
                     SELECT v.photograph, {NETWORK} AS network FROM visit v WHERE v.animal = ?1
                     ORDER BY v.at DESC, v.id DESC LIMIT ?2)
                 WHERE photograph IS NOT NULL AND network <> ?3"
            ))?;
            let mut waiting = 0;
            for animal in &others {
                if renewable.exists((*animal, LAST_VISITS, model))? {
                    waiting += 1;
                }
            }
            Ok(GalleryState {
                comparable,
                waiting,
                lost: others.len() - waiting,
            })
        })
    }
}
