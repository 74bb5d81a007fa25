//! Puts the int8 parts of a network into tract's model as operations.

use std::sync::Arc;

use foldhash::HashMap;
use kernels::Isa;
use rayon::{ThreadPool, ThreadPoolBuilder};
use tract_onnx::pb::ModelProto;
use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::*;

use super::coverage::Coverage;
use super::cut::{self, Cut, Segment};
use super::network::Network;
use super::pattern::Finder;
use crate::model::{self, Model};

/// A network whose int8 parts are cut out.
pub(crate) struct Parts {
    segments: Vec<Operation>,
    /// `[1, 3, S, S]`.
    picture: [usize; 4],
    /// What the graph calls the picture.
    picture_name: String,
    /// What is left.
    rest: Model,
    /// What the graph calls the inputs of the rest, and their shapes.
    inputs: Vec<(String, [usize; 4])>,
    /// What the graph calls the last outputs of the rest, which segments read.
    given: Vec<String>,
    coverage: Coverage,
}

/// A segment, and what the graph calls what it reads and gives.
struct Operation {
    network: Arc<Network>,
    reads: Vec<String>,
    gives: Vec<String>,
}

/// What [`split`] makes of a network.
pub(crate) enum Split {
    Parts(Box<Parts>),
    /// Nothing runs in int8; if the network is quantised, the first operator that does not, and why.
    Nothing(Option<String>),
}

/// Cuts the int8 parts out of a checked network for pictures of `size` pixels a side. They run on
/// `threads` threads.
///
/// # Errors
/// If tract cannot read the rest, or the system refuses to start the threads.
pub(crate) fn split(proto: &ModelProto, size: usize, threads: usize) -> TractResult<Split> {
    let Some(finder) = Finder::run(proto, size) else {
        return Ok(Split::Nothing(None));
    };
    let picture_name = finder.picture.to_owned();
    let Cut {
        segments,
        rest,
        rest_gives: given,
        left_out,
    } = cut::cut(finder);
    if segments.is_empty() {
        return Ok(Split::Nothing(left_out));
    }
    let programs = segments.iter().map(|segment| &segment.program);
    let in_int8 = programs.flat_map(|program| {
        let steps = program.steps.iter();
        steps.map(move |step| step.multiply_adds(&program.tensors))
    });
    let in_int8: u64 = in_int8.sum();
    let segments = operations(segments, threads)?;

    let picture = [1, 3, size, size];
    let inputs = inputs(&rest, &segments, (picture_name.as_str(), picture));
    let shapes: Vec<&[usize]> = inputs.iter().map(|(_, shape)| &shape[..]).collect();
    let rest = model::parse(&rest, &shapes, &given)?;
    let coverage = Coverage {
        multiply_adds: in_int8 + rest.multiply_adds,
        in_int8,
        left_out,
    };
    Ok(Split::Parts(Box::new(Parts {
        segments,
        picture,
        picture_name,
        rest,
        inputs,
        given,
        coverage,
    })))
}

/// The segments, packed for this processor.
fn operations(segments: Vec<Segment<'_>>, threads: usize) -> TractResult<Vec<Operation>> {
    let pool: Option<Arc<ThreadPool>> = match threads {
        0 | 1 => None,
        threads => {
            let pool = ThreadPoolBuilder::new().num_threads(threads).build()?;
            Some(Arc::new(pool))
        }
    };
    let operation = |segment: Segment<'_>| Operation {
        network: Arc::new(Network::new(&segment.program, Isa::detect(), pool.clone())),
        reads: segment.reads,
        gives: segment.gives,
    };
    Ok(segments.into_iter().map(operation).collect())
}

/// The names and shapes of the inputs of the rest.
fn inputs(
    rest: &ModelProto,
    segments: &[Operation],
    picture: (&str, [usize; 4]),
) -> Vec<(String, [usize; 4])> {
    let given = segments.iter().flat_map(|segment| {
        let names = segment.gives.iter().map(String::as_str);
        names.zip(segment.network.outputs())
    });
    let shapes: HashMap<&str, [usize; 4]> = given.chain([picture]).collect();
    let ports = rest.graph.iter().flat_map(|graph| &graph.input);
    let known = ports.filter_map(|port| {
        let shape = shapes.get(port.name.as_str())?;
        Some((port.name.clone(), *shape))
    });
    known.collect()
}

impl Parts {
    /// How much of the network runs in int8.
    pub(crate) fn coverage(&self) -> &Coverage {
        &self.coverage
    }

