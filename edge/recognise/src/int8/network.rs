//! Runs an int8 network, with layers packed for the processor and memory planned beforehand.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kernels::Isa;
use kernels::int8::{
    self, Addition, Averaging, Channelwise, Depthwise, Map, Multiplication, Pointwise, Quantiser,
    Rows, View, Wide, Window,
};
use rayon::ThreadPool;

use super::activation::Activation;
use super::bands::{Bands, Buffers};
use super::builder::Builder;
use super::program::{End, Program};

/// From feature maps in real numbers, such as the picture, to others, or to their means and maxima.
#[derive(Debug)]
pub(super) struct Network {
    isa: Isa,
    /// `None` for a single thread.
    pool: Option<Arc<ThreadPool>>,
    /// Those of the first activations, which are quantised from real numbers.
    quantisers: Vec<Quantiser>,
    activations: Vec<Activation>,
    layers: Vec<Layer>,
    exits: Vec<Exit>,
    /// The size of each slot in bytes.
    slots: Vec<usize>,
    /// Memory of runs that have ended: a run takes one, or allocates one if all are in use.
    workspaces: Mutex<Vec<Workspace>>,
    /// Memory for bands, likewise.
    buffers: Mutex<Vec<Buffers>>,
}

/// A buffer for each slot.
type Workspace = Vec<Vec<u8>>;

#[derive(Debug)]
pub(super) struct Layer {
    pub(super) inputs: Vec<usize>,
    pub(super) output: usize,
    pub(super) work: Work,
}

#[derive(Debug)]
pub(super) enum Work {
    Pointwise(Pointwise),
    Wide(Wide),
    Depthwise(Depthwise),
    /// A pointwise, a depthwise and another pointwise convolution.
    Bands(Box<Bands>),
    Channelwise(Channelwise),
    Add(Addition),
    Multiply(Multiplication),
    Average(Averaging),
    Max(Window),
    /// A pointwise convolution of the gathered pixels is a convolution with the window.
    Gather(Window),
    /// A table for each input, whose channels lie behind those of the inputs before it.
    Tables(Vec<[u8; 256]>),
}

/// What is given of an activation in real numbers.
#[derive(Clone, Copy, Debug)]
struct Exit {
    activation: usize,
    scale: f32,
    end: End,
}

impl Network {
    /// Packs `program` for the instructions `isa`, to run on the threads of `pool`.
    pub(super) fn new(program: &Program<'_>, isa: Isa, pool: Option<Arc<ThreadPool>>) -> Self {
        let mut builder = Builder::new(program, isa);
        for step in &program.steps {
            builder.step(step);
        }
        builder.join_bands();
        let slots = builder.assign_slots();
        let entries = program.tensors[..program.entries].iter();
        let quantisers = entries.map(|entry| Quantiser {
            scale: entry.scale,
            zero: isa.zero(entry.zero),
        });
        let exits = program.exits.iter().map(|&(tensor, end)| Exit {
            activation: tensor,
            scale: program.tensors[tensor].scale,
            end,
        });
        Self {
            isa,
            pool,
            quantisers: quantisers.collect(),
            activations: builder.activations,
            layers: builder.layers,
            exits: exits.collect(),
            slots,
            workspaces: Mutex::default(),
            buffers: Mutex::default(),
        }
    }

    /// The shapes of what it gives.
    pub(super) fn outputs(&self) -> Vec<[usize; 4]> {
        let shape = |exit: &Exit| {
            let map = self.activations[exit.activation].map;
            match exit.end {
                End::Means | End::Maxima => [1, map.channels, 1, 1],
                End::Map => [1, map.channels, map.height, map.width],
            }
        };
        self.exits.iter().map(shape).collect()
    }

    /// Replaces `outputs` by what it gives for `inputs`, f32 `[channels, height, width]` each.
    ///
    /// # Panics
    /// If there is another number of either, or one is of another size.
    pub(super) fn run(&self, inputs: &[&[f32]], outputs: &mut [&mut [f32]]) {
        assert_eq!(inputs.len(), self.quantisers.len());
        assert_eq!(outputs.len(), self.exits.len());
        let used = lock(&self.workspaces).pop();
        let mut workspace = used.unwrap_or_else(|| {
            let slots = self.slots.iter();
            slots.map(|&bytes| vec![0; bytes]).collect()
        });
        match &self.pool {
            Some(pool) => pool.install(|| self.run_in(&mut workspace, inputs, outputs)),
            None => self.run_in(&mut workspace, inputs, outputs),
        }
        lock(&self.workspaces).push(workspace);
    }

