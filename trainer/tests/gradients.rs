//! The fast convolutions agree with candle's own, forward and backward, on random shapes.

use candle_core::{DType, Device, Result, Tensor, Var};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use trainer::net::{Chain, Chains, Kernel, Layer, Padding, Window};

/// Largest difference, relative to the largest value of the tensor compared.
const TOLERANCE: f32 = 2e-4;

#[test]
fn a_pointwise_convolution_agrees_with_candle() {
    check_random(|rng| {
        (
            vec![pointwise(
                rng.random_range(1..70),
                rng.random_range(1..70),
                rng.random(),
            )],
            false,
        )
    });
}

#[test]
fn a_depthwise_convolution_agrees_with_candle() {
    check_random(|rng| {
        (
            vec![depthwise(
                rng.random_range(1..70),
                window(rng.random_range(1..3), rng),
                rng.random(),
            )],
            false,
        )
    });
}

#[test]
fn padding_like_tensorflows_begins_each_window_one_input_later() {
    let layer = |padding| {
        let window = Window {
            side: 3,
            stride: 2,
            padding,
        };
        Chain::new(vec![depthwise(1, window, false)], false).expect("a chain")
    };
    // The weights are numbered from 1, the bias is 0, and the only input that is not 0 is the first one.
    let parameters: Vec<f32> = (1..10u8).chain([0]).map(f32::from).collect();
    let output = |padding, side: usize| {
        let mut picture = vec![0.0f32; side * side];
        picture[0] = 1.0;
        let picture = Tensor::from_vec(picture, (1, side, side, 1), &Device::Cpu);
        let parameters = Tensor::new(&*parameters, &Device::Cpu);
        let output = layer(padding).apply(&picture.expect("it"), &parameters.expect("them"));
        let output = output.and_then(|output| output.flatten_all()?.to_vec1::<f32>());
        output.expect("an output")
    };
    assert_eq!(output(Padding::Symmetric, 4), [5.0, 0.0, 0.0, 0.0]);
    assert_eq!(output(Padding::Same, 4), [1.0, 0.0, 0.0, 0.0]);
    // Of an odd number of inputs, both begin at the same.
    for padding in [Padding::Symmetric, Padding::Same] {
        assert_eq!(output(padding, 3), [5.0, 0.0, 0.0, 0.0]);
    }
}

#[test]
fn the_stem_agrees_with_candle() {
    check_random(|rng| {
        let (inputs, outputs) = (rng.random_range(1..5), rng.random_range(1..40));
        (
            vec![Layer {
                kernel: Kernel::Stem(padding(rng)),
                inputs,
                outputs,
                relu6: rng.random(),
            }],
            false,
        )
    });
}

#[test]
fn an_inverted_residual_agrees_with_candle() {
    check_random(|rng| {
        let (inputs, hidden) = (rng.random_range(1..20), rng.random_range(1..70));
        let shortcut = rng.random();
        let (outputs, stride) = if shortcut {
            (inputs, 1)
        } else {
            (rng.random_range(1..20), 2)
        };
        let layers = vec![
            pointwise(inputs, hidden, true),
            depthwise(hidden, window(stride, rng), true),
            pointwise(hidden, outputs, false),
        ];
        (layers, shortcut)
    });
}

#[test]
fn one_pixel_pictures_are_convolved_too() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    for side in [3, 5] {
        let window = Window {
            side,
            stride: 2,
            padding: padding(&mut rng),
        };
        let layers = vec![
            pointwise(3, 18, true),
            depthwise(18, window, true),
            pointwise(18, 5, false),
        ];
        check(&layers, false, (2, 1, 1), &mut rng).expect("shapes fit");
    }
}

/// Large enough for several blocks of pixels in a matrix product, and for several blocks of parameters whose gradients
/// are summed.
#[test]
fn a_wide_chain_on_a_large_picture_agrees_with_candle() {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let layers = vec![
        pointwise(3, 130, true),
        depthwise(130, window(1, &mut rng), true),
        pointwise(130, 140, false),
    ];
    check(&layers, false, (1, 48, 40), &mut rng).expect("shapes fit");
}

