//! `kiosk classify`: photographs in, animals and their breeds out.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use heic::Reader;
use serde::Serialize;

use super::{ModelArg, one_line};
use recognise::{
    Animal, BreedId, Candidate, Examined, Metadata, Prediction, Recogniser, Region, Verdict,
    VerdictKind, printable, verdict,
};

/// How many of the likeliest breeds are listed.
const LISTED: usize = 3;

#[derive(Debug, Args)]
pub(super) struct Classify {
    #[command(flatten)]
    model: ModelArg,
    /// Print one JSON array: [{photo, animals: [{box: [x1, y1, x2, y2], verdict, breed, confidence,
    /// top}], verdict, breed, confidence, top: [{breed, probability}]}], the last four of the largest
    /// animal, or of the whole picture if none is found
    #[arg(long)]
    json: bool,
    /// Say on stderr what of the networks runs in int8, and what does not
    #[arg(short, long)]
    verbose: bool,
    /// Photographs: JPEG, PNG, WebP or GIF, and HEIC where libheif-examples is installed
    #[arg(value_name = "PHOTO", required = true)]
    photos: Vec<PathBuf>,
}

/// What is said about one photograph; the form of `--json`.
#[derive(Debug, Serialize)]
struct Answer {
    photo: String,
    /// The largest first.
    animals: Vec<Found>,
    /// On the largest animal, or on the whole picture if none was found.
    #[serde(flatten)]
    opinion: Opinion,
}

/// An animal in a photograph.
#[derive(Debug, Serialize)]
struct Found {
    #[serde(rename = "box")]
    region: Region,
    #[serde(flatten)]
    opinion: Opinion,
}

#[derive(Debug, Serialize)]
struct Opinion {
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
        if self.verbose {
            eprintln!("recognise: {}", recogniser.coverage());
            if let Some(coverage) = recogniser.detector_coverage() {
                eprintln!("locate: {coverage}");
            }
        }
        let mut stdout = io::stdout().lock();
        let mut answers = Vec::new();
        let mut exit = ExitCode::SUCCESS;
        for photo in &self.photos {
            match answer(&recogniser, photo) {
                Ok(answer) if self.json => answers.push(answer),
                Ok(answer) => writeln!(stdout, "{}", answer.for_people())?,
                Err(error) => {
                    eprintln!("kiosk: {}", one_line(&error));
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
    let examined = recogniser
        .examine(&photo)
        .with_context(|| printable(path))?;
    Ok(Answer::new(path, &examined, recogniser.metadata()))
}

impl Answer {
    fn new(path: &Path, examined: &Examined, metadata: &Metadata) -> Self {
        let found = |animal: &Animal| {
            let prediction = &animal.recognition.prediction;
            Found {
                region: animal.detection.region,
                opinion: Opinion::new(animal.verdict(metadata), prediction, metadata),
            }
        };
        let (verdict, prediction) = (examined.verdict(metadata), &examined.main().prediction);
        Self {
            photo: path.display().to_string(),
            animals: examined.animals.iter().map(found).collect(),
            opinion: Opinion::new(verdict, prediction, metadata),
        }
    }

    /// One line, as `cat.jpg: Siamese 97 %`. If there are several animals, one more for each, from left
    /// to right.
    fn for_people(&self) -> String {
        let photo = printable(Path::new(&self.photo));
        if self.animals.len() < 2 {
            return format!("{photo}: {}", self.opinion.for_people());
        }
        let mut lines = format!("{photo}: {} animals", self.animals.len());
        let mut animals: Vec<&Found> = self.animals.iter().collect();
        animals.sort_by(|a, b| across(a).total_cmp(&across(b)));
        for animal in animals {
            let place = match across(animal) {
                ..0.4 => "left",
                0.6.. => "right",
                _ => "middle",
            };
            lines.push_str(&format!("\n  {place}: {}", animal.opinion.for_people()));
        }
        lines
    }
}

/// How far from the left edge of the picture the middle of an animal is, 0 to 1.
fn across(animal: &Found) -> f32 {
    let [x, _] = animal.region.centre();
    x
}

impl Opinion {
    fn new(answer: Verdict, prediction: &Prediction, metadata: &Metadata) -> Self {
        let top = verdict::top(&prediction.probabilities, LISTED)
            .into_iter()
            .map(|(index, probability)| Candidate {
                breed: metadata.breeds[index].id.clone(),
                probability,
            })
            .collect();
        Self {
            answer,
            verdict: answer.kind(),
            breed: answer
                .breed()
                .map(|index| metadata.breeds[index].id.clone()),
            confidence: answer.confidence(),
            top,
        }
    }

    /// `Siamese 97 %` or `not an animal that is known: Pug 20 %, Ragdoll 11 %`.
    fn for_people(&self) -> String {
        let listed: Vec<String> = self.top.iter().map(for_people).collect();
        let listed = listed.join(", ");
        match self.answer {
            Verdict::Breed { .. } => self.top.first().map(for_people).unwrap_or_default(),
            Verdict::Species { species, .. } => format!("a {species}, breed unsure: {listed}"),
            Verdict::Unsure { .. } => format!("not sure: {listed}"),
            Verdict::NotOurs { .. } => format!("not an animal that is known: {listed}"),
        }
    }
}

/// `Maine coon 97 %`
fn for_people(candidate: &Candidate) -> String {
    let per_cent = candidate.probability * 100.0;
    format!("{} {per_cent:.0} %", candidate.breed.display_name())
}
