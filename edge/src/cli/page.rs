//! The page of a kiosk that runs: its port is opened again with back-off when that fails, and it is
//! asked now and then whether it still answers.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use desk::Desk;
use desk::access::{Access, AccessError};
use desk::kiosk::{Notice, Part};
use desk::setup::Setup;
use desk::tls::Tls;
use retry::BackOff;
use screens::locale::Message;
use tokio::sync::watch;
use tokio::time;

use super::address;
use crate::kiosk::machine::Reachable;
use crate::kiosk::rounds;

/// The pauses between attempts to serve the page.
const BACK_OFF: BackOff = BackOff::new(Duration::from_secs(1), Duration::from_secs(30));

/// Between two questions whether it answers.
const INTERVAL: Duration = Duration::from_secs(10);

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// The most bytes of an answer that are read.
const LONGEST_ANSWER: u64 = 4096;

/// The page. The kiosk goes on without it, and says what is wrong.
#[derive(Debug)]
pub(super) struct Page {
    /// Where it is served.
    pub(super) address: SocketAddr,
    /// The data folder, which says who may log in.
    folder: PathBuf,
    /// Its certificate; `None` for plain HTTP alone.
    tls: Option<Tls>,
    setup: Setup,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    is_served: bool,
    /// Why it is not served.
    failure: Option<Message>,
    /// Why nobody can log in.
    access: Option<Message>,
    /// When it last answered since it is served.
    answered: Option<Instant>,
    /// What avahi calls the machine: the address that it was asked for, and the name.
    name: Option<(IpAddr, String)>,
}

impl Page {
    /// Opens the port. If that fails, [`Page::serve`] tries it again.
    pub(super) fn open(
        listen: SocketAddr,
        folder: &Path,
        tls: Option<Tls>,
        setup: Setup,
    ) -> (Arc<Self>, Option<TcpListener>) {
        let bound = bind(listen);
        let page = Self {
            address: bound.as_ref().map_or(listen, |(_, address)| *address),
            folder: folder.to_owned(),
            tls,
            setup,
            state: Mutex::default(),
        };
        let listener = match bound {
            Ok((listener, _)) => Some(listener),
            Err(error) => {
                page.fail(&error);
                None
            }
        };
        (Arc::new(page), listener)
    }

    /// Serves the page until `closing` is true. Whatever ends it before, even a defect, it is served
    /// again after a pause.
    pub(super) async fn serve(
        &self,
        desk: Desk,
        mut listener: Option<TcpListener>,
        closing: watch::Receiver<bool>,
    ) {
        let mut back_off = BACK_OFF;
        loop {
            let start = Instant::now();
            let bound = match listener.take() {
                Some(listener) => Ok(listener),
                None => bind(self.address).map(|(listener, _)| listener),
            };
            let served = match bound {
                Ok(listener) => {
                    self.succeed(&desk);
                    let serving = desk.clone().serve(listener, closed(closing.clone()));
                    // A panic ends this task alone.
                    let served = tokio::spawn(serving).await;
                    served.unwrap_or_else(|panic| Err(io::Error::other(panic)))
                }
                Err(error) => Err(error),
            };
            let Err(error) = served else {
                return;
            };
            self.fail(&error);
            back_off.lasted(start.elapsed());
            tokio::select! {
                () = time::sleep(back_off.pause()) => {}
                () = closed(closing.clone()) => return,
            }
        }
    }

    /// Asks the page now and then whether it answers, on a thread of its own, until it is dropped.
    pub(super) fn watch(self: &Arc<Self>) {
        let page = Arc::downgrade(self);
        rounds::start("the check that the page answers", move || {
            let page = page.upgrade()?;
            page.find_name();
            page.ask();
            Some(INTERVAL)
        });
    }

    /// How long ago the page last answered; zero if it is not served, or has not answered yet.
    pub(super) fn silence(&self) -> Duration {
        let state = self.state();
        let answered = state.answered.filter(|_| state.is_served);
        answered.map_or(Duration::ZERO, |answered| answered.elapsed())
    }

    /// Where others on the network open the page, by name if they can; nowhere if it is not served, or
    /// there is no network.
    pub(super) fn reachable(&self) -> Reachable {
        let state = self.state();
        let Some(address) = address::reachable(self.address).filter(|_| state.is_served) else {
            return Reachable::default();
        };
        let (ip, port) = (address.ip(), address.port());
        let name = (state.name.as_ref()).filter(|(of, _)| *of == ip);
        let (host, hint) = match name {
            Some((_, name)) => (format!("{name}:{port}"), None),
            None if ip.is_loopback() => {
                let hint = Message::new("status-where-here");
                (address.to_string(), Some(hint))
            }
            None => {
                let hint = Message::new("status-where-unnamed");
                (address.to_string(), Some(hint))
            }
        };
        let numeric = Some(address).filter(|_| !ip.is_loopback());
        let with_scheme = |host: String| format!("{}://{host}", self.scheme());
        Reachable {
            address: Some(with_scheme(host)),
            numeric: numeric.map(|address| with_scheme(address.to_string())),
            hint,
        }
    }

