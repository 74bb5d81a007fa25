//! Keypads, keyboards and barcode scanners, by the kernel's input devices.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use evdev::raw_stream::RawDevice;
use evdev::{AttributeSetRef, EventSummary, KeyCode, SynchronizationCode};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, ioctl_fionbio};

use super::keys::{Keys, Pressed};
use super::layout::Layout;
use super::{ButtonsError, TICK, Watch};

/// Where the kernel has its input devices.
pub(super) const FOLDER: &str = "/dev/input";

/// Between two scans for what is plugged in.
const SCAN: Duration = Duration::from_secs(3);

/// The values of the events of a key that goes up or down; another one stands for its repetition.
const UP: i32 = 0;
const DOWN: i32 = 1;

/// The keys of digits, and below of Enter: every keypad and scanner has one set or the other.
const DIGITS: [[KeyCode; 10]; 2] = [
    [
        KeyCode::KEY_0,
        KeyCode::KEY_1,
        KeyCode::KEY_2,
        KeyCode::KEY_3,
        KeyCode::KEY_4,
        KeyCode::KEY_5,
        KeyCode::KEY_6,
        KeyCode::KEY_7,
        KeyCode::KEY_8,
        KeyCode::KEY_9,
    ],
    [
        KeyCode::KEY_KP0,
        KeyCode::KEY_KP1,
        KeyCode::KEY_KP2,
        KeyCode::KEY_KP3,
        KeyCode::KEY_KP4,
        KeyCode::KEY_KP5,
        KeyCode::KEY_KP6,
        KeyCode::KEY_KP7,
        KeyCode::KEY_KP8,
        KeyCode::KEY_KP9,
    ],
];
const ENTER: [KeyCode; 2] = [KeyCode::KEY_ENTER, KeyCode::KEY_KPENTER];

/// Tells of the keys of one device until the thread is to end.
pub(super) fn wait(
    device: &Path,
    layout: Layout,
    watch: &Watch,
    tell: &impl Fn(Pressed),
) -> Result<(), ButtonsError> {
    let start = Instant::now();
    let mut keypads = [Keypad::open(device, layout)?];
    watch.succeed(|()| ());
    while !watch.is_stopped() {
        wait_for_keys(&keypads);
        keypads[0].read(start, tell)?;
    }
    Ok(())
}

/// Tells of the keys of whatever is plugged in, until the thread is to end.
pub(super) fn wait_for_any(layout: Layout, watch: &Watch, tell: &impl Fn(Pressed)) {
    let start = Instant::now();
    let mut any = Plugged::default();
    let mut scanned: Option<Instant> = None;
    while !watch.is_stopped() {
        if scanned.is_none_or(|at| at.elapsed() >= SCAN) {
            scanned = Some(Instant::now());
            match any.scan(layout) {
                Ok(()) => watch.succeed(|()| ()),
                Err(error) => watch.fail(error),
            }
        }
        wait_for_keys(&any.keypads);
        // One that fails is gone; if it is not, the next scan finds it again.
        any.keypads.retain_mut(|keypad| {
            let read = keypad.read(start, tell);
            if let Err(error) = &read {
                tracing::warn!(device = %keypad.path.display(), %error, "a keypad is gone");
            }
            read.is_ok()
        });
    }
}

/// The keypads and scanners that are plugged in, by the names that they have for themselves, with their files. They are
/// opened and not used, so a program that uses them goes on.
///
/// # Errors
/// The first one that may be a keypad and cannot be opened.
pub fn plugged_in() -> Result<Vec<String>, ButtonsError> {
    let files = list().map_err(ButtonsError::input(Path::new(FOLDER)))?;
    let mut names = Vec::new();
    for (path, _) in files {
        match open_keypad(&path) {
            Ok(device) => names.push(format!(
                "{} ({})",
                device.name().unwrap_or("a keypad without a name"),
                path.display()
            )),
            // Another device, or plugged out at this moment.
            Err(ButtonsError::NoKeys(_) | ButtonsError::Missing(_)) => {}
            Err(error) => return Err(error),
        }
    }
    names.sort();
    Ok(names)
}

/// A device that serves the kiosk alone.
struct Keypad {
    path: PathBuf,
    device: RawDevice,
    keys: Keys,
}

impl Keypad {
    /// Opens a device, and takes it from everybody else.
    fn open(path: &Path, layout: Layout) -> Result<Self, ButtonsError> {
        let mut device = open_keypad(path)?;
        device.grab().map_err(ButtonsError::input(path))?;
        Ok(Self {
            path: path.to_owned(),
            device,
            keys: Keys::new(layout),
        })
    }

