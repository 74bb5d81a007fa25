//! Puts what fails in the kiosk's own parts into messages of any language.

use catalogue::CatalogueError;
use screens::locale::Message;

/// What staff are told when the catalogue cannot do its work.
pub fn of_catalogue(error: &CatalogueError) -> Message {
    let about = |key, file: &std::path::Path| Message::new(key).with("file", file.display());
    match error {
        CatalogueError::Corrupt { file, reason } => {
            about("notice-catalogue-corrupt", file).with("reason", reason)
        }
        CatalogueError::Lost { file, remains } => {
            about("notice-catalogue-lost", file).with("remains", remains)
        }
        CatalogueError::ReadOnly { file } => about("notice-catalogue-read-only", file),
        CatalogueError::Locked { file } => about("notice-catalogue-locked", file),
        CatalogueError::Unverified { file, reason } => {
            about("notice-backup-unverified", file).with("reason", reason)
        }
        CatalogueError::Full { file } => about("notice-catalogue-full", file),
        CatalogueError::Newer {
            file,
            version,
            known,
        } => about("notice-catalogue-newer", file)
            .with("version", version)
            .with("known", known),
        CatalogueError::Io { file, reason } => {
            about("notice-catalogue-io", file).with("reason", reason)
        }
        other => Message::new("notice-catalogue-other").with("reason", other),
    }
}

/// What staff are told when the network fails on a frame.
pub(super) fn of_network(error: &recognise::EngineError) -> Message {
    Message::new("notice-model-failed").with("reason", error)
}
