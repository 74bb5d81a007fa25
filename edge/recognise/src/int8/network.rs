//! Runs an int8 network, with layers packed for the processor and memory planned beforehand.

use std::sync::{Mutex, PoisonError};

use kernels::Isa;
use kernels::int8::{
    self, Addition, Depthwise, Map, Pointwise, Quantiser, Requantise, Rows, Square, View,
};
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::program::{Convolution, End, Kernel, Program, Step, Tensor};

/// From a picture, f32 `[3, S, S]`, to the last feature map, its means, or its means and maxima.
#[derive(Debug)]
pub(super) struct Network {
    isa: Isa,
    /// `None` for a single thread.
    pool: Option<ThreadPool>,
    quantiser: Quantiser,
    activations: Vec<Activation>,
    layers: Vec<Layer>,
    last: usize,
    last_scale: f32,
    end: End,
    /// The size of each slot in bytes.
    slots: Vec<usize>,
    /// Memory of runs that have ended: a run takes one, or allocates one if all are in use.
    workspaces: Mutex<Vec<Workspace>>,
}

/// A buffer for each slot.
type Workspace = Vec<Vec<u8>>;

/// Activations, and the slot that holds them as long as a layer reads them.
#[derive(Clone, Copy, Debug)]
struct Activation {
    map: Map,
    zero: i32,
    slot: usize,
}

#[derive(Debug)]
struct Layer {
    inputs: Vec<usize>,
    output: usize,
    work: Work,
}

#[derive(Debug)]
enum Work {
    Pointwise(Pointwise),
    Depthwise(Depthwise),
    Add(Addition),
    /// A pointwise convolution of the gathered pixels is a convolution with the square.
    Gather(Square),
}

impl Network {
    /// Packs `program` for the instructions `isa`, to run on `threads` threads.
    ///
    /// # Errors
    /// If the system refuses to start the threads.
    pub(super) fn new(
        program: &Program,
        isa: Isa,
        threads: usize,
    ) -> Result<Self, rayon::ThreadPoolBuildError> {
        let pool = match threads {
            0 | 1 => None,
            threads => Some(ThreadPoolBuilder::new().num_threads(threads).build()?),
        };
        let mut builder = Builder::new(program, isa);
        for step in &program.steps {
            builder.step(step);
        }
        let slots = builder.assign_slots(program.last);
        let image = program.tensors[0];
        Ok(Self {
            isa,
            pool,
            quantiser: Quantiser {
                scale: image.scale,
                zero: isa.zero(image.zero),
            },
            activations: builder.activations,
            layers: builder.layers,
            last: program.last,
            last_scale: program.tensors[program.last].scale,
            end: program.end,
            slots,
            workspaces: Mutex::default(),
        })
    }

    /// The shape of what the rest of the network reads.
    pub(super) fn output(&self) -> [usize; 4] {
        let map = self.activations[self.last].map;
        match self.end {
            End::Means => [1, map.channels, 1, 1],
            End::MeansAndMaxima => [1, 2 * map.channels, 1, 1],
            End::Map => [1, map.channels, map.height, map.width],
        }
    }

    /// Replaces `out` by what the rest of the network reads, for the picture `image`, f32
    /// `[3, S, S]`.
    ///
    /// # Panics
    /// If `image` or `out` are of another size.
    pub(super) fn run(&self, image: &[f32], out: &mut [f32]) {
        let workspaces = || {
            self.workspaces
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        let used = workspaces().pop();
        let mut workspace = used.unwrap_or_else(|| {
            let slots = self.slots.iter();
            slots.map(|&bytes| vec![0; bytes]).collect()
        });
        match &self.pool {
            Some(pool) => pool.install(|| self.run_in(&mut workspace, image, out)),
            None => self.run_in(&mut workspace, image, out),
        }
        workspaces().push(workspace);
    }

    fn run_in(&self, workspace: &mut Workspace, image: &[f32], out: &mut [f32]) {
        self.write(workspace, 0, |_, rows| {
            int8::quantise_image(self.isa, self.quantiser, image, rows);
        });
        for layer in &self.layers {
            self.write(workspace, layer.output, |workspace, rows| {
                let view = |index: usize| self.view(workspace, layer.inputs[index]);
                match &layer.work {
                    Work::Pointwise(work) => int8::pointwise(work, view(0), rows),
                    Work::Depthwise(work) => int8::depthwise(work, view(0), rows),
                    Work::Add(work) => int8::add(self.isa, work, [view(0), view(1)], rows),
                    Work::Gather(square) => int8::gather(square, view(0), rows),
                }
            });
        }
        let (view, scale) = (self.view(workspace, self.last), self.last_scale);
        let zero = self.activations[self.last].zero;
        match self.end {
            End::Means => int8::pool(self.isa, view, scale, zero, out),
            End::MeansAndMaxima => {
                let (means, maxima) = out.split_at_mut(view.map.channels);
                int8::pool(self.isa, view, scale, zero, means);
                int8::max_pool(self.isa, view, scale, zero, maxima);
            }
            End::Map => int8::dequantise(self.isa, view, scale, zero, out),
        }
    }

    fn view<'a>(&self, workspace: &'a Workspace, activation: usize) -> View<'a> {
        let Activation { map, slot, .. } = self.activations[activation];
        let bytes = &workspace[slot];
        View { bytes, map }
    }

    /// Calls `work` to write the rows of an activation, on all threads.
    fn write(
        &self,
        workspace: &mut Workspace,
        activation: usize,
        work: impl Fn(&Workspace, &mut Rows<'_>) + Sync,
    ) {
        let Activation { map, zero, slot } = self.activations[activation];
        let mut bytes = std::mem::take(&mut workspace[slot]);
        map.fill_border(&mut bytes, zero as u8);
        let threads = self
            .pool
            .as_ref()
            .map_or(1, ThreadPool::current_num_threads);
        let rows = Rows::all(&mut bytes, map);
        share(rows, threads, &|rows| work(workspace, rows));
        workspace[slot] = bytes;
    }
}

