//! A safe wrapper around the `gemm` crate's single-precision matrix product.

/// A row-major matrix, or the transpose of one.
///
/// Its fields are private to this module and every constructor keeps `rows * columns == values.len()`, with strides
/// that reach each element of `values` once.
#[derive(Clone, Copy)]
pub(crate) struct Matrix<'a> {
    values: &'a [f32],
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<'a> Matrix<'a> {
    /// The matrix of `values` in rows of `columns` elements.
    ///
    /// # Panics
    /// If `columns` is 0 or does not divide the number of values.
    pub(crate) fn new(values: &'a [f32], columns: usize) -> Self {
        assert_eq!(values.len() % columns, 0, "a matrix has complete rows");
        Self {
            values,
            rows: values.len() / columns,
            columns,
            row_stride: columns,
            column_stride: 1,
        }
    }

    /// The transpose, of the same values.
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

/// What a product does to the values in its destination.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Update {
    Overwrite,
    Add,
}

/// Computes `product = a b` or `product += a b`, row-major, on the calling thread.
///
/// # Panics
/// If the shapes do not fit.
#[expect(unsafe_code, reason = "a call of gemm, which takes raw pointers")]
pub(crate) fn matmul(product: &mut [f32], update: Update, a: Matrix, b: Matrix) {
    assert_eq!(a.columns, b.rows, "the inner dimensions agree");
    assert_eq!(
        Some(product.len()),
        a.rows.checked_mul(b.columns),
        "the product has the outer dimensions"
    );
    if product.is_empty() {
        return;
    }
    // SAFETY: gemm reads the elements (row, column) of a `a.rows x a.columns` and a `b.rows x b.columns` matrix; it
    // gets one inner dimension for both, and the first assert above makes `a.columns` and `b.rows` equal. All of them
    // lie within `a.values` and `b.values`: the assert in `Matrix::new` (complete rows) makes rows x columns the length
    // of the slice, and `transposed` exchanges dimensions and strides together. It writes a row-major
    // `a.rows x b.columns` matrix, which the second assert makes exactly as long as `product`; as that is borrowed
    // mutably, it overlaps neither input. Strides are 1 or a dimension of a non-empty slice, so they fit an isize.
    unsafe {
        gemm::gemm(
            a.rows,
            b.columns,
            a.columns,
            product.as_mut_ptr(),
            1,
            b.columns as isize,
            update == Update::Add,
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
