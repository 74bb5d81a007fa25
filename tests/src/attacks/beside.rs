//! What goes on while somebody measures.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::runtime::{Builder, Runtime};

/// An attack on a thread of its own, so that it keeps nobody waiting who measures. Dropping it ends the attack.
#[derive(Debug)]
pub(super) struct Beside(Option<Runtime>);

impl Beside {
    /// Starts an attack.
    pub(super) fn start(attack: impl Future<Output = ()> + Send + 'static) -> Self {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.spawn(attack);
        Self(Some(runtime))
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// How often an attack got what it is about. Clones count together.
#[derive(Clone, Debug, Default)]
pub(super) struct Done(Arc<AtomicUsize>);

impl Done {
    /// Counts once more.
    pub(super) fn note(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// How often so far.
    pub(super) fn times(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}
