//! Plain requests without pause: strangers open the login page, and guess passwords.

use hyper::body::Bytes;
use tokio::task::JoinSet;

use super::beside::{Beside, Done};
use crate::client::Client;
use crate::program::Program;

/// The type of a form.
const FORM: &str = "application/x-www-form-urlencoded";

/// A wrong password.
const GUESS: &[u8] = b"password=four+wrong+words+here";

/// This many strangers at a time ask, each on a connection that stays open. Counts the answers, whatever they
/// are.
pub(super) fn send(kiosk: &Program, strangers: usize, done: Done) -> Beside {
    let page = kiosk.page.clone();
    Beside::start(async move {
        let mut sending = JoinSet::new();
        for _ in 0..strangers {
            sending.spawn(send_for_ever(Client::logged_out(&page), done.clone()));
        }
        sending.join_all().await;
    })
}

async fn send_for_ever(stranger: Client, done: Done) {
    loop {
        let guess = Bytes::from_static(GUESS);
        let page = stranger.try_get("/login").await;
        let guessed = stranger.try_send_file("/login", FORM, guess).await;
        let answers = [page, guessed].into_iter().flatten();
        answers.for_each(|_| done.note());
    }
}
