//! `kiosk model`: which model bundle the kiosk runs, another one, and the one before.

mod install;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use recognise::{Bundle, BundleError, Engine, printable};

use crate::config::Config;
use crate::models::{Models, TakenBack, trial};

#[derive(Debug, Args)]
pub(super) struct Model {
    #[command(subcommand)]
    action: Action,
    /// The kiosk's configuration: its data folder, and the key that bundles are signed with
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    /// The folder of the catalogue [default: that of the configuration, or the user's own]
    #[arg(long, value_name = "DIR", global = true)]
    data: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Say which model bundle the kiosk runs, and which one before
    Show,
    /// Check a bundle's signature, try the bundle, and use it from now on
    Install(install::Install),
    /// Use the bundle before the installed one again
    Rollback,
    /// Try a bundle in this process, within limits
    #[command(hide = true)]
    Try {
        /// The bundle
        #[arg(value_name = "FILE")]
        bundle: PathBuf,
    },
}

impl Model {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let mut config = match &self.config {
            Some(path) => Config::read(path)?,
            None => Config::default(),
        };
        config.data = self.data.unwrap_or(config.data);
        let models = Models::of(&config.data);
        let mut stdout = io::stdout().lock();
        match self.action {
            Action::Show => show(&models, config.model.as_deref(), &mut stdout)?,
            Action::Install(install) => {
                let name = install.run(&models, &config.model_keys())?;
                writeln!(stdout, "{name} is installed")?;
                in_use(&models, config.model.as_deref(), &mut stdout)?;
            }
            Action::Rollback => {
                models.roll_back()?;
                in_use(&models, config.model.as_deref(), &mut stdout)?;
            }
            Action::Try { bundle } => trial::attempt(&bundle, &mut stdout)?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Says which bundle runs, which one a rollback brings back, and what was taken back.
fn show(models: &Models, chosen: Option<&Path>, out: &mut impl Write) -> anyhow::Result<()> {
    in_use(models, chosen, out)?;
    let [current, former] = [models.current(), models.former()];
    if current.exists() || former.exists() {
        writeln!(out, "before: {}", describe(&former))?;
    }
    match models.taken_back() {
        None => {}
        Some(TakenBack::Died(times)) => {
            writeln!(out, "taken back: the kiosk died {times} times with it")?;
        }
        Some(TakenBack::Failed(reason)) => writeln!(out, "taken back: {reason}")?,
    }
    Ok(())
}

fn in_use(models: &Models, chosen: Option<&Path>, out: &mut impl Write) -> anyhow::Result<()> {
    let current = models.current();
    if let Some(chosen) = chosen {
        let (place, about) = (printable(chosen), describe(chosen));
        writeln!(out, "in use: {place}, as the configuration says: {about}")?;
        if current.exists() {
            writeln!(out, "installed, but not in use: {}", describe(&current))?;
        }
        return Ok(());
    }
    let probation = match models.probation() {
        Some(_) => ", on probation until it has run for ten minutes and recognised an animal",
        None => "",
    };
    writeln!(out, "in use: {}{probation}", describe(&current))?;
    Ok(())
}

/// What a bundle says about itself; where there is none, the built-in one.
fn describe(path: &Path) -> String {
    let (kind, bundle) = installed(path);
    let loaded = bundle.and_then(|bundle| {
        let engine = Engine::load(&bundle)?;
        Ok((bundle, engine))
    });
    let (bundle, engine) = match loaded {
        Ok(loaded) => loaded,
        Err(error) => return format!("{kind}, but it cannot be used: {error}"),
    };
    let trained = &bundle.metadata.trained;
    let measured = bundle.metadata.measured.as_ref();
    let right = measured.map(|it| format!(", {:.1} % right", it.top1 * 100.0));
    format!(
        "{kind}, trained {} with {} photographs, {} breeds, {}{}",
        trained.when.replace(char::is_control, "?"),
        trained.images,
        bundle.metadata.breeds.len(),
        engine.coverage().precision(),
        right.unwrap_or_default(),
    )
}

/// The bundle at `path`, or the built-in one if there is none, and which of both it is.
fn installed(path: &Path) -> (&'static str, Result<Bundle, BundleError>) {
    // A folder that may not be read has one for all that is known.
    match path.try_exists() {
        Ok(false) => ("the built-in bundle", Bundle::embedded()),
        Ok(true) | Err(_) => ("a bundle", Bundle::read(path)),
    }
}
