//! A safe face for the `gemm` crate's single-precision matrix product.

/// A row-major matrix, or the transpose of one.
#[derive(Clone, Copy)]
pub(crate) struct Matrix<'a> {
    values: &'a [f32],
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<'a> Matrix<'a> {
    /// `values` as rows of `columns` elements.
    ///
    /// # Panics
    /// If the rows do not come out even.
    pub(crate) fn new(values: &'a [f32], columns: usize) -> Self {
        assert_eq!(values.len() % columns, 0, "a matrix has whole rows");
        Self {
            values,
            rows: values.len() / columns,
            columns,
            row_stride: columns,
            column_stride: 1,
        }
    }

    /// The same values with rows and columns exchanged.
    pub(crate) fn transposed(self) -> Self {
        Self {
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
            ..self
        }
    }
}

/// What becomes of the values that stand in the product's place.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Into {
    Overwrite,
    Add,
}

/// `product = a b` or `product += a b`, row-major, on the calling thread.
///
/// # Panics
/// If the shapes do not fit.
#[allow(unsafe_code)]
pub(crate) fn matmul(product: &mut [f32], into: Into, a: Matrix, b: Matrix) {
    assert_eq!(a.columns, b.rows, "inner dimensions agree");
    assert_eq!(product.len(), a.rows * b.columns, "the product fits");
    if product.is_empty() {
        return;
    }
    // SAFETY: `Matrix` can only be made from a slice of exactly rows x columns elements, row-major or its transpose,
    // so every (row, column) within the sizes passed lies within its slice; the same was just asserted of `product`,
    // which is borrowed mutably and therefore overlaps neither. The strides are slice lengths and fit an isize.
    unsafe {
        gemm::gemm(
            a.rows,
            b.columns,
            a.columns,
            product.as_mut_ptr(),
            1,
            b.columns as isize,
            into == Into::Add,
            a.values.as_ptr(),
            a.column_stride as isize,
            a.row_stride as isize,
            b.values.as_ptr(),
            b.column_stride as isize,
            b.row_stride as isize,
            1.0,
            1.0,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}
