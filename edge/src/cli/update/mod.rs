//! `kiosk update`: installs another version, and rolls back if it does not work.
//!
//! This process checks the package, and prepares whatever it takes to go back ([`kept`]). Then a unit of
//! systemd makes the update and watches the kiosk ([`watch`]), whatever becomes of this process, of the
//! machine's power, and of the program that it replaces.

pub(super) mod kept;
mod notice;
mod package;
mod programs;
mod watch;

use std::env;
use std::fs::{self, DirBuilder};
use std::io::{self, Write};
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, chown};
use std::path::{self, Path, PathBuf};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use ::catalogue::{Catalogue, CatalogueError, Replace};
use anyhow::{Context, anyhow, bail, ensure};
use clap::Args;

use super::catalogue::refuse_gaps;
use super::source::{MAX_SIGNATURE, Source};
use super::{log, one_line, page, plain};
use crate::config::Config;
use crate::models::install::{Refusal, Terms, check_signature};
use kept::{FOLDER, Kept, State, Step, remove};
use package::Package;
use programs::{WATCH, output, systemctl};

pub(super) use notice::notice;

/// The most bytes of a package.
const MAX_BYTES: u64 = 256 << 20;

/// The environment variable that sets for how many seconds the kiosk is watched.
const SECONDS: &str = "KIOSK_UPDATE_SECONDS";

/// For how many seconds it is watched otherwise.
const FIVE_MINUTES: u64 = 5 * 60;

/// The unit that makes the update.
const UNIT: &str = include_str!("breed-kiosk-update.service");

/// The pause between two checks of how far the update is.
const PAUSE: Duration = Duration::from_millis(500);

#[derive(Debug, Args)]
pub(super) struct Update {
    /// The package: a file or an https address. Its signature is beside it, with .minisig at the end
    #[arg(value_name = "FILE|URL", required_unless_present_any = ["show", "watch", "back_up", "put_back"])]
    package: Option<PathBuf>,
    /// Install it although nobody signed it, or nobody can check who did
    #[arg(long)]
    unsigned: bool,
    /// Install it although it is older than the installed one
    #[arg(long)]
    older: bool,
    /// Install it although there is no package of the installed version to go back to
    #[arg(long)]
    no_way_back: bool,
    /// Say how far the update is, or what became of the last one
    #[arg(long, conflicts_with = "package")]
    show: bool,
    /// The kiosk's configuration: its page, its data folder, and the key that packages are signed with
    #[arg(
        long,
        value_name = "FILE",
        default_value = "/etc/breed-kiosk/kiosk.toml"
    )]
    config: PathBuf,
    /// Do what is left of an update
    #[arg(long, hide = true, conflicts_with_all = ["package", "show"])]
    watch: bool,
    /// Back the catalogue in this data folder up
    #[arg(long, hide = true, value_name = "DIR", conflicts_with_all = ["package", "show", "watch"])]
    back_up: Option<PathBuf>,
    /// Go back to the previous catalogue, in this data folder, if a newer kiosk has changed it
    #[arg(long, hide = true, value_name = "DIR", conflicts_with_all = ["package", "show", "watch"])]
    put_back: Option<PathBuf>,
    /// The folder that an update keeps
    #[arg(long, hide = true, value_name = "DIR", default_value = FOLDER)]
    folder: PathBuf,
}

