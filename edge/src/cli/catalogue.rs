//! `kiosk catalogue`: exports, backs up, restores and verifies the catalogue, also while the kiosk runs.
//! All but a restore works on a disk that can only be read, too.

use std::fs;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use recognise::printable;
use tempfile::NamedTempFile;

use super::{lock, plain};
use crate::{config, locale};
use ::catalogue::{
    AnimalId, BackupFile, Catalogue, CatalogueError, LeftOut, Passphrase, Replace, Restored, Stop,
};
use desk::access::{Access, Event};

#[derive(Debug, Args)]
pub(super) struct CatalogueArgs {
    #[command(subcommand)]
    action: Action,
    /// The folder of the catalogue [default: the user's own]
    #[arg(long, value_name = "DIR", global = true)]
    data: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Write animals.csv, visits.csv, owners.csv and catalogue.json for other programs, or all that is
    /// kept of one family
    Export {
        /// Write what is kept of this animal's family, photographs too, as one tar archive
        #[arg(long, value_name = "NUMBER")]
        animal: Option<i64>,
        /// The folder they go to; with --animal, the archive, a new file
        #[arg(value_name = "FOLDER|FILE.tar")]
        to: PathBuf,
    },
    /// Write all of it, photographs too, to one file
    Backup {
        /// The file, which may replace an earlier backup
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Replace the file even if it is no backup
        #[arg(long)]
        force: bool,
    },
    /// Replace all of it by what is in a backup; a damaged catalogue is kept beside it
    Restore {
        /// The backup
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Read the passphrase of an encrypted backup from the first line of this file; without it, a
        /// terminal asks for it
        #[arg(long, value_name = "FILE")]
        passphrase_file: Option<PathBuf>,
    },
    /// Check the database and that all photographs are there
    Verify,
}

