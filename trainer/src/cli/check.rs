//! `trainer check`: reports what a data folder holds and what is wrong with it.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use image::ImageFormat;
use recognise::printable;

use super::data::Data;
use super::progress;
use crate::dataset::check::{self, Alike, Duplicates, Report};
use crate::dataset::{Dataset, Photo, Role, unseen};
use crate::train::SPLIT_SEED;
use crate::train::recipe::Recipe;

/// How many missing images are named. The count covers all of them.
const NAMED: usize = 5;

/// Inspect a data folder and report what it holds and what is wrong with it.
///
/// Changes nothing. Findings are not failures: the command fails only if the folder cannot be read.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    data: Data,
    /// Draw a contact sheet, a few thumbnails of each breed, into this file
    #[arg(long, value_name = "FILE.png")]
    sheet: Option<PathBuf>,
}

/// Prints the report and draws the contact sheet if there is to be one.
///
/// # Errors
/// When the folder cannot be read, or the report or the sheet cannot be written.
pub fn run(args: &Args) -> Result<()> {
    let mut dataset = args.data.source().open()?;
    let report = progress::shown("checking", |bar| {
        anyhow::Ok(check::inspect(&mut dataset, bar))
    })?;
    print(&dataset, &report, &mut io::stdout().lock()).context("cannot print the report")?;
    if let Some(file) = &args.sheet {
        let sheet = progress::shown("drawing", |bar| {
            anyhow::Ok(check::contact_sheet(&dataset, bar))
        })?;
        sheet
            .save_with_format(file, ImageFormat::Png)
            .with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(())
}

fn print(dataset: &Dataset, report: &Report, out: &mut impl Write) -> io::Result<()> {
    print_breeds(dataset, out)?;
    print_lists(dataset, out)?;
    print_notes(dataset, out)?;
    let name = |photo: &Photo| relative(dataset, &photo.path);

    writeln!(
        out,
        "\nof another format than their names say: {}",
        report.misnamed.len()
    )?;
    let width = widest(report.misnamed.iter().map(|found| name(&found.photo)));
    for found in &report.misnamed {
        let (name, format) = (name(&found.photo), format!("{:?}", found.format));
        writeln!(out, "  {name:width$}  {}", format.to_uppercase())?;
    }

    writeln!(out, "\ncannot be used: {}", report.undecodable.len())?;
    let width = widest(report.undecodable.iter().map(|found| name(&found.photo)));
    for found in &report.undecodable {
        writeln!(out, "  {:width$}  {}", name(&found.photo), found.reason)?;
    }

    print_duplicates(dataset, &report.duplicates, out)?;
    print_alike(dataset, &report.alike, out)
}

/// A line for each breed, with a column for each purpose that photographs have.
fn print_breeds(dataset: &Dataset, out: &mut impl Write) -> io::Result<()> {
    let counts = counts(dataset);
    let cells = |of_role: &dyn Fn(Role, &[usize]) -> String| -> String {
        let cells = counts.iter().map(|(role, counts)| {
            // As wide as a heading, and as a number of six digits.
            let width = role.to_string().len().max(6);
            format!("  {:>width$}", of_role(*role, counts))
        });
        cells.collect()
    };

    let total = format!("{} breeds", dataset.breeds.len());
    let names = dataset.breeds.iter().map(|breed| breed.id.to_string());
    let width = widest(names.chain([total.clone()]));
    let headings = cells(&|role, _| role.to_string());
    writeln!(out, "{:width$}  species{headings}  missing", "breed")?;
    for (index, breed) in dataset.breeds.iter().enumerate() {
        let missing = (dataset.missing.iter())
            .filter(|missing| missing.photo.breed == index)
            .count();
        writeln!(
            out,
            "{:width$}  {:7}{}  {missing:7}",
            breed.id.as_str(),
            breed.species.to_string(),
            cells(&|_, counts| counts[index].to_string()),
        )?;
    }
    writeln!(
        out,
        "{total:width$}  {:7}{}  {:7}",
        "",
        cells(&|_, counts| counts.iter().sum::<usize>().to_string()),
        dataset.missing.len(),
    )
}

/// How many photographs of each breed there are for each purpose that some have, and always to test on.
fn counts(dataset: &Dataset) -> BTreeMap<Role, Vec<usize>> {
    let none = vec![0; dataset.breeds.len()];
    let mut counts = BTreeMap::from([(Role::Test, none.clone())]);
    if dataset.trainval.is_empty() {
        counts.insert(Role::Trainval, none.clone());
    }
    for (role, photo) in dataset.roles() {
        counts.entry(role).or_insert_with(|| none.clone())[photo.breed] += 1;
    }
    counts
}

fn print_lists(dataset: &Dataset, out: &mut impl Write) -> io::Result<()> {
    writeln!(
        out,
        "\nlisted but not in the folder: {}",
        dataset.missing.len()
    )?;
    for missing in dataset.missing.iter().take(NAMED) {
        let name = relative(dataset, &missing.photo.path);
        writeln!(out, "  {name} ({})", missing.split)?;
    }
    if dataset.missing.len() > NAMED {
        writeln!(out, "  and {} more", dataset.missing.len() - NAMED)?;
    }
    writeln!(
        out,
        "in the folder but not listed: {}",
        dataset.unlisted.len()
    )
}

/// What else the owner of the folder may not expect, and the breeds that `trainer train` refuses.
fn print_notes(dataset: &Dataset, out: &mut impl Write) -> io::Result<()> {
    let (breeds, share) = (&dataset.breeds, Recipe::default().validation);
    let (train, _) = dataset.carve(&dataset.trainval, share, SPLIT_SEED);
    let unseen = unseen(&train, breeds).into_iter();
    let unseen = unseen.map(|breed| format!("{breed} has no photograph to train on"));
    let notes = dataset.notes.iter().map(ToString::to_string);
    let lines: Vec<String> = unseen.chain(notes).collect();
    if !lines.is_empty() {
        writeln!(out, "\n{}", lines.join("\n"))?;
    }
    Ok(())
}

/// Pictures that are in more than one split come first: they make figures too good.
fn print_duplicates(
    dataset: &Dataset,
    duplicates: &[Duplicates],
    out: &mut impl Write,
) -> io::Result<()> {
    let (across, others): (Vec<&Duplicates>, Vec<_>) = duplicates
        .iter()
        .partition(|group| group.is_across_splits());
    writeln!(
        out,
        "\npictures that occur more than once: {}, of which {} in more than one split",
        duplicates.len(),
        across.len()
    )?;
    for group in across.into_iter().chain(others) {
        let mut notes = vec![if group.same_bytes {
            "identical files"
        } else {
            "identical pictures"
        }];
        if group.of_two_breeds() {
            notes.push("two breeds");
        }
        writeln!(
            out,
            "  {}: {}",
            joined(dataset, &group.photos, " = "),
            notes.join(", ")
        )?;
    }
    Ok(())
}

/// Photographs with what they are for, and a sign between them.
fn joined(dataset: &Dataset, photos: &[(Role, Photo)], sign: &str) -> String {
    let photos: Vec<String> = (photos.iter())
        .map(|(role, photo)| format!("{} ({role})", relative(dataset, &photo.path)))
        .collect();
    photos.join(sign)
}

/// Photographs that are in more than one split come first here, too.
fn print_alike(dataset: &Dataset, alike: &[Alike], out: &mut impl Write) -> io::Result<()> {
    let (across, others): (Vec<&Alike>, Vec<_>) =
        alike.iter().partition(|group| group.is_across_splits());
    writeln!(
        out,
        "\nphotographs that look nearly the same: {}, of which {} in more than one split",
        alike.len(),
        across.len()
    )?;
    for group in across.into_iter().chain(others) {
        let breeds = if group.of_two_breeds() {
            ": two breeds"
        } else {
            ""
        };
        writeln!(out, "  {}{breeds}", joined(dataset, &group.photos, " ~ "))?;
    }
    Ok(())
}

fn relative(dataset: &Dataset, path: &Path) -> String {
    let path = path.strip_prefix(&dataset.root).unwrap_or(path);
    printable(path)
}

/// The width of a column, in characters.
fn widest(cells: impl Iterator<Item = String>) -> usize {
    cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
}
