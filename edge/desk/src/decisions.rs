//! Carries out what staff decide about visits and their animals: on disk first, then on the screen.

use std::sync::Arc;

use catalogue::{
    Animal, AnimalFields, AnimalId, Catalogue, CatalogueError, CheckOut, Decision, Guest, NoVisit,
    OwnerId, Visit, VisitId,
};
use jiff::Timestamp;
use recognise::BreedId;

use crate::access::Event;
use crate::contacts::{self, Whose};
use crate::desk::Desk;
use crate::error::{DeskError, ProblemKind};
use crate::kiosk::Command;
use crate::session::Client;

impl Desk {
    /// Confirms or corrects a visit. Once it is on disk, the screen shows it.
    ///
    /// # Errors
    /// As [`Desk::catalogue`].
    pub(crate) async fn confirm(
        &self,
        id: VisitId,
        decision: Decision,
    ) -> Result<Visit, DeskError> {
        self.decide(&[id], move |catalogue| catalogue.confirm(id, &decision))
            .await
    }

    /// Adds an animal and confirms a visit as its own, both or neither.
    ///
    /// # Errors
    /// As [`Desk::catalogue`].
    pub(crate) async fn confirm_newcomer(
        &self,
        id: VisitId,
        animal: AnimalFields,
        decision: Decision,
    ) -> Result<(), DeskError> {
        let confirm =
            move |catalogue: &Catalogue| catalogue.confirm_newcomer(id, &animal, &decision);
        self.decide(&[id], confirm).await?;
        Ok(())
    }

    /// Corrects several visits at once, all of them or none; each comes with the revision that staff
    /// saw. Returns how many changed.
    ///
    /// # Errors
    /// As [`Desk::catalogue`].
    pub(crate) async fn confirm_all(
        &self,
        visits: Vec<(VisitId, Option<u32>)>,
        breed: BreedId,
        breed_name: Option<String>,
        author: String,
    ) -> Result<usize, DeskError> {
        let ids: Vec<VisitId> = visits.iter().map(|(id, _)| *id).collect();
        self.decide(&ids, move |catalogue| {
            catalogue.confirm_all(&visits, &breed, breed_name.as_deref(), &author)
        })
        .await
    }

    /// Undoes the last decision about a visit.
    ///
    /// # Errors
    /// As [`Desk::catalogue`].
    pub(crate) async fn undo(
        &self,
        id: VisitId,
        revision: Option<u32>,
        author: String,
    ) -> Result<Visit, DeskError> {
        self.decide(&[id], move |catalogue| {
            catalogue.undo(id, revision, &author)
        })
        .await
    }

    /// Takes the animal off a visit.
    ///
    /// # Errors
    /// As [`Desk::catalogue`].
    pub(crate) async fn take_guest_off(
        &self,
        id: VisitId,
        revision: Option<u32>,
        author: String,
    ) -> Result<Visit, DeskError> {
        self.decide(&[id], move |catalogue| {
            catalogue.take_guest_off(id, revision, &author)
        })
        .await
    }

    /// Deletes a visit that was none.
    ///
    /// # Errors
    /// As [`Desk::catalogue`].
    pub(crate) async fn delete_visit(
        &self,
        id: VisitId,
        why: NoVisit,
        revision: Option<u32>,
        author: String,
    ) -> Result<(), DeskError> {
        self.decide(&[id], move |catalogue| {
            catalogue.delete_visit(id, why, revision, &author)
        })
        .await
    }

    /// Merges an animal into another one.
    ///
    /// # Errors
    /// As [`Desk::catalogue`].
    pub(crate) async fn merge_animals(
        &self,
        survivor: AnimalId,
        other: AnimalId,
        author: String,
    ) -> Result<Animal, DeskError> {
        self.change_animals(move |catalogue| catalogue.merge_animals(survivor, other, &author))
            .await
    }

    /// Splits an animal off again. Returns the one that is back.
    ///
    /// # Errors
    /// As [`Desk::catalogue`].
    pub(crate) async fn split_animal(
        &self,
        survivor: AnimalId,
        merged: AnimalId,
        author: String,
    ) -> Result<Animal, DeskError> {
        self.change_animals(move |catalogue| catalogue.split_animal(survivor, merged, &author))
            .await
    }

