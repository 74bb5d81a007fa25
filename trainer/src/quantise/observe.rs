//! Observes activations over the calibration photographs.

use image::RgbImage;
use indicatif::ProgressBar;
use rayon::prelude::*;
use recognise::Preprocessor;
use recognise::metadata::InputSpec;

use super::float::Network;
use super::ranges::Histogram;

/// Inputs of the network: each `[size, size, 3]`, channel-last and normalised.
pub(super) struct Pictures {
    pub(super) size: usize,
    pub(super) values: Vec<Vec<f32>>,
}

impl Pictures {
    /// The inputs for these photographs, made as the kiosk makes them.
    pub(super) fn of(photos: &[RgbImage], spec: &InputSpec) -> Self {
        let values = photos.par_iter().map(|photo| channel_last(photo, spec));
        Self {
            size: spec.size,
            values: values.collect(),
        }
    }
}

fn channel_last(photo: &RgbImage, spec: &InputSpec) -> Vec<f32> {
    let mut planes = Vec::new();
    Preprocessor::new(spec).run(photo, &mut planes);
    let pixels = spec.size * spec.size;
    let at = |index| planes[index % 3 * pixels + index / 3];
    (0..pixels * 3).map(at).collect()
}

/// The smallest and the largest value of each channel of each activation, widened to include 0.
pub(super) fn extremes(
    network: &Network,
    pictures: &Pictures,
    bar: &ProgressBar,
) -> Vec<Vec<(f32, f32)>> {
    let none = || -> Vec<Vec<(f32, f32)>> {
        let channels = network.activations().into_iter();
        channels
            .map(|channels| vec![(0.0, 0.0); channels])
            .collect()
    };
    let seen = pictures.values.par_iter().fold(none, |mut seen, picture| {
        network.run(picture, pictures.size, |index, values| {
            let channels = &mut seen[index];
            for pixel in values.chunks_exact(channels.len()) {
                for ((low, high), &value) in channels.iter_mut().zip(pixel) {
                    *low = low.min(value);
                    *high = high.max(value);
                }
            }
        });
        bar.inc(1);
        seen
    });
    seen.reduce(none, |mut one, other| {
        for (one, other) in one.iter_mut().flatten().zip(other.iter().flatten()) {
            *one = (one.0.min(other.0), one.1.max(other.1));
        }
        one
    })
}

/// The histogram of each activation's values between its extremes.
pub(super) fn histograms(
    network: &Network,
    pictures: &Pictures,
    extremes: &[Vec<(f32, f32)>],
    bar: &ProgressBar,
) -> Vec<Histogram> {
    let empty = || -> Vec<Histogram> {
        let ends = extremes.iter().map(|channels| {
            channels.iter().fold((0f32, 0f32), |ends, channel| {
                (ends.0.min(channel.0), ends.1.max(channel.1))
            })
        });
        ends.map(|(low, high)| Histogram::new(low, high)).collect()
    };
    let seen = pictures.values.par_iter().fold(empty, |mut seen, picture| {
        network.run(picture, pictures.size, |index, values| {
            seen[index].add(values)
        });
        bar.inc(1);
        seen
    });
    seen.reduce(empty, |one, other| {
        let pairs = one.into_iter().zip(&other);
        pairs.map(|(one, other)| one.merged(other)).collect()
    })
}
