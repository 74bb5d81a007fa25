//! Defines which inputs an output of a convolution is computed from.

/// The windows of a convolution: squares of inputs, one for each output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Width and height: 1, 3 or 5.
    pub side: usize,
    /// The distance of neighbouring windows, 1 or 2.
    pub stride: usize,
    /// Where the windows lie.
    pub padding: Padding,
}

/// Where the zeros are that the windows at the borders of a picture need. Both kinds give outputs of the same number,
/// but with a stride of 2 and an even number of inputs each window lies one input further with [`Padding::Same`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padding {
    /// As many on each side, PyTorch's.
    Symmetric,
    /// No more than are needed, and the odd one behind the last input: TensorFlow's `SAME`.
    Same,
}

impl Window {
    /// The zeros before and behind a row or a column of this many inputs.
    pub(crate) fn zeros(self, inputs: usize) -> [usize; 2] {
        let half = self.side / 2;
        match self.padding {
            Padding::Same if self.stride == 2 && inputs.is_multiple_of(2) => {
                [half.saturating_sub(1), half]
            }
            Padding::Same | Padding::Symmetric => [half; 2],
        }
    }
}
