//! Counts how much of a network runs in int8.

use std::fmt;

use serde::Serialize;

/// The share from which on a network runs in int8. The rest is what makes logits and embeddings of
/// pooled features.
const WHOLE: f64 = 0.99;

/// The share of a network's work that runs in int8, and what does not. Convolutions and products with
/// weights count; all that is between them is little.
///
/// ```
/// use recognise::{Bundle, Engine};
///
/// let engine = Engine::load(&Bundle::embedded()?)?;
/// assert!(engine.coverage().share() > 0.99);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// How many numbers are multiplied and added up for a picture.
    pub multiply_adds: u64,
    /// How many of these are 8-bit integers.
    pub in_int8: u64,
    /// The first operator of a quantised network that runs in f32, and why; also how many more there
    /// are: `Mul gate: what it reads is not quantised, and 2 more`. Those that only move numbers around
    /// behind the last convolution, or pool them, are left aside. `None` if there is none, or if the
    /// network is not quantised.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_out: Option<String>,
}

impl Coverage {
    /// The part of the multiply-adds that runs in int8, 0 to 1.
    #[must_use]
    pub fn share(&self) -> f64 {
        self.in_int8 as f64 / self.multiply_adds.max(1) as f64
    }

    /// What the network runs in, in a word or two: `f32`; `int8`, if all but a hundredth of it does;
    /// `int8 for 63.2 %`; or, if none of a quantised one does, `quantised, runs in f32`.
    #[must_use]
    pub fn precision(&self) -> String {
        match (self.in_int8, &self.left_out) {
            (0, None) => "f32".to_owned(),
            (0, Some(_)) => "quantised, runs in f32".to_owned(),
            _ if self.share() >= WHOLE => "int8".to_owned(),
            _ => format!("int8 for {} %", self.percent()),
        }
    }

    /// Rounded down: all of it is all of it.
    fn percent(&self) -> f64 {
        (self.share() * 1000.0).floor() / 10.0
    }
}

impl fmt::Display for Coverage {
    /// `int8 for 98.2 % of 219.4 million multiply-adds; in f32 Mul gate: what it reads is not quantised`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millions = self.multiply_adds as f64 / 1e6;
        if self.in_int8 == 0 {
            write!(f, "f32 for {millions:.1} million multiply-adds")?;
        } else {
            let percent = self.percent();
            write!(
                f,
                "int8 for {percent} % of {millions:.1} million multiply-adds"
            )?;
        }
        match &self.left_out {
            Some(operator) => write!(f, "; in f32 {operator}"),
            None => Ok(()),
        }
    }
}
