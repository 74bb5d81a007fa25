//! What goes on while somebody measures.

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