#[test]
fn chains_in_one_operation_agree_with_the_chains_one_after_another() {
    for seed in 0..8 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        // Before the first chain, between the chains and behind the last, the activations grow and shrink.
        let chains = [
            (vec![pointwise(5, 40, false)], false),
            (
                vec![
                    pointwise(40, 9, true),
                    depthwise(9, window(2, &mut rng), true),
                    pointwise(9, 3, false),
                ],
                false,
            ),
            (
                vec![
                    pointwise(3, 18, true),
                    depthwise(18, window(1, &mut rng), true),
                    pointwise(18, 3, false),
                ],
                true,
            ),
            (vec![pointwise(3, 64, true)], false),
            (
                vec![
                    depthwise(64, window(2, &mut rng), true),
                    pointwise(64, 7, false),
                ],
                false,
            ),
            (vec![pointwise(7, 30, true)], false),
        ];
        // Fewer images than parts of a batch, as many, and more.
        for images in [1, 8, 11] {
            let size = (images, rng.random_range(1..15), rng.random_range(1..15));
            check_chains(&chains, size, &mut rng).expect("shapes fit");
        }
        let stem = Layer {
            kernel: Kernel::Stem(padding(&mut rng)),
            inputs: 2,
            outputs: 5,
            relu6: true,
        };
        let chains = [&[(vec![stem], false)], &chains[..]].concat();
        check_chains(&chains, (3, 13, 10), &mut rng).expect("shapes fit");
    }
}

#[test]
fn chains_that_do_not_fit_are_refused() {
    let stem = Layer {
        kernel: Kernel::Stem(Padding::Symmetric),
        inputs: 3,
        outputs: 3,
        relu6: true,
    };
    let cases = [
        vec![],
        vec![pointwise(4, 3, true)],
        vec![pointwise(3, 4, true), pointwise(3, 4, true)],
        vec![stem, stem],
    ];
    let apply = |layers: &[Layer]| -> Result<Tensor> {
        let input = Tensor::zeros((1, 4, 4, 3), DType::F32, &Device::Cpu)?;
        let count: usize = layers.iter().map(Layer::parameters).sum();
        let parameters = Tensor::zeros(count, DType::F32, &Device::Cpu)?;
        let chains = layers.iter().map(|&layer| Chain::new(vec![layer], false));
        Chains::apply(chains.collect::<Result<_>>()?, &input, &parameters)
    };
    for layers in cases {
        assert!(apply(&layers).is_err(), "{layers:?}");
    }
    apply(&[stem, pointwise(3, 4, true)]).expect("they fit");
}

#[test]
fn layers_that_do_not_fit_are_refused() {
    let window = |side, stride| Window {
        side,
        stride,
        padding: Padding::Symmetric,
    };
    let cases: [(Vec<Layer>, bool); 6] = [
        (vec![], false),
        (vec![pointwise(3, 4, true), pointwise(5, 6, true)], false),
        (vec![pointwise(3, 4, false)], true),
        (vec![depthwise(3, window(3, 2), false)], true),
        (vec![depthwise(3, window(4, 1), false)], false),
        (vec![depthwise(3, window(5, 3), false)], false),
    ];
    for (layers, shortcut) in cases {
        assert!(
            Chain::new(layers.clone(), shortcut).is_err(),
            "{layers:?}, shortcut {shortcut}"
        );
    }
}

fn pointwise(inputs: usize, outputs: usize, relu6: bool) -> Layer {
    Layer {
        kernel: Kernel::Pointwise,
        inputs,
        outputs,
        relu6,
    }
}

fn depthwise(channels: usize, window: Window, relu6: bool) -> Layer {
    Layer {
        kernel: Kernel::Depthwise(window),
        inputs: channels,
        outputs: channels,
        relu6,
    }
}

/// A 3x3 or a 5x5 window.
fn window(stride: usize, rng: &mut ChaCha8Rng) -> Window {
    Window {
        side: if rng.random() { 3 } else { 5 },
        stride,
        padding: padding(rng),
    }
}

