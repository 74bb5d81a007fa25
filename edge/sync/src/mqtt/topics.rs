//! The topics of one kiosk, below `<topic>/<kiosk>`.

/// What the last will says, and what is said once the kiosk is there.
pub(super) const OFFLINE: &str = "offline";
pub(super) const ONLINE: &str = "online";

/// What this kiosk is called wherever names of all programs meet.
pub(super) fn identity(kiosk: &str) -> String {
    const PROGRAM: &str = "breed-kiosk";
    format!("{PROGRAM}-{kiosk}")
}

/// The topics of one kiosk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topics {
    /// Whether the kiosk is there: [`ONLINE`] or [`OFFLINE`], retained.
    pub(super) status: String,
    /// The kiosk's present state, as JSON, retained.
    pub(super) state: String,
    /// Each event in its envelope.
    pub(super) event: String,
    /// The picture of the last arrival, a JPEG, retained.
    pub(super) picture: String,
    /// Commands.
    pub(super) confirm: String,
    pub(super) next: String,
    pub(super) language: String,
}

impl Topics {
    /// The topics of the kiosk with this UUID below the topic of the settings.
    #[must_use]
    pub fn new(topic: &str, kiosk: &str) -> Self {
        let below = |last: &str| format!("{topic}/{kiosk}/{last}");
        Self {
            status: below("status"),
            state: below("state"),
            event: below("event"),
            picture: below("picture"),
            confirm: below("set/confirm"),
            next: below("set/next"),
            language: below("set/language"),
        }
    }
}
