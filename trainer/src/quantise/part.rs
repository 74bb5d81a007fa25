//! A part of a bundle on its way from f32 to int8: the network that names breeds, or the detector.

use image::RgbImage;
use indicatif::ProgressBar;
use rayon::prelude::*;
use recognise::metadata::InputSpec;

use super::equalise::equalise;
use super::float;
use super::observe::{Pictures, extremes, histograms};
use super::pass::{self, Activations};
use super::ranges::Histogram;
use crate::net::int8::{self, Affine};

/// The convolutions of a part, and what they are calibrated on.
pub(super) struct Part {
    pub(super) network: float::Network,
    pub(super) pictures: Pictures,
    spec: InputSpec,
    /// Whether the output of the last convolution stays in real numbers.
    real_output: bool,
}

impl Part {
    /// The network that names breeds, up to its feature map.
    pub(super) fn of_breeds(
        network: float::Network,
        spec: &InputSpec,
        photos: &[RgbImage],
    ) -> Self {
        Self {
            network,
            pictures: Pictures::of(photos, spec),
            spec: spec.clone(),
            real_output: false,
        }
    }

    /// A detector. Its output stays in real numbers, so that boxes are precise.
    pub(super) fn of_detector(
        network: float::Network,
        spec: &InputSpec,
        photos: &[RgbImage],
    ) -> Self {
        Self {
            real_output: true,
            ..Self::of_breeds(network, spec, photos)
        }
    }

    /// How often [`Part::quantise`] advances the bar.
    pub(super) fn steps(&self) -> usize {
        (self.network.convolutions() + 3) * self.pictures.values.len()
    }

    /// Runs all stages. Also gives the activations of each photograph behind the last block.
    pub(super) fn quantise(self, bar: &ProgressBar) -> (int8::Network, Vec<Activations>) {
        let Self {
            mut network,
            pictures,
            spec,
            real_output,
        } = self;
        bar.set_message("observing");
        let uneven = extremes(&network, &pictures, bar);
        equalise(&mut network, &uneven);
        let ends = extremes(&network, &pictures, bar);
        let mut histograms = histograms(&network, &pictures, &ends, bar);
        if real_output {
            histograms.pop();
        }
        let ranges: Vec<Affine> = histograms.par_iter().map(Histogram::best).collect();
        bar.set_message("rounding");
        pass::quantise(&network, image_range(&spec), &ranges, &pictures, bar)
    }
}

/// The range of normalised pixels, which follows from the normalisation.
fn image_range(spec: &InputSpec) -> Affine {
    let normalised = |value: f32| {
        let channels = spec.mean.iter().zip(&spec.std);
        channels.map(move |(mean, std)| (value - mean) / std)
    };
    let (low, high) = (normalised(0.0), normalised(1.0));
    Affine::covering(low.fold(0.0, f32::min), high.fold(0.0, f32::max))
}
