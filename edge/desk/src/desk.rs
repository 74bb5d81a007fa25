//! The desk: what its handlers share, and how they reach the catalogue.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use catalogue::{Catalogue, CatalogueError, LeftOut, Settings, Totals};
use heic::Reader;
use screens::locale::Message;
use tokio::sync::watch;

use crate::access::{Access, Event, Links, Moment, Sessions, Throttle, private_file};
use crate::contacts::Readers;
use crate::counters::Counters;
use crate::error::DeskError;
use crate::kiosk::{Command, Kiosk, lacking};
use crate::limits::{FOLLOWERS, FOLLOWERS_OF_SESSION};
use crate::quota::Quota;
use crate::scratch;
use crate::session::Client;
use crate::setup::{Cameras, Setup};
use crate::tls::Tls;
use crate::webhook::Webhook;
use crate::work::{WorkQueues, blocking};

/// What the desk has to know at its start.
pub struct Options {
    /// The address that it listens on, as bound: login links name it.
    pub address: SocketAddr,
    /// The data folder. Files lie there while they are sent or received.
    pub folder: PathBuf,
    /// Names with a dot by which the kiosk is reached, in addition to IP addresses, `localhost`,
    /// names without a dot and those of local networks (`.local`, `.lan`, `.home.arpa`,
    /// `.internal`).
    pub names: Vec<String>,
    /// Reads the photographs that are sent.
    pub photographs: Reader,
    /// TLS on the same port as plain HTTP, which others are then sent on from; `None` for plain
    /// HTTP alone.
    pub tls: Option<Tls>,
    /// The wizard that sets the kiosk up.
    pub setup: Setup,
    /// The cameras to choose from.
    pub cameras: Arc<dyn Cameras>,
}

/// The front desk. Clones are handles of the same one.
///
/// ```no_run
/// use std::net::TcpListener;
/// use std::sync::Arc;
/// use std::time::Duration;
///
/// use desk::access::Access;
/// use desk::kiosk::Kiosk;
/// use desk::setup::{NoCameras, Setup};
/// use desk::{Desk, Options};
/// use heic::Reader;
///
/// # async fn example(kiosk: Kiosk) -> Result<(), Box<dyn std::error::Error>> {
/// let listener = TcpListener::bind("127.0.0.1:8080")?;
/// let options = Options {
///     address: listener.local_addr()?,
///     folder: "data".into(),
///     names: vec!["desk.example.org".to_owned()],
///     photographs: Reader::new("/usr/bin", Duration::from_secs(60)),
///     tls: None,
///     setup: Setup::default(),
///     cameras: Arc::new(NoCameras),
/// };
/// let desk = Desk::new(kiosk, Access::open("data".as_ref())?, options);
/// // Until the program ends.
/// desk.serve(listener, std::future::pending()).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Desk(pub(crate) Arc<Inner>);

/// What the handlers share.
pub(crate) struct Inner {
    pub(crate) kiosk: Kiosk,
    pub(crate) options: Options,
    pub(crate) access: Access,
    pub(crate) sessions: Sessions,
    pub(crate) links: Links,
    pub(crate) throttle: Throttle,
    /// Of tokens, as `throttle` of passwords.
    pub(crate) wrong_tokens: Throttle,
    /// Of the six figures of the set-up, as `throttle` of passwords.
    pub(crate) wrong_figures: Throttle,
    pub(crate) counters: Counters,
    pub(crate) queues: WorkQueues,
    pub(crate) webhook: Webhook,
    /// Who has read which contacts lately.
    pub(crate) readers: Readers,
    /// The photographs that the newest backup of each catalogue lacks that somebody has downloaded.
    pub(crate) left_out: Mutex<HashMap<Which, Vec<LeftOut>>>,
    /// Streams of events.
    pub(crate) followers: Quota,
    pub(crate) changes: watch::Sender<Changes>,
    /// Becomes true when the desk closes: streams that would never end stop.
    pub(crate) closing: watch::Sender<bool>,
}

/// One of the catalogues that pages show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Which {
    /// The one in use.
    #[default]
    Present,
    /// That of the data folder, where it can only be read.
    Former,
}

/// How often the desk has changed what open pages show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    /// Anything in the catalogue.
    pub(crate) catalogue: u64,
    /// The language, of the daycare or of somebody's pages.
    pub(crate) language: u64,
}

/// What was read of the catalogue; nothing where that part of it is damaged, so that there are pages which say
/// so, and by which a backup can be restored.
pub(crate) fn unless_damaged<T>(
    read: Result<T, CatalogueError>,
) -> Result<Option<T>, CatalogueError> {
    match read {
        Err(CatalogueError::Corrupt { .. }) => Ok(None),
        read => read.map(Some),
    }
}

impl Desk {
    /// The desk of a kiosk.
    #[must_use]
    pub fn new(kiosk: Kiosk, access: Access, options: Options) -> Self {
        scratch::clear(&options.folder);
        private_file::clear(&options.folder);
        let sessions = Sessions::open(&options.folder, Moment::now());
        let webhook = Webhook::start(&options.folder, &kiosk.catalogue);
        Self(Arc::new(Inner {
            kiosk,
            options,
            access,
            sessions,
            links: Links::default(),
            throttle: Throttle::default(),
            wrong_tokens: Throttle::default(),
            wrong_figures: Throttle::default(),
            counters: Counters::default(),
            queues: WorkQueues::default(),
            webhook,
            readers: Readers::default(),
            left_out: Mutex::default(),
            followers: Quota::new(FOLLOWERS, FOLLOWERS_OF_SESSION),
            changes: watch::Sender::default(),
            closing: watch::Sender::default(),
        }))
    }

