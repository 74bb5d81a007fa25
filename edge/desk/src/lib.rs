//! The front desk's page and its API, served by the kiosk itself.
//!
//! A request passes, from the outside in: the headers of every answer, what is counted
//! (`metrics`), the rendering of what went wrong (`problem`), and the `guard`, which knows the caller's
//! session and refuses what another site sent. Handlers ask for what they need with the extractors
//! of `extract` and reach the catalogue through [`Desk::catalogue`], which keeps the disk off the
//! threads that serve.

pub mod access;
mod api;
mod body;
mod error;
mod extract;
mod guard;
mod headers;
mod lane;
mod linger;
mod live;
mod login;
mod metrics;
mod pages;
mod problem;
mod serve;
mod transfer;
mod upload;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use tokio::sync::{Semaphore, watch};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::RequestBodyTimeoutLayer;

use self::access::{Access, Links, Role, Sessions, Throttle};
use self::lane::Lane;
use self::metrics::Metrics;
use catalogue::{Catalogue, CatalogueError, Decision, Settings, Visit, VisitId};
use crate::kiosk::{Command, Kiosk};

pub use self::api::description;
pub use self::error::DeskError;
pub use self::extract::{Owner, Session, Visitor};
pub use self::login::LoginPage;
pub use self::problem::{Kind, Problem};

/// The biggest form or JSON that is taken, in bytes.
const LARGEST_FORM: usize = 256 << 10;

/// The most pages that follow the screen at a time.
const MOST_FOLLOWERS: usize = 64;

/// What the desk is told at its start.
pub struct Options {
    /// Where it listens, as bound: login links name it.
    pub address: SocketAddr,
    /// Where uploads and downloads lie while they last: the data folder, which has the room.
    pub folder: PathBuf,
    /// Names with a dot by which the kiosk is reached, beside addresses, `localhost`, names
    /// without a dot and those of local networks (`.local`, `.lan`, `.home.arpa`, `.internal`).
    pub names: Vec<String>,
    /// Says a line to whoever sits at the kiosk's terminal.
    pub say: Box<dyn Fn(&str) + Send + Sync>,
}

/// The front desk. Clones are handles of the same one.
#[derive(Clone)]
pub struct Desk(Arc<Inner>);

struct Inner {
    kiosk: Kiosk,
    options: Options,
    access: Access,
    sessions: Sessions,
    links: Links,
    throttle: Throttle,
    metrics: Metrics,
    lanes: Lanes,
    followers: Arc<Semaphore>,
    /// Counts up with every change that a page made to the catalogue.
    changes: watch::Sender<u64>,
    /// Becomes true when the desk closes: streams that would go on for ever end.
    closing: watch::Sender<bool>,
}

/// Work that blocks, by kind: how much runs at once, and how much waits.
struct Lanes {
    catalogue: Lane,
    passwords: Lane,
    uploads: Lane,
    pictures: Lane,
    archives: Lane,
}

impl Desk {
    /// The desk of a kiosk.
    #[must_use]
    pub fn new(kiosk: Kiosk, access: Access, options: Options) -> Self {
        transfer::clear(&options.folder);
        Self(Arc::new(Inner {
            metrics: Metrics::new(),
            kiosk,
            options,
            access,
            sessions: Sessions::default(),
            links: Links::default(),
            throttle: Throttle::default(),
            lanes: Lanes {
                catalogue: Lane::new(4, 256),
                // A hash takes 19 MiB for as long as it lasts.
                passwords: Lane::new(2, 8),
                uploads: Lane::new(2, 4),
                // A decoded picture takes up to 150 MB.
                pictures: Lane::new(1, 4),
                archives: Lane::new(1, 4),
            },
            followers: Arc::new(Semaphore::new(MOST_FOLLOWERS)),
            changes: watch::Sender::default(),
            closing: watch::Sender::default(),
        }))
    }

    /// Every address of the desk: pages and API.
    pub fn router(&self) -> Router {
        self.dressed(
            Router::new()
                .merge(pages::router())
                .merge(login::router())
                .merge(metrics::router())
                .merge(api::router()),
        )
    }

    /// What every request passes around its handler; the last layer is the outermost.
    fn dressed(&self, routes: Router<Self>) -> Router {
        routes
            .layer(from_fn_with_state(self.clone(), guard::guard))
            .layer(DefaultBodyLimit::max(LARGEST_FORM))
            .layer(from_fn(linger::linger))
            .layer(RequestBodyTimeoutLayer::new(serve::STALL))
            .layer(CatchPanicLayer::custom(problem::caught))
            .layer(from_fn_with_state(self.clone(), problem::render))
            .layer(from_fn_with_state(self.clone(), metrics::count))
            .layer(from_fn(headers::add))
            .with_state(self.clone())
    }

