//! Turns a program into layers that are packed for the processor.

use kernels::Isa;
use kernels::int8::{
    Addition, Averaging, Channelwise, Depthwise, Map, Multiplication, Pointwise, Requantise, Wide,
    Window,
};

use super::activation::Activation;
use super::bands::{self, Bands};
use super::function;
use super::network::{self, Layer};
use super::program::{Convolution, Kernel, Program, Step, Tensor, Weights, Work};

/// A network in the making.
pub(super) struct Builder<'a> {
    program: &'a Program<'a>,
    isa: Isa,
    pub(super) activations: Vec<Activation>,
    pub(super) layers: Vec<Layer>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(program: &'a Program<'a>, isa: Isa) -> Self {
        let borders = borders(program);
        let activation = |(tensor, border): (&Tensor, usize)| Activation {
            map: Map {
                height: tensor.height,
                width: tensor.width,
                channels: tensor.channels,
                border,
            },
            zero: isa.zero(tensor.zero),
            slot: 0,
        };
        let tensors = program.tensors.iter().zip(borders);
        Self {
            program,
            isa,
            activations: tensors.map(activation).collect(),
            layers: Vec::new(),
        }
    }

    pub(super) fn step(&mut self, step: &Step<'_>) {
        let parameters = |index: usize| {
            let scale = self.program.tensors[index].scale;
            (scale, self.activations[index].zero)
        };
        let to = parameters(step.output);
        let from: Vec<(f32, i32)> = step.inputs.iter().map(|&it| parameters(it)).collect();
        let work = match (&step.work, &from[..]) {
            (Work::Convolution(convolution), _) => return self.convolution(step, convolution),
            (Work::Add, &[a, b]) => {
                let addition = Addition::new([a, b], to);
                network::Work::Add(
                    addition.expect("the program refuses scales that are too far apart"),
                )
            }
            (Work::Multiply, &[a, b]) => network::Work::Multiply(Multiplication {
                zeros: [a.1, b.1],
                scale: a.0 * b.0 / to.0,
                zero: to.1,
            }),
            (
                &Work::Average {
                    window,
                    counts_padding,
                },
                &[from],
            ) => network::Work::Average(Averaging {
                window,
                counts_padding,
                from,
                to,
            }),
            (&Work::Max(window), _) => network::Work::Max(window),
            (Work::Table(table), _) => network::Work::Tables(vec![self.table(table)]),
            // Concat, the only one with any number of inputs.
            _ => network::Work::Tables(self.joined(step)),
        };
        self.layer(step.inputs.clone(), step.output, work);
    }

    /// For each input its bytes in the scale and zero point of the output.
    fn joined(&self, step: &Step<'_>) -> Vec<[u8; 256]> {
        let tensor = |index: usize| self.program.tensors[index];
        let to = tensor(step.output);
        let tables = step.inputs.iter().map(|&input| {
            let table = function::table(tensor(input), to, |real| real);
            self.table(&table)
        });
        tables.collect()
    }

    /// A table of unsigned bytes in the form that activations have.
    fn table(&self, unsigned: &[u8; 256]) -> [u8; 256] {
        let flip: u8 = if self.isa.signed() { 0x80 } else { 0 };
        let mut table = [0; 256];
        for (out, byte) in table.iter_mut().zip(0..=u8::MAX) {
            *out = unsigned[usize::from(byte ^ flip)] ^ flip;
        }
        table
    }

    fn convolution(&mut self, step: &Step<'_>, convolution: &Convolution<'_>) {
        let (input, output) = (step.inputs[0], step.output);
        let requantise = self.requantise(input, output, convolution);
        let (window, weights) = (convolution.window, &convolution.weights);
        if convolution.kernel == Kernel::Depthwise {
            let work = self.depthwise([input, output], window, weights, requantise);
            return self.layer(vec![input], output, work);
        }
        let [from, to] = [input, output].map(|index| self.activations[index].map);
        let is_pixel = (window.pixels(), window.stride, window.pads) == (1, [1, 1], [0, 0]);
        let is_in_place = is_pixel && (from.height, from.width) == (to.height, to.width);
        let (input, channels) = if is_in_place {
            (input, from.channels)
        } else {
            let channels = window.pixels() * from.channels;
            let patches = self.patches(output, channels);
            self.layer(vec![input], patches, network::Work::Gather(window));
            (patches, channels)
        };
        let work = match weights {
            Weights::Bytes(weights) => {
                network::Work::Pointwise(Pointwise::new(channels, weights, requantise))
            }
            Weights::Wide(weights) => {
                network::Work::Wide(Wide::new(channels, weights.clone(), requantise))
            }
        };
        self.layer(vec![input], output, work);
    }

    /// The fast kernel if it is of that form, or else the one for any window.
    fn depthwise(
        &self,
        maps: [usize; 2],
        window: Window,
        weights: &Weights<'_>,
        requantise: Requantise,
    ) -> network::Work {
        let [from, to] = maps.map(|index| self.activations[index].map);
        let [stride, _] = window.stride;
        let common = Window {
            taps: [3, 3],
            dilation: [1, 1],
            stride: [stride; 2],
            pads: [1, 1],
        };
        let starts_inside = |from: usize, to: usize| (to - 1) * stride < from;
        let fits = starts_inside(from.height, to.height) && starts_inside(from.width, to.width);
        match weights {
            Weights::Bytes(weights) if window == common && stride <= 2 && fits => {
                network::Work::Depthwise(Depthwise::new(stride, weights, requantise))
            }
            Weights::Bytes(weights) => {
                let weights: Vec<i16> = weights.iter().map(|&weight| weight.into()).collect();
                network::Work::Channelwise(Channelwise::new(window, &weights, requantise))
            }
            Weights::Wide(weights) => {
                network::Work::Channelwise(Channelwise::new(window, weights, requantise))
            }
        }
    }

    fn requantise(&self, input: usize, output: usize, convolution: &Convolution<'_>) -> Requantise {
        let zero = self.activations[input].zero;
        let outputs = convolution.scales.len();
        let sums: Vec<i32> = match &convolution.weights {
            Weights::Bytes(weights) => {
                let kernels = weights.chunks_exact(weights.len() / outputs);
                kernels.map(sum).collect()
            }
            Weights::Wide(weights) => {
                let kernels = weights.chunks_exact(weights.len() / outputs);
                let sum = |kernel: &[i16]| kernel.iter().map(|&it| i32::from(it)).sum::<i32>();
                kernels.map(sum).collect()
            }
        };
        let sums = sums.iter().zip(&convolution.bias);
        let start: Vec<i32> = sums.map(|(sum, bias)| bias - zero * sum).collect();
        let [input, output] = [input, output].map(|index| self.program.tensors[index]);
        let scales = convolution.scales.iter();
        let scales: Vec<f32> = scales.map(|it| input.scale * it / output.scale).collect();
        Requantise::new(self.isa, &start, &scales, output.zero)
    }

    /// A new activation, of the size of `output`, for gathered patches.
    fn patches(&mut self, output: usize, channels: usize) -> usize {
        let map = Map {
            channels,
            border: 0,
            ..self.activations[output].map
        };
        self.activations.push(Activation {
            map,
            ..self.activations[output]
        });
        self.activations.len() - 1
    }

    fn layer(&mut self, inputs: Vec<usize>, output: usize, work: network::Work) {
        self.layers.push(Layer {
            inputs,
            output,
            work,
        });
    }

    /// Joins each pointwise, depthwise and pointwise convolution that follow each other into one layer,
    /// if nothing else reads what is between them and it is large.
    pub(super) fn join_bands(&mut self) {
        let mut uses = vec![0; self.activations.len()];
        let inputs = self.layers.iter().flat_map(|layer| &layer.inputs);
        let exits = self.program.exits.iter().map(|(exit, _)| exit);
        for &read in inputs.chain(exits) {
            uses[read] += 1;
        }
        let mut joined: Vec<Layer> = Vec::with_capacity(self.layers.len());
        for layer in self.layers.drain(..) {
            joined.push(layer);
            if let Some(last) = joined.len().checked_sub(3) {
                let last = joined.split_off(last);
                joined.extend(join(last, &self.activations, &uses));
            }
        }
        self.layers = joined;
    }

    /// Gives each activation a slot that no later layer reads, and each slot its size.
    pub(super) fn assign_slots(&mut self) -> Vec<usize> {
        let mut last_use = vec![0; self.activations.len()];
        for (time, layer) in self.layers.iter().enumerate() {
            for &input in &layer.inputs {
                last_use[input] = time;
            }
        }
        for &(exit, _) in &self.program.exits {
            last_use[exit] = self.layers.len();
        }
        let entries = self.activations[..self.program.entries].iter_mut();
        let mut slots: Vec<usize> = (entries.enumerate())
            .map(|(slot, entry)| {
                entry.slot = slot;
                entry.map.buffer()
            })
            .collect();
        let mut free = Vec::new();
        for (time, layer) in self.layers.iter().enumerate() {
            let slot = free.pop().unwrap_or(slots.len());
            slots.resize(slots.len().max(slot + 1), 0);
            let activation = &mut self.activations[layer.output];
            activation.slot = slot;
            slots[slot] = slots[slot].max(activation.map.buffer());
            let mut inputs = layer.inputs.clone();
            inputs.sort_unstable();
            inputs.dedup();
            let over = inputs.iter().filter(|&&input| last_use[input] == time);
            free.extend(over.map(|&input| self.activations[input].slot));
        }
        slots
    }
}

