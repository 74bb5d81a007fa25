//! `kiosk run`, and `kiosk` alone: the kiosk at work.

use std::env;
use std::fs;
use std::future;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use ::catalogue::{Catalogue, CatalogueError, claim_folder, keep_private};
use anyhow::ensure;
use clap::Args;
use desk::access::Access;
use desk::kiosk::{Kiosk, Notice, Part, Rescue};
use desk::setup::Setup;
use desk::{Desk, Options};
use devices::camera::{self, Choice, Switch};
use devices::display::{self, Output};
use heic::Reader;
use jiff::Timestamp;
use recognise::{Bundle, Recogniser};
use screens::locale::Message;
use tempfile::TempDir;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use super::page::Page;
use super::settings::{self, Origin};
use super::update::kept::FOLDER;
use super::{ModelArg, demo, lock, log, one_line, plain, tls, update, watchdog};
use crate::config::{Config, LastGood};
use crate::kiosk::camera_choice::{self, OfPage};
use crate::kiosk::links::{self, Bundles};
use crate::kiosk::machine;
use crate::kiosk::model::ModelWatch;
use crate::kiosk::notices::of_catalogue;
use crate::kiosk::{self, Parts};
use crate::locale;
use crate::models::Models;

/// How long the kiosk's threads may take to end: a prediction on a slow machine.
const CLOSING: Duration = Duration::from_secs(10);

#[derive(Debug, Args)]
pub(super) struct Run {
    /// Read this configuration; what else is given here overrides it
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The camera: auto, none, csi, /dev/videoN, the address of one on the network, or a folder of
    /// photographs to play as arrivals
    #[arg(long, value_name = "CAMERA")]
    camera: Option<Choice>,
    /// Play a few built-in arrivals, to see the kiosk at work with a few guests whom it knows; all of
    /// it is gone at the end. With --data the arrivals go to that catalogue as it is, and stay
    #[arg(long, conflicts_with = "camera")]
    demo: bool,
    /// Where the page is served [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// The folder of the catalogue [default: breed-kiosk in your data folder]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Where the screen is shown: auto, none, spi, i2c or fb
    #[arg(long, value_name = "DISPLAY")]
    display: Option<display::Choice>,
    /// Check the configuration and stop; no hardware is touched
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    model: ModelArg,
}

impl Run {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let (is_check, is_demo) = (self.check, self.demo && self.data.is_none());
        let file = self.config.clone();
        let (mut config, origin) = self.config()?;
        display::check(&config.display, config.panel.as_ref())?;
        let warning = file.and_then(|file| config.exposed_password(&file));
        if is_check {
            if let Some(warning) = warning {
                eprintln!("kiosk: {}", plain(warning));
            }
            return check(&config);
        }
        log::start();
        if let Some(warning) = warning {
            tracing::warn!("{warning}");
        }
        // What the demo records is nobody's: it goes with the demo.
        let folder = is_demo.then(TempDir::new).transpose()?;
        if let Some(folder) = &folder {
            folder.path().clone_into(&mut config.data);
        }
        let _lock = lock::data_folder(&config.data)?;
        let models = (config.model.is_none()).then(|| Models::of(&config.data));
        let (kiosk, desk, page, listener) = open(config, is_demo, origin.notices())?;
        // A page that waits for its port may wait for good.
        if listener.is_some() {
            origin.started();
        }
        let catalogue = Arc::clone(&kiosk.catalogue);
        let served = serve(&kiosk, desk, &page, listener);
        drop(kiosk);
        close(&catalogue);
        if served.is_ok()
            && let Some(models) = models
            && let Err(error) = models.ended()
        {
            tracing::warn!(%error, "this end counts against the new model bundle");
        }
        served
    }

    /// The file's settings, with what the command line says instead, and where they come from.
    fn config(self) -> anyhow::Result<(Config, Origin)> {
        let (mut config, origin) = match &self.config {
            // A caller that has a file checked asks about that file alone.
            Some(path) if self.check => (Config::read(path)?, Origin::Unkept),
            Some(path) => settings::read(path, LastGood::of_service(path))?,
            None => (Config::default(), Origin::Unkept),
        };
        if self.demo {
            config.camera = Choice::Demo;
        }
        config.camera = self.camera.unwrap_or(config.camera);
        config.listen = self.listen.unwrap_or(config.listen);
        config.display = self.display.unwrap_or(config.display);
        config.data = self.data.unwrap_or(config.data);
        config.model = self.model.model.or(config.model);
        Ok((config, origin))
    }
}

