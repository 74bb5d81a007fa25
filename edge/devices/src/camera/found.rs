//! Finds all cameras that can be seen: video devices, and the camera module at the ribbon cable.

use std::io::{ErrorKind, Read};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use super::Choice;
use super::child::Complaints;
use super::csi::CsiError;
use super::device::{self, Device, Unusable};
use super::mode::Mode;

/// The program that lists camera modules, by its present and its former name.
const PROGRAMS: [&str; 2] = ["rpicam-hello", "libcamera-hello"];

/// How long that program may take.
const LIMIT: Duration = Duration::from_secs(5);

/// The most bytes that are read of what it prints.
const PRINTED: u64 = 64 << 10;

/// A camera that can be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What chooses it in `kiosk.toml`.
    pub choice: Choice,
    /// What it calls itself, of a camera module its sensor; empty where it does not say.
    pub name: String,
    /// What pictures it gives, a line each. Where there are several, the line of those that the kiosk
    /// would use begins with `*`.
    pub about: Vec<String>,
    /// Why it cannot be used, in one line.
    pub unusable: Option<String>,
    /// Whether that is because a program, such as a kiosk that runs, uses it already.
    pub is_in_use: bool,
}

/// All cameras that can be seen, those first that can be used: of these, `auto` takes the first. It
/// may take a few seconds, since each device is opened.
#[must_use]
pub fn found() -> Vec<Found> {
    let mut found: Vec<Found> = device::list().into_iter().map(Found::from).collect();
    found.extend(modules());
    found.sort_by_key(|camera| camera.unusable.is_some());
    found
}

impl From<Device> for Found {
    fn from(device: Device) -> Self {
        let mut about = Vec::new();
        if let Ok(agreed) = &device.agreed {
            about.push(format!("* {agreed}"));
            let others = device.modes.iter().filter(|mode| !is_same(mode, agreed));
            about.extend(others.map(|mode| format!("  {mode}")));
        }
        let name = match device.name.as_str() {
            "" => String::new(),
            name => format!("{name} ({})", device.driver),
        };
        Self {
            choice: Choice::Device(device.path),
            name,
            about,
            is_in_use: matches!(device.agreed, Err(Unusable::Busy { .. })),
            unusable: device.agreed.err().map(|why| why.to_string()),
        }
    }
}

/// Whether two modes have the same pictures, at whatever rate.
fn is_same(a: &Mode, b: &Mode) -> bool {
    (a.encoding, a.width, a.height) == (b.encoding, b.width, b.height)
}

/// The camera modules. Where no program for them is installed, nobody expects one.
fn modules() -> Vec<Found> {
    let mut listed = PROGRAMS
        .into_iter()
        .filter_map(|program| list(program, LIMIT));
    match listed.next() {
        Some(Ok((listed, errors))) => of_list(&listed, &errors),
        Some(Err(why)) => vec![unusable(why)],
        None => Vec::new(),
    }
}

/// What a program lists, and the last of what it complains of; `None` if it is not installed. One that
/// takes too long is killed.
fn list(program: &str, limit: Duration) -> Option<Result<(String, String), String>> {
    let started = Command::new(program)
        .arg("--list-cameras")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = match started {
        Ok(child) => child,
        Err(error) if error.kind() == ErrorKind::NotFound => return None,
        Err(error) => return Some(Err(format!("{program} cannot be started: {error}"))),
    };
    let printed = child.stdout.take().map(read);
    let complaints = child.stderr.take().map(Complaints::of);
    let printed = printed.map_or(Ok(Vec::new()), |printed| printed.recv_timeout(limit));
    // It has said all, or it hangs. A driver that hangs can keep it from ending at once.
    let _ = child.kill();
    thread::spawn(move || child.wait());
    let Ok(bytes) = printed else {
        return Some(Err(format!(
            "{program} --list-cameras does not answer; start the Raspberry Pi again"
        )));
    };
    let errors = complaints.map(|complaints| {
        complaints.wait();
        complaints.text()
    });
    let listed = String::from_utf8_lossy(&bytes).into_owned();
    Some(Ok((listed, errors.unwrap_or_default())))
}

/// Reads what a program prints, on a thread of its own. Nothing is received if that ends by a defect.
fn read(printed: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Err(error) = printed.take(PRINTED).read_to_end(&mut bytes) {
            tracing::debug!(%error, "the list of camera modules is cut short");
        }
        // Nobody waits for it any more where it took too long.
        let _ = sender.send(bytes);
    });
    receiver
}

/// The camera modules of a list. A line of one is its number, name, size and place, such as
/// `0 : imx708 [4608x2592 10-bit RGGB] (/base/soc/i2c0mux/i2c@1/imx708@1a)`; lines of its modes follow.
/// Where there is none, the program's complaints may say why.
fn of_list(listed: &str, errors: &str) -> Vec<Found> {
    let lines = listed.lines().filter_map(|line| {
        let (number, about) = line.split_once(" : ")?;
        number.trim().parse::<u32>().ok()?;
        Some(about)
    });
    let modules: Vec<Found> = lines.enumerate().map(|(i, line)| module(i, line)).collect();
    if modules.is_empty() {
        let why = CsiError::of(errors).unwrap_or(CsiError::None);
        return vec![unusable(why.to_string())];
    }
    modules
}

fn module(index: usize, line: &str) -> Found {
    let (name, rest) = line.split_once(' ').unwrap_or((line, ""));
    let size = rest
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
        .map(|(size, _)| size.to_owned());
    Found {
        choice: Choice::Csi,
        name: name.to_owned(),
        about: size.into_iter().collect(),
        unusable: (index > 0).then(|| "the kiosk uses the first camera module only".to_owned()),
        is_in_use: false,
    }
}

