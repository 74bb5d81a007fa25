//! `trainer fetch`: downloads the Oxford-IIIT Pet dataset.

use std::path::PathBuf;

use anyhow::Result;

use super::progress;
use crate::dataset::Dataset;
use crate::dataset::fetch::{self, Outcome, Settings};

/// Download the Oxford-IIIT Pet dataset: 37 breeds, 7,349 photographs, about 800 MB.
///
/// Run the command again to continue a download that broke off.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder to put the dataset into
    #[arg(long, value_name = "DIR", default_value = "oxford-iiit-pet")]
    out: PathBuf,
}

/// Fetches both archives and prints what the folder then holds.
///
/// # Errors
/// When an archive cannot be downloaded or unpacked, or the folder is not a complete dataset afterwards.
pub fn run(args: &Args) -> Result<()> {
    for archive in fetch::oxford() {
        let outcome = progress::shown("fetching", |bar| {
            fetch::fetch(&archive, &args.out, &Settings::default(), bar)
        })?;
        let folder = args.out.join(&archive.name);
        match outcome {
            Outcome::AlreadyThere => eprintln!("{} is already there", folder.display()),
            Outcome::Unpacked { files } => eprintln!("{}: {files} files", folder.display()),
        }
    }
    let dataset = Dataset::open(&args.out)?;
    println!(
        "{}: {} breeds, {} images to train on, {} to test on",
        args.out.display(),
        dataset.breeds.len(),
        dataset.trainval.len(),
        dataset.test.len()
    );
    Ok(())
}
