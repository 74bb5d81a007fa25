//! Why an operator does not run in int8.

/// Said behind the operator's name: "`Mul gate`: there is no int8 form of it".
pub(super) type Refusal = &'static str;

pub(super) const UNKNOWN: Refusal = "there is no int8 form of it";
pub(super) const REAL_INPUT: Refusal = "what it reads is not quantised";
pub(super) const REAL_RESULT: Refusal = "its result is not quantised";
pub(super) const USED_TWICE: Refusal = "its result is read before it is quantised, too";
pub(super) const BEHIND: Refusal = "no convolution follows";
pub(super) const SIZES: Refusal = "it has an unusual shape";
pub(super) const SCALES: Refusal = "its scales are too far apart";
