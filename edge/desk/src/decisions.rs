//! What staff decide about visits: on disk first, then on the screen.

use catalogue::{Decision, Visit, VisitId};
use recognise::BreedId;

use crate::desk::Desk;
use crate::error::DeskError;
use crate::kiosk::Command;

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
        let confirmed = self.change(move |catalogue| catalogue.confirm(id, &decision));
        let visit = confirmed.await?;
        self.tell_confirmed(&[id]);
        Ok(visit)
    }

    /// Corrects several visits at once, all of them or none. Returns how many changed.
    ///
    /// # Errors
    /// As [`Desk::catalogue`].
    pub(crate) async fn confirm_all(
        &self,
        ids: Vec<VisitId>,
        breed: BreedId,
        author: String,
    ) -> Result<usize, DeskError> {
        let all = ids.clone();
        let confirmed = self.change(move |catalogue| catalogue.confirm_all(&all, &breed, &author));
        let changed = confirmed.await?;
        self.tell_confirmed(&ids);
        Ok(changed)
    }

    /// Tells the kiosk of the visit that its screen shows. A kiosk too busy to listen goes on by
    /// its clock: the decision is on disk.
    fn tell_confirmed(&self, ids: &[VisitId]) {
        let shown = self.kiosk().live().borrow().arrival.visit;
        if let Some(id) = shown.filter(|shown| ids.contains(shown))
            && let Err(error) = self.kiosk().tell(Command::Confirmed(id))
        {
            tracing::warn!(visit = %id, %error, "the screen does not show a decision");
        }
    }
}