fn padding(rng: &mut ChaCha8Rng) -> Padding {
    if rng.random() {
        Padding::Symmetric
    } else {
        Padding::Same
    }
}

fn check_random(layers: impl Fn(&mut ChaCha8Rng) -> (Vec<Layer>, bool)) {
    for seed in 0..24 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let (layers, shortcut) = layers(&mut rng);
        // Sometimes more images than parts of a batch, and sizes both odd and even. Both sides are odd or both even:
        // candle's own gradient of a stride of 2 fails otherwise.
        let height = rng.random_range(1..15);
        let width = height % 2 + 2 * rng.random_range(1..7);
        let size = (rng.random_range(1..12), height, width);
        check(&layers, shortcut, size, &mut rng).expect("shapes fit");
    }
}

fn check(
    layers: &[Layer],
    shortcut: bool,
    (images, height, width): (usize, usize, usize),
    rng: &mut ChaCha8Rng,
) -> Result<()> {
    let what = format!("{layers:?}, shortcut {shortcut}, {images} of {height} x {width}");
    let chain = Chain::new(layers.to_vec(), shortcut)?;
    let input = Var::from_tensor(&random(
        &[images, height, width, layers[0].inputs],
        12,
        rng,
    )?)?;
    let parameters = Var::from_tensor(&parameters(layers, rng)?)?;

    let ours = chain.apply(&input, &parameters)?;
    let theirs = reference(layers, shortcut, &input, &parameters)?;
    assert_close(&ours, &theirs, &format!("output of {what}"))?;

    let weights = random(ours.dims(), 4, rng)?;
    let ours = (ours * &weights)?.sum_all()?.backward()?;
    let theirs = (theirs * &weights)?.sum_all()?.backward()?;
    let gradient = |of: &Var, name| {
        let (ours, theirs) = (
            ours.get(of).expect("a gradient"),
            theirs.get(of).expect("a gradient"),
        );
        assert_close(ours, theirs, &format!("gradient of the {name} of {what}"))
    };
    if !matches!(layers[0].kernel, Kernel::Stem(_)) {
        gradient(&input, "input")?;
    }
    gradient(&parameters, "parameters")
}

/// Compares one operation with an operation for each chain, with the gradient of the input and without.
fn check_chains(
    chains: &[(Vec<Layer>, bool)],
    (images, height, width): (usize, usize, usize),
    rng: &mut ChaCha8Rng,
) -> Result<()> {
    let what = format!("{chains:?}, {images} of {height} x {width}");
    let first = &chains[0].0[0];
    let input = Var::from_tensor(&random(&[images, height, width, first.inputs], 12, rng)?)?;
    let own = chains.iter().map(|(layers, _)| parameters(layers, rng));
    let parameters = Var::from_tensor(&Tensor::cat(&own.collect::<Result<Vec<_>>>()?, 0)?)?;
    let chains = chains.iter().cloned();
    let chains = chains.map(|(layers, shortcut)| Chain::new(layers, shortcut));
    let chains = chains.collect::<Result<Vec<_>>>()?;
    let is_stem = matches!(first.kernel, Kernel::Stem(_));

    for wanted in [true, false] {
        let of = if wanted {
            input.as_tensor().clone()
        } else {
            input.as_detached_tensor()
        };
        let ours = Chains::apply(chains.clone(), &of, &parameters)?;
        let (mut theirs, mut at) = (of, 0);
        for chain in &chains {
            let count = chain.parameters();
            theirs = chain.apply(&theirs, &parameters.narrow(0, at, count)?)?;
            at += count;
        }
        assert_close(&ours, &theirs, &format!("output of {what}"))?;

        let weights = random(ours.dims(), 4, rng)?;
        let ours = (ours * &weights)?.sum_all()?.backward()?;
        let theirs = (theirs * &weights)?.sum_all()?.backward()?;
        for (of, name) in [(&input, "input"), (&parameters, "parameters")] {
            match (ours.get(of), theirs.get(of)) {
                (Some(ours), Some(theirs)) => {
                    assert_close(ours, theirs, &format!("gradient of the {name} of {what}"))?;
                }
                (None, None) if name == "input" => assert!(!wanted || is_stem, "{what}"),
                (ours, theirs) => panic!("{name} of {what}: {ours:?}, {theirs:?}"),
            }
        }
    }
    Ok(())
}

