//! The six figures on the screen, replaced after repeated wrong entries. The caller throttles each sender.

use std::time::{Duration, Instant};

use super::Wrong;
use crate::access::secret::fingerprint;

/// How often wrong figures may be sent before there are new ones.
const TRIES: u32 = 5;

/// For how long the figures before are right too: somebody may be typing them while a stranger's wrong
/// ones replace them.
const TYPING: Duration = Duration::from_mins(1);

/// Six figures, and how often others were sent.
#[derive(Default)]
pub(super) struct Code {
    /// `None` if the system has no random numbers.
    figures: Option<String>,
    /// How many wrong ones were sent since these are shown.
    tries: u32,
    /// The figures before, and until when they are right too.
    former: Option<(String, Instant)>,
}

impl Code {
    pub(super) fn new() -> Self {
        Self {
            figures: random(),
            ..Self::default()
        }
    }

    pub(super) fn figures(&self) -> Option<&str> {
        self.figures.as_deref()
    }

    /// Whether these are the figures, with or without spaces. How long that takes reveals nothing of
    /// them.
    pub(super) fn check(&mut self, typed: &str, now: Instant) -> Result<(), Wrong> {
        let typed: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
        let typed = fingerprint(&typed);
        let former = self.former.as_ref().filter(|(_, until)| now < *until);
        let former = former.map(|(figures, _)| figures);
        let mut right = self.figures.iter().chain(former);
        if right.any(|figures| fingerprint(figures) == typed) {
            self.tries = 0;
            return Ok(());
        }
        self.tries += 1;
        if self.tries < TRIES {
            return Err(Wrong::Figures);
        }
        self.tries = 0;
        let former = self.figures.take();
        self.former = former.map(|figures| (figures, now + TYPING));
        self.figures = random();
        tracing::warn!("wrong figures for the set-up were sent {TRIES} times; there are new ones");
        Err(Wrong::Renewed)
    }
}

/// Six random figures. Each is as likely as any other but for one part in four thousand.
fn random() -> Option<String> {
    let mut bits = [0; 4];
    match getrandom::fill(&mut bits) {
        Ok(()) => Some(format!("{:06}", u32::from_le_bytes(bits) % 1_000_000)),
        Err(error) => {
            tracing::error!(%error, "there are no figures for the set-up");
            None
        }
    }
}
