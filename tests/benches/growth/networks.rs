//! Both networks of the built-in bundle, on a number of threads.

use std::sync::Arc;

use image::RgbImage;
use recognise::{Bundle, Detection, Detector, Engine, Metadata, Output, Preprocessor, Region};

pub(crate) struct Networks {
    pub(crate) metadata: Arc<Metadata>,
    detector: Detector,
    engine: Engine,
    preprocessor: Preprocessor,
    /// The input of the network that names breeds; its memory is used again.
    input: Vec<f32>,
}

/// What they make of a picture.
pub(crate) struct Recognised {
    pub(crate) detections: Vec<Detection>,
    /// That of the network that names breeds, for the best of the detections.
    pub(crate) output: Output,
}

impl Networks {
    pub(crate) fn on_threads(threads: usize) -> Self {
        let bundle = Bundle::embedded().expect("the built-in bundle");
        let detector = Detector::on_threads(&bundle, threads).expect("a detector that runs");
        Self {
            detector: detector.expect("a bundle with a detector"),
            engine: Engine::on_threads(&bundle, threads).expect("a network that runs"),
            preprocessor: Preprocessor::new(&bundle.metadata.input),
            metadata: Arc::new(bundle.metadata),
            input: Vec::new(),
        }
    }

    /// Finds the animals in a picture and recognises the best of them.
    pub(crate) fn recognise(&mut self, picture: &RgbImage) -> Recognised {
        let detections = self.detector.locate(picture).expect("detections");
        let best = detections.first().expect("an animal is found");
        self.prepare(picture, best.region);
        let output = self.engine.run(&self.input).expect("an output");
        Recognised { detections, output }
    }

    /// Makes the network's input for the animal in `region`, and runs nothing.
    pub(crate) fn prepare(&mut self, picture: &RgbImage, region: Region) {
        let (width, height) = picture.dimensions();
        let animals = self.metadata.animals.as_ref();
        let animals = animals.expect("a bundle with a detector");
        let rectangle = animals.crop(region, width, height).pixels(width, height);
        self.preprocessor
            .run_in(picture, rectangle, &mut self.input);
    }
}
