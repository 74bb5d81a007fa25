//! Buffers that a thread reuses for the next image instead of returning them to the operating system: fresh pages cost
//! more than the arithmetic on them.

use std::cell::RefCell;
use std::ops::{Deref, DerefMut};

thread_local! {
    static POOL: RefCell<Vec<Vec<f32>>> = const { RefCell::new(Vec::new()) };
}

/// A buffer from the thread's pool, returned to it when dropped.
pub(crate) struct Buffer(Vec<f32>);

/// A buffer of this length. Its content is left over from earlier use.
pub(crate) fn buffer(len: usize) -> Buffer {
    let reused = POOL.with_borrow_mut(|pool| {
        let fits = (0..pool.len()).filter(|&i| pool[i].capacity() >= len);
        let best = fits.min_by_key(|&i| pool[i].capacity());
        best.map(|i| pool.swap_remove(i))
    });
    let mut values = reused.unwrap_or_else(|| Vec::with_capacity(len));
    values.resize(len, 0.0);
    Buffer(values)
}

impl Deref for Buffer {
    type Target = [f32];
    fn deref(&self) -> &[f32] {
        &self.0
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.0
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        POOL.with_borrow_mut(|pool| pool.push(std::mem::take(&mut self.0)));
    }
}
