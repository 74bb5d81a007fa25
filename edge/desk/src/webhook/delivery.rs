//! Sends the events: one after the other, signed, again with growing pauses while the receiver fails.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use jiff::Timestamp;
use retry::BackOff;
use ring::hmac;
use ureq::Agent;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};

use super::queue::{Event, Failure, Queue};
use super::target::{Stored, Target, WebhookError, is_private};
use crate::access::SecretFile;
use crate::api::WebhookEvent;

/// The header with the signature.
const SIGNATURE: &str = "X-Kiosk-Signature";

/// How long the receiver may take in all.
const TIME: Duration = Duration::from_secs(10);

/// The pause after the first failure. Each further one doubles it.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_mins(5);

/// What has become of an event that there was an attempt to send.
enum Sent {
    Delivered,
    /// There is nobody to send it to.
    Nowhere,
}

/// Sends what comes, until the queue is closed.
pub(super) fn run(queue: &Queue, file: &SecretFile<Stored>) {
    deliver(queue, |event| {
        let stored = file.read();
        match stored.as_ref().map(|stored| &stored.target) {
            Ok(None) => Ok(Sent::Nowhere),
            Ok(Some(target)) => send(target, event).map(|()| Sent::Delivered),
            Err(error) => Err(Failure::Unknown(error.to_string())),
        }
    });
}

/// Calls `attempt` for each event that comes. A defect (a panic) in it is a failure, as if nobody had
/// answered: the event is sent again, and given up in the end.
fn deliver(queue: &Queue, attempt: impl Fn(&Event) -> Result<Sent, Failure>) {
    let mut back_off = BackOff::new(FIRST_PAUSE, LONGEST_PAUSE);
    while let Some(event) = queue.next() {
        // No lock here minds a panic.
        let sent = catch_unwind(AssertUnwindSafe(|| attempt(&event)));
        match sent.unwrap_or(Err(Failure::Defect)) {
            Ok(Sent::Nowhere) => queue.clear(),
            Ok(Sent::Delivered) => {
                if queue.delivered(&event) {
                    tracing::info!("the webhook works again");
                }
                back_off.reset();
            }
            Err(failure) => {
                let text = failure.to_string();
                if queue.failed(&event, failure) {
                    tracing::warn!(error = %text, "the webhook fails; it is tried again");
                }
                let has_changed = queue.pause(&event, back_off.pause());
                if has_changed {
                    back_off.reset();
                }
            }
        }
    }
}

/// Sends one event. The agent is new each time: it keeps nothing anyway, and one that has panicked would
/// go on to.
fn send(target: &Target, event: &Event) -> Result<(), Failure> {
    let content = WebhookEvent::new(event.what, &event.visit, event.at, target.names);
    let body = serde_json::to_string(&content);
    let body = body.map_err(|error| Failure::Unknown(error.to_string()))?;
    let signed = signature(&target.secret, Timestamp::now().as_second(), &body);
    let answer = agent()
        .post(&target.url)
        .header("Content-Type", "application/json")
        .header(SIGNATURE, signed)
        .send(&body);
    match answer {
        Ok(answer) if answer.status().is_success() => Ok(()),
        Ok(answer) => Err(Failure::Refused(answer.status().as_u16())),
        Err(error) => Err(Failure::Unreachable(error.to_string())),
    }
}

/// The signature of a body at a time in seconds since 1970: HMAC-SHA256 (RFC 2104) of both. With the
/// time in it, what somebody recorded cannot be sent again later.
fn signature(secret: &str, at: i64, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let mut signing = hmac::Context::with_key(&key);
    signing.update(format!("{at}.").as_bytes());
    signing.update(body.as_bytes());
    let tag = signing.sign();
    let hex: String = (tag.as_ref().iter())
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("t={at},v1={hex}")
}

/// What sends: it follows no redirect, uses no proxy, keeps no connection, and reads no answer beyond
/// its head.
fn agent() -> Agent {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .max_idle_connections(0)
        .timeout_global(Some(TIME))
        .user_agent(concat!("breed-kiosk/", env!("CARGO_PKG_VERSION")))
        .build();
    Agent::with_parts(config, DefaultConnector::default(), Local::default())
}

/// Looks names up. Without TLS it finds addresses of the local network alone, whatever the name stood
/// for when the owner entered it.
#[derive(Debug, Default)]
struct Local(DefaultResolver);

impl Resolver for Local {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.0.resolve(uri, config, timeout)?;
        if uri.scheme_str() == Some("https") {
            return Ok(found);
        }
        let mut local = self.empty();
        for address in found.iter().filter(|address| is_private(address.ip())) {
            local.push(*address);
        }
        if local.is_empty() {
            return Err(io::Error::other(WebhookError::Open).into());
        }
        Ok(local)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::sync::mpsc;
    use std::thread;

    use super::super::queue::tests::filled;
    use super::*;

    #[test]
    fn an_event_at_which_it_panics_has_failed_and_is_sent_again() {
        let queue = filled(2);
        let attempts = Cell::new(0);
        deliver(&queue, |_| {
            attempts.set(attempts.get() + 1);
            match attempts.get() {
                1 => panic!("a defect, for a test"),
                2 => assert_eq!(queue.progress().failure, Some(Failure::Defect)),
                _ => queue.close(),
            }
            Ok(Sent::Delivered)
        });
        let progress = queue.progress();
        assert_eq!((progress.failures, progress.delivered), (1, 2));
        assert_eq!(progress.failure, None);
    }

    #[test]
    fn closing_the_queue_ends_it_also_after_a_defect() {
        let queue = filled(1);
        let (tried, attempts) = mpsc::channel();
        thread::scope(|scope| {
            scope.spawn(|| {
                deliver(&queue, |_| {
                    let _ = tried.send(());
                    panic!("a defect, for a test");
                });
            });
            let begun = attempts.recv_timeout(Duration::from_secs(20));
            begun.expect("an attempt");
            // The scope waits for the thread.
            queue.close();
        });
    }

    /// As computed by `hmac` of Python's standard library.
    #[test]
    fn the_signature_is_the_hmac_of_time_and_body() {
        let signed = signature("sixteen-letters-", 1_700_000_000, "{\"event\":\"arrival\"}");
        assert_eq!(
            signed,
            "t=1700000000,v1=2ddcb08072558c1a1968bb5e85914fc019b1d8e19012adaf8c793ee9fd87c90b"
        );
    }

    #[test]
    fn a_name_that_stands_for_a_public_address_is_not_reached_without_tls() {
        let uri = |text: &str| text.parse::<Uri>().unwrap();
        let resolve = |text: &str| {
            let config = Config::default();
            Local::default().resolve(&uri(text), &config, NextTimeout::default())
        };
        for open in [
            "http://203.0.113.7/",
            "http://[2001:db8::1]:80/",
            "http://169.254.1.1/",
        ] {
            let refused = resolve(open).unwrap_err().to_string();
            assert!(refused.contains("use https"), "{refused}");
        }
        for fine in [
            "http://127.0.0.1:8080/",
            "http://10.0.0.7/",
            "https://203.0.113.7/",
        ] {
            assert_eq!(resolve(fine).unwrap().len(), 1, "{fine}");
        }
    }
}
