//! The end of the wizard: what was entered is stored, and the owner is logged in.

use std::time::Instant;

use catalogue::Settings;

use super::Draft;
use crate::access::{Event, Login, Role};
use crate::desk::Desk;
use crate::error::DeskError;
use crate::session::{Client, Cookies};

/// What is kept, and for how long: the last thing that is entered. See [`Settings`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kept {
    pub(crate) keep_photographs: bool,
    pub(crate) whole_frames: bool,
    pub(crate) keep_days: u32,
    pub(crate) quota_mb: u32,
    pub(crate) contact_months: Option<u32>,
}

impl Kept {
    /// These settings with what is kept.
    pub(crate) fn in_settings(self, settings: Settings) -> Settings {
        Settings {
            keep_photographs: self.keep_photographs,
            whole_frames: self.whole_frames,
            keep_days: self.keep_days,
            quota_mb: self.quota_mb,
            contact_months: self.contact_months,
            ..settings
        }
    }
}

impl Draft {
    /// These settings with what was entered.
    pub(crate) fn in_settings(&self, settings: Settings) -> Settings {
        let (name, time_zone) = match &self.place {
            Some(place) => (place.name.clone(), place.time_zone.clone()),
            None => (settings.name, settings.time_zone),
        };
        Settings {
            name,
            time_zone,
            language: self.language.unwrap_or(settings.language),
            camera: self.camera.clone().or(settings.camera),
            ..settings
        }
    }
}

impl Desk {
    /// Stores what was entered, closes the wizard and logs the phone in as the owner. The password
    /// comes last: until it is on disk the wizard stays open, and its last step can be sent again.
    /// `None`, and no password is set, if the phone with this pass has lost the wizard meanwhile.
    ///
    /// # Errors
    /// [`DeskError::Catalogue`] for settings out of their ranges, [`DeskError::Access`] for the
    /// password, or if the disk fails.
    pub(crate) async fn finish_setup(
        &self,
        client: &Client,
        pass: String,
        draft: Draft,
        kept: Kept,
    ) -> Result<Option<Cookies>, DeskError> {
        let about = if self.setup().is_first() {
            "first"
        } else {
            "again"
        };
        let password = draft.password.clone().unwrap_or_default();
        self.change(move |catalogue| {
            let settings = kept.in_settings(draft.in_settings(catalogue.settings()?));
            catalogue.set_settings(&settings, Role::Owner.name())
        })
        .await?;
        let desk = self.clone();
        let set = move || {
            let is_held = desk.setup().draft(&pass, Instant::now()).is_some();
            let set = is_held.then(|| desk.0.access.set_password(Role::Owner, &password));
            set.transpose()
        };
        if self.0.queues.passwords.run(set).await??.is_none() {
            return Ok(None);
        }
        self.setup().close();
        let owner = Role::Owner.name();
        self.note(Event::Setup, "", client, about).await;
        self.note(Event::Password, "", client, owner).await;
        self.follow_settings().await;
        let login = Login {
            account: owner.to_owned(),
            role: Role::Owner,
        };
        self.note(Event::Login, owner, client, "").await;
        self.begin_session(client, &login).await.map(Some)
    }
}
