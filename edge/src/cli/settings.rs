//! The settings that a kiosk starts with: those of its file or, while that cannot be used, those with which it
//! last started well.

use std::path::{Path, PathBuf};

use desk::kiosk::{Notice, Part};
use screens::locale::Message;

use crate::config::{Config, ConfigError, LastGood, text_of};

/// Where settings come from.
pub(super) enum Origin {
    /// From where nothing is kept: there is no file, or no service.
    Unkept,
    /// The file, whose text is kept once the kiosk has started well.
    File(LastGood, String),
    /// What was kept of a file that cannot be used now, and why it cannot.
    LastGood(PathBuf, ConfigError),
}

/// Reads the settings of the file at `path`, or else those that were kept of it.
///
/// # Errors
/// Why the file cannot be used, if nothing was kept of it.
pub(super) fn read(
    path: &Path,
    last_good: Option<LastGood>,
) -> Result<(Config, Origin), ConfigError> {
    let read = text_of(path).and_then(|text| Ok((Config::parse(path, &text)?, text)));
    let error = match read {
        Ok((config, text)) => {
            let kept = last_good.map(|last_good| Origin::File(last_good, text));
            return Ok((config, kept.unwrap_or(Origin::Unkept)));
        }
        Err(error) => error,
    };
    match last_good.and_then(|last_good| last_good.config()) {
        Some(config) => Ok((config, Origin::LastGood(path.to_owned(), error))),
        None => Err(error),
    }
}

impl Origin {
    /// Says in the log that the settings are not those of the file, and returns what people are told of it.
    pub(super) fn notices(&self) -> Vec<Notice> {
        let Self::LastGood(path, error) = self else {
            return Vec::new();
        };
        tracing::error!(%error, "the kiosk goes on with the settings with which it last started well");
        let message = Message::new("notice-config-former");
        vec![Notice {
            part: Part::Settings,
            message: message.with("file", path.display()).with("reason", error),
        }]
    }

    /// Keeps the text of the file, now that the kiosk has started well with it.
    pub(super) fn started(&self) {
        if let Self::File(last_good, text) = self
            && let Err(error) = last_good.keep(text)
        {
            tracing::warn!(%error, "the settings of this start cannot be kept for one at which the file is broken");
        }
    }
}
