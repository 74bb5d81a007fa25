//! Large photographs that strangers send, and that nobody has asked them for.

use std::time::Duration;

use hyper::body::Bytes;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::beside::{Beside, Done};
use crate::client::Client;
use crate::program::Program;

/// The bytes of a photograph.
const BYTES: usize = 8 << 20;

/// The pause of a stranger between two of them.
const PAUSE: Duration = Duration::from_millis(100);

/// Sends this many at a time, again and again. Counts the answers, whatever they are.
pub(super) fn send(kiosk: &Program, strangers: usize, done: Done) -> Beside {
    let stranger = Client::logged_out(&kiosk.page);
    let photograph = Bytes::from(vec![0; BYTES]);
    Beside::start(async move {
        let mut sending = JoinSet::new();
        for _ in 0..strangers {
            sending.spawn(send_for_ever(
                stranger.clone(),
                photograph.clone(),
                done.clone(),
            ));
        }
        sending.join_all().await;
    })
}

async fn send_for_ever(stranger: Client, photograph: Bytes, done: Done) {
    loop {
        let stranger = stranger.reconnected();
        let photograph = photograph.clone();
        let sent = stranger.try_send_file("/api/v1/photographs", "image/jpeg", photograph);
        // It is refused, or broken off.
        if sent.await.is_ok() {
            done.note();
        }
        sleep(PAUSE).await;
    }
}
