//! A kiosk whose camera shows what the benchmark wants, at the pace that it wants: the kiosk's own parts,
//! wired as the program wires them, in a process of its own.

use std::env;
use std::future::pending;
use std::io::{self, BufRead, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use devices::buttons::Settings;
use devices::camera::clip::{Clip, FRAMES};
use devices::camera::demo::Demo;
use devices::camera::player::Photographs;
use devices::camera::{Camera, CameraError, Frame, Source};
use catalogue::Catalogue;
use screens::Screen;
use desk::access::Access;
use desk::{Desk, Options};
use devices::display::{Choice, Output};
use edge::kiosk::{Kiosk, Parts};
use recognise::{Bundle, Recogniser};
use image::RgbImage;
use tests::program::Program;
use tokio::runtime;

/// The argument that makes a kiosk of this program.
pub(crate) const TASK: &str = "kiosk-before-an-entrance";

/// Who is at the entrance, as said on the kiosk's standard input: nobody, or a guest from 1.
pub(crate) const NOBODY: usize = 0;

/// How many different guests there are.
pub(crate) const GUESTS: usize = 3;

/// A kiosk before the entrance.
pub(crate) struct Entrance {
    pub(crate) program: Program,
}

/// Starts one that gets a frame each `pace`.
pub(crate) fn start(data: &Path, pace: Duration) -> Entrance {
    let mut command = Command::new(env::current_exe().expect("this program"));
    command
        .arg(TASK)
        .arg(data)
        .arg(pace.as_millis().to_string())
        .stdin(Stdio::piped());
    Entrance {
        program: Program::run(command),
    }
}

impl Entrance {
    /// Shows a guest, or nobody.
    pub(crate) fn show(&mut self, guest: usize) {
        let stdin = self.program.stdin.as_mut().expect("a pipe");
        writeln!(stdin, "{guest}").expect("the kiosk listens");
    }
}

/// The guests: a cat, and two drawings that are no breed at all.
pub(crate) fn guests() -> Vec<Clip> {
    let mut photographs = Demo::new().expect("the built-in photographs");
    (0..GUESTS)
        .map(|seed| Clip::new(&photographs.next().expect("a photograph"), seed as u64))
        .collect()
}

/// The kiosk, in its own process, until its standard input ends.
pub(crate) fn kiosk(folder: &Path, pace: &str) {
    let shown = Arc::new(AtomicUsize::new(NOBODY));
    let camera = Play {
        shown: Arc::clone(&shown),
        pace: Duration::from_millis(pace.parse().expect("milliseconds")),
        nobody: Clip::new(&RgbImage::default(), 0)
            .frame(0)
            .expect("a frame"),
        guests: guests(),
        index: 0,
    };
    let access = Access::open(folder).expect("the passwords");
    let catalogue = Arc::new(Catalogue::open(folder).expect("the catalogue"));
    let bundle = Bundle::embedded().expect("the built-in bundle");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("its address");
    let kiosk = Kiosk::start(Parts {
        camera: Box::new(camera),
        recogniser: Recogniser::new(bundle).expect("a network that runs"),
        catalogue,
        display: Output::start(Choice::None, None, Screen::default()),
        buttons: Settings::default(),
        pulse: Box::new(|| {}),
        address: Some(format!("http://{address}")),
        notices: Vec::new(),
    });
    let options = Options {
        address,
        folder: folder.to_owned(),
        names: Vec::new(),
        say: Box::new(|line| eprintln!("{line}")),
    };
    let desk = Desk::new(kiosk, access, options);
    eprintln!("http://{address}/");
    eprintln!("{}", desk.login_link().expect("a login link"));
    thread::spawn(move || {
        for line in io::stdin().lock().lines().map_while(Result::ok) {
            shown.store(line.parse().unwrap_or(NOBODY), Ordering::Relaxed);
        }
        std::process::exit(0);
    });
    let runtime = runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let served = runtime.block_on(desk.serve(listener, pending()));
    served.expect("the page is served");
}

/// The camera.
struct Play {
    shown: Arc<AtomicUsize>,
    pace: Duration,
    nobody: RgbImage,
    guests: Vec<Clip>,
    index: u32,
}

impl Camera for Play {
    fn frame(&mut self, _: Duration) -> Result<Option<Frame>, CameraError> {
        thread::sleep(self.pace);
        self.index += 1;
        let guest = self.shown.load(Ordering::Relaxed).checked_sub(1);
        let picture = match guest.and_then(|guest| self.guests.get(guest)) {
            // From the middle of its clip, where it stays.
            Some(guest) => guest.frame(FRAMES / 2 - 8 + self.index % 16),
            None => Some(self.nobody.clone()),
        };
        Ok(picture.map(|picture| Frame {
            picture,
            source: Source::Camera,
        }))
    }
}