/// Divides `rows` into `parts`, each of which a thread of its own works on.
fn share(mut rows: Rows<'_>, parts: usize, work: &(impl Fn(&mut Rows<'_>) + Sync)) {
    if parts < 2 || rows.rows.len() < 2 {
        return work(&mut rows);
    }
    let (upper, lower) = rows.split(parts / 2, parts);
    rayon::join(
        || share(upper, parts / 2, work),
        || share(lower, parts - parts / 2, work),
    );
}

/// Turns a program into layers.
struct Builder<'a> {
    program: &'a Program,
    isa: Isa,
    activations: Vec<Activation>,
    layers: Vec<Layer>,
}

impl<'a> Builder<'a> {
    fn new(program: &'a Program, isa: Isa) -> Self {
        let activation = |(index, tensor): (usize, &Tensor)| Activation {
            map: Map {
                height: tensor.height,
                width: tensor.width,
                channels: tensor.channels,
                border: border(program, index),
            },
            zero: isa.zero(tensor.zero),
            slot: 0,
        };
        Self {
            program,
            isa,
            activations: program.tensors.iter().enumerate().map(activation).collect(),
            layers: Vec::new(),
        }
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Convolution(convolution) => self.convolution(convolution),
            &Step::Add { terms, sum } => {
                let parameters = |index: usize| {
                    let scale = self.program.tensors[index].scale;
                    (scale, self.activations[index].zero)
                };
                let addition = Addition {
                    terms: terms.map(parameters),
                    sum: parameters(sum),
                };
                self.layer(terms.to_vec(), sum, Work::Add(addition));
            }
        }
    }

    fn convolution(&mut self, convolution: &Convolution) {
        let &Convolution { input, output, .. } = convolution;
        let weights = &convolution.weights;
        let requantise = self.requantise(convolution);
        let map = self.activations[input].map;
        match convolution.kernel {
            Kernel::Pointwise => {
                let work = Pointwise::new(map.channels, weights, requantise);
                self.layer(vec![input], output, Work::Pointwise(work));
            }
            Kernel::Depthwise { stride } => {
                let work = Depthwise::new(stride, weights, requantise);
                self.layer(vec![input], output, Work::Depthwise(work));
            }
            Kernel::Dense { side, stride, pad } => {
                let inset = map.border - pad;
                let patch = side * side * map.channels;
                let patches = self.patches(output, patch);
                let square = Square {
                    side,
                    stride,
                    inset,
                };
                self.layer(vec![input], patches, Work::Gather(square));
                let work = Pointwise::new(patch, weights, requantise);
                self.layer(vec![patches], output, Work::Pointwise(work));
            }
        }
    }

    fn requantise(&self, convolution: &Convolution) -> Requantise {
        let tensor = |index: usize| self.program.tensors[index];
        let (input, output) = (tensor(convolution.input), tensor(convolution.output));
        let outputs = convolution.scales.len();
        let zero = self.activations[convolution.input].zero;
        let kernels = convolution
            .weights
            .chunks_exact(convolution.weights.len() / outputs);
        let start: Vec<i32> = kernels
            .zip(&convolution.bias)
            .map(|(kernel, bias)| bias - zero * sum(kernel))
            .collect();
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

    fn layer(&mut self, inputs: Vec<usize>, output: usize, work: Work) {
        self.layers.push(Layer {
            inputs,
            output,
            work,
        });
    }

    /// Gives each activation a slot that no later layer reads, and each slot its size.
    fn assign_slots(&mut self, last: usize) -> Vec<usize> {
        let mut last_use = vec![0; self.activations.len()];
        for (time, layer) in self.layers.iter().enumerate() {
            for &input in &layer.inputs {
                last_use[input] = time;
            }
        }
        last_use[last] = self.layers.len();
        let mut slots = vec![self.activations[0].map.buffer()];
        let mut free = Vec::new();
        for (time, layer) in self.layers.iter().enumerate() {
            let slot = free.pop().unwrap_or(slots.len());
            slots.resize(slots.len().max(slot + 1), 0);
            let activation = &mut self.activations[layer.output];
            activation.slot = slot;
            slots[slot] = slots[slot].max(activation.map.buffer());
            let mut inputs = layer.inputs.clone();
            inputs.dedup();
            let over = inputs.iter().filter(|&&input| last_use[input] == time);
            free.extend(over.map(|&input| self.activations[input].slot));
        }
        slots
    }
}

/// The sum of weights, none of them -128. As many at a time as fit 16 bits take half the time.
fn sum(weights: &[i8]) -> i32 {
    let parts = weights.chunks(256);
    parts
        .map(|part| i32::from(part.iter().map(|&weight| i16::from(weight)).sum::<i16>()))
        .sum()
}

/// The width of the border that the convolutions of a tensor need, in pixels.
fn border(program: &Program, tensor: usize) -> usize {
    let wanted = program.steps.iter().map(|step| match step {
        Step::Convolution(convolution) if convolution.input == tensor => match convolution.kernel {
            Kernel::Pointwise => 0,
            Kernel::Depthwise { .. } => 1,
            Kernel::Dense { pad, .. } => pad,
        },
        _ => 0,
    });
    wanted.max().unwrap_or(0)
}
