//! From a picture to the animals in it, their predictions and embeddings.

use image::{RgbImage, imageops};

use crate::bundle::Bundle;
use crate::embedding;
use crate::engine::{Engine, Output};
use crate::error::{BundleError, EngineError};
use crate::int8::Coverage;
use crate::locate::{CERTAIN, Detection, Detector};
use crate::metadata::Metadata;
use crate::prediction::Prediction;
use crate::preprocess::Inputs;
use crate::region::Region;
use crate::vectors;
use crate::verdict::{Verdict, shows_animal};

/// A loaded network and all that it needs to find and recognise animals.
///
/// Its results depend on the picture alone, and many threads may use it at once. See the
/// [crate's example](crate).
#[derive(Debug)]
pub struct Recogniser {
    metadata: Metadata,
    engine: Engine,
    inputs: Inputs,
    detector: Option<Detector>,
}

/// A prediction, and what the animal's embedding is made from.
///
/// ```
/// use image::RgbImage;
/// use recognise::{Bundle, Recogniser};
///
/// let recogniser = Recogniser::new(Bundle::embedded()?)?;
/// let recognition = recogniser.recognise(&RgbImage::new(64, 48))?;
/// assert_eq!(recognition.prediction.probabilities.len(), 37);
/// let squares: f32 = recognition.embedding().iter().map(|it| it * it).sum();
/// assert!((squares - 1.0).abs() < 1e-4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Recognition {
    /// The network's prediction.
    pub prediction: Prediction,
    features: Vec<f32>,
    /// As the network gives it; empty if it gives none.
    embedding: Vec<f32>,
}

/// What is in a photograph.
#[derive(Clone, Debug, PartialEq)]
pub struct Examined {
    /// The animals that were found with certainty, largest first. Empty if there are none, or the
    /// bundle has no detector.
    pub animals: Vec<Animal>,
    /// The recognition of the whole picture.
    pub whole: Recognition,
}

/// An animal that was found and recognised.
#[derive(Clone, Debug, PartialEq)]
pub struct Animal {
    /// Where it is, and what.
    pub detection: Detection,
    /// The recognition of the picture's part around it.
    pub recognition: Recognition,
}

impl Recogniser {
    /// Prepares the bundle's networks for running.
    ///
    /// # Errors
    /// If the engine cannot run one of them.
    pub fn new(bundle: Bundle) -> Result<Self, BundleError> {
        let engine = Engine::load(&bundle)?;
        let detector = Detector::on_threads(&bundle, 1)?;
        Ok(Self {
            inputs: Inputs::new(bundle.metadata.input.clone()),
            metadata: bundle.metadata,
            engine,
            detector,
        })
    }

    /// The bundle's metadata.
    #[must_use]
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// How much of the network that names breeds runs in int8.
    #[must_use]
    pub fn coverage(&self) -> &Coverage {
        self.engine.coverage()
    }

    /// How much of the detector runs in int8; `None` if the bundle has none.
    #[must_use]
    pub fn detector_coverage(&self) -> Option<&Coverage> {
        self.detector.as_ref().map(Detector::coverage)
    }

