//! What is known of the automatic backups.

use catalogue::LeftOut;
use jiff::Timestamp;
use screens::locale::Message;

/// The most photographs that are named to people; the log names all.
const MOST_NAMED: usize = 3;

/// What is known of the automatic backups.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Backups {
    /// When the newest one was made; `None` if there is none, or if their folder has not been there
    /// since the start.
    pub newest: Option<Timestamp>,
    /// How many there are.
    pub count: usize,
    /// Whether new ones are encrypted.
    pub is_encrypted: bool,
    /// Why there is none of today; `None` if there is one.
    pub failure: Option<Message>,
    /// The photographs that the newest one lacks, since they are missing or cannot be read.
    pub left_out: Vec<LeftOut>,
}

impl Backups {
    /// What people are told of the photographs that the newest one lacks; `None` if it lacks none.
    #[must_use]
    pub fn lacking(&self) -> Option<Message> {
        lacking("notice-backup-lacks", &self.left_out)
    }
}

/// The text of `key`, about the photographs that a backup lacks: how many, and which; `None` if it lacks
/// none.
pub(crate) fn lacking(key: &'static str, left_out: &[LeftOut]) -> Option<Message> {
    let named = left_out.iter().take(MOST_NAMED);
    let mut names: Vec<&str> = named.map(|lacking| &*lacking.photograph).collect();
    if left_out.len() > MOST_NAMED {
        names.push("…");
    }
    let message = Message::new(key)
        .with("count", left_out.len())
        .with("names", names.join(", "));
    (!left_out.is_empty()).then_some(message)
}