/// Starts the kiosk, and opens the port of its page if it can. The catalogue of a demo begins with its
/// guests; `notices` tell what is wrong already.
fn open(
    config: Config,
    is_demo: bool,
    notices: Vec<Notice>,
) -> anyhow::Result<(Kiosk, Desk, Arc<Page>, Option<TcpListener>)> {
    let (access, setup) = access(&config.data, config.listen.ip());
    let basis = Basis::open(&config, is_demo, notices)?;
    let tls = tls::open(&config)?;
    let (page, listener) = Page::open(config.listen, &config.data, tls.clone(), setup.clone());
    page.watch();
    let [addressed, noticed] = [(); 2].map(|()| Arc::clone(&page));
    let mut kiosk = kiosk::start(Parts {
        camera: Box::new(basis.camera),
        recogniser: basis.recogniser,
        model: Some(basis.model),
        model_watch: basis.model_watch,
        catalogue: basis.catalogue,
        rescue: basis.rescue,
        display: Output::start(config.display, config.panel, config.screen),
        buttons: config.buttons,
        find_machine: machine::finder(move || addressed.reachable()),
        setup: setup.clone(),
        find_notices: Box::new(move || {
            let update = update::notice(Path::new(FOLDER), SystemTime::now());
            let notices = noticed.notices().into_iter();
            notices.chain(update).collect::<Vec<_>>()
        }),
        // A demo has nothing to keep.
        backup: config.backup.filter(|_| !is_demo),
        links: basis.links,
        notices: basis.notices,
        pulse: watchdog::pulse(Arc::clone(&page)),
    });
    let former = basis.former;
    kiosk.former = former.map(|former| Arc::new(former.with_language(locale::language())));
    let options = Options {
        address: page.address,
        folder: config.data,
        names: config.names,
        photographs: Reader::default(),
        setup,
        tls,
        cameras: basis.cameras,
    };
    let desk = Desk::new(kiosk.clone(), access, options);
    Ok((kiosk, desk, page, listener))
}

/// What a kiosk needs to work, with or without its page.
struct Basis {
    camera: Switch,
    cameras: Arc<OfPage>,
    catalogue: Arc<Catalogue>,
    /// As [`Kept::rescue`].
    rescue: Option<Rescue>,
    /// As [`Kept::former`].
    former: Option<Catalogue>,
    links: Option<links::Settings>,
    recogniser: Recogniser,
    /// Which model bundle that is, for people.
    model: Message,
    model_watch: Option<ModelWatch>,
    notices: Vec<Notice>,
}

impl Basis {
    fn open(config: &Config, is_demo: bool, mut notices: Vec<Notice>) -> anyhow::Result<Self> {
        // One that is named is refused before anything is done.
        let is_fixed = config.camera != Choice::Auto;
        let named = is_fixed.then(|| Switch::open(&config.camera, &config.picture));
        let named = named.transpose()?;
        keep_private(&config.data);
        let Kept {
            catalogue,
            rescue,
            former,
        } = if is_demo {
            // The demo has nothing to rescue, and its guests must not get into what others rescued.
            Kept::own(Catalogue::open(&config.data)?)
        } else {
            catalogue(&config.data, &mut notices)?
        };
        let catalogue = Arc::new(catalogue.with_language(locale::language()));
        let camera = match named {
            Some(camera) => camera,
            None => camera_choice::open(&catalogue, &config.picture)?,
        };
        let models = Models::of(&config.data);
        // What a demo plays never happened. What goes to another catalogue is told of once it is in its own.
        let has_links = rescue.is_none() && config.camera != Choice::Demo;
        let links = has_links.then(|| link_settings(config, &models));
        let chosen = models.choose(config.model.as_deref())?;
        notices.extend(chosen.notice.map(|message| Notice {
            part: Part::Model,
            message,
        }));
        let is_installed = config.model.is_none();
        let model_watch =
            is_installed.then(|| ModelWatch::start(models, chosen.stamp, chosen.is_on_probation));
        if is_demo && let Err(error) = demo::add_guests(&catalogue, &chosen.recogniser) {
            tracing::warn!(
                error = one_line(&error),
                "the demo begins without some of its guests"
            );
        }
        Ok(Self {
            cameras: Arc::new(OfPage::new(camera.switcher(), is_fixed)),
            camera,
            catalogue,
            rescue,
            former,
            links,
            recogniser: chosen.recogniser,
            model: chosen.model,
            model_watch,
            notices,
        })
    }
}

