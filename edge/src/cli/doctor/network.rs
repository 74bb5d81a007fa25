//! The page, and where others can open it.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::path::Path;

use desk::UNREADY;
use desk::access::Access;

use super::{AS_ITS_USER, Finding};
use crate::cli::{address, page};
use crate::config::Config;

/// What a kiosk that runs answers to the question whether it is ready.
///
/// # Errors
/// If nobody answers at the page's address.
pub(super) fn health(listen: SocketAddr) -> io::Result<String> {
    page::ask(listen, "/health")
}

/// Examines the page by its answer.
pub(super) fn page(listen: SocketAddr, health: &io::Result<String>) -> Finding {
    let answer = match health {
        Ok(answer) => answer,
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => {
            return Finding::unknown("page", format!("no kiosk runs at {listen}"))
                .advise("sudo systemctl start breed-kiosk");
        }
        Err(error) => {
            return Finding::wrong(
                "page",
                format!("{listen}: {error}"),
                "see the kiosk's log: journalctl -u breed-kiosk -e",
            );
        }
    };
    let (head, text) = answer.split_once("\r\n\r\n").unwrap_or((answer, ""));
    let status = head.split(' ').nth(1);
    match (status, text.trim()) {
        (Some("200"), "ok") => Finding::right("page", "it answers, and visits can be recorded"),
        (Some("503"), reason) if reason.starts_with(UNREADY) => Finding::wrong(
            "page",
            reason,
            "the page says more under Status, and so does the kiosk's log",
        ),
        _ => Finding::wrong(
            "page",
            format!("another program answers at {listen}"),
            "stop that program, or set another port (listen) in kiosk.toml",
        ),
    }
}

/// Examines whether the kiosk waits for somebody who sets it up.
pub(super) fn setup(config: &Config) -> Finding {
    match Access::at(&config.data).needs_setup(config.listen.ip()) {
        Ok(false) => Finding::right("setup", "the kiosk does not wait for it"),
        Ok(true) => Finding::unknown(
            "setup",
            "the kiosk waits to be set up: nothing else answers",
        )
        .advise("open its address on a phone, and enter the six figures on its screen"),
        Err(error) => Finding::wrong("setup", error, AS_ITS_USER),
    }
}

/// Examines the address at which others can open the page.
pub(super) fn address(listen: SocketAddr, scheme: &str) -> Finding {
    match address::reachable(listen) {
        Some(found) if found.ip().is_loopback() => Finding::right(
            "network",
            format!("only this machine may open {scheme}://{found}/"),
        ),
        Some(found) => Finding::right("network", format!("{scheme}://{found}/")),
        None => Finding::wrong(
            "network",
            "this machine has no address in any network",
            "plug the network cable in, or set up the wireless network (raspi-config)",
        ),
    }
}

/// Examines whether others can open the page by a name.
pub(super) fn name(listen: SocketAddr) -> Finding {
    let Some(address) = address::reachable(listen).map(|address| address.ip()) else {
        return Finding::unknown("name", "none without a network");
    };
    if address.is_loopback() {
        return Finding::right("name", "not needed: only this machine may open the page");
    }
    match address::announced(Path::new(address::AVAHI), address) {
        Ok(Some(name)) => Finding::right("name", name),
        Ok(None) => Finding::unknown("name", format!("avahi announces none for {address}"))
            .advise("journalctl -u avahi-daemon says why"),
        Err(error) => Finding::unknown("name", format!("avahi does not answer: {error}")).advise(
            "others open the page by its address alone, which may change; `sudo apt install \
             avahi-daemon` gives it a name",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    #[test]
    fn the_answer_tells_a_kiosk_that_is_ready_from_one_that_is_not_and_from_others() {
        let listen = "127.0.0.1:8080".parse().unwrap();
        let check = |answer: io::Result<&str>, state: State, found: &str| {
            let finding = page(listen, &answer.map(str::to_owned));
            assert_eq!(finding.state, state, "{finding:?}");
            assert!(finding.found.contains(found), "{finding:?}");
        };
        check(
            Ok("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nok\n"),
            State::Right,
            "visits can be recorded",
        );
        check(
            Ok("HTTP/1.1 503 Service Unavailable\r\na: b\r\n\r\nnot ready: the disk is full\n"),
            State::Wrong,
            "the disk is full",
        );
        let others = [
            "HTTP/1.1 200 OK\r\n\r\n<html>",
            "HTTP/1.0 404 No\r\n\r\n",
            "HTTP/1.",
        ];
        for other in others {
            check(Ok(other), State::Wrong, "another program");
        }
        let error = |kind: ErrorKind| Err(io::Error::from(kind));
        check(
            error(ErrorKind::ConnectionRefused),
            State::Unknown,
            "no kiosk runs",
        );
        check(error(ErrorKind::TimedOut), State::Wrong, "127.0.0.1:8080");
    }
}