    fn run_in(&self, workspace: &mut Workspace, inputs: &[&[f32]], outputs: &mut [&mut [f32]]) {
        for (index, (&reals, &quantiser)) in inputs.iter().zip(&self.quantisers).enumerate() {
            let map = self.activations[index].map;
            self.write(workspace, index, map, |_, rows| match rows.map.channels {
                // A picture.
                3 => int8::quantise_image(self.isa, quantiser, reals, rows),
                _ => int8::quantise(self.isa, quantiser, reals, rows),
            });
        }
        for layer in &self.layers {
            match self.by_pixels(layer) {
                Some((work, [from, to])) => {
                    self.write(workspace, layer.output, to, |workspace, rows| {
                        let bytes = self.view(workspace, layer.inputs[0]).bytes;
                        int8::pointwise(work, View { bytes, map: from }, rows);
                    });
                }
                None => {
                    let map = self.activations[layer.output].map;
                    self.write(workspace, layer.output, map, |workspace, rows| {
                        self.layer(workspace, layer, rows);
                    });
                }
            }
        }
        for (exit, out) in self.exits.iter().zip(outputs) {
            let (view, scale) = (self.view(workspace, exit.activation), exit.scale);
            let zero = self.activations[exit.activation].zero;
            match exit.end {
                End::Means => int8::pool(self.isa, view, scale, zero, out),
                End::Maxima => int8::max_pool(self.isa, view, scale, zero, out),
                End::Map => int8::dequantise(self.isa, view, scale, zero, out),
            }
        }
    }

    /// A pointwise layer whose pixels threads can share out instead of its rows, with the maps before and behind
    /// it. Of nine rows one of two threads would have five, which takes a ninth longer.
    fn by_pixels<'a>(&self, layer: &'a Layer) -> Option<(&'a Pointwise, [Map; 2])> {
        let Work::Pointwise(work) = &layer.work else {
            return None;
        };
        self.pool.as_ref()?;
        let map = |activation: usize| self.activations[activation].map.by_pixels();
        Some((work, [map(layer.inputs[0])?, map(layer.output)?]))
    }

    fn layer(&self, workspace: &Workspace, layer: &Layer, rows: &mut Rows<'_>) {
        let view = |index: usize| self.view(workspace, layer.inputs[index]);
        match &layer.work {
            Work::Pointwise(work) => int8::pointwise(work, view(0), rows),
            Work::Wide(work) => int8::wide(work, view(0), rows),
            Work::Depthwise(work) => int8::depthwise(work, view(0), rows),
            Work::Bands(bands) => {
                let mut buffers = lock(&self.buffers).pop().unwrap_or_default();
                bands.run(&mut buffers, view(0), rows);
                lock(&self.buffers).push(buffers);
            }
            Work::Channelwise(work) => int8::channelwise(work, view(0), rows),
            Work::Add(work) => int8::add(self.isa, work, [view(0), view(1)], rows),
            Work::Multiply(work) => int8::multiply(self.isa, work, [view(0), view(1)], rows),
            Work::Average(work) => int8::average_windows(self.isa, work, view(0), rows),
            Work::Max(window) => int8::max_windows(self.isa, window, view(0), rows),
            Work::Gather(window) => int8::gather(window, view(0), rows),
            Work::Tables(tables) => {
                let mut first = 0;
                for (index, table) in tables.iter().enumerate() {
                    int8::look_up(table, first, view(index), rows);
                    first += view(index).map.channels;
                }
            }
        }
    }

    fn view<'a>(&self, workspace: &'a Workspace, activation: usize) -> View<'a> {
        let Activation { map, slot, .. } = self.activations[activation];
        let bytes = &workspace[slot];
        View { bytes, map }
    }

    /// Calls `work` to write the rows of an activation, on all threads: those of `map`, which has its pixels.
    fn write(
        &self,
        workspace: &mut Workspace,
        activation: usize,
        rows: Map,
        work: impl Fn(&Workspace, &mut Rows<'_>) + Sync,
    ) {
        let Activation { map, zero, slot } = self.activations[activation];
        let mut bytes = std::mem::take(&mut workspace[slot]);
        map.fill_border(&mut bytes, zero as u8);
        let pool = self.pool.as_ref();
        let threads = pool.map_or(1, |pool| pool.current_num_threads());
        let rows = Rows::all(&mut bytes, rows);
        share(rows, threads, &|rows| work(workspace, rows));
        workspace[slot] = bytes;
    }
}

/// Memory that waits to be used. A panic cannot leave the list half changed.
fn lock<T>(memory: &Mutex<Vec<T>>) -> MutexGuard<'_, Vec<T>> {
    memory.lock().unwrap_or_else(PoisonError::into_inner)
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
