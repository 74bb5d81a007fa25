//! AdamW with a state that can be stored, and the moving average of the weights.
//!
//! The moments of candle-nn's AdamW are private, so a run could not be resumed with the same result.

use candle_core::backprop::GradStore;
use candle_core::{Result, Tensor, Var};

const BETA1: f64 = 0.9;
const BETA2: f64 = 0.999;
const EPSILON: f64 = 1e-8;

/// Tensors with their names.
pub(crate) type Named = Vec<(String, Tensor)>;

/// AdamW (Loshchilov and Hutter, "Decoupled Weight Decay Regularization", ICLR 2019).
pub(crate) struct AdamW {
    parameters: Vec<Parameter>,
    weight_decay: f64,
}

struct Parameter {
    name: String,
    variable: Var,
    /// Running mean of the gradient.
    first: Tensor,
    /// Running mean of its square.
    second: Tensor,
    /// Steps taken. Parameters that are frozen at first have fewer.
    steps: u32,
}

impl AdamW {
    pub(crate) fn new(variables: &[(String, Var)], weight_decay: f64) -> Result<Self> {
        let parameters = variables.iter().map(|(name, variable)| {
            let zeros = variable.zeros_like()?;
            Ok(Parameter {
                name: name.clone(),
                variable: variable.clone(),
                first: zeros.clone(),
                second: zeros,
                steps: 0,
            })
        });
        Ok(Self {
            parameters: parameters.collect::<Result<_>>()?,
            weight_decay,
        })
    }

    /// Takes one step against the gradients. Parameters without a gradient do not change.
    pub(crate) fn step(&mut self, gradients: &GradStore, rate: f64) -> Result<()> {
        for parameter in &mut self.parameters {
            if let Some(gradient) = gradients.get(&parameter.variable) {
                // Weights have two dimensions or more; biases do not decay.
                let decays = parameter.variable.rank() > 1;
                parameter.step(gradient, rate, if decays { self.weight_decay } else { 0.0 })?;
            }
        }
        Ok(())
    }

    /// The state as tensors: `first/NAME`, `second/NAME` and `steps/NAME`.
    pub(crate) fn state(&self) -> Result<Named> {
        let mut state = Vec::with_capacity(self.parameters.len() * 3);
        for parameter in &self.parameters {
            let Parameter {
                name,
                first,
                second,
                steps,
                variable,
            } = parameter;
            state.push((format!("first/{name}"), first.clone()));
            state.push((format!("second/{name}"), second.clone()));
            state.push((
                format!("steps/{name}"),
                Tensor::new(*steps, variable.device())?,
            ));
        }
        Ok(state)
    }

    /// Restores a stored state. `find` gives the tensor of a name, in the shape of another tensor.
    pub(crate) fn restore<E: From<candle_core::Error>>(
        &mut self,
        find: impl Fn(&str, &Tensor) -> std::result::Result<Tensor, E>,
    ) -> std::result::Result<(), E> {
        for parameter in &mut self.parameters {
            let name = &parameter.name;
            parameter.first = find(&format!("first/{name}"), &parameter.first)?;
            parameter.second = find(&format!("second/{name}"), &parameter.second)?;
            let steps = Tensor::new(0u32, parameter.variable.device())?;
            parameter.steps = find(&format!("steps/{name}"), &steps)?.to_scalar()?;
        }
        Ok(())
    }
}

impl Parameter {
    fn step(&mut self, gradient: &Tensor, rate: f64, weight_decay: f64) -> Result<()> {
        self.steps += 1;
        let gradient = gradient.detach();
        self.first = ((&self.first * BETA1)? + (&gradient * (1.0 - BETA1))?)?;
        self.second = ((&self.second * BETA2)? + (gradient.sqr()? * (1.0 - BETA2))?)?;
        let unbiased = |moment: &Tensor, beta: f64| moment / (1.0 - beta.powf(self.steps.into()));
        let scale = (unbiased(&self.second, BETA2)?.sqrt()? + EPSILON)?;
        let direction = (unbiased(&self.first, BETA1)? / scale)?;
        let decayed = (self.variable.as_detached_tensor() * (1.0 - rate * weight_decay))?;
        self.variable.set(&(decayed - (direction * rate)?)?)
    }
}

/// Moves each of `average` towards its parameter. The decay is smaller in the first steps (as in TensorFlow's
/// ExponentialMovingAverage), so that the initial weights are soon forgotten.
pub(crate) fn average_in(
    average: &[(String, Var)],
    current: &[(String, Var)],
    decay: f64,
    step: usize,
) -> Result<()> {
    let step = step as f64;
    let decay = decay.min((1.0 + step) / (10.0 + step));
    for ((_, average), (_, current)) in average.iter().zip(current) {
        let kept = (average.as_detached_tensor() * decay)?;
        average.set(&(kept + (current.as_detached_tensor() * (1.0 - decay))?)?)?;
    }
    Ok(())
}

/// Copies the values of variables.
pub(crate) fn assign(to: &[(String, Var)], from: &[(String, Var)]) -> Result<()> {
    to.iter()
        .zip(from)
        .try_for_each(|((_, to), (_, from))| to.set(&from.as_detached_tensor()))
}

/// Whether all values are finite: a diverged network must not replace a good checkpoint.
pub(crate) fn all_finite(variables: &[(String, Var)]) -> Result<bool> {
    for (_, variable) in variables {
        let sum = variable.as_detached_tensor().sum_all()?;
        if !sum.to_scalar::<f32>()?.is_finite() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The learning rate at `progress` as a share of the highest rate: a linear warm-up from zero, then half a cosine down
/// to zero (Loshchilov and Hutter, "SGDR", ICLR 2017). All arguments are in epochs.
pub(crate) fn rate_share(progress: f64, warmup: f64, length: f64) -> f64 {
    // In a short run the warm-up takes a fifth of it.
    let warmup = warmup.min(length / 5.0);
    if progress < warmup {
        return progress / warmup;
    }
    let done = (progress - warmup) / (length - warmup).max(f64::MIN_POSITIVE);
    0.5 * (1.0 + (std::f64::consts::PI * done.clamp(0.0, 1.0)).cos())
}
