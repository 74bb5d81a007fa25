//! What is known of the automatic backups.

use jiff::Timestamp;
use screens::locale::Message;

/// What is known of the automatic backups.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Backups {
    /// When the newest one was made; `None` if there is none, or if their folder has not been there
    /// since the start.
    pub newest: Option<Timestamp>,
    /// How many there are.
    pub count: usize,
    /// Why there is none of today; `None` if there is one.
    pub failure: Option<Message>,
}
