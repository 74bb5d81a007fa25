//! `kiosk run`, and `kiosk` alone: the kiosk at work.

use std::env;
use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use ::catalogue::Catalogue;
use anyhow::{Context, ensure};
use clap::Args;
use desk::access::Access;
use desk::kiosk::{Kiosk, Notice, Part};
use desk::{Desk, Options};
use devices::camera::{self, Choice};
use devices::display::{self, Output};
use heic::Reader;
use recognise::{Bundle, Recogniser};
use screens::locale::Message;
use tempfile::TempDir;
use tokio::signal::unix::{SignalKind, signal};

use super::{ModelArg, address, demo, log, watchdog};
use crate::config::Config;
use crate::kiosk::notices::of_catalogue;
use crate::kiosk::{self, Parts};

/// How long the kiosk's threads may take to end: a prediction on a slow machine.
const CLOSING: Duration = Duration::from_secs(10);

#[derive(Debug, Args)]
pub(super) struct Run {
    /// Read this configuration; what else is given here overrides it
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The camera: auto, none, /dev/videoN, or a folder of photographs to play as arrivals
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
        let mut config = self.config()?;
        display::check(&config.display, config.panel.as_ref())?;
        if is_check {
            return check(&config);
        }
        log::start();
        // What the demo records is nobody's: it goes with the demo.
        let folder = is_demo.then(TempDir::new).transpose()?;
        if let Some(folder) = &folder {
            folder.path().clone_into(&mut config.data);
        }
        let (kiosk, desk, listener) = open(config, is_demo)?;
        let catalogue = Arc::clone(&kiosk.catalogue);
        let served = serve(&kiosk, desk, listener);
        drop(kiosk);
        close(&catalogue);
        served
    }

    /// The file's settings, with what the command line says instead.
    fn config(self) -> anyhow::Result<Config> {
        let mut config = match &self.config {
            Some(path) => Config::read(path)?,
            None => Config::default(),
        };
        if self.demo {
            config.camera = Choice::Demo;
        }
        config.camera = self.camera.unwrap_or(config.camera);
        config.listen = self.listen.unwrap_or(config.listen);
        config.display = self.display.unwrap_or(config.display);
        config.data = self.data.unwrap_or(config.data);
        config.model = self.model.model.or(config.model);
        Ok(config)
    }
}

/// Starts the kiosk, and its page at the listener. The catalogue of a demo begins with its guests.
fn open(config: Config, is_demo: bool) -> anyhow::Result<(Kiosk, Desk, TcpListener)> {
    fs::create_dir_all(&config.data)
        .with_context(|| format!("{}: cannot be made", config.data.display()))?;
    let access = Access::open(&config.data)?;
    access.check_address(config.listen.ip())?;
    let camera = camera::open(&config.camera)?;
    let mut notices = Vec::new();
    let catalogue = Arc::new(if is_demo {
        // The demo has nothing to rescue, and its guests must not get into what others rescued.
        Catalogue::open(&config.data)?
    } else {
        catalogue(&config.data, &mut notices)?
    });
    let recogniser = recogniser(config.model.as_deref(), &mut notices)?;
    if is_demo && let Err(error) = demo::add_guests(&catalogue, &recogniser) {
        tracing::warn!("the demo begins without some of its guests: {error:#}");
    }

    let listen = config.listen;
    let listener = TcpListener::bind(listen)
        .with_context(|| format!("cannot listen on {listen}; choose another with --listen"))?;
    let address = listener.local_addr()?;
    let kiosk = kiosk::start(Parts {
        camera,
        recogniser,
        catalogue,
        display: Output::start(config.display, config.panel, config.screen),
        buttons: config.buttons,
        find_address: Box::new(move || {
            address::reachable(address).map(|address| format!("http://{address}"))
        }),
        notices,
        pulse: watchdog::pulse(),
    });
    let options = Options {
        address,
        folder: config.data,
        names: config.names,
        photographs: Reader::default(),
    };
    let desk = Desk::new(kiosk.clone(), access, options);
    let shown = address::reachable(address).unwrap_or(address);
    tracing::info!("the front desk's page: http://{shown}/");
    if let Some(link) = desk.login_link() {
        tracing::info!("log in (this link works once): {link}");
    }
    Ok((kiosk, desk, listener))
}

/// Serves the page until somebody stops the program, or the kiosk's thread ends.
fn serve(kiosk: &Kiosk, desk: Desk, listener: TcpListener) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let mut failed = false;
        let stopped = stopped()?;
        watchdog::ready();
        let closed = async {
            tokio::select! {
                () = stopped => {}
                () = kiosk.ended() => failed = true,
            }
        };
        desk.serve(listener, closed).await?;
        watchdog::stopping();
        // Whoever supervises the program, such as systemd, starts it again.
        ensure!(
            !failed,
            "the kiosk's thread has ended; this is a defect, please report it"
        );
        Ok(ExitCode::SUCCESS)
    })
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
        camera::open(&config.camera)?;
    }
    if let Some(path) = &config.model {
        Recogniser::new(Bundle::read(path)?)?;
    }
    eprintln!("kiosk: the configuration is good");
    Ok(ExitCode::SUCCESS)
}

/// What is kept. Where the catalogue cannot be used, visits go to another one beside it, or to the
/// folder of temporary files, and a notice says so: the desk works on, and nobody's data are touched.
fn catalogue(folder: &Path, notices: &mut Vec<Notice>) -> anyhow::Result<Catalogue> {
    let error = match Catalogue::open(folder) {
        Ok(catalogue) => return Ok(catalogue),
        Err(error) => error,
    };
    tracing::error!("{error}");
    let rescues = [
        folder.join("rescue"),
        env::temp_dir().join("breed-kiosk-rescue"),
    ];
    for rescue in rescues {
        let place = rescue.display();
        match Catalogue::open(&rescue) {
            Ok(catalogue) => {
                tracing::warn!("until the next start visits go to {place}");
                let elsewhere = Message::new("notice-catalogue-rescue").with("place", place);
                notices.extend([of_catalogue(&error), elsewhere].map(|message| Notice {
                    part: Part::Catalogue,
                    message,
                }));
                return Ok(catalogue);
            }
            Err(error) => tracing::error!("{error}"),
        }
    }
    Err(error.into())
}

/// What recognises. A bundle that cannot be used is replaced by the built-in one, and a notice says
/// so: a desk without the newest network is better than none.
fn recogniser(model: Option<&Path>, notices: &mut Vec<Notice>) -> anyhow::Result<Recogniser> {
    if let Some(path) = model {
        match Bundle::read(path).and_then(Recogniser::new) {
            Ok(recogniser) => return Ok(recogniser),
            Err(error) => {
                tracing::error!("{error}; the built-in model bundle runs instead");
                notices.push(Notice {
                    part: Part::Model,
                    message: Message::new("notice-model-replaced").with("reason", error),
                });
            }
        }
    }
    Ok(Recogniser::new(Bundle::embedded()?)?)
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
