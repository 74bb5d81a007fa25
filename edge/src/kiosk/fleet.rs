//! Installs the model bundles that the hub of a chain has for this kiosk's channel.

use std::time::Duration;
use std::{fs, io};

use screens::locale::Message;
use sync::hub;
use sync::hub::models::{FleetBundle, newest};
use tokio::task;
use tokio::time::{self, Instant};

use crate::models::Models;
use crate::models::install::{InstallError, Refusal, Terms};

/// Between the start, or a question to the hub, and the next question.
const PAUSE: Duration = Duration::from_mins(10);

/// How long after its refusal a bundle is tried once more: it may have been signed again, or the machine
/// may have been busy.
const AGAIN: Duration = Duration::from_hours(24);

/// Where bundles go, and who may sign them.
#[derive(Clone, Debug)]
pub struct Bundles {
    /// Where they are installed.
    pub models: Models,
    /// The public keys of minisign: they must be signed with one of these.
    pub keys: Vec<String>,
}

/// Installs what the hub has for as long as the caller waits. `tell` is told why the newest bundle
/// cannot be installed, and `None` once that is over.
pub(super) async fn follow(hub: &hub::Settings, bundles: &Bundles, tell: impl Fn(Option<Message>)) {
    if hub.models.is_none() {
        return;
    }
    let mut refused: Option<(String, Instant)> = None;
    loop {
        time::sleep(PAUSE).await;
        if refused
            .as_ref()
            .is_some_and(|(_, at)| at.elapsed() >= AGAIN)
        {
            refused = None;
        }
        let known = match &refused {
            Some((version, _)) => Some(version.clone()),
            None => bundles.models.from_hub(),
        };
        let found = match newest(hub, known.as_deref()).await {
            Ok(found) => found,
            // The link to the hub says so too.
            Err(error) => {
                tracing::debug!(%error, "the hub cannot be asked for model bundles");
                continue;
            }
        };
        let Some(found) = found else {
            continue;
        };
        let version = found.version.clone();
        // The hub went back to the one that was installed before the refused one came.
        if refused.is_some() && bundles.models.from_hub().as_ref() == Some(&version) {
            refused = None;
            tell(None);
            continue;
        }
        let taken = {
            let bundles = bundles.clone();
            task::spawn_blocking(move || take(found, &bundles)).await
        };
        match taken {
            Ok(Ok(())) => {
                refused = None;
                tell(None);
            }
            Ok(Err(error)) => {
                if !error.is_passing() {
                    refused = Some((version.clone(), Instant::now()));
                }
                tell(report(&error));
            }
            Err(error) => {
                tracing::error!(%error, version, "a defect keeps a model bundle from being installed");
                refused = Some((version, Instant::now()));
            }
        }
    }
}

/// Installs a bundle of the hub, unless it is the one that is installed.
fn take(found: FleetBundle, bundles: &Bundles) -> Result<(), InstallError> {
    let models = &bundles.models;
    let version = found.version;
    if is_same(fs::read(models.current()), &found.bytes) {
        models.note_from_hub(&version)?;
        return Ok(());
    }
    let terms = Terms {
        keys: &bundles.keys,
        unsigned: false,
        older: false,
    };
    let name = format!("bundle {version} of the hub");
    let signature = found.signature.into_bytes();
    let trial = models.try_and_install(&name, found.bytes, Some(&signature), terms)?;
    // The note outlives the bundle: after going back to the former one, as the kiosk does if it dies with
    // this one, this one is not installed again.
    models.note_from_hub(&version)?;
    tracing::info!(
        version,
        trained = trial.trained,
        "a model bundle of the hub was installed"
    );
    Ok(())
}

fn is_same(installed: io::Result<Vec<u8>>, bytes: &[u8]) -> bool {
    installed.is_ok_and(|installed| installed == bytes)
}

/// Says in the log why a bundle was not installed; and to people, unless the one in use is newer.
fn report(error: &InstallError) -> Option<Message> {
    if let InstallError::Refused {
        why: Refusal::Older { .. },
        ..
    } = error
    {
        tracing::info!(%error, "a model bundle of the hub is not installed");
        return None;
    }
    tracing::error!(%error, "a model bundle of the hub is not installed");
    Some(Message::new("notice-hub-model").with("reason", error))
}

#[cfg(test)]
mod tests {
    use minisign::KeyPair;
    use tempfile::TempDir;

    use super::*;

    #[test]
    fn a_bundle_that_does_not_fit_is_refused_for_good_and_said() {
        let folder = TempDir::new().unwrap();
        let [own, other] = [(); 2].map(|()| KeyPair::generate_unencrypted_keypair().unwrap());
        let bundles = Bundles {
            models: Models::of(folder.path()),
            keys: vec![own.pk.to_base64()],
        };
        let bytes = b"no network".to_vec();
        let signature = minisign::sign(None, &other.sk, &bytes[..], None, None).unwrap();
        for (signature, expected) in [
            (signature.to_string(), "signed with another key"),
            ("no signature".to_owned(), "its signature is damaged"),
        ] {
            let found = FleetBundle {
                version: "0123".to_owned(),
                bytes: bytes.clone(),
                signature,
            };
            let error = take(found, &bundles).unwrap_err();
            assert!(!error.is_passing(), "{error}");
            assert!(error.to_string().contains(expected), "{error}");
            let message = report(&error).unwrap();
            assert_eq!(message.key, "notice-hub-model");
            assert_eq!(bundles.models.from_hub(), None);
            assert_eq!(bundles.models.stamp(), None);
        }
    }

    #[test]
    fn the_installed_bundle_is_not_installed_over_itself() {
        let folder = TempDir::new().unwrap();
        let models = Models::of(folder.path());
        models.note_from_hub("before").unwrap();
        fs::write(models.current(), "a bundle").unwrap();
        let bundles = Bundles {
            models: models.clone(),
            keys: vec!["no key".to_owned()],
        };
        let found = FleetBundle {
            version: "now".to_owned(),
            bytes: b"a bundle".to_vec(),
            signature: String::new(),
        };
        take(found, &bundles).unwrap();
        assert_eq!(models.from_hub().as_deref(), Some("now"));
        assert!(!models.former().exists());
    }

    #[test]
    fn an_older_bundle_is_no_reason_for_a_notice() {
        let why = Refusal::Older {
            trained: "2001-01-01".to_owned(),
            current: "2026-01-01".to_owned(),
        };
        let name = "bundle 0123 of the hub".to_owned();
        let error = InstallError::Refused { name, why };
        assert_eq!(report(&error), None);
        assert!(!error.is_passing());
    }
}
