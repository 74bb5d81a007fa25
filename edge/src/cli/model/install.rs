//! `kiosk model install`: signature, trial and age of a bundle, in this order, and then its place.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, anyhow, bail, ensure};
use clap::Args;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use minisign_verify::{Error, PublicKey, Signature};
use recognise::bundle::MAX_BYTES;
use recognise::printable;

use super::source::Source;
use super::{installed, trial};
use crate::models::Models;

/// The most bytes of a signature.
const MAX_SIGNATURE: u64 = 4 << 10;

#[derive(Debug, Args)]
pub(super) struct Install {
    /// The bundle: a file or an https address. Its signature is beside it, with .minisig at the end
    #[arg(value_name = "FILE|URL")]
    bundle: PathBuf,
    /// Install it although nobody signed it, or nobody can check who did
    #[arg(long)]
    unsigned: bool,
    /// Install it although it is older than the one in use
    #[arg(long)]
    older: bool,
}

impl Install {
    /// Installs the bundle, and returns its name. Nothing of it is parsed before its signature has
    /// been checked with the public key.
    pub(super) fn run(&self, models: &Models, key: Option<&str>) -> anyhow::Result<String> {
        let source = Source::of(&self.bundle)?;
        let name = source.name();
        let bytes = source.read(MAX_BYTES)?;
        let bytes = bytes.with_context(|| format!("{name}: not found"))?;
        let signature = source.signature().read(MAX_SIGNATURE)?;
        self.check_signature(&bytes, signature, key)
            .with_context(|| name.clone())?;

        let mut file = models.scratch()?;
        let written = file.write_all(&bytes);
        let synced = written.and_then(|()| file.as_file().sync_all());
        synced.with_context(|| printable(file.path()))?;
        drop(bytes);
        let trial = trial::run(file.path(), &name)?;
        self.check_age(&trial.trained, models)
            .with_context(|| name.clone())?;
        models.install(file)?;
        eprintln!(
            "a prediction takes {:.0} ms here; a kiosk at work uses it as soon as nobody is there",
            trial.prediction_ms
        );
        Ok(name)
    }

    fn check_signature(
        &self,
        bytes: &[u8],
        signature: Option<Vec<u8>>,
        key: Option<&str>,
    ) -> anyhow::Result<()> {
        let (Some(signature), Some(key)) = (signature, key) else {
            ensure!(
                self.unsigned,
                "it cannot be told who made it: it takes a signature beside it (.minisig) and the \
                 signer's public key in kiosk.toml (model_key); --unsigned installs it all the same"
            );
            return Ok(());
        };
        let key = PublicKey::from_base64(key.trim())
            .map_err(|_| anyhow!("model_key in kiosk.toml is no public key of minisign"))?;
        let signature = String::from_utf8_lossy(&signature);
        let signature = Signature::decode(&signature)
            .map_err(|_| anyhow!("its signature is damaged; copy both files again"))?;
        match key.verify(bytes, &signature, false) {
            Ok(()) => Ok(()),
            Err(Error::UnexpectedKeyId) => {
                bail!("it is signed with another key than model_key in kiosk.toml")
            }
            Err(_) => bail!("it was changed after it had been signed; get it again"),
        }
    }

    fn check_age(&self, trained: &str, models: &Models) -> anyhow::Result<()> {
        let (_, current) = installed(&models.current());
        // One that cannot be read is to be replaced, by whatever.
        let Ok(current) = current else {
            return Ok(());
        };
        let current = &current.metadata.trained.when;
        let is_older = match (time(trained), time(current)) {
            (Some(new), Some(current)) => new < current,
            (None, Some(_)) => true,
            (_, None) => false,
        };
        ensure!(
            self.older || !is_older,
            "it was trained {}, and the one in use {current}; --older installs it all the same",
            trained.replace(char::is_control, "?")
        );
        Ok(())
    }
}

/// When a network was trained: an RFC 3339 time, or a date, which begins at midnight.
fn time(when: &str) -> Option<Timestamp> {
    let time = when.parse::<Timestamp>().ok();
    time.or_else(|| {
        let date = when.parse::<Date>().ok()?;
        Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp())
    })
}
