//! Quantises the network layer by layer: each layer is rounded for the inputs that it gets from the quantised layers
//! before it, and its bias is shifted so that the mean output of each channel is that of the f32 network (empirical
//! bias correction: Nagel et al., "Data-Free Quantization Through Weight Equalization and Bias Correction", ICCV 2019).

use indicatif::ProgressBar;
use rayon::prelude::*;

use super::float::{self, dot, pooled};
use super::moments::{Moments, Sums};
use super::observe::Pictures;
use super::rounding::round;
use crate::net::int8::{self, Affine, dequantised};
use crate::net::short_sums::ShortSums;
use crate::net::{Classifier, Extent, add, direction};

/// The photographs are summed in this many parts, whatever the number of cores, so that the sums are the same on every
/// machine.
const PARTS: usize = 16;

/// A dequantised convolution and the quantisation of its output.
type Quantised = (float::Convolution, Option<Affine>);

/// The activations of a photograph between two blocks, in the f32 network and behind the quantised layers.
pub(super) struct Activations {
    exact: Vec<f32>,
    actual: Vec<f32>,
}

/// Quantises the network with the given quantisation of the picture and of each activation. The last activation may have
/// none; then it stays in real numbers. Also gives each photograph's activations behind the last block. `bar` advances by
/// one for each photograph and convolution.
pub(super) fn quantise(
    network: &float::Network,
    image: Affine,
    ranges: &[Affine],
    pictures: &Pictures,
    bar: &ProgressBar,
) -> (int8::Network, Vec<Activations>) {
    let mut photographs: Vec<Activations> = pictures
        .values
        .par_iter()
        .map(|picture| start(picture, image))
        .collect();
    let mut extent = Extent::of_picture(pictures.size);
    let mut ranges = ranges.iter().copied();
    let mut last = image;
    let mut blocks = Vec::new();
    for block in &network.blocks {
        let mut convolutions = Vec::new();
        let mut before: Vec<Quantised> = Vec::new();
        for convolution in &block.convolutions {
            let output = ranges.next();
            let moments = moments(block, &before, extent, &photographs, bar);
            let quantised = one(convolution, last, output, &moments);
            before.push((float::Convolution::dequantised(&quantised), output));
            convolutions.push(quantised);
            last = output.unwrap_or(last);
        }
        let sum = if block.shortcut { ranges.next() } else { None };
        last = sum.unwrap_or(last);
        let advance = |photograph: &mut Activations| {
            advance(photograph, block, &before, sum, extent);
        };
        photographs.par_iter_mut().for_each(advance);
        extent = after(&block.convolutions, extent);
        blocks.push(int8::Block { convolutions, sum });
    }
    (int8::Network { image, blocks }, photographs)
}

fn start(picture: &[f32], image: Affine) -> Activations {
    let mut actual = picture.to_vec();
    image.snap(&mut actual);
    Activations {
        exact: picture.to_vec(),
        actual,
    }
}

/// Replaces a block's input by its output.
fn advance(
    photograph: &mut Activations,
    block: &float::Block,
    quantised: &[Quantised],
    sum: Option<Affine>,
    extent: Extent,
) {
    let mut exact = run_exact(&block.convolutions, extent, &photograph.exact);
    let mut actual = run_actual(quantised, extent, &photograph.actual);
    if let Some(sum) = sum {
        add(&mut exact, &photograph.exact);
        add(&mut actual, &photograph.actual);
        sum.snap(&mut actual);
    }
    *photograph = Activations { exact, actual };
}

fn run_exact(convolutions: &[float::Convolution], mut extent: Extent, input: &[f32]) -> Vec<f32> {
    let mut last = input.to_vec();
    for convolution in convolutions {
        last = convolution.run(extent, &last);
        extent = convolution.layer.output(extent);
    }
    last
}

/// The output of quantised convolutions, as an int8 engine computes it.
fn run_actual(convolutions: &[Quantised], mut extent: Extent, input: &[f32]) -> Vec<f32> {
    let mut last = input.to_vec();
    for (convolution, output) in convolutions {
        last = convolution.run(extent, &last);
        if let Some(output) = output {
            output.snap(&mut last);
        }
        extent = convolution.layer.output(extent);
    }
    last
}

fn after(convolutions: &[float::Convolution], extent: Extent) -> Extent {
    let layers = convolutions.iter().map(|convolution| convolution.layer);
    layers.fold(extent, |extent, layer| layer.output(extent))
}

/// The moments of the inputs of a block's layer, the one that follows those in `before`.
fn moments(
    block: &float::Block,
    before: &[Quantised],
    extent: Extent,
    photographs: &[Activations],
    bar: &ProgressBar,
) -> Vec<Moments> {
    let (done, rest) = block.convolutions.split_at(before.len());
    let layer = rest[0].layer;
    let inner = after(done, extent);
    let parts: Vec<Sums> = photographs
        .par_chunks(photographs.len().div_ceil(PARTS))
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

/// Quantises a convolution. Its output channels are divided evenly among the moments, in order.
fn one(
    convolution: &float::Convolution,
    input: Affine,
    output: Option<Affine>,
    moments: &[Moments],
) -> int8::Convolution {
    let float::Convolution {
        name,
        layer,
        weight,
        bias,
    } = convolution;
    let short_sums = ShortSums::of(layer);
    let scales = int8::scales(weight, bias, input.scale, &short_sums);
    let rows = layer.outputs / moments.len();
    let groups = weight
        .par_chunks_exact(rows * layer.fan_in())
        .zip(scales.par_chunks_exact(rows));
    let rounded = groups
        .zip(moments)
        .map(|((weight, scales), moments)| round(weight, scales, moments, &short_sums));
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

/// Quantises the classifier on the feature maps of photographs. Its weights are rounded to the nearest: there is one
/// embedding for each photograph, too few to estimate a covariance.
pub(super) fn classifier(classifier: &Classifier, photographs: &[Activations]) -> int8::Classifier {
    let Classifier { weight, bias } = classifier;
    let features = weight.len() / bias.len();
    let (rounded, scales) = int8::rounded_rows(weight, bias.len());
    let mean = |map: fn(&Activations) -> &[f32]| {
        let mut sums = vec![0.0; features];
        photographs
            .iter()
            .for_each(|photograph| add(&mut sums, &direction(&pooled(map(photograph), features))));
        sums.iter()
            .map(|sum| sum / photographs.len() as f32)
            .collect::<Vec<_>>()
    };
    let (exact, actual) = (
        mean(|photograph| &photograph.exact),
        mean(|photograph| &photograph.actual),
    );
    let means = std::iter::repeat((&*exact, &*actual));
    int8::Classifier {
        bias: corrected(bias, weight, &dequantised(&rounded, &scales), means),
        weight: rounded,
        scales,
    }
}

/// The bias of each row, shifted by the mean output of `exact` weights on exact inputs minus that of `actual` weights
/// on actual inputs. `means` has the means of both inputs for each row.
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
