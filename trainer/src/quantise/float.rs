//! A trained network's convolutions as plain numbers that can be changed in place, and their arithmetic.

use candle_core::{Result, Tensor};

use crate::net::int8::{self, dequantised};
use crate::net::{self, Detector, Extent, Layer, add};

/// The convolutions of a network in f32.
#[derive(Clone, Debug)]
pub struct Network {
    /// From the picture to the feature map, or to the output of a detector.
    pub blocks: Vec<Block>,
}

/// Convolutions in a row, with the input added to the output if `shortcut` is set.
#[derive(Clone, Debug)]
pub struct Block {
    /// The convolutions in the order they run.
    pub convolutions: Vec<Convolution>,
    /// Whether the input is added to the output.
    pub shortcut: bool,
}

/// A convolution and its parameters.
#[derive(Clone, Debug)]
pub struct Convolution {
    /// Its name in the bundle.
    pub name: String,
    /// Its shape.
    pub layer: Layer,
    /// Weights `[outputs, ..]`; the other dimensions depend on the kind of convolution.
    pub weight: Vec<f32>,
    /// One for each output channel.
    pub bias: Vec<f32>,
}

impl Network {
    /// The convolutions of the network that names breeds, up to its feature map.
    ///
    /// # Errors
    /// If a tensor cannot be read.
    pub fn of(network: &net::Network) -> Result<Self> {
        Self::of_blocks(network.blocks())
    }

    /// The convolutions of a detector, up to its output.
    ///
    /// # Errors
    /// If a tensor cannot be read.
    pub fn of_detector(detector: &Detector) -> Result<Self> {
        Self::of_blocks(detector.blocks())
    }

    fn of_blocks(blocks: &[net::Block]) -> Result<Self> {
        let block = |block: &net::Block| {
            let convolutions = block.convolutions().map(|(name, layer, [weight, bias])| {
                Ok(Convolution {
                    name: name.to_owned(),
                    layer,
                    weight: flat(weight)?,
                    bias: flat(bias)?,
                })
            });
            Ok(Block {
                convolutions: convolutions.collect::<Result<Vec<_>>>()?,
                shortcut: block.chain.shortcut(),
            })
        };
        let blocks = blocks.iter().map(block).collect::<Result<Vec<_>>>()?;
        Ok(Self { blocks })
    }

    /// Runs the network on a normalised picture `[size, size, 3]` and gives the output of the last block, channel-last.
    ///
    /// `observe` is called with the index and the values, channel-last, of every activation: the output of each
    /// convolution and each sum, in the order of [`Network::activations`].
    pub fn run(
        &self,
        picture: &[f32],
        size: usize,
        mut observe: impl FnMut(usize, &[f32]),
    ) -> Vec<f32> {
        let mut extent = Extent::of_picture(size);
        let mut last = picture.to_vec();
        let mut index = 0;
        for block in &self.blocks {
            let mut output = last.clone();
            for convolution in &block.convolutions {
                output = convolution.run(extent, &output);
                extent = convolution.layer.output(extent);
                observe(index, &output);
                index += 1;
            }
            if block.shortcut {
                add(&mut output, &last);
                observe(index, &output);
                index += 1;
            }
            last = output;
        }
        last
    }

    /// The number of convolutions.
    #[must_use]
    pub fn convolutions(&self) -> usize {
        self.blocks
            .iter()
            .map(|block| block.convolutions.len())
            .sum()
    }

    /// The number of channels of every activation that [`Network::run`] passes to `observe`.
    #[must_use]
    pub fn activations(&self) -> Vec<usize> {
        let mut activations = Vec::new();
        for block in &self.blocks {
            activations.extend(block.convolutions.iter().map(|c| c.layer.outputs));
            if block.shortcut {
                activations.extend(activations.last().copied());
            }
        }
        activations
    }
}

impl Convolution {
    /// The convolution with the values that the integers of a quantised one represent.
    pub(super) fn dequantised(quantised: &int8::Convolution) -> Self {
        Self {
            name: quantised.name.clone(),
            layer: quantised.layer,
            weight: dequantised(&quantised.weight, &quantised.scales),
            bias: quantised.real_bias(),
        }
    }

    /// The output for an input of this extent.
    pub(super) fn run(&self, extent: Extent, input: &[f32]) -> Vec<f32> {
        let mut output = vec![0.0; self.layer.output_len(extent)];
        let parameters = [&*self.weight, &self.bias].concat();
        self.layer.forward(extent, input, &parameters, &mut output);
        output
    }
}

/// The mean of each of `features` features, at least 1, over the feature map.
pub(super) fn pooled(map: &[f32], features: usize) -> Vec<f32> {
    let mut sums = vec![0.0; features];
    for pixel in map.chunks_exact(features) {
        add(&mut sums, pixel);
    }
    let pixels = (map.len() / features) as f32;
    sums.iter().map(|sum| sum / pixels).collect()
}

pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn flat(tensor: &Tensor) -> Result<Vec<f32>> {
    tensor.flatten_all()?.to_vec1()
}
