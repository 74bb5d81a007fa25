//! `kiosk run`, and `kiosk` alone: the kiosk at work.

use std::env;
use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, ensure};
use clap::Args;
use tokio::signal::unix::{SignalKind, signal};

use super::{ModelArg, watchdog};
use devices::camera::{self, Choice};
use catalogue::Catalogue;
use crate::config::Config;
use desk::access::Access;
use desk::{Desk, Options};
use devices::display::{self, Output};
use crate::kiosk::{Kiosk, Notice, Part, Parts};
use recognise::{Bundle, Recogniser};

#[derive(Debug, Args)]
pub(super) struct Run {
    /// Read this configuration; what else is given here overrides it
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Who looks: auto, none, /dev/videoN, or a folder of photographs to play as arrivals
    #[arg(long, value_name = "CAMERA")]
    camera: Option<Choice>,
    /// Play a few built-in arrivals, to see the kiosk at work
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
        let check = self.check;
        let config = self.config()?;
        display::check(&config.display, config.panel.as_ref())?;
        if check {
            return checked(&config);
        }
        fs::create_dir_all(&config.data)
            .with_context(|| format!("{}: cannot be made", config.data.display()))?;
        let access = Access::open(&config.data)?;
        access.check_address(config.listen.ip())?;
        let camera = camera::open(&config.camera)?;
        let mut notices = Vec::new();
        let catalogue = Arc::new(catalogue(&config.data, &mut notices)?);
        let recogniser = recogniser(&config, &mut notices)?;

        let listen = config.listen;
        let listener = TcpListener::bind(listen)
            .with_context(|| format!("cannot listen on {listen}; choose another with --listen"))?;
        let address = listener.local_addr()?;
        let kiosk = Kiosk::start(Parts {
            camera,
            recogniser,
            catalogue,
            display: Output::start(config.display, config.panel, config.screen),
            buttons: config.buttons,
            address: Some(format!("http://{address}")),
            notices,
            pulse: watchdog::pulse(),
        });
        let desk = Desk::new(
            kiosk.clone(),
            access,
            Options {
                address,
                folder: config.data,
                names: config.names,
                say: Box::new(say),
            },
        );
        say(&format!("the front desk's page: http://{address}/"));
        if let Some(link) = desk.login_link() {
            say(&format!("log in (this link works once): {link}"));
        }
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
            // Whoever looks after the program, systemd perhaps, starts it again.
            ensure!(
                !failed,
                "the kiosk's thread has ended; this is a defect, please report it"
            );
            Ok(ExitCode::SUCCESS)
        })
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

/// Checks what a configuration names, as far as that can be done without hardware.
fn checked(config: &Config) -> anyhow::Result<ExitCode> {
    if let Choice::Folder(_) = config.camera {
        camera::open(&config.camera)?;
    }
    if let Some(path) = &config.model {
        Recogniser::new(Bundle::read(path)?)?;
    }
    say("the configuration is good");
    Ok(ExitCode::SUCCESS)
}

/// What is kept. Where the catalogue cannot be used, visits go to another one beside it, or to the
/// folder of temporary files, and that is said: the desk works on, and nobody's data are touched.
fn catalogue(folder: &Path, notices: &mut Vec<Notice>) -> anyhow::Result<Catalogue> {
    let error = match Catalogue::open(folder) {
        Ok(catalogue) => return Ok(catalogue),
        Err(error) => error,
    };
    let rescues = [
        folder.join("rescue"),
        env::temp_dir().join("breed-kiosk-rescue"),
    ];
    for rescue in rescues {
        if let Ok(catalogue) = Catalogue::open(&rescue) {
            let place = rescue.display();
            let message = format!("{error}; until the next start visits go to {place}");
            notices.push(notice(Part::Catalogue, message));
            return Ok(catalogue);
        }
    }
    Err(error.into())
}

/// What recognises. A bundle that is bad is replaced by the one that is built in, and that is said:
/// a desk without the newest network is better than none.
fn recogniser(config: &Config, notices: &mut Vec<Notice>) -> anyhow::Result<Recogniser> {
    if let Some(path) = &config.model {
        match Bundle::read(path).and_then(Recogniser::new) {
            Ok(recogniser) => return Ok(recogniser),
            Err(error) => {
                let message = format!("{error}; the built-in one serves instead");
                notices.push(notice(Part::Model, message));
            }
        }
    }
    Ok(Recogniser::new(Bundle::embedded()?)?)
}

/// A notice that is also said in the terminal.
fn notice(part: Part, message: String) -> Notice {
    say(&message);
    Notice { part, message }
}

/// Says a line to whoever sits at the terminal, or to the journal.
fn say(line: &str) {
    eprintln!("kiosk: {line}");
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