    /// The kiosk at work.
    #[must_use]
    pub fn kiosk(&self) -> &Kiosk {
        &self.0.kiosk
    }

    /// Asks the catalogue something, off the threads that serve.
    ///
    /// # Errors
    /// What the catalogue says, or [`DeskError::Busy`] where too many wait for it.
    pub async fn catalogue<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Catalogue) -> Result<T, CatalogueError> + Send + 'static,
    ) -> Result<T, DeskError> {
        let catalogue = Arc::clone(&self.0.kiosk.catalogue);
        let done = self.0.lanes.catalogue.run(move || work(&catalogue)).await?;
        Ok(done?)
    }

    /// Changes the catalogue, and has the open pages load their lists anew.
    ///
    /// # Errors
    /// As [`Desk::catalogue`].
    pub async fn change<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Catalogue) -> Result<T, CatalogueError> + Send + 'static,
    ) -> Result<T, DeskError> {
        let done = self.catalogue(work).await?;
        self.note_change();
        Ok(done)
    }

    /// Confirms or corrects a visit; once it is on disk the screen says so.
    ///
    /// # Errors
    /// As [`Desk::catalogue`].
    pub async fn confirm(&self, id: VisitId, said: Decision) -> Result<Visit, DeskError> {
        let visit = self
            .change(move |catalogue| catalogue.confirm(id, &said))
            .await?;
        self.tell_confirmed(&[id]);
        Ok(visit)
    }

    /// Corrects several visits at once, all or none of them; how many it were.
    ///
    /// # Errors
    /// As [`Desk::catalogue`].
    pub async fn confirm_all(
        &self,
        ids: Vec<VisitId>,
        breed: String,
        by: String,
    ) -> Result<usize, DeskError> {
        let all = ids.clone();
        let settled = self
            .change(move |catalogue| catalogue.confirm_all(&all, &breed, &by))
            .await?;
        self.tell_confirmed(&ids);
        Ok(settled)
    }

    /// The daycare's settings.
    ///
    /// # Errors
    /// As [`Desk::catalogue`].
    pub async fn settings(&self) -> Result<Settings, DeskError> {
        self.catalogue(Catalogue::settings).await
    }

    /// Whether a role has a password.
    #[must_use]
    pub fn has_password(&self, role: Role) -> bool {
        self.0.access.has_password(role).unwrap_or(true)
    }

    /// Sets a role's password, which ends the role's sessions.
    ///
    /// # Errors
    /// [`DeskError::Access`] with what is wrong with the password or the disk.
    pub async fn set_password(&self, role: Role, password: String) -> Result<(), DeskError> {
        let same = self.clone();
        let set = move || same.0.access.set_password(role, &password);
        Ok(self.0.lanes.passwords.run(set).await??)
    }

    /// A link that logs its reader in as the owner, once; the former one works no more. `None`
    /// where passwords are set.
    #[must_use]
    pub fn login_link(&self) -> Option<String> {
        self.link(Links::make)
    }

    fn link(&self, make: fn(&Links) -> Option<String>) -> Option<String> {
        if self.0.access.is_set().unwrap_or(true) {
            return None;
        }
        let token = make(&self.0.links)?;
        let address = self.0.options.address;
        Some(format!("http://{address}/login?token={token}"))
    }

    /// Says a fresh login link at the terminal, unless that was done a moment ago.
    fn renew_login_link(&self) {
        if let Some(link) = self.link(Links::renew) {
            (self.0.options.say)(&format!("a fresh login link: {link}"));
        }
    }

    /// Tells the screen of those visits that stand on it. A kiosk too busy to listen goes on by
    /// its clock: what counts is on disk.
    fn tell_confirmed(&self, ids: &[VisitId]) {
        let shown = self.kiosk().live().borrow().arrival.visit;
        for id in ids.iter().filter(|id| Some(**id) == shown) {
            let _ = self.kiosk().tell(Command::Settled(*id));
        }
    }

    fn note_change(&self) {
        self.0.changes.send_modify(|count| *count += 1);
    }

    fn folder(&self) -> &Path {
        &self.0.options.folder
    }

    /// Whether a role's password is still the one its session began with.
    fn basis(&self, role: Role) -> Option<access::Fingerprint> {
        self.0.access.basis(role).ok()
    }
}
