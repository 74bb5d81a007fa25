//! What input is tried on that changes a catalogue: one for each thread, since to make one for each
//! input would take most of the time, and a new one now and then.

use std::cell::RefCell;
use std::path::Path;

use catalogue::Catalogue;

/// The number of inputs after which the catalogue is verified, and another one begins: it must not grow for
/// hours, and what damages it should not be far from where it is found.
const INPUTS: usize = 250;

/// Something with a catalogue.
pub(super) trait House {
    /// A new one.
    fn open() -> Self;

    /// The folder of its catalogue.
    fn folder(&self) -> &Path;
}

/// The house that input is tried on, and how often that was done.
pub(super) struct Renewed<T>(RefCell<Option<(T, usize)>>);

impl<T: House> Renewed<T> {
    pub(super) const fn new() -> Self {
        Self(RefCell::new(None))
    }

    /// Tries an input on the house of this thread.
    ///
    /// # Panics
    /// If `run` does, or if the catalogue is damaged.
    pub(super) fn with<R>(&self, run: impl FnOnce(&T) -> R) -> R {
        let mut place = self.0.borrow_mut();
        let (house, tried) = place.get_or_insert_with(|| (T::open(), 0));
        let outcome = run(house);
        *tried += 1;
        if *tried == INPUTS {
            let faults = Catalogue::verify(house.folder()).expect("a catalogue to check");
            assert!(faults.is_empty(), "{faults:?}");
            *place = None;
        }
        outcome
    }
}
