//! Presses the buttons of the screen for people at a page, and for programs.

use screens::Button;

use crate::api::Press;
use crate::desk::Desk;
use crate::error::DeskError;
use crate::kiosk::{Command, CommandError};

impl Desk {
    /// Presses a button, and waits until the screen shows the effect.
    ///
    /// # Errors
    /// [`CommandError::Outdated`] if something else is on the screen than `press`
    /// says.
    pub(crate) async fn press(&self, button: Button, press: Press) -> Result<(), DeskError> {
        let shown = press.shown(&self.kiosk().live().borrow());
        let shown = shown.ok_or(CommandError::Outdated)?;
        Ok(self.kiosk().press(button, shown).await?)
    }

    /// Points the buttons at this arrival, and waits until the screen shows it.
    ///
    /// # Errors
    /// [`CommandError::Outdated`] if it is gone.
    pub(crate) async fn focus(&self, arrival: u64) -> Result<(), DeskError> {
        Ok(self.kiosk().ask(Command::Focus(arrival)).await?)
    }
}
