//! `kiosk model install`: a bundle and its signature, from a file or an address.

use std::path::PathBuf;

use anyhow::{Context, anyhow};
use clap::Args;
use recognise::bundle::MAX_BYTES;

use crate::cli::source::{MAX_SIGNATURE, Source};
use crate::models::Models;
use crate::models::install::{InstallError, Refusal, Terms};

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
    /// Installs the bundle, and returns its name.
    pub(super) fn run(&self, models: &Models, keys: &[String]) -> anyhow::Result<String> {
        let source = Source::of(&self.bundle)?;
        let name = source.name();
        let bytes = source.read(MAX_BYTES)?;
        let bytes = bytes.with_context(|| format!("{name}: not found"))?;
        let signature = source.signature().read(MAX_SIGNATURE)?;
        let terms = Terms {
            keys,
            unsigned: self.unsigned,
            older: self.older,
        };
        let trial = models
            .try_and_install(&name, bytes, signature.as_deref(), terms)
            .map_err(with_a_way_round)?;
        eprintln!(
            "a prediction takes {:.0} ms here; a kiosk at work uses it as soon as nobody is there",
            trial.prediction_ms
        );
        Ok(name)
    }
}

/// Says which option installs the bundle nevertheless, where one does.
fn with_a_way_round(error: InstallError) -> anyhow::Error {
    let option = match &error {
        InstallError::Refused {
            why: Refusal::Unsigned,
            ..
        } => "--unsigned",
        InstallError::Refused {
            why: Refusal::Older { .. },
            ..
        } => "--older",
        _ => return error.into(),
    };
    anyhow!("{error}; {option} installs it all the same")
}
