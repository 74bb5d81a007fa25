//! Decides which addresses answer while the kiosk is not set up yet.

use crate::access::Role;
use crate::desk::Desk;

/// What answers beside the wizard: what its pages load, the choice of a language, and what monitors
/// and phones ask for before anybody can log in.
const FIRST: [&str; 6] = [
    "/language",
    "/favicon.ico",
    "/health",
    "/health/live",
    "/authority",
    "/authority.crt",
];

/// Whether this path is one of the wizard's.
pub(crate) fn is_step(path: &str) -> bool {
    path == "/setup" || path.starts_with("/setup/")
}

/// Whether this path answers while the kiosk is not set up yet.
pub(crate) fn answers_first(path: &str) -> bool {
    is_step(path) || path.starts_with("/static/") || FIRST.contains(&path)
}

impl Desk {
    /// Whether the kiosk waits to be set up for the first time. A password that was set at the
    /// terminal meanwhile ends that.
    pub(crate) fn awaits_setup(&self) -> bool {
        if !self.setup().is_first() {
            return false;
        }
        match self.0.access.has_password(Role::Owner) {
            Ok(false) => true,
            Ok(true) => {
                self.setup().close();
                false
            }
            Err(error) => {
                // The kiosk says it in a notice; each request would say it again.
                tracing::debug!(%error, "the kiosk cannot be set up");
                true
            }
        }
    }
}
