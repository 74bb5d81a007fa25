//! Tries now and then whether the data folder's catalogue can be used again, while visits go to another
//! one.

use std::mem;
use std::sync::{Arc, Weak};
use std::time::Duration;

use desk::kiosk::{Live, Rescue};
use tokio::sync::watch;

use super::rounds;

/// Between two tries.
const INTERVAL: Duration = Duration::from_secs(60);

/// Tries it every minute, until it can be used or the kiosk has stopped.
pub(super) fn start(rescue: Rescue, live: &Weak<watch::Sender<Arc<Live>>>) {
    let live = Weak::clone(live);
    // It could not a moment ago.
    let mut is_first = true;
    rounds::start(
        "the check whether the catalogue can be used again",
        move || {
            let live = live.upgrade()?;
            let shown = Arc::clone(&live.borrow());
            if !mem::replace(&mut is_first, false) && round(&rescue, &shown) {
                return None;
            }
            Some(INTERVAL)
        },
    );
}

/// Tries it once, unless somebody stands there: the program restarts if it can be used. Returns
/// whether it does.
fn round(rescue: &Rescue, live: &Live) -> bool {
    live.arrivals().next().is_none() && rescue.try_to_end()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use catalogue::Catalogue;
    use desk::kiosk::Arrival;
    use tempfile::TempDir;
    use tokio::{runtime, time};

    use super::*;

    #[test]
    fn it_is_over_once_the_catalogue_opens_and_nobody_stands_there() {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("catalogue.sqlite");
        let rescue = Rescue::new(folder.path());
        let empty = Live::default();
        assert!(!round(&rescue, &empty), "there is none");
        assert!(!file.exists(), "and none is made");

        drop(Catalogue::open(folder.path()).unwrap());
        let whole = fs::read(&file).unwrap();
        fs::write(&file, [7; 10_000]).unwrap();
        assert!(!round(&rescue, &empty), "it is damaged");
        assert_eq!(fs::read(&file).unwrap(), [7; 10_000]);

        fs::write(&file, whole).unwrap();
        let arrival = Arrival {
            id: 1,
            ..Arrival::default()
        };
        let busy = Live {
            others: vec![arrival],
            ..Live::default()
        };
        let runtime = runtime::Builder::new_current_thread().enable_time().build();
        let runtime = runtime.unwrap();
        let is_over = || {
            let over = async { time::timeout(Duration::ZERO, rescue.over()).await };
            runtime.block_on(over).is_ok()
        };
        assert!(!round(&rescue, &busy), "somebody stands there");
        assert!(!is_over());
        assert!(round(&rescue, &empty));
        assert!(is_over());
    }
}
