//! The breeds that the kiosk learns from what staff confirm, and which of them it is to forget.

use catalogue::{Catalogue, CatalogueError, LearntBreed};
use recognise::{BreedId, Metadata};

use crate::access::Event;
use crate::desk::Desk;
use crate::error::DeskError;
use crate::kiosk::Command;
use crate::session::{Client, Session};

/// The breeds that are learnt since the network does not name them, and those of them that the kiosk
/// was told to forget. None if the network learns no breeds.
pub(crate) fn breeds(
    catalogue: &Catalogue,
    metadata: &Metadata,
) -> Result<Vec<LearntBreed>, CatalogueError> {
    if metadata.embedding.is_none() {
        return Ok(Vec::new());
    }
    let mut breeds = catalogue.learning(&metadata.trained.when)?;
    breeds.retain(|learnt| !is_named(metadata, &learnt.breed));
    Ok(breeds)
}

/// Whether the network names this breed itself.
pub(crate) fn is_named(metadata: &Metadata, breed: &BreedId) -> bool {
    metadata.breeds.iter().any(|known| known.id == *breed)
}

impl Desk {
    /// The breeds that are learnt, as [`breeds`] has them.
    ///
    /// # Errors
    /// As [`Desk::catalogue`].
    pub(crate) async fn learnt_breeds(&self) -> Result<Vec<LearntBreed>, DeskError> {
        let metadata = self.kiosk().metadata();
        self.catalogue(move |catalogue| breeds(catalogue, &metadata))
            .await
    }

    /// Makes the kiosk forget a breed.
    ///
    /// # Errors
    /// [`DeskError::Missing`] if it has not learnt it, or as [`Desk::catalogue`].
    pub(crate) async fn forget_breed(
        &self,
        breed: BreedId,
        session: &Session,
        client: &Client,
    ) -> Result<(), DeskError> {
        let change = Catalogue::forget_breed;
        self.teach(breed, session, client, Event::BreedForgotten, change)
            .await
    }

    /// Lets the kiosk learn a forgotten breed again.
    ///
    /// # Errors
    /// As [`Desk::forget_breed`].
    pub(crate) async fn allow_breed(
        &self,
        breed: BreedId,
        session: &Session,
        client: &Client,
    ) -> Result<(), DeskError> {
        let change = Catalogue::allow_breed;
        self.teach(breed, session, client, Event::BreedAllowed, change)
            .await
    }

    /// Changes whether a breed is learnt, makes the kiosk learn again, and records who did it.
    async fn teach(
        &self,
        breed: BreedId,
        session: &Session,
        client: &Client,
        event: Event,
        change: fn(&Catalogue, &BreedId, &str) -> Result<(), CatalogueError>,
    ) -> Result<(), DeskError> {
        let metadata = self.kiosk().metadata();
        let (name, by) = (breed.to_string(), session.author());
        let author = by.clone();
        let changed = self.change(move |catalogue| {
            let mut learnt = breeds(catalogue, &metadata)?.into_iter();
            let is_learnt = learnt.any(|learnt| learnt.breed == breed);
            if is_learnt {
                change(catalogue, &breed, &author)?;
            }
            Ok(is_learnt)
        });
        if !changed.await? {
            return Err(DeskError::Missing("learnt breed"));
        }
        if let Err(error) = self.kiosk().ask(Command::Taught).await {
            tracing::warn!(%error, "the kiosk learns of this at its next start");
        }
        self.note(event, &by, client, &name).await;
        Ok(())
    }
}
