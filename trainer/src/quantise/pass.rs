//! Layer by layer through the network: each layer is rounded for the inputs that the quantised layers before it
//! really give it, and its bias is moved so that each channel's mean output is that of the f32 network (empirical
//! bias correction: Nagel et al., "Data-Free Quantization Through Weight Equalization and Bias Correction",
//! ICCV 2019).

use indicatif::ProgressBar;
use rayon::prelude::*;

use super::float::{self, dot, picture_extent, pooled};
use super::int8::{self, dequantised};
use super::moments::{Moments, Sums};
use super::observe::Pictures;
use super::ranges::Affine;
use super::rounding::round;
use crate::net::{Classifier, Extent, FEATURES, add, direction};

/// The photographs are summed up in as many parts, whatever the number of cores, so that the sums are the same on
/// each machine.
const PARTS: usize = 16;

/// A convolution of the numbers that its integers stand for, and how its output is quantised.
type Quantised = (float::Convolution, Affine);

/// A photograph between two blocks, in the f32 network and behind the quantised layers.
struct Passing {
    exact: Vec<f32>,
    actual: Vec<f32>,
}

/// Quantises the network, whose picture and activations take the given ranges. `bar` advances by one for each
/// photograph and convolution.
pub(super) fn quantise(
    network: &float::Network,
    image: Affine,
    ranges: &[Affine],
    pictures: &Pictures,
    bar: &ProgressBar,
) -> int8::Network {
    let mut passing: Vec<Passing> = pictures
        .values
        .par_iter()
        .map(|p| start(p, image))
        .collect();
    let mut extent = picture_extent(pictures.size);
    let mut ranges = ranges.iter().copied();
    let mut last = image;
    let mut blocks = Vec::new();
    for block in &network.blocks {
        let mut convolutions = Vec::new();
        let mut before: Vec<Quantised> = Vec::new();
        for (convolution, output) in block.convolutions.iter().zip(&mut ranges) {
            let moments = moments(block, &before, extent, &passing, bar);
            let quantised = one(convolution, last, output, &moments);
            before.push((quantised.dequantised(), output));
            convolutions.push(quantised);
            last = output;
        }
        let sum = if block.shortcut { ranges.next() } else { None };
        last = sum.unwrap_or(last);
        let advance = |passing: &mut Passing| advance(passing, block, &before, sum, extent);
        passing.par_iter_mut().for_each(advance);
        extent = after(&block.convolutions, extent);
        blocks.push(int8::Block { convolutions, sum });
    }
    int8::Network {
        image,
        blocks,
        classifier: classifier(&network.classifier, &passing),
    }
}

fn start(picture: &[f32], image: Affine) -> Passing {
    let mut actual = picture.to_vec();
    image.snap(&mut actual);
    Passing {
        exact: picture.to_vec(),
        actual,
    }
}

fn advance(
    passing: &mut Passing,
    block: &float::Block,
    quantised: &[Quantised],
    sum: Option<Affine>,
    extent: Extent,
) {
    let mut exact = run_exact(&block.convolutions, extent, &passing.exact);
    let mut actual = run_actual(quantised, extent, &passing.actual);
    if let Some(sum) = sum {
        add(&mut exact, &passing.exact);
        add(&mut actual, &passing.actual);
        sum.snap(&mut actual);
    }
    *passing = Passing { exact, actual };
}

fn run_exact(convolutions: &[float::Convolution], mut extent: Extent, input: &[f32]) -> Vec<f32> {
    let mut last = input.to_vec();
    for convolution in convolutions {
        last = convolution.run(extent, &last);
        extent = convolution.layer.output(extent);
    }
    last
}

/// What an int8 engine computes.
fn run_actual(convolutions: &[Quantised], mut extent: Extent, input: &[f32]) -> Vec<f32> {
    let mut last = input.to_vec();
    for (convolution, output) in convolutions {
        last = convolution.run(extent, &last);
        output.snap(&mut last);
        extent = convolution.layer.output(extent);
    }
    last
}

fn after(convolutions: &[float::Convolution], extent: Extent) -> Extent {
    let layers = convolutions.iter().map(|convolution| convolution.layer);
    layers.fold(extent, |extent, layer| layer.output(extent))
}

