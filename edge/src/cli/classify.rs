//! `kiosk classify`: photographs in, breeds out.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use heic::Reader;
use serde::Serialize;

use super::ModelArg;
use recognise::verdict;
use recognise::{
    BreedId, Candidate, Metadata, Prediction, Recogniser, Verdict, VerdictKind, printable,
};

/// How many of the likeliest breeds are listed.
const LISTED: usize = 3;

#[derive(Debug, Args)]
pub(super) struct Classify {
    #[command(flatten)]
    model: ModelArg,
    /// Print one JSON array: [{photo, verdict, breed, confidence, top: [{breed, probability}]}]
    #[arg(long)]
    json: bool,
    /// Photographs: JPEG, PNG, WebP or GIF, and HEIC where libheif-examples is installed
    #[arg(value_name = "PHOTO", required = true)]
    photos: Vec<PathBuf>,
}

/// What is said about one photograph; the form of `--json`.
#[derive(Debug, Serialize)]
struct Answer {
    photo: String,
    #[serde(skip)]
    answer: Verdict,
    verdict: VerdictKind,
    /// Where the verdict is a breed.
    breed: Option<BreedId>,
    confidence: f32,
    top: Vec<Candidate>,
}

impl Classify {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let recogniser = Recogniser::new(self.model.bundle()?)?;
        let mut stdout = io::stdout().lock();
        let mut answers = Vec::new();
        let mut exit = ExitCode::SUCCESS;
        for photo in &self.photos {
            match answer(&recogniser, photo) {
                Ok(answer) if self.json => answers.push(answer),
                Ok(answer) => writeln!(stdout, "{}", answer.for_people())?,
                Err(error) => {
                    eprintln!("kiosk: {error:#}");
                    exit = ExitCode::FAILURE;
                }
            }
        }
        if self.json {
            writeln!(stdout, "{}", serde_json::to_string_pretty(&answers)?)?;
        }
        Ok(exit)
    }
}

fn answer(recogniser: &Recogniser, path: &Path) -> anyhow::Result<Answer> {
    let photo = Reader::default().open(path)?;
    let prediction = recogniser
        .predict(&photo)
        .with_context(|| printable(path))?;
    Ok(Answer::new(path, &prediction, recogniser.metadata()))
}

impl Answer {
    fn new(path: &Path, prediction: &Prediction, metadata: &Metadata) -> Self {
        let verdict = Verdict::of(prediction, metadata);
        let top = verdict::top(&prediction.probabilities, LISTED)
            .into_iter()
            .map(|(index, probability)| Candidate {
                breed: metadata.breeds[index].id.clone(),
                probability,
            })
            .collect();
        Self {
            photo: path.display().to_string(),
            answer: verdict,
            verdict: verdict.kind(),
            breed: verdict
                .breed()
                .map(|index| metadata.breeds[index].id.clone()),
            confidence: verdict.confidence(),
            top,
        }
    }

    /// `cat.jpg: Siamese 97 %` or `sofa.jpg: not an animal that is known: Pug 20 %, Ragdoll 11 %`.
    fn for_people(&self) -> String {
        let listed: Vec<String> = self.top.iter().map(for_people).collect();
        let listed = listed.join(", ");
        let answer = match self.answer {
            Verdict::Breed { .. } => self.top.first().map(for_people).unwrap_or_default(),
            Verdict::Species { species, .. } => format!("a {species}, breed unsure: {listed}"),
            Verdict::Unsure { .. } => format!("not sure: {listed}"),
            Verdict::NotOurs { .. } => format!("not an animal that is known: {listed}"),
        };
        format!("{}: {answer}", printable(Path::new(&self.photo)))
    }
}

/// `Maine coon 97 %`
fn for_people(candidate: &Candidate) -> String {
    let per_cent = candidate.probability * 100.0;
    format!("{} {per_cent:.0} %", candidate.breed.display_name())
}