    /// The rest by itself, to be tried: its first outputs are those of the network.
    pub(crate) fn rest(&self) -> &TypedModel {
        &self.rest.typed
    }

    /// How many outputs the network has.
    pub(crate) fn outputs(&self) -> usize {
        self.rest.outputs
    }

    /// The shapes of the inputs of the rest, f32.
    pub(crate) fn rest_inputs(&self) -> impl Iterator<Item = [usize; 4]> {
        self.inputs.iter().map(|(_, shape)| *shape)
    }

    /// The whole network, with its int8 parts as operations; its input is the picture, f32
    /// `[1, 3, S, S]`.
    ///
    /// # Errors
    /// If tract refuses an operation.
    pub(crate) fn join(self) -> TractResult<TypedModel> {
        let mut model = self.rest.typed;
        let names = self.inputs.iter().map(|(name, _)| name.as_str());
        let sources: HashMap<&str, OutletId> = names.zip(model.input_outlets()?.to_vec()).collect();
        let mut outputs = model.output_outlets()?.to_vec();
        let given = outputs.split_off(self.rest.outputs);
        model.select_output_outlets(&outputs)?;
        let given = self.given.iter().map(String::as_str).zip(given);
        let mut known: HashMap<&str, OutletId> = given.collect();
        let picture = match sources.get(self.picture_name.as_str()) {
            Some(&source) => source,
            None => model.add_source("image", f32::fact(self.picture))?,
        };
        known.insert(&self.picture_name, picture);

        // An operator that changes nothing may be gone by now: then its output is what it reads, which may
        // be a source.
        let mut replaced: HashMap<OutletId, OutletId> = HashMap::default();
        for (index, segment) in self.segments.iter().enumerate() {
            let reads = segment.reads.iter().map(|name| {
                let outlet = known.get(name.as_str())?;
                Some(*replaced.get(outlet).unwrap_or(outlet))
            });
            let reads: Option<Vec<OutletId>> = reads.collect();
            let reads = reads.context("nothing makes what a segment reads")?;
            let name = model.unique_name(format!("int8 {index}")).into_owned();
            let operation = Int8(Arc::clone(&segment.network));
            let made = model.wire_node(name, operation, &reads)?;
            for (name, outlet) in segment.gives.iter().zip(made) {
                known.insert(name, outlet);
                if let Some(&source) = sources.get(name.as_str()) {
                    replace(&mut model, source, outlet)?;
                    replaced.insert(source, outlet);
                }
            }
        }
        model.set_input_outlets(&[picture])?;
        Ok(model)
    }
}

/// Redirects everything that reads one outlet of a model to another one.
fn replace(model: &mut TypedModel, outlet: OutletId, by: OutletId) -> TractResult<()> {
    for reader in model.outlet_successors(outlet).to_vec() {
        model.add_edge(by, reader)?;
    }
    let mut outputs = model.output_outlets()?.to_vec();
    for output in outputs.iter_mut().filter(|output| **output == outlet) {
        *output = by;
    }
    model.select_output_outlets(&outputs)
}

/// From the entries of a segment to its exits, f32 `[1, channels, height, width]` each.
#[derive(Clone, Debug)]
struct Int8(Arc<Network>);

impl PartialEq for Int8 {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Int8 {}

impl Op for Int8 {
    fn name(&self) -> StaticName {
        "Int8".into()
    }

    op_as_typed_op!();
}

impl EvalOp for Int8 {
    op_out_of_plan!();

    fn eval(&self, _: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let shapes = self.0.outputs();
        let outputs = shapes.iter().map(|shape| Tensor::zero::<f32>(shape));
        let mut outputs = outputs.collect::<TractResult<Vec<Tensor>>>()?;
        let reals = inputs
            .iter()
            .map(|input| input.try_as_plain_ram()?.as_slice::<f32>());
        let reals = reals.collect::<TractResult<Vec<&[f32]>>>()?;
        let views = outputs.iter_mut().map(Tensor::try_as_plain_ram_mut);
        let mut views = views.collect::<TractResult<Vec<_>>>()?;
        let results = views.iter_mut().map(|view| view.as_slice_mut::<f32>());
        let mut results = results.collect::<TractResult<Vec<&mut [f32]>>>()?;
        self.0.run(&reals, &mut results);
        drop(results);
        drop(views);
        Ok(outputs.into_iter().map(IntoTValue::into_tvalue).collect())
    }
}

impl TypedOp for Int8 {
    fn output_facts(&self, _: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        let shapes = self.0.outputs().into_iter();
        Ok(shapes.map(f32::fact).collect())
    }

    as_op!();
}