/// Of the inputs of the block's layer that follows those `before` it.
fn moments(
    block: &float::Block,
    before: &[Quantised],
    extent: Extent,
    passing: &[Passing],
    bar: &ProgressBar,
) -> Vec<Moments> {
    let (done, rest) = block.convolutions.split_at(before.len());
    let layer = rest[0].layer;
    let inner = after(done, extent);
    let parts: Vec<Sums> = passing
        .par_chunks(passing.len().div_ceil(PARTS))
        .map(|part| {
            let mut sums = Sums::new(&layer);
            for photograph in part {
                let exact = run_exact(done, extent, &photograph.exact);
                let actual = run_actual(before, extent, &photograph.actual);
                sums.add(&layer, inner, &exact, &actual);
                bar.inc(1);
            }
            sums
        })
        .collect();
    let whole = parts.into_iter().fold(Sums::new(&layer), Sums::joined);
    whole.moments()
}

/// Quantises a convolution; output channels share the moments evenly, in order.
fn one(
    convolution: &float::Convolution,
    input: Affine,
    output: Affine,
    moments: &[Moments],
) -> int8::Convolution {
    let float::Convolution {
        name,
        layer,
        weight,
        bias,
    } = convolution;
    let scales = int8::scales(weight, bias, input.scale);
    let rows = layer.outputs / moments.len();
    let groups = weight
        .par_chunks_exact(rows * layer.fan_in())
        .zip(scales.par_chunks_exact(rows));
    let rounded = groups
        .zip(moments)
        .map(|((weight, scales), moments)| round(weight, scales, moments));
    let rounded = rounded.collect::<Vec<_>>().concat();
    let actual = dequantised(&rounded, &scales);
    let means = moments
        .iter()
        .flat_map(|moments| std::iter::repeat_n(moments, rows));
    let means = means.map(|moments| (&*moments.exact_mean, &*moments.actual_mean));
    let corrected = corrected(bias, weight, &actual, means);
    let mut quantised = int8::Convolution {
        name: name.clone(),
        layer: *layer,
        weight: rounded,
        scales,
        bias: Vec::new(),
        input,
        output,
    };
    quantised.set_bias(&corrected);
    quantised
}

/// The classifier's weights are rounded to the nearest: there is one vector of features a photograph, too few to tell
/// how the features vary together.
fn classifier(classifier: &Classifier, passing: &[Passing]) -> int8::Classifier {
    let Classifier { weight, bias } = classifier;
    let scales = int8::scales(weight, &vec![0.0; bias.len()], 1.0);
    let rounded = int8::nearest_rows(weight, &scales);
    let mean = |map: fn(&Passing) -> &[f32]| {
        let mut sums = vec![0.0; FEATURES];
        passing
            .iter()
            .for_each(|passing| add(&mut sums, &direction(&pooled(map(passing)))));
        sums.iter()
            .map(|sum| sum / passing.len() as f32)
            .collect::<Vec<_>>()
    };
    let (exact, actual) = (
        mean(|passing| &passing.exact),
        mean(|passing| &passing.actual),
    );
    let means = std::iter::repeat((&*exact, &*actual));
    int8::Classifier {
        bias: corrected(bias, weight, &dequantised(&rounded, &scales), means),
        weight: rounded,
        scales,
    }
}

/// Each row's bias, moved by what `actual` weights on actual inputs give less, in the mean, than `exact` ones on exact
/// inputs; `means` has both inputs' for each row.
fn corrected<'a>(
    bias: &[f32],
    exact: &[f32],
    actual: &[f32],
    means: impl Iterator<Item = (&'a [f32], &'a [f32])>,
) -> Vec<f32> {
    let n = exact.len() / bias.len();
    let rows = exact.chunks_exact(n).zip(actual.chunks_exact(n));
    let rows = bias.iter().zip(rows).zip(means);
    rows.map(|((bias, (exact, actual)), (exact_mean, actual_mean))| {
        bias + dot(exact, exact_mean) - dot(actual, actual_mean)
    })
    .collect()
}
