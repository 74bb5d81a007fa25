//! Finds out about the machine that the kiosk runs on.

use std::path::Path;
use std::time::{Instant, SystemTime};

use desk::kiosk::Machine;
use screens::locale::Message;

use super::synchronised;
use super::wear::Wear;

/// Where others open the page: see [`Machine`].
#[derive(Debug, Default)]
pub struct Reachable {
    /// Its address.
    pub address: Option<String>,
    /// The same by numbers.
    pub numeric: Option<String>,
    /// What would make a better one.
    pub hint: Option<Message>,
}

/// What finds out about the machine, however often it is called. `find_address` finds where the page is
/// opened.
pub fn finder(
    find_address: impl Fn() -> Reachable + Send + 'static,
) -> Box<dyn FnMut() -> Machine + Send> {
    let start = Instant::now();
    let mut wear = Wear::default();
    Box::new(move || {
        let Reachable {
            address,
            numeric,
            hint,
        } = find_address();
        Machine {
            address,
            numeric,
            hint,
            clock: synchronised::source(Path::new("/"), SystemTime::now()),
            written: wear.read(catalogue::now().date(), start.elapsed()),
        }
    })
}