/// The same chain with candle's convolutions, channel-first.
fn reference(
    layers: &[Layer],
    shortcut: bool,
    input: &Tensor,
    parameters: &Tensor,
) -> Result<Tensor> {
    let mut at = 0;
    let mut take = |count: usize| {
        at += count;
        parameters.narrow(0, at - count, count)
    };
    let mut x = input.permute((0, 3, 1, 2))?.contiguous()?;
    for layer in layers {
        let (side, stride, groups, padding) = match layer.kernel {
            Kernel::Stem(padding) => (3, 2, 1, padding),
            Kernel::Depthwise(window) => (window.side, window.stride, layer.inputs, window.padding),
            Kernel::Pointwise => (1, 1, 1, Padding::Symmetric),
        };
        let shape = (layer.outputs, layer.inputs / groups, side, side);
        let mut around = side / 2;
        if padding == Padding::Same {
            for dimension in [2, 3] {
                let [before, behind] = zeros(x.dim(dimension)?, side, stride);
                x = x.pad_with_zeros(dimension, before, behind)?;
            }
            around = 0;
        }
        let weight = take(layer.weights())?.reshape(shape)?;
        let bias = take(layer.outputs)?.reshape((1, layer.outputs, 1, 1))?;
        x = x
            .conv2d(&weight, around, stride, 1, groups)?
            .broadcast_add(&bias)?;
        if layer.relu6 {
            x = x.relu()?.minimum(6.0)?;
        }
    }
    let x = x.permute((0, 2, 3, 1))?;
    if shortcut { x + input } else { Ok(x) }
}

/// TensorFlow's padding, by its own rule: as many zeros in all as the windows of all outputs need, the odd one behind.
fn zeros(inputs: usize, side: usize, stride: usize) -> [usize; 2] {
    let outputs = inputs.div_ceil(stride);
    let needed = ((outputs - 1) * stride + side).saturating_sub(inputs);
    [needed / 2, needed - needed / 2]
}

/// Multiples of a quarter, so that every sum is exact in any order.
fn random(shape: &[usize], scale: i32, rng: &mut ChaCha8Rng) -> Result<Tensor> {
    let count = shape.iter().product();
    let values = (0..count).map(|_| rng.random_range(-scale..=scale) as f32 / 4.0);
    Tensor::from_vec(values.collect(), shape, &Device::Cpu)
}

/// Weights on the same grid, and biases halfway between the possible values of a sum, so that no sum is 0 or 6, where
/// the clamp has no gradient.
fn parameters(layers: &[Layer], rng: &mut ChaCha8Rng) -> Result<Tensor> {
    let mut parts = Vec::new();
    let mut grid = 16;
    for layer in layers {
        parts.push(random(&[layer.weights()], 4, rng)?);
        let biases = (0..layer.outputs).map(|_| {
            let odd = 2 * rng.random_range(-grid..grid) + 1;
            odd as f32 / (2 * grid) as f32
        });
        parts.push(Tensor::from_vec(
            biases.collect(),
            layer.outputs,
            &Device::Cpu,
        )?);
        grid *= 8;
    }
    Tensor::cat(&parts, 0)
}

fn assert_close(ours: &Tensor, theirs: &Tensor, what: &str) -> Result<()> {
    assert_eq!(ours.dims(), theirs.dims(), "{what}");
    let largest = theirs
        .abs()?
        .flatten_all()?
        .max(0)?
        .to_dtype(DType::F32)?
        .to_scalar::<f32>()?;
    let difference = (ours - theirs)?
        .abs()?
        .flatten_all()?
        .max(0)?
        .to_scalar::<f32>()?;
    assert!(
        difference <= TOLERANCE * largest.max(1.0),
        "{what}: {difference} of {largest}"
    );
    Ok(())
}