impl Update {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let kept = Kept::at(&path::absolute(&self.folder)?);
        if self.watch {
            log::start();
            watch::run(&kept)?;
            return Ok(ExitCode::SUCCESS);
        }
        let mut stdout = io::stdout().lock();
        if let Some(data) = &self.back_up {
            let catalogue = Catalogue::open_to_read(data);
            match catalogue.and_then(|it| it.backup(&kept.backup(), Replace::Backup)) {
                Err(error @ (CatalogueError::Corrupt { .. } | CatalogueError::Lost { .. })) => {
                    let copy = Catalogue::copy_remains(data)?;
                    let copy = copy.display();
                    // The error may quote what the damaged file says.
                    writeln!(stdout, "{}", plain(error))?;
                    writeln!(
                        stdout,
                        "{}",
                        plain(format_args!("it is copied as it is to {copy}"))
                    )?;
                }
                made => refuse_gaps(&kept.backup(), &made?, &mut stdout)?,
            }
            return Ok(ExitCode::SUCCESS);
        }
        if let Some(data) = &self.put_back {
            put_back(&kept, data, &mut stdout)?;
            return Ok(ExitCode::SUCCESS);
        }
        let Some(package) = &self.package else {
            match kept.state()? {
                Some(state) => writeln!(stdout, "{state}")?,
                None => writeln!(stdout, "`kiosk update` has installed nothing yet")?,
            }
            return Ok(ExitCode::SUCCESS);
        };
        self.begin(package, &kept)?;
        follow(&kept, &mut stdout)
    }

    /// Checks the package, prepares the way back and has systemd begin. Whatever fails before that has
    /// changed nothing.
    fn begin(&self, file: &Path, kept: &Kept) -> anyhow::Result<()> {
        let config = Config::read(&self.config)?;
        let seconds = seconds()?;
        let _lock = kept.claim()?;
        let prepared = self.prepare(file, &config, seconds, kept);
        let begun = prepared.and_then(|state| {
            kept.keep_program(&env::current_exe()?)?;
            let unit = UNIT.replace("@FOLDER@", &kept.folder().display().to_string());
            kept.put(&kept.unit(), unit.as_bytes(), 0o644)?;
            kept.note(&state)?;
            start(kept)
        });
        if begun.is_err() {
            kept.tidy();
        }
        begun
    }

    /// Fetches the package and checks it, keeps the previous one, and backs the catalogue up.
    fn prepare(
        &self,
        file: &Path,
        config: &Config,
        seconds: u64,
        kept: &Kept,
    ) -> anyhow::Result<State> {
        let former = package::installed()?;
        let new = self.fetch(file, config, kept)?;
        let name = Source::of(file)?.name();
        self.check(&new, &former)
            .with_context(|| format!("{name}: refused"))?;
        let has_way_back = keep_former(kept, &former.version);
        if let Err(error) = &has_way_back {
            ensure!(
                self.no_way_back,
                "there is no package of the installed version {} to go back to if the new one does not \
                 work ({}): `kiosk update` keeps the packages that it installs, and the program \
                 dpkg-repack makes one of what is installed (sudo apt install dpkg-repack); \
                 --no-way-back installs the new one all the same",
                former.version,
                one_line(error)
            );
        }
        let data = path::absolute(&config.data)?;
        back_up(kept, &data)?;
        Ok(State {
            step: Step::Installing,
            former: former.version,
            new: new.version,
            listen: config.listen,
            had_rescue: has_rescue(config.listen, &data),
            unready: page::ask(config.listen, "/health")
                .ok()
                .and_then(|answer| watch::unready(&answer)),
            data,
            seconds,
            starts: 0,
            has_way_back: has_way_back.is_ok(),
            needs_backup: false,
            why: None,
            catalogue: None,
        })
    }

    /// Fetches the package. Nothing of it is parsed before its signature has been checked.
    fn fetch(&self, file: &Path, config: &Config, kept: &Kept) -> anyhow::Result<Package> {
        let source = Source::of(file)?;
        let name = source.name();
        let bytes = source.read(MAX_BYTES)?;
        let bytes = bytes.with_context(|| format!("{name}: not found"))?;
        let signature = source.signature().read(MAX_SIGNATURE)?;
        let terms = Terms {
            keys: &config.model_keys(),
            unsigned: self.unsigned,
            older: self.older,
        };
        let checked = check_signature(&bytes, signature.as_deref(), terms);
        checked.map_err(|why| match why {
            Refusal::Unsigned => anyhow!("{name}: {why}; --unsigned installs it all the same"),
            why => anyhow!("{name}: {why}"),
        })?;
        kept.put(&kept.new_package(), &bytes, 0o600)?;
        package::of_file(&kept.new_package()).with_context(|| name)
    }

    /// Whether a package may take the place of the installed one.
    fn check(&self, new: &Package, former: &Package) -> anyhow::Result<()> {
        ensure!(
            new.name == package::NAME,
            "it is the package {}, and not {}",
            new.name,
            package::NAME
        );
        ensure!(
            new.architecture == former.architecture,
            "it is for {}, and this machine needs {}",
            new.architecture,
            former.architecture
        );
        ensure!(
            new.version != former.version,
            "version {} is installed already",
            new.version
        );
        if !self.older && package::is_older(&new.version, &former.version)? {
            bail!(
                "version {} is older than the installed one, {}; --older installs it all the same",
                new.version,
                former.version
            );
        }
        Ok(())
    }
}

/// Whether visits go to a rescue catalogue, wherever that is, or one is left.
fn has_rescue(listen: SocketAddr, data: &Path) -> bool {
    let answer = page::ask(listen, "/health");
    answer.is_ok_and(|answer| watch::is_rescued(&answer)) || Catalogue::exists(&data.join("rescue"))
}