/// The links that are configured. Bundles of the hub are not installed where the configuration names
/// the bundle to use.
fn link_settings(config: &Config, models: &Models) -> links::Settings {
    let follows = config.hub.as_ref().is_some_and(|hub| hub.models.is_some());
    if follows && config.model.is_some() {
        tracing::warn!("no bundle of the hub is installed, since the configuration names another");
    }
    let keys = config.model_keys();
    let are_installed = config.model.is_none() && !keys.is_empty();
    links::Settings {
        hub: config.hub.clone(),
        mqtt: config.mqtt.clone(),
        bundles: are_installed.then(|| Bundles {
            models: models.clone(),
            keys,
        }),
    }
}

/// Who may log in, and the wizard by which the owner gets a password. While the passwords cannot be
/// read nobody may log in, least of all by the wizard, and the kiosk goes on.
fn access(folder: &Path, listen: IpAddr) -> (Access, Setup) {
    let access = Access::at(folder);
    let is_first = access.needs_setup(listen).unwrap_or(false);
    let setup = Setup::new(is_first).recorded_by(&access);
    (access, setup)
}

/// The most threads of the page for work that blocks, beyond which it waits: the service's limit on threads
/// (`TasksMax=256`) is for all of the kiosk.
const MOST_BLOCKING: usize = 96;

/// Serves the page until somebody stops the program, the data folder's catalogue can be used again or had to be
/// replaced, or the kiosk's thread ends.
fn serve(
    kiosk: &Kiosk,
    desk: Desk,
    page: &Page,
    listener: Option<TcpListener>,
) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(MOST_BLOCKING)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let stopped = stopped()?;
        watchdog::ready();
        let (close, closing) = watch::channel(false);
        let ended = async {
            let failed = tokio::select! {
                () = stopped => false,
                () = rescued(kiosk) => false,
                () = kiosk.restarts() => false,
                () = kiosk.ended() => true,
            };
            close.send_replace(true);
            failed
        };
        let (failed, ()) = tokio::join!(ended, page.serve(desk, listener, closing));
        watchdog::stopping();
        // The supervisor of the program, such as systemd, starts it again.
        ensure!(
            !failed,
            "the kiosk's thread has ended; this is a defect, please report it"
        );
        Ok(ExitCode::SUCCESS)
    })
}

/// Ends when visits need no longer go to a rescue catalogue; never where they go to the data folder's. The
/// next start, which is up to the program's supervisor, adds to that what was recorded meanwhile.
async fn rescued(kiosk: &Kiosk) {
    match kiosk.rescue() {
        Some(rescue) => rescue.over().await,
        None => future::pending().await,
    }
}

/// Waits until the kiosk's threads have let go of the catalogue, and moves everything into its file.
/// Then the caller's is the last handle: dropping it leaves one file, which is whole by itself.
fn close(catalogue: &Arc<Catalogue>) {
    let due = Instant::now() + CLOSING;
    while Arc::strong_count(catalogue) > 1 && Instant::now() < due {
        thread::sleep(Duration::from_millis(10));
    }
    if let Err(error) = catalogue.checkpoint() {
        tracing::warn!(%error, "the newest records stay in the catalogue's log until the next start");
    }
}

/// Checks what a configuration names, as far as that can be done without hardware.
fn check(config: &Config) -> anyhow::Result<ExitCode> {
    if let Choice::Folder(_) = config.camera {
        camera::open(&config.camera, &config.picture)?;
    }
    if let Some(path) = &config.model {
        Recogniser::new(Bundle::read(path)?)?;
    }
    tls::check(config)?;
    eprintln!("kiosk: the configuration is good");
    Ok(ExitCode::SUCCESS)
}

/// What is kept, and where it goes.
struct Kept {
    catalogue: Catalogue,
    /// The way back, where it is another catalogue than the folder's.
    rescue: Option<Rescue>,
    /// The folder's catalogue, where that can be read but not written.
    former: Option<Catalogue>,
}

impl Kept {
    /// The folder's own catalogue works.
    fn own(catalogue: Catalogue) -> Self {
        Self {
            catalogue,
            rescue: None,
            former: None,
        }
    }
}