fn unusable(why: String) -> Found {
    Found {
        choice: Choice::Csi,
        name: String::new(),
        about: Vec::new(),
        unusable: Some(why),
        is_in_use: false,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io;
    use std::path::Path;
    use std::sync::mpsc::RecvTimeoutError;
    use std::time::Instant;

    use super::*;

    /// rpicam-apps 1.5 on a Raspberry Pi 5 with two modules.
    const TWO: &str = "\
Available cameras
-----------------
0 : imx708_wide [4608x2592 10-bit RGGB] (/base/axi/pcie@120000/rp1/i2c@88000/imx708@1a)
    Modes: 'SRGGB10_CSI2P' : 1536x864 [120.13 fps - (768, 432)/3072x1728 crop]
                             2304x1296 [56.03 fps - (0, 0)/4608x2592 crop]
                             4608x2592 [14.35 fps - (0, 0)/4608x2592 crop]

1 : ov5647 [2592x1944 10-bit GBRG] (/base/axi/pcie@120000/rp1/i2c@80000/ov5647@36)
    Modes: 'SGBRG10_CSI2P' : 640x480 [58.92 fps - (16, 0)/2560x1920 crop]
                             2592x1944 [15.63 fps - (0, 0)/2592x1944 crop]

";

    /// libcamera-apps of Debian 11, which say no depth.
    const OLD: &str = "\
Available cameras
-----------------
0 : imx219 [3280x2464] (/base/soc/i2c0mux/i2c@1/imx219@10)
    Modes: 'SRGGB10_CSI2P' : 640x480 [206.65 fps - (1000, 752)/1280x960 crop]
                             3280x2464 [21.19 fps - (0, 0)/3280x2464 crop]
           'SRGGB8' : 640x480 [206.65 fps - (1000, 752)/1280x960 crop]
";

    /// The names and sizes of camera modules, and whether they can be used.
    fn names(found: &[Found]) -> Vec<(&str, &[String], bool)> {
        let names = found.iter().map(|it| {
            assert_eq!(it.choice, Choice::Csi);
            (it.name.as_str(), it.about.as_slice(), it.unusable.is_none())
        });
        names.collect()
    }

    #[test]
    fn camera_modules_are_read_from_what_rpicam_hello_prints() {
        assert_eq!(
            names(&of_list(TWO, "")),
            [
                (
                    "imx708_wide",
                    &["4608x2592 10-bit RGGB".to_owned()][..],
                    true
                ),
                ("ov5647", &["2592x1944 10-bit GBRG".to_owned()][..], false),
            ]
        );
        assert_eq!(
            names(&of_list(OLD, "")),
            [("imx219", &["3280x2464".to_owned()][..], true)]
        );
        let nothing: &[String] = &[];
        for none in ["No cameras available!\n", "", "0 :", " : : \n\u{fffd}"] {
            assert_eq!(names(&of_list(none, "")), [("", nothing, false)]);
        }
    }

    #[test]
    fn a_program_is_not_waited_for_whose_reader_panics() {
        struct Faulty;

        impl Read for Faulty {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                panic!("a defect, for a test");
            }
        }

        let printed = read(Faulty).recv_timeout(LIMIT);
        assert_eq!(printed, Err(RecvTimeoutError::Disconnected));
    }

    #[test]
    fn why_there_is_no_camera_module_is_what_the_program_complains_of() {
        for (errors, expected) in [
            ("", CsiError::None),
            ("[0:01:02] INFO Camera libcamera v0.5.0\n", CsiError::None),
            ("Could not open any dmaHeap device\n", CsiError::Forbidden),
        ] {
            let found = of_list("No cameras available!\n", errors);
            assert_eq!(found[0].unusable, Some(expected.to_string()), "{errors}");
        }
    }

    /// A program of this text in a folder.
    fn program(folder: &Path, text: &str) -> String {
        let [written, path] = ["written", "rpicam-hello"].map(|name| folder.join(name));
        fs::write(&written, format!("#!/bin/sh\n{text}\n")).unwrap();
        // By a process of its own: a program cannot be started while one of other tests, which was
        // started at the same moment, still has it open for writing.
        let mut install = Command::new("install");
        let done = install.arg("-m755").args([&written, &path]).status();
        assert!(done.unwrap().success());
        path.to_str().unwrap().to_owned()
    }

    #[test]
    fn a_program_that_hangs_is_killed_and_one_that_is_missing_is_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = program(folder.path(), "echo $$ > \"$0.pid\"; exec sleep 600");
        let start = Instant::now();
        let hangs = list(&path, Duration::from_secs(2)).unwrap();
        assert!(hangs.unwrap_err().contains("does not answer"));
        assert!(start.elapsed() < Duration::from_secs(5));
        let process = fs::read_to_string(format!("{path}.pid")).unwrap();
        let process = format!("/proc/{}", process.trim());
        while Path::new(&process).exists() {
            assert!(start.elapsed() < Duration::from_secs(10), "{process} runs");
            thread::sleep(Duration::from_millis(10));
        }

        let path = program(
            folder.path(),
            "echo \"$1\"; echo \"no $2\" >&2; exec sleep 600 >&-",
        );
        let said = ("--list-cameras\n".to_owned(), "no \n".to_owned());
        assert_eq!(list(&path, LIMIT), Some(Ok(said)));
        assert_eq!(list("/nowhere/rpicam-hello", LIMIT), None);
    }
}