    /// How its addresses begin for others on the network.
    pub(super) fn scheme(&self) -> &'static str {
        match self.tls {
            Some(_) => "https",
            None => "http",
        }
    }

    /// What is wrong with the page and its certificate, and with who may log in.
    pub(super) fn notices(&self) -> Vec<Notice> {
        let access = Access::open(&self.folder).err();
        let message = access.as_ref().map(of_access);
        let mut state = self.state();
        if let Some(error) = access.filter(|_| state.access != message) {
            tracing::error!(%error, "nobody can log in");
        }
        state.access.clone_from(&message);
        let parts = [(Part::Page, state.failure.clone()), (Part::Access, message)];
        let notices = (parts.into_iter())
            .filter_map(|(part, message)| message.map(|message| Notice { part, message }));
        let tls = self.tls.as_ref().map_or_else(Vec::new, Tls::notices);
        let tls = tls.into_iter().map(|message| Notice {
            part: Part::Https,
            message,
        });
        notices.chain(tls).collect()
    }

    /// Asks avahi for the machine's name, whose answer may take a while.
    fn find_name(&self) {
        let name = address::name(self.address);
        self.state().name = name;
    }

    fn ask(&self) {
        if !self.state().is_served {
            return;
        }
        match ask(self.address, "/health/live") {
            Ok(_) => self.state().answered = Some(Instant::now()),
            Err(error) => tracing::debug!(%error, "the page does not answer"),
        }
    }

    /// Says that the page is served from now on, and where.
    fn succeed(&self, desk: &Desk) {
        let mut state = self.state();
        (state.is_served, state.failure, state.answered) = (true, None, None);
        drop(state);
        let reached = address::reachable(self.address);
        let (page, setup) = address::announcement(self.scheme(), self.address, reached);
        tracing::info!("the front desk's page: {page}");
        if self.tls.is_none() && !self.address.ip().is_loopback() {
            tracing::warn!(
                "the page is not encrypted: anyone who can read this network's traffic can read it, and \
                 the passwords too; tls = \"auto\" in kiosk.toml serves it over HTTPS"
            );
        }
        if self.setup.is_first() {
            tracing::info!(
                "the kiosk is not set up yet: {setup}, and enter the six figures on the screen"
            );
        } else if let Some(link) = desk.login_link() {
            tracing::info!("log in (this link works once): {link}");
        }
    }

    /// Says that the page is not served. A reason that is the same as before is not logged again.
    fn fail(&self, error: &io::Error) {
        let address = self.address;
        let message = match error.kind() {
            ErrorKind::AddrInUse => Message::new("notice-page-in-use").with("address", address),
            ErrorKind::AddrNotAvailable => {
                Message::new("notice-page-no-address").with("address", address.ip())
            }
            _ => Message::new("notice-page-failed")
                .with("address", address)
                .with("reason", error),
        };
        let mut state = self.state();
        state.is_served = false;
        if state.failure.as_ref() != Some(&message) {
            tracing::error!(%address, %error, "the page is not served; the kiosk tries again");
        }
        state.failure = Some(message);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Asks the page at this address, on this machine, for a path. Returns the answer, which begins with
/// its status.
///
/// # Errors
/// If nobody answers in time, or not in HTTP.
pub(super) fn ask(address: SocketAddr, path: &str) -> io::Result<String> {
    let mut to = address;
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => to.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => to.set_ip(Ipv6Addr::LOCALHOST.into()),
        IpAddr::V4(_) | IpAddr::V6(_) => {}
    }
    let mut stream = TcpStream::connect_timeout(&to, PATIENCE)?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = Vec::new();
    stream.take(LONGEST_ANSWER).read_to_end(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    if !answer.starts_with("HTTP/1.") {
        return Err(io::Error::new(ErrorKind::InvalidData, "no answer in HTTP"));
    }
    Ok(answer)
}

fn bind(address: SocketAddr) -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(address)?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// Ends when the page is to close, or nobody is left to say so.
async fn closed(mut closing: watch::Receiver<bool>) {
    let _ = closing.wait_for(|is_closing| *is_closing).await;
}

fn of_access(error: &AccessError) -> Message {
    match error {
        AccessError::Damaged { path, reason, .. } => Message::new("notice-access-damaged")
            .with("file", path.display())
            .with("reason", reason),
        AccessError::Unreadable { path, error } => Message::new("notice-access-unreadable")
            .with("file", path.display())
            .with("reason", error),
        other => Message::new("notice-access-failed").with("reason", other),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use desk::tls::Hosts;
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn what_is_wrong_with_the_certificate_is_not_said_of_the_page() {
        let folder = tempfile::tempdir().unwrap();
        // A file where the certificate's folder should be.
        fs::write(folder.path().join("tls"), "").unwrap();
        let find_hosts = Box::new(Hosts::default);
        let tls = Tls::made(folder.path(), find_hosts, Timestamp::now()).unwrap();
        let listen = "127.0.0.1:0".parse().unwrap();
        let (page, listener) = Page::open(listen, folder.path(), Some(tls), Setup::default());
        assert!(listener.is_some());
        let parts: Vec<Part> = page.notices().iter().map(|notice| notice.part).collect();
        assert_eq!(parts, [Part::Https]);
    }
}