    /// The raw output of the network that names breeds, for the whole picture.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn output(&self, photo: &RgbImage) -> Result<Output, EngineError> {
        self.output_in(photo, Region::WHOLE)
    }

    /// The network's prediction for the whole picture.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn predict(&self, photo: &RgbImage) -> Result<Prediction, EngineError> {
        Ok(self.recognise(photo)?.prediction)
    }

    /// The network's prediction for the whole picture, and what the animal's embedding is made from.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn recognise(&self, photo: &RgbImage) -> Result<Recognition, EngineError> {
        Ok(self.recognition(self.output(photo)?))
    }

    /// Whether it can find animals: otherwise [`Recogniser::locate`] finds none in any picture.
    #[must_use]
    pub fn can_locate(&self) -> bool {
        self.detector.is_some()
    }

    /// The animals in the picture, best first; see [`Detector::locate`]. Only those whose score is at
    /// least [`CERTAIN`] count as found.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn locate(&self, photo: &RgbImage) -> Result<Vec<Detection>, EngineError> {
        match &self.detector {
            Some(detector) => detector.locate(photo),
            None => Ok(Vec::new()),
        }
    }

    /// What is recognised of a picture of `width` x `height` pixels if an animal was found in
    /// `region`: see [`Animals::crop`](crate::metadata::Animals::crop). The region itself if the bundle
    /// has no detector.
    #[must_use]
    pub fn crop(&self, region: Region, width: u32, height: u32) -> Region {
        match &self.metadata.animals {
            Some(animals) => animals.crop(region, width, height),
            None => region,
        }
    }

    /// The prediction for the animal that was found in `region`: as [`Recogniser::recognise`], but
    /// for the [`crop`](Recogniser::crop) around it alone.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn recognise_in(
        &self,
        photo: &RgbImage,
        region: Region,
    ) -> Result<Recognition, EngineError> {
        let crop = self.crop(region, photo.width(), photo.height());
        Ok(self.recognition(self.output_in(photo, crop)?))
    }

    /// As [`Recogniser::recognise_in`] for the only picture of an animal, which was found in `region`
    /// or, if nothing was found, is somewhere in the whole picture: what the network gives is the mean
    /// over the crop and its mirror image. That is right more often and differs less between pictures.
    /// It takes the network twice. An animal that is followed for some frames needs no mirror, since
    /// it turns.
    ///
    /// Averaging over flips: Krizhevsky, Sutskever and Hinton, "ImageNet Classification with Deep
    /// Convolutional Neural Networks", NeurIPS 2012.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn recognise_photographed(
        &self,
        photo: &RgbImage,
        region: Option<Region>,
    ) -> Result<Recognition, EngineError> {
        let (width, height) = photo.dimensions();
        let crop = region.map_or(Region::WHOLE, |region| self.crop(region, width, height));
        let [left, top, width, height] = crop.pixels(width, height);
        let mut mirrored = imageops::crop_imm(photo, left, top, width, height).to_image();
        imageops::flip_horizontal_in_place(&mut mirrored);
        let output = self.output_in(photo, crop)?;
        Ok(self.recognition(output.mean(&self.output(&mirrored)?)))
    }

    /// Finds and recognises all animals in a photograph.
    ///
    /// All are recognised [from both sides](Recogniser::recognise_photographed). If there is only one,
    /// the surer of two predictions counts, the one with the greater probability: for its crop or for
    /// the whole picture. On portraits a crop alone is right less often. Of several animals, the whole
    /// picture might show any. Similarities and the embedding are always those of the crop: what stands
    /// around an animal does not make it another one.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn examine(&self, photo: &RgbImage) -> Result<Examined, EngineError> {
        let whole = self.recognise_photographed(photo, None)?;
        let mut found = self.locate(photo)?;
        found.retain(|detection| detection.score >= CERTAIN);
        found.sort_by(|a, b| b.region.area().total_cmp(&a.region.area()));
        let animal = |detection: Detection| -> Result<Animal, EngineError> {
            let recognition = self.recognise_photographed(photo, Some(detection.region))?;
            Ok(Animal {
                detection,
                recognition,
            })
        };
        let animals: Result<Vec<Animal>, _> = found.into_iter().map(animal).collect();
        let mut animals = animals?;
        animals.retain(|it| shows_animal(&it.recognition.prediction, &self.metadata));
        if let [only] = &mut animals[..] {
            let sureness = |it: &Recognition| it.prediction.greatest_probability();
            if sureness(&whole) > sureness(&only.recognition) {
                let probabilities = &mut only.recognition.prediction.probabilities;
                probabilities.clone_from(&whole.prediction.probabilities);
            }
        }
        Ok(Examined { animals, whole })
    }

    fn output_in(&self, photo: &RgbImage, region: Region) -> Result<Output, EngineError> {
        let rectangle = region.pixels(photo.width(), photo.height());
        self.inputs
            .with(photo, rectangle, |image| self.engine.run(image))
    }

    fn recognition(&self, output: Output) -> Recognition {
        Recognition {
            prediction: Prediction::of(&output, &self.metadata),
            features: output.features,
            embedding: output.embedding,
        }
    }
}

impl Recognition {
    /// The input of the network's classifier; empty if it has none.
    #[must_use]
    pub fn features(&self) -> &[f32] {
        &self.features
    }

    /// The animal's embedding: numbers whose squares sum up to 1. The more alike two animals are, the
    /// larger is the dot product of their embeddings; only embeddings by the same network can be
    /// compared.
    ///
    /// It is the network's output `embedding`. If it has none, it is a random projection of the
    /// features, [`embedding::LENGTH`] numbers. Empty if the network has no classifier either, or
    /// what it gives has no direction: all numbers are 0, or one is not finite.
    #[must_use]
    pub fn embedding(&self) -> Vec<f32> {
        match &self.embedding[..] {
            [] => embedding::embed(&self.features),
            embedding => vectors::scaled(embedding),
        }
    }
}

impl Animal {
    /// The answer for it.
    #[must_use]
    pub fn verdict(&self, metadata: &Metadata) -> Verdict {
        let species = self.detection.species;
        Verdict::of_found(&self.recognition.prediction, metadata, species)
    }
}

impl Examined {
    /// The recognition of the largest animal, or of the whole picture if none was found.
    #[must_use]
    pub fn main(&self) -> &Recognition {
        match self.animals.first() {
            Some(largest) => &largest.recognition,
            None => &self.whole,
        }
    }

    /// The answer for the largest animal, or for the whole picture if none was found.
    #[must_use]
    pub fn verdict(&self, metadata: &Metadata) -> Verdict {
        match self.animals.first() {
            Some(largest) => largest.verdict(metadata),
            None => Verdict::of(&self.whole.prediction, metadata),
        }
    }
}
