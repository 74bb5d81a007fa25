//! Where the activations between the layers of a network lie.

use kernels::int8::Map;

/// Activations, and the slot that holds them as long as a layer reads them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Activation {
    pub(super) map: Map,
    pub(super) zero: i32,
    pub(super) slot: usize,
}