    /// The kiosk at work.
    pub(crate) fn kiosk(&self) -> &Kiosk {
        &self.0.kiosk
    }

    /// The wizard that sets the kiosk up.
    pub(crate) fn setup(&self) -> &Setup {
        &self.0.options.setup
    }

    /// The cameras to choose from. Asking them takes time: use a thread that may block.
    pub(crate) fn cameras(&self) -> Arc<dyn Cameras> {
        Arc::clone(&self.0.options.cameras)
    }

    /// Reads the catalogue, off the threads that serve.
    ///
    /// # Errors
    /// The catalogue's, or [`DeskError::Busy`] if too many wait for it.
    pub(crate) async fn catalogue<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Catalogue) -> Result<T, CatalogueError> + Send + 'static,
    ) -> Result<T, DeskError> {
        let catalogue = Arc::clone(&self.0.kiosk.catalogue);
        let work = move || work(&catalogue);
        Ok(self.0.queues.catalogue.run(work).await??)
    }

    /// Changes the catalogue, and has the open pages reload their lists.
    ///
    /// # Errors
    /// As [`Desk::catalogue`].
    pub(crate) async fn change<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Catalogue) -> Result<T, CatalogueError> + Send + 'static,
    ) -> Result<T, DeskError> {
        let done = self.catalogue(work).await?;
        self.note_change();
        Ok(done)
    }

    /// Makes the open pages reload their lists.
    pub(crate) fn note_change(&self) {
        self.0.changes.send_modify(|changes| changes.catalogue += 1);
    }

    /// Makes the open pages check whether they are still in their reader's language.
    pub(crate) fn note_language(&self) {
        self.0.changes.send_modify(|changes| changes.language += 1);
    }

    /// Applies new settings to the screen and the open pages: to the screen before this returns.
    pub(crate) async fn follow_settings(&self) {
        self.note_language();
        if let Err(error) = self.kiosk().ask(Command::Settings).await {
            // It reads them itself in a moment.
            tracing::debug!(%error, "the screen does not follow the settings at once");
        }
    }

    /// The daycare's settings.
    ///
    /// # Errors
    /// As [`Desk::catalogue`].
    pub(crate) async fn settings(&self) -> Result<Settings, DeskError> {
        self.catalogue(Catalogue::settings).await
    }

    /// Changes the settings, and records which. Their camera is used from now on, unless the
    /// configuration names one. Returns the settings as they are then.
    ///
    /// # Errors
    /// [`DeskError::Camera`] if it cannot be used, and as [`Desk::catalogue`]; then none is stored.
    pub(crate) async fn change_settings(
        &self,
        settings: Settings,
        author: &str,
        client: &Client,
    ) -> Result<Settings, DeskError> {
        settings.check()?;
        // The camera in use may be one that was only tried.
        if !self.cameras().is_fixed() {
            let choice = settings.camera.clone();
            self.choose_camera(choice.unwrap_or_else(|| "auto".to_owned()))
                .await?;
        }
        let by = author.to_owned();
        let set = self.change(move |catalogue| {
            let changed = catalogue.set_settings(&settings, &by)?;
            Ok((catalogue.settings()?, changed))
        });
        let (settings, changed) = set.await?;
        if !changed.is_empty() {
            self.note(Event::Settings, author, client, &changed.join(", "))
                .await;
        }
        self.follow_settings().await;
        Ok(settings)
    }

    /// Uses another camera.
    ///
    /// # Errors
    /// [`DeskError::Camera`] if it cannot be used; the one that was in use stays.
    pub(crate) async fn choose_camera(&self, choice: String) -> Result<(), DeskError> {
        let cameras = self.cameras();
        let chosen = blocking(move || {
            if cameras.is_fixed() {
                return Err(Message::new("setup-camera-fixed"));
            }
            cameras.choose(&choice)
        });
        chosen.await?.map_err(DeskError::Camera)
    }

    /// Whether backups are encrypted.
    pub(crate) async fn encrypts_backups(&self) -> Result<bool, DeskError> {
        self.catalogue(|catalogue| Ok(catalogue.encrypts_backups()))
            .await
    }

    /// Notes what a backup lacks that is being downloaded, for the page that it is downloaded from.
    pub(crate) fn note_left_out(&self, of: Which, left_out: Vec<LeftOut>) {
        let noted = self.0.left_out.lock();
        let mut noted = noted.unwrap_or_else(PoisonError::into_inner);
        noted.insert(of, left_out);
    }

    /// What the last backup of a catalogue lacks that was downloaded, as a message; `None` if it lacks
    /// nothing.
    pub(crate) fn lacking(&self, of: Which) -> Option<Message> {
        let noted = self.0.left_out.lock();
        let noted = noted.unwrap_or_else(PoisonError::into_inner);
        lacking("export-backup-lacks", noted.get(&of)?)
    }

    /// How much the catalogue holds; `None` if it does not answer, which is logged.
    pub(crate) async fn totals(&self) -> Option<Totals> {
        match self.catalogue(Catalogue::totals).await {
            Ok(totals) => Some(totals),
            Err(error) => {
                tracing::warn!(%error, "the catalogue's totals cannot be read");
                None
            }
        }
    }
}
