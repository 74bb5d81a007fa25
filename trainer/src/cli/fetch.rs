//! `trainer fetch`: downloads a data set.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::progress;
use crate::dataset::Dataset;
use crate::dataset::fetch::{self, Archive, Known, Outcome, Settings};

/// Download a data set: the Oxford-IIIT Pet dataset, or another one.
///
/// Says the terms of its use first. Run the command again to continue a download that broke off.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The data set
    #[arg(long, value_enum, default_value_t = Known::OxfordIiitPet)]
    dataset: Known,
    /// Folder to put the dataset into [default: the name of the data set]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Fetches the archives and prints what the folder then holds.
///
/// # Errors
/// When an archive cannot be downloaded or unpacked, or the folder is not a complete dataset afterwards.
pub fn run(args: &Args) -> Result<()> {
    let known = args.dataset;
    let out = args.out.clone();
    let out = out.unwrap_or_else(|| known.to_string().into());
    eprintln!("{}", known.terms());
    for archive in known.archives() {
        fetch_archive(&archive, &out)?;
    }
    if let Some(boxed) = known.finish(&out)? {
        let photographs = boxed.photographs;
        let table = out.join("boxes.csv");
        eprintln!("{}: boxes in {photographs} photographs", table.display());
        if boxed.left_out > 0 {
            eprintln!(
                "warning: {} annotations cannot be understood and have no boxes",
                boxed.left_out
            );
        }
    }
    let dataset = Dataset::open(&out)?;
    println!(
        "{}: {} breeds, {} images to train on, {} to test on",
        out.display(),
        dataset.breeds.len(),
        dataset.trainval.len(),
        dataset.test.len()
    );
    Ok(())
}

fn fetch_archive(archive: &Archive, out: &Path) -> Result<()> {
    let outcome = progress::shown("fetching", |bar| {
        fetch::fetch(archive, out, &Settings::default(), bar)
    })?;
    let folder = out.join(&archive.folder);
    match outcome {
        Outcome::AlreadyThere => eprintln!("{} is already there", folder.display()),
        Outcome::Unpacked { files } => eprintln!(
            "{}: {files} files; the archive has the {}",
            folder.display(),
            archive.sum
        ),
    }
    Ok(())
}
