//! The page of a kiosk that runs: its port is opened again with back-off when that fails, and it is
//! asked now and then whether it still answers.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use desk::Desk;
use desk::access::{Access, AccessError};
use desk::kiosk::{Notice, Part};
use devices::supervise::BackOff;
use screens::locale::Message;
use tokio::sync::watch;
use tokio::time;

use super::address;

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
}

impl Page {
    /// Opens the port. If that fails, [`Page::serve`] tries it again.
    pub(super) fn open(listen: SocketAddr, folder: &Path) -> (Arc<Self>, Option<TcpListener>) {
        let bound = bind(listen);
        let page = Self {
            address: bound.as_ref().map_or(listen, |(_, address)| *address),
            folder: folder.to_owned(),
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
        thread::spawn(move || {
            while let Some(page) = page.upgrade() {
                page.ask();
                drop(page);
                thread::sleep(INTERVAL);
            }
        });
    }

    /// How long ago the page last answered; zero if it is not served, or has not answered yet.
    pub(super) fn silence(&self) -> Duration {
        let state = self.state();
        let answered = state.answered.filter(|_| state.is_served);
        answered.map_or(Duration::ZERO, |answered| answered.elapsed())
    }

    /// Where others on the network open the page; `None` if it is not served, or there is no network.
    pub(super) fn reachable(&self) -> Option<SocketAddr> {
        let is_served = self.state().is_served;
        address::reachable(self.address).filter(|_| is_served)
    }

    /// What is wrong with the page, and with who may log in.
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
        notices.collect()
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
        let shown = address::reachable(self.address).unwrap_or(self.address);
        tracing::info!("the front desk's page: http://{shown}/");
        if let Some(link) = desk.login_link() {
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