    /// Forgets an animal for good, and records that.
    ///
    /// # Errors
    /// As [`Desk::catalogue`].
    pub(crate) async fn forget_animal(
        &self,
        animal: AnimalId,
        author: &str,
        client: &Client,
    ) -> Result<(), DeskError> {
        let by = author.to_owned();
        let forgotten = self
            .change_animals(move |catalogue| catalogue.delete_animal(animal, &by))
            .await;
        let find = move |catalogue: &Catalogue| catalogue.animal(animal).map(drop);
        if self.is_gone(&forgotten, find).await {
            let about = contacts::number(Whose::Animal(animal));
            self.note(Event::AnimalForgotten, author, client, &about)
                .await;
        }
        forgotten
    }

    /// Erases an owner of animals for good, and records that.
    ///
    /// # Errors
    /// As [`Desk::catalogue`].
    pub(crate) async fn erase_owner(
        &self,
        owner: OwnerId,
        author: &str,
        client: &Client,
    ) -> Result<(), DeskError> {
        let by = author.to_owned();
        let erased = self
            .change(move |catalogue| catalogue.erase_owner(owner, &by))
            .await;
        let find = move |catalogue: &Catalogue| catalogue.owner(owner).map(drop);
        if self.is_gone(&erased, find).await {
            let about = contacts::number(Whose::Owner(owner));
            self.note(Event::OwnerErased, author, client, &about).await;
        }
        erased
    }

    /// Whether what was erased was there before and is gone. It may be gone although its traces could not
    /// be erased.
    async fn is_gone(
        &self,
        erased: &Result<(), DeskError>,
        find: impl FnOnce(&Catalogue) -> Result<(), CatalogueError> + Send + 'static,
    ) -> bool {
        !is_missing(erased) && is_missing(&self.catalogue(find).await)
    }

    /// Checks an animal out.
    ///
    /// # Errors
    /// As [`Desk::catalogue`].
    pub(crate) async fn check_out(
        &self,
        animal: AnimalId,
        visit: Option<VisitId>,
        left_at: Option<Timestamp>,
        author: String,
    ) -> Result<Guest, DeskError> {
        let check_out = CheckOut {
            visit,
            left_at,
            by: author,
            at: Timestamp::now(),
        };
        self.change(move |catalogue| catalogue.check_out(animal, &check_out))
            .await
    }

    /// Changes the catalogue, and has the screen show what is decided about these visits.
    async fn decide<T: Send + 'static>(
        &self,
        visits: &[VisitId],
        work: impl FnOnce(&Catalogue) -> Result<T, CatalogueError> + Send + 'static,
    ) -> Result<T, DeskError> {
        let done = self.change(work).await?;
        self.tell_decided(visits).await;
        Ok(done)
    }

    /// Changes animals, and has the screen show whose visits it shows now.
    async fn change_animals<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Catalogue) -> Result<T, CatalogueError> + Send + 'static,
    ) -> Result<T, DeskError> {
        let done = self.change(work).await?;
        self.tell_animals_changed().await;
        Ok(done)
    }

    /// Asks the kiosk to look up again whose visits its screen shows.
    pub(crate) async fn tell_animals_changed(&self) {
        self.tell_decided(&self.shown_visits()).await;
    }

    /// Tells the kiosk of those of the visits that its screen shows, and waits until the screen shows
    /// that. From earlier ones it learns in its own time. A kiosk that has stopped takes nothing back:
    /// the decisions are on disk.
    async fn tell_decided(&self, ids: &[VisitId]) {
        let mut shown = self.shown_visits();
        shown.retain(|id| ids.contains(id));
        if shown.is_empty()
            && let Err(error) = self.kiosk().tell(Command::Taught)
        {
            tracing::warn!(%error, "the kiosk does not learn from a decision");
        }
        for id in shown {
            if let Err(error) = self.kiosk().ask(Command::Confirmed(id)).await {
                tracing::warn!(visit = %id, %error, "the screen does not show a decision");
            }
        }
    }

    /// The visits that the screen shows.
    fn shown_visits(&self) -> Vec<VisitId> {
        let live = Arc::clone(&self.kiosk().live().borrow());
        live.arrivals()
            .filter_map(|arrival| arrival.visit)
            .collect()
    }
}

fn is_missing(found: &Result<(), DeskError>) -> bool {
    let error = found.as_ref().err();
    error.is_some_and(|error| error.kind() == ProblemKind::Missing)
}
