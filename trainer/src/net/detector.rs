//! The network that finds animals.

use std::collections::HashMap;
use std::path::Path;

use candle_core::{Device, Result, Tensor, Var};

use super::weights::{self, File, Init, WeightsError};
use super::{Architecture, Block, Variables, architecture, run};

/// The first stages of MobileNetV2 with a head that says for each cell of a grid what is there: three convolutions,
/// `detect.dw`, `detect.pw` and `detect.out`. What their output means is said at [`recognise::locate::decode`].
///
/// ```
/// use candle_core::{DType, Device, Tensor};
/// use trainer::net::{Detector, Init};
///
/// let detector = Detector::new(5, &Init::Random(1))?;
/// let pictures = Tensor::zeros((2, 96, 96, 3), DType::F32, &Device::Cpu)?;
/// assert_eq!(detector.cells(&pictures)?.dims(), [2, 3, 3, 24]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Detector {
    blocks: Vec<Block>,
    variables: Vec<(String, Var)>,
}

/// The name of the output's biases.
const OUTPUT_BIAS: &str = "detect.out.bias";

/// The network whose first stages are the trunk.
const TRUNK: Architecture = Architecture::MobileNetV2;

/// Seed of the head's weights where those of the trunk are not random.
const HEAD_SEED: u64 = 1;

/// The score of a cell before training (Lin et al., "Focal Loss for Dense Object Detection", ICCV 2017): with an even
/// chance, the many cells without an animal would drown the others in the first steps.
const FIRST_SCORE: f32 = 0.01;
/// The distance of a box's sides from the centre of its cell before training, in cells.
const FIRST_DISTANCE: f32 = 3.0;
/// The weights before the output start at this share of what would preserve the variance, so that all cells begin with
/// about that score and box.
const FIRST_WEIGHTS: f64 = 0.1;

impl Detector {
    /// A detector whose trunk ends with stage `trunk`, 5 or 6 (as in `blocks.5` of weight files), and starts from
    /// `init`; other tensors of a weight file are ignored. The head starts from random weights.
    ///
    /// # Errors
    /// If the trunk cannot end there, or the weights cannot be loaded or do not fit: the message names the file and the
    /// tensor.
    pub fn new(trunk: usize, init: &Init) -> std::result::Result<Self, WeightsError> {
        let mut blocks = blocks_of(trunk)?;
        let head = blocks.split_off(blocks.len() - 1);
        let mut weights = weights::initial(TRUNK, &blocks, init)?;
        let seed = match init {
            Init::Random(seed) => *seed,
            Init::File(_) | Init::Hub => HEAD_SEED,
        };
        weights.extend(head_weights(&head, seed)?);
        blocks.extend(head);
        Self::with(blocks, &weights)
    }

    /// The detector with the weights of a safetensors file that has all of its variables.
    ///
    /// # Errors
    /// If the trunk cannot end with stage `trunk`, the file cannot be read, or a tensor is missing, of another shape or
    /// not finite.
    pub fn read(trunk: usize, path: &Path) -> std::result::Result<Self, WeightsError> {
        let blocks = blocks_of(trunk)?;
        let weights = File::read(path)?.folded(TRUNK, &blocks)?;
        Self::with(blocks, &weights)
    }

    /// Builds the detector from weights, which must have every weight and bias of the blocks in its shape.
    fn with(
        blocks: Vec<architecture::Block>,
        weights: &HashMap<String, Tensor>,
    ) -> std::result::Result<Self, WeightsError> {
        let mut variables = Variables::of(weights);
        Ok(Self {
            blocks: variables.blocks(blocks)?,
            variables: variables.made,
        })
    }

    /// The detector with the same weights, whose results have no gradient. It needs less memory: no activations between
    /// its blocks are kept for a backward pass.
    #[must_use]
    pub fn detached(&self) -> Self {
        Self {
            blocks: self.blocks.iter().map(Block::detached).collect(),
            variables: self.variables.clone(),
        }
    }

    /// Maps normalised pictures `[images, size, size, 3]` to the numbers of the cells, `[images, side, side, 24]`,
    /// where `side` is `size / 32`: four cells of six numbers at each position.
    ///
    /// # Errors
    /// If the pictures have another shape.
    pub fn cells(&self, pictures: &Tensor) -> Result<Tensor> {
        run(&self.blocks, pictures)
    }

    /// Makes this score of a cell, above 0 and below 1, one of 0.5, and others higher or lower as much.
    ///
    /// # Errors
    /// If the variable of the scores cannot be set.
    pub(crate) fn centre_scores(&self, score: f32) -> Result<()> {
        let by = (score / (1.0 - score)).ln();
        let shift = Tensor::new(
            [[by, by, 0.0, 0.0, 0.0, 0.0]; 4].as_flattened(),
            &Device::Cpu,
        )?;
        for (_, bias) in self
            .variables
            .iter()
            .filter(|(name, _)| name == OUTPUT_BIAS)
        {
            bias.set(&(bias.as_detached_tensor() - &shift)?)?;
        }
        Ok(())
    }

    /// All parameters with their names; those of the head come last.
    #[must_use]
    pub fn variables(&self) -> &[(String, Var)] {
        &self.variables
    }

    pub(crate) fn blocks(&self) -> &[Block] {
        &self.blocks
    }
}

/// The trunk's blocks and the head's one.
fn blocks_of(trunk: usize) -> std::result::Result<Vec<architecture::Block>, WeightsError> {
    architecture::detector(trunk).ok_or(WeightsError::Trunk(trunk))
}

/// Random weights with which every cell says that nothing is there.
fn head_weights(
    head: &[architecture::Block],
    seed: u64,
) -> std::result::Result<HashMap<String, Tensor>, WeightsError> {
    let mut weights = weights::random(head, seed)?;
    let weight = weights["detect.out.weight"].affine(FIRST_WEIGHTS, 0.0)?;
    let score = (FIRST_SCORE / (1.0 - FIRST_SCORE)).ln();
    let distance = FIRST_DISTANCE.ln();
    let cell = [score, score, distance, distance, distance, distance];
    let bias = Tensor::new([cell; 4].as_flattened(), &Device::Cpu)?;
    weights.insert("detect.out.weight".to_owned(), weight);
    weights.insert(OUTPUT_BIAS.to_owned(), bias);
    Ok(weights)
}
