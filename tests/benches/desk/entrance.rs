//! Runs a kiosk, in a process of its own, whose camera sends frames of an empty entrance at the pace that the
//! benchmark chooses. The other parts are those of the program, connected in the same way.

use std::env;
use std::future::pending;
use std::io;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use catalogue::Catalogue;
use desk::access::Access;
use desk::kiosk::Machine;
use desk::setup::{NoCameras, Setup};
use desk::{Desk, Options};
use devices::buttons::Settings;
use devices::camera::clip::Clip;
use devices::camera::demo::chelsea;
use devices::camera::{Camera, CameraError, Frame};
use devices::display::{Choice, Output};
use edge::kiosk::{self, Parts};
use image::RgbImage;
use recognise::{Bundle, Recogniser, Source};
use screens::Screen;
use tests::program::Program;
use tokio::runtime;

/// The argument with which the benchmark's program runs as a kiosk.
pub(crate) const TASK: &str = "kiosk-before-an-entrance";

/// A kiosk and the entrance before its camera.
pub(crate) struct Entrance {
    pub(crate) program: Program,
}

/// Starts a kiosk whose camera sends a frame every `pace`. Nobody is there.
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

/// The guest as a camera sees it: a cat that stays.
pub(crate) fn guest() -> Clip {
    Clip::new(&chelsea().expect("the built-in photograph"), 0)
}

/// Runs the kiosk until standard input ends.
pub(crate) fn kiosk(folder: &Path, pace: &str) {
    let camera = Play {
        pace: Duration::from_millis(pace.parse().expect("milliseconds")),
        nobody: Clip::new(&RgbImage::default(), 0)
            .frame(0)
            .expect("a frame"),
    };
    let access = Access::open(folder).expect("the passwords");
    let catalogue = Arc::new(Catalogue::open(folder).expect("the catalogue"));
    let bundle = Bundle::embedded().expect("the built-in bundle");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("its address");
    let kiosk = kiosk::start(Parts {
        camera: Box::new(camera),
        recogniser: Recogniser::new(bundle).expect("a network that runs"),
        model: None,
        model_watch: None,
        catalogue,
        display: Output::start(Choice::None, None, Screen::default()),
        buttons: Settings::default(),
        pulse: Box::new(|_| {}),
        find_notices: Box::new(Vec::new),
        find_machine: Box::new(move || Machine {
            address: Some(format!("http://{address}")),
            ..Machine::default()
        }),
        setup: Setup::default(),
        rescue: None,
        backup: None,
        links: None,
        notices: Vec::new(),
    });
    let options = Options {
        address,
        folder: folder.to_owned(),
        names: Vec::new(),
        photographs: Default::default(),
        tls: None,
        setup: Setup::default(),
        cameras: Arc::new(NoCameras),
    };
    let desk = Desk::new(kiosk, access, options);
    eprintln!("the front desk's page: http://{address}/");
    eprintln!("{}", desk.login_link().expect("a login link"));
    thread::spawn(move || {
        // Whatever ends it, nobody needs the kiosk any more.
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
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

/// A camera that shows the empty entrance.
struct Play {
    pace: Duration,
    nobody: RgbImage,
}

impl Camera for Play {
    fn frame(&mut self, _: Duration) -> Result<Option<Frame>, CameraError> {
        thread::sleep(self.pace);
        Ok(Some(Frame::new(self.nobody.clone(), Source::Camera)))
    }
}