/// Three layers as one, if they can be joined.
fn join(layers: Vec<Layer>, activations: &[Activation], uses: &[usize]) -> Vec<Layer> {
    let follow = |a: &Layer, b: &Layer| b.inputs == [a.output] && uses[a.output] == 1;
    let [expansion, depthwise, projection] = &layers[..] else {
        return layers;
    };
    let (network::Work::Pointwise(first), network::Work::Depthwise(second)) =
        (&expansion.work, &depthwise.work)
    else {
        return layers;
    };
    let network::Work::Pointwise(third) = &projection.work else {
        return layers;
    };
    let [wide, narrow] = [expansion, depthwise].map(|it| activations[it.output]);
    let rows = bands::rows(wide.map, narrow.map, second.stride());
    match rows.filter(|_| follow(expansion, depthwise) && follow(depthwise, projection)) {
        Some(rows) => {
            let work = (first.clone(), second.clone(), third.clone());
            vec![Layer {
                inputs: expansion.inputs.clone(),
                output: projection.output,
                work: network::Work::Bands(Box::new(Bands::new(work, wide, narrow, rows))),
            }]
        }
        None => layers,
    }
}

/// The sum of weights, none of them -128. As many at a time as fit 16 bits take half the time.
fn sum(weights: &[i8]) -> i32 {
    let parts = weights.chunks(256);
    parts
        .map(|part| i32::from(part.iter().map(|&weight| i16::from(weight)).sum::<i16>()))
        .sum()
}

/// The width of the border that the convolutions of each tensor need, in pixels.
fn borders(program: &Program<'_>) -> Vec<usize> {
    let mut borders = vec![0; program.tensors.len()];
    for step in &program.steps {
        let Work::Convolution(Convolution { window, .. }) = &step.work else {
            continue;
        };
        let [from, to] = [step.inputs[0], step.output].map(|index| program.tensors[index].shape());
        for axis in 0..2 {
            let end = (to[axis] - 1) * window.stride[axis] + window.extent()[axis];
            let behind = end.saturating_sub(window.pads[axis] + from[axis]);
            let border = &mut borders[step.inputs[0]];
            *border = (*border).max(window.pads[axis]).max(behind);
        }
    }
    borders
}