/// Makes systemd begin the update now, and go on with it at the next start of the machine.
fn start(kept: &Kept) -> anyhow::Result<()> {
    let unit = kept.unit().display().to_string();
    let started = systemctl(&["enable", "--now", &unit]);
    if started.is_err() {
        // Without the state it would find nothing to do; this is about the links to it.
        if let Err(error) = systemctl(&["disable", WATCH]) {
            let error = one_line(&error);
            eprintln!("kiosk: {WATCH} stays enabled: {error}");
        }
        kept.forget()?;
    }
    started
}

/// For how many seconds the kiosk is watched.
fn seconds() -> anyhow::Result<u64> {
    match env::var(SECONDS) {
        Ok(text) => (text.parse::<u64>().ok())
            .filter(|seconds| (1..=3600).contains(seconds))
            .with_context(|| format!("{SECONDS}={text}: not 1 to 3600 seconds")),
        Err(_) => Ok(FIVE_MINUTES),
    }
}

/// Keeps the package of the installed version: the one that the last update kept, or one that is made of
/// the installed files.
///
/// # Errors
/// If neither is possible.
fn keep_former(kept: &Kept, version: &str) -> anyhow::Result<()> {
    let in_use = kept.in_use();
    if in_use.exists() && package::of_file(&in_use).is_ok_and(|kept| kept.version == version) {
        return Ok(());
    }
    let scratch = kept.scratch();
    remove(&scratch)?;
    fs::create_dir(&scratch)?;
    package::repack(&scratch)?;
    let made = fs::read_dir(&scratch)?.find_map(|entry| {
        let path = entry.ok()?.path();
        (path.extension()? == "deb").then_some(path)
    });
    let made = made.context("dpkg-repack makes no package")?;
    kept.put(&in_use, &fs::read(made)?, 0o600)
}

/// Backs up the catalogue, as the kiosk's user: the new version may change it so that the former one
/// cannot read it any more. One that is too damaged for that is copied as it is. That is part of the update,
/// and not in the record of what people did.
fn back_up(kept: &Kept, data: &Path) -> anyhow::Result<()> {
    let backups = kept.backups();
    remove(&backups).with_context(|| backups.display().to_string())?;
    if !Catalogue::exists(data) {
        return Ok(());
    }
    eprintln!("the catalogue is being backed up");
    let about = fs::metadata(data)?;
    DirBuilder::new()
        .mode(0o700)
        .create(&backups)
        .and_then(|()| chown(&backups, Some(about.uid()), Some(about.gid())))
        .with_context(|| backups.display().to_string())?;
    let mut kiosk = watch::as_owner(&env::current_exe()?, data)?;
    kiosk.args(["update", "--back-up"]).arg(data);
    match output(kiosk.arg("--folder").arg(kept.folder())) {
        // It lacks a photograph that is lost anyway.
        Err(error) if kept.backup().exists() => eprintln!("{}", one_line(&error)),
        done => {
            let said =
                done.context("the catalogue cannot be backed up, so nothing is installed")?;
            eprint!("{said}");
        }
    }
    Ok(())
}

/// Goes back to the previous catalogue, if the new version has changed it so that this one cannot read it,
/// and says what was done.
fn put_back(kept: &Kept, data: &Path, out: &mut impl Write) -> anyhow::Result<()> {
    let Some(restored) = Catalogue::restore_if_newer(data, &kept.backup())? else {
        return Ok(());
    };
    write!(
        out,
        "it is as of {}, with {} visits",
        restored.made, restored.totals.visits
    )?;
    if let Some(newer) = restored.damaged {
        let place = newer.display();
        write!(
            out,
            "; all of the new version's, with later visits, is in {place}"
        )?;
    }
    writeln!(out)?;
    Ok(())
}

/// Says how far the update is, until it has ended. It does not depend on whether somebody listens.
fn follow(kept: &Kept, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let mut said = None;
    loop {
        // Asked first: it may end in between.
        let unit = programs::unit(WATCH)?;
        let state = kept.state()?.context("nobody knows of the update")?;
        if !state.step.is_pending() {
            // It has still to tidy up.
            let _ended = kept.lock()?;
            ensure!(state.step == Step::Done, "{state}");
            writeln!(out, "{state}")?;
            return Ok(ExitCode::SUCCESS);
        }
        ensure!(
            !matches!(unit.state.as_str(), "inactive" | "failed"),
            "{state}, but {WATCH} does not run: journalctl -u {WATCH} -e"
        );
        if said != Some(state.step) {
            writeln!(out, "{state}")?;
            said = Some(state.step);
        }
        thread::sleep(PAUSE);
    }
}