impl CatalogueArgs {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let data = self.data.unwrap_or_else(config::default_data_folder);
        let is_restore = matches!(self.action, Action::Restore { .. });
        if !is_restore && !Catalogue::exists(&data) {
            bail!(
                "{}: no catalogue; name its folder with --data",
                data.display()
            );
        }
        let mut stdout = io::stdout().lock();
        match self.action {
            Action::Export { animal, to } => {
                export(&data, animal.map(AnimalId), &to, &mut stdout)?;
            }
            Action::Backup { file, force } => {
                let replace = if force {
                    Replace::Anything
                } else {
                    Replace::Backup
                };
                back_up(&data, &file, replace, &mut stdout)?;
            }
            Action::Restore {
                file,
                passphrase_file,
            } => restore(&data, &file, passphrase_file.as_deref(), &mut stdout)?,
            Action::Verify => return verify(&data, &mut stdout),
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Exports tables and JSON or, with `animal`, what is kept of its family.
fn export(
    data: &Path,
    animal: Option<AnimalId>,
    to: &Path,
    stdout: &mut impl Write,
) -> anyhow::Result<()> {
    let catalogue = Catalogue::open_to_read(data)?.with_language(locale::language());
    ::catalogue::use_time_zone(catalogue.settings()?.time_zone.as_deref());
    // As the page records it.
    let exported = match animal {
        Some(animal) => {
            export_family(&catalogue, animal, to)?;
            format!("animals/{animal}/family.tar")
        }
        None => {
            export_all(&catalogue, to)?;
            EXPORTED.map(|(name, _)| name).join(", ")
        }
    };
    record(data, Event::Export, &exported);
    writeln!(stdout, "exported to {}", printable(to))?;
    Ok(())
}

fn back_up(
    data: &Path,
    file: &Path,
    replace: Replace,
    stdout: &mut impl Write,
) -> anyhow::Result<()> {
    let catalogue = Catalogue::open_to_read(data)?;
    let left_out = catalogue.backup(file, replace)?;
    record(data, Event::Backup, &printable(file));
    let how = if catalogue.encrypts_backups() {
        ", encrypted with the passphrase of the page"
    } else {
        ""
    };
    writeln!(stdout, "backed up to {}{how}", printable(file))?;
    refuse_gaps(file, &left_out, stdout)
}

/// Names what is wrong with the catalogue. That is a failure, so that a script notices.
fn verify(data: &Path, stdout: &mut impl Write) -> anyhow::Result<ExitCode> {
    let faults = Catalogue::verify(data)?;
    for fault in &faults {
        writeln!(stdout, "{}", plain(fault))?;
    }
    if !faults.is_empty() {
        return Ok(ExitCode::FAILURE);
    }
    writeln!(stdout, "the catalogue is whole")?;
    Ok(ExitCode::SUCCESS)
}

/// Names the photographs that a backup lacks. That is a failure, so that a script notices: the backup is
/// there, but not all of it.
pub(super) fn refuse_gaps(
    file: &Path,
    left_out: &[LeftOut],
    stdout: &mut impl Write,
) -> anyhow::Result<()> {
    for lacking in left_out {
        writeln!(stdout, "{}", plain(lacking))?;
    }
    let Some(first) = left_out.first() else {
        return Ok(());
    };
    bail!(
        "{}: this backup lacks {} photographs, beginning with {}, and has everything else; check the \
         disk of the catalogue, and keep earlier backups",
        file.display(),
        left_out.len(),
        first.photograph
    )
}

fn restore(
    data: &Path,
    file: &Path,
    passphrase_file: Option<&Path>,
    stdout: &mut impl Write,
) -> anyhow::Result<()> {
    let passphrase = passphrase(file, passphrase_file)?;
    let backup = BackupFile::new(file, passphrase.as_ref());
    let restored = restore_alone(data, backup)?;
    record(data, Event::Restore, &printable(file));
    writeln!(
        stdout,
        "restored {} animals and {} visits, as of {}",
        restored.totals.animals, restored.totals.visits, restored.made
    )?;
    if let Some(damaged) = restored.damaged {
        let place = printable(&damaged);
        writeln!(stdout, "what was left of the catalogue is in {place}")?;
    }
    Ok(())
}

/// Restores a backup, also while a kiosk is at work on the catalogue. Only where the database has to be
/// replaced as a file, since it is damaged or lost, or where there is none, no kiosk may be at work.
fn restore_alone(data: &Path, backup: BackupFile<'_>) -> anyhow::Result<Restored> {
    if Catalogue::exists(data) {
        // One that opens may be too damaged to be copied to a folder of its own.
        match Catalogue::open(data).and_then(|catalogue| catalogue.restore(backup)) {
            Err(CatalogueError::Corrupt { .. } | CatalogueError::Lost { .. }) => {}
            done => return Ok(done?),
        }
    }
    let locked = lock::data_folder(data).context(
        "a damaged or missing catalogue is replaced only while no kiosk runs; `sudo systemctl stop \
         breed-kiosk` stops the service",
    );
    let _lock = locked?;
    Ok(Catalogue::restore_to(data, backup, &Stop::default())?)
}

/// Notes in the record of what people did what somebody at this terminal did. That is done, whether it can
/// be recorded or not.
fn record(data: &Path, event: Event, about: &str) {
    if let Err(error) = Access::at(data).record_at_terminal(event, about) {
        let place = data.display();
        let said = format!("{place}: the record of what people did cannot be written: {error}");
        eprintln!("kiosk: {}", plain(said));
    }
}

/// The passphrase of a backup: from a file, or asked for if the backup is encrypted. It is not shown.
fn passphrase(backup: &Path, file: Option<&Path>) -> anyhow::Result<Option<Passphrase>> {
    if let Some(file) = file {
        let read = Passphrase::read(file);
        return Ok(Some(read.with_context(|| file.display().to_string())?));
    }
    if !Catalogue::is_encrypted_backup(backup)? {
        return Ok(None);
    }
    let name = printable(backup);
    if !io::stdin().is_terminal() {
        bail!("{name}: encrypted; name a file with its passphrase by --passphrase-file");
    }
    let typed = rpassword::prompt_password(format!("passphrase of {name}: "));
    let typed = typed.context("the passphrase could not be read")?;
    Ok(Some(Passphrase::new(&typed)))
}

type Export = fn(&Catalogue, &mut dyn Write) -> Result<(), CatalogueError>;

/// The files of an export.
const EXPORTED: [(&str, Export); 4] = [
    ("animals.csv", Catalogue::export_animals_csv),
    ("visits.csv", Catalogue::export_visits_csv),
    ("owners.csv", Catalogue::export_owners_csv),
    ("catalogue.json", Catalogue::export_json),
];

/// Writes the files of an export to a folder.
fn export_all(catalogue: &Catalogue, folder: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    for (name, export) in EXPORTED {
        let path = folder.join(name);
        let written = write(folder, |out| export(catalogue, out));
        written
            .and_then(|file| Ok(file.persist(&path).map(drop)?))
            .with_context(|| path.display().to_string())?;
    }
    Ok(())
}

/// Writes what is kept of an animal's family. Whatever is there under that name stays: it may be what
/// is kept of another one.
fn export_family(catalogue: &Catalogue, animal: AnimalId, path: &Path) -> anyhow::Result<()> {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    if path.exists() {
        bail!("{}: exists; choose another name", path.display());
    }
    write(folder, |out| catalogue.export_family(animal, out))
        .and_then(|file| Ok(file.persist_noclobber(path).map(drop)?))
        .with_context(|| path.display().to_string())
}

/// Writes a temporary file, which is whole before it gets its name.
fn write(
    folder: &Path,
    export: impl FnOnce(&mut dyn Write) -> Result<(), CatalogueError>,
) -> anyhow::Result<NamedTempFile> {
    let mut out = BufWriter::new(NamedTempFile::new_in(folder)?);
    export(&mut out)?;
    let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.as_file().sync_all()?;
    Ok(file)
}