    /// Tells what the keys mean that were pressed since, and those that are held.
    fn read(&mut self, start: Instant, tell: &impl Fn(Pressed)) -> Result<(), ButtonsError> {
        self.read_events(start, tell)?;
        if let Some(held) = self.keys.held(start.elapsed()) {
            tell(held);
        }
        Ok(())
    }

    fn read_events(&mut self, start: Instant, tell: &impl Fn(Pressed)) -> Result<(), ButtonsError> {
        let events = match self.device.fetch_events() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            events => events.map_err(ButtonsError::input(&self.path))?,
        };
        let now = start.elapsed();
        for event in events {
            match event.destructure() {
                EventSummary::Key(_, key, DOWN) => {
                    if let Some(pressed) = self.keys.press(now, key) {
                        tell(pressed);
                    }
                }
                EventSummary::Key(_, key, UP) => self.keys.release(key),
                // The kernel's buffer ran over.
                EventSummary::Synchronization(_, SynchronizationCode::SYN_DROPPED, _) => {
                    self.keys.lose(now);
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// Opens a device with digits and Enter.
fn open_keypad(path: &Path) -> Result<RawDevice, ButtonsError> {
    let of_device = ButtonsError::input(path);
    let file = File::open(path).map_err(&of_device)?;
    ioctl_fionbio(&file, true).map_err(|error| of_device(error.into()))?;
    let device = RawDevice::try_from(file).map_err(|error| match Errno::from_io_error(&error) {
        Some(Errno::NOTTY) => ButtonsError::NoKeys(path.to_owned()),
        _ => of_device(error),
    })?;
    if device.supported_keys().is_some_and(are_of_a_keypad) {
        Ok(device)
    } else {
        Err(ButtonsError::NoKeys(path.to_owned()))
    }
}

/// The keypads that are plugged in.
#[derive(Default)]
struct Plugged {
    keypads: Vec<Keypad>,
    /// Devices that are no keypads, so that they are not opened again and again: by the path and
    /// the inode of the file, which differ once another device is plugged in.
    others: HashSet<(PathBuf, u64)>,
}

impl Plugged {
    /// Opens the new ones. Returns the first error of a device that may be a keypad and cannot be
    /// used.
    fn scan(&mut self, layout: Layout) -> Result<(), ButtonsError> {
        let here = list().map_err(ButtonsError::input(Path::new(FOLDER)))?;
        self.others.retain(|other| here.contains(other));
        let mut scanned = Ok(());
        for file in here {
            let is_known = self.keypads.iter().any(|keypad| keypad.path == file.0);
            if is_known || self.others.contains(&file) {
                continue;
            }
            match Keypad::open(&file.0, layout) {
                Ok(keypad) => self.keypads.push(keypad),
                Err(ButtonsError::NoKeys(_)) => drop(self.others.insert(file)),
                // Plugged out at this moment.
                Err(ButtonsError::Missing(_)) => {}
                Err(error) => scanned = scanned.and(Err(error)),
            }
        }
        scanned
    }
}

/// The files of all input devices and their inodes; none where there is no folder for them.
fn list() -> io::Result<HashSet<(PathBuf, u64)>> {
    let entries = match fs::read_dir(FOLDER) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(HashSet::new()),
        entries => entries?,
    };
    let mut files = HashSet::new();
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if !name.starts_with("event") {
            continue;
        }
        match fs::metadata(&path) {
            Ok(metadata) => drop(files.insert((path, metadata.ino()))),
            // Plugged out at this moment.
            Err(error) => {
                tracing::debug!(device = %path.display(), %error, "an input device is passed over");
            }
        }
    }
    Ok(files)
}

fn are_of_a_keypad(keys: &AttributeSetRef<KeyCode>) -> bool {
    let has_all = |digits: &[KeyCode; 10]| digits.iter().all(|&key| keys.contains(key));
    DIGITS.iter().any(has_all) && ENTER.iter().any(|&key| keys.contains(key))
}

/// Sleeps until a key is pressed on one of them, at most for a tick.
fn wait_for_keys(keypads: &[Keypad]) {
    let mut files: Vec<PollFd<'_>> = (keypads.iter())
        .map(|keypad| PollFd::new(&keypad.device, PollFlags::IN))
        .collect();
    let tick = Timespec {
        tv_sec: TICK.as_secs() as i64,
        tv_nsec: 0,
    };
    match poll(&mut files, Some(&tick)) {
        // A signal may cut the sleep short.
        Ok(_) | Err(Errno::INTR) => {}
        Err(error) => {
            tracing::warn!(%error, "waiting for keys fails");
            thread::sleep(TICK);
        }
    }
}
