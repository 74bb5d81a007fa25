//! Presses the buttons of the screen for people at a page, and for programs.

use screens::Button;

use crate::api::Press;
use crate::desk::Desk;
use crate::error::DeskError;

impl Desk {
    /// Presses a button, and waits until the screen shows the effect.
    ///
    /// # Errors
    /// [`crate::kiosk::CommandError::Outdated`] if something else is on the screen than `press`
    /// says.
    pub(crate) async fn press(&self, button: Button, press: Press) -> Result<(), DeskError> {
        let shown = press.shown(&self.kiosk().live().borrow().arrival);
        Ok(self.kiosk().press(button, shown).await?)
    }
}
