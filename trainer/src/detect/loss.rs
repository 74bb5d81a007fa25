//! Computes what is minimised: how far a detector's cells are from their [`Targets`].

use candle_core::{Device, Result, Tensor};
use candle_nn::ops::sigmoid;
use recognise::metadata::Species;

use super::targets::{Positive, Targets};

/// Numbers of a cell: the logits of a cat and of a dog, and four distances.
const NUMBERS: usize = 6;
/// The weight of boxes against scores.
const BOXES: f64 = 2.0;
/// The smallest logarithm of a distance, as the kiosk reads it.
const SMALLEST: f32 = -4.0;
/// The largest distance, as the kiosk reads it, in sides of the picture.
const FURTHEST: f32 = 1.5;
/// Areas below this do not divide.
const LEAST_AREA: f64 = 1e-6;

/// The loss for the numbers of the cells, `[images, side, side, 24]`, given the targets of each image: a scalar.
///
/// It is the quality focal loss of the scores (Li et al., "Generalized Focal Loss", NeurIPS 2020, with its exponent of
/// 2) and twice the GIoU loss of the boxes (Rezatofighi et al., "Generalized Intersection over Union", CVPR 2019), both
/// divided by the number of cells that answer for an animal. The score of such a cell should be the intersection over
/// union of its box, as it is now, with the true one; all other scores should be zero.
///
/// # Errors
/// If the shape is another one, or there are not as many targets as images.
pub fn loss(cells: &Tensor, targets: &[Targets]) -> Result<Tensor> {
    let (images, side, _, _) = cells.dims4()?;
    if images != targets.len() {
        candle_core::bail!("{images} images with {} targets", targets.len());
    }
    let per_image = side * side * 4;
    let flat = cells.reshape((images * per_image, NUMBERS))?;
    let positives: Vec<(usize, Positive)> = targets
        .iter()
        .enumerate()
        .flat_map(|(image, targets)| {
            let positives = targets.positives.iter();
            positives.map(move |&positive| (image * per_image + positive.cell, positive))
        })
        .collect();

    let mut qualities = vec![0.0f32; images * per_image * 2];
    let mut boxes = None;
    if !positives.is_empty() {
        let (overlaps, box_loss) = of_boxes(&flat, &positives, 2 * side)?;
        for (&(cell, positive), overlap) in positives.iter().zip(overlaps) {
            let column = match positive.species {
                Species::Cat => 0,
                Species::Dog => 1,
            };
            qualities[cell * 2 + column] = overlap;
        }
        boxes = Some(box_loss);
    }
    let mut weights = vec![1.0f32; images * per_image];
    for (image, targets) in targets.iter().enumerate() {
        for cell in &targets.ignored {
            weights[image * per_image + cell] = 0.0;
        }
    }
    let qualities = Tensor::from_vec(qualities, (images * per_image, 2), &Device::Cpu)?;
    let weights = Tensor::from_vec(weights, (images * per_image, 1), &Device::Cpu)?;
    let scores = quality_focal(&flat.narrow(1, 0, 2)?, &qualities)?;
    let mut sum = scores.broadcast_mul(&weights)?.sum_all()?;
    if let Some(boxes) = boxes {
        sum = (sum + (boxes * BOXES)?)?;
    }
    sum / positives.len().max(1) as f64
}

/// The quality focal loss of each logit, `|quality - score|² · cross-entropy`.
fn quality_focal(logits: &Tensor, qualities: &Tensor) -> Result<Tensor> {
    // ln(1 + exp(x)) in a form that does not overflow.
    let softplus = (logits.relu()? + (logits.abs()?.neg()?.exp()? + 1.0)?.log()?)?;
    let cross_entropy = (softplus - (logits * qualities)?)?;
    let modulation = (sigmoid(logits)? - qualities)?.sqr()?;
    modulation * cross_entropy
}

/// The intersection over union of each positive cell's box with the true one, and the sum of their GIoU losses.
fn of_boxes(
    flat: &Tensor,
    positives: &[(usize, Positive)],
    grid: usize,
) -> Result<(Vec<f32>, Tensor)> {
    let cells: Vec<u32> = positives.iter().map(|&(cell, _)| cell as u32).collect();
    let cells = Tensor::from_vec(cells, positives.len(), &Device::Cpu)?;
    let furthest = (FURTHEST * grid as f32).ln();
    let predicted = flat
        .index_select(&cells, 0)?
        .narrow(1, 2, 4)?
        .clamp(SMALLEST, furthest)?
        .exp()?;
    let distances: Vec<f32> = positives.iter().flat_map(|(_, it)| it.distances).collect();
    let actual = Tensor::from_vec(distances, (positives.len(), 4), &Device::Cpu)?;

    // Both boxes are measured from the same point, so they overlap as far as the nearer of two sides.
    let inner = sides(&predicted.minimum(&actual)?)?;
    let outer = sides(&predicted.maximum(&actual)?)?;
    let common = (inner[0].relu()? * inner[1].relu()?)?;
    let hull = (&outer[0] * &outer[1])?;
    let [width, height] = sides(&predicted)?;
    let [actual_width, actual_height] = sides(&actual)?;
    let areas = ((width * height)? + (actual_width * actual_height)?)?;
    let union = (areas - &common)?;
    let overlap = (&common / (&union + LEAST_AREA)?)?;
    let empty = ((&hull - &union)? / (&hull + LEAST_AREA)?)?;
    let loss = ((empty - &overlap)? + 1.0)?.sum_all()?;
    Ok((overlap.detach().to_vec1()?, loss))
}

/// Width and height of boxes with these distances to their left, upper, right and lower sides, `[boxes, 4]`.
fn sides(distances: &Tensor) -> Result<[Tensor; 2]> {
    let side = |index| distances.narrow(1, index, 1)?.squeeze(1);
    Ok([(side(0)? + side(2)?)?, (side(1)? + side(3)?)?])
}