/// What is kept. Where the folder's catalogue cannot be used, visits go to one beside it, or to the folder
/// of temporary files, and a notice says so: the desk works on, and nobody's data are touched. Once that
/// catalogue can be used again, the program ends ([`Rescue`]).
///
/// A catalogue that opens and is not damaged is used, even if it can take no visit because the disk is full. Elsewhere,
/// visits may not outlive a power cut; and only with its own catalogue does the kiosk make room, as
/// photographs grow old or the owner keeps fewer. Until then it tries again to record the arrival.
fn catalogue(folder: &Path, notices: &mut Vec<Notice>) -> anyhow::Result<Kept> {
    let rescues = rescues(folder, &env::temp_dir());
    let error = match Catalogue::open_for_visits(folder) {
        Ok(catalogue) => {
            notices.extend(bring_back(&catalogue, &rescues));
            return Ok(Kept::own(catalogue));
        }
        Err(error) => error,
    };
    tracing::error!(%error, "the catalogue cannot be used");
    for rescue in rescues {
        let place = rescue.display();
        // Elsewhere, others may have made a folder of this name to read what goes there.
        let (claimed, elsewhere) = if rescue.starts_with(folder) {
            (Ok(()), Message::new("notice-catalogue-rescue"))
        } else {
            let temporary = Message::new("notice-catalogue-rescue-temporary");
            (claim_folder(&rescue), temporary)
        };
        match claimed.and_then(|()| Catalogue::open(&rescue)) {
            Ok(catalogue) => {
                let catalogue = catalogue.with_passphrase_of(folder);
                tracing::warn!(
                    %place,
                    "until the catalogue can be used again, visits go elsewhere"
                );
                let elsewhere = elsewhere.with("place", place);
                notices.extend([of_catalogue(&error), elsewhere].map(|message| Notice {
                    part: Part::Catalogue,
                    message,
                }));
                return Ok(Kept {
                    catalogue,
                    rescue: Some(Rescue::new(folder)),
                    former: former(folder, &error, notices),
                });
            }
            Err(error) => tracing::error!(%place, %error, "visits cannot go there"),
        }
    }
    Err(error.into())
}

/// The catalogue of a folder that can be read but not written, of which a notice tells. It can be looked
/// at on the page, exported and backed up.
fn former(folder: &Path, error: &CatalogueError, notices: &mut Vec<Notice>) -> Option<Catalogue> {
    if !matches!(error, CatalogueError::ReadOnly { .. }) || !Catalogue::exists(folder) {
        return None;
    }
    match Catalogue::open_read_only(folder) {
        Ok(former) => {
            notices.push(Notice {
                part: Part::Catalogue,
                message: Message::new("notice-catalogue-former"),
            });
            Some(former)
        }
        Err(error) => {
            tracing::error!(%error, "the former catalogue cannot be read either");
            None
        }
    }
}

/// Where visits go if the catalogue of a data folder cannot be used: beside it or, if nothing can be written
/// there, to the folder of temporary files. Each data folder has a place of its own, since what is recorded
/// there comes back to it.
pub(super) fn rescues(folder: &Path, temporary: &Path) -> [PathBuf; 2] {
    let whole = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    let name = whole.to_string_lossy().replace('/', "-");
    let elsewhere = temporary.join(format!("breed-kiosk-rescue{name}"));
    [folder.join("rescue"), elsewhere]
}

/// Adds what was recorded in rescue catalogues to the catalogue, now that it works again. What cannot
/// be added stays where it is, and a notice says so.
fn bring_back(catalogue: &Catalogue, rescues: &[PathBuf]) -> Vec<Notice> {
    let mut notices = Vec::new();
    for rescue in rescues {
        let place = rescue.display();
        match catalogue.take_over(rescue, Timestamp::now()) {
            Ok(None) => {}
            Ok(Some(held)) => tracing::info!(
                %place,
                visits = held.visits,
                animals = held.animals,
                "what was recorded elsewhere meanwhile is in the catalogue now"
            ),
            Err(error) => {
                tracing::error!(%place, %error, "what was recorded elsewhere stays there");
                let stays = Message::new("notice-catalogue-rescue-stays").with("place", place);
                notices.extend([stays, of_catalogue(&error)].map(|message| Notice {
                    part: Part::Catalogue,
                    message,
                }));
            }
        }
    }
    notices
}

/// Ends when somebody stops the program: Ctrl-C, or the system.
fn stopped() -> std::io::Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}
