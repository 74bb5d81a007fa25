//! The owner confirms that the kiosk's clock is right after it has jumped.

use jiff::{SignedDuration, Timestamp};

use crate::desk::Desk;
use crate::error::DeskError;

/// How long ago the owner may have looked at the clock.
const LOOKED: SignedDuration = SignedDuration::from_hours(1);

impl Desk {
    /// Confirms that the clock is right. `seen` is the time that the owner was shown: a clock that
    /// has been set since then is another one.
    ///
    /// # Errors
    /// [`DeskError::OtherClock`], and as [`Desk::catalogue`].
    pub(crate) async fn confirm_clock(
        &self,
        seen: Timestamp,
        author: String,
    ) -> Result<(), DeskError> {
        let now = Timestamp::now();
        if now.duration_since(seen).abs() > LOOKED {
            return Err(DeskError::OtherClock);
        }
        self.change(move |catalogue| catalogue.confirm_clock(now, &author))
            .await
    }
}
