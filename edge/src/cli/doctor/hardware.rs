//! Camera, display and buttons: whether they are there, and whether this user may open them.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::Path;

use devices::buttons::{self, Keypad, Settings};
use devices::camera::device::Device;
use devices::camera::picture;
use devices::camera::{self, Choice, Found};
use devices::display::panel::Bus;
use devices::display::{self, Panel, framebuffer};

use super::{AS_ITS_USER, Finding, State};

/// Examines the camera. One that a running kiosk uses is right.
pub(super) fn camera(choice: &Choice, is_running: bool) -> Finding {
    match choice {
        Choice::None | Choice::Demo => {
            Finding::right("camera", "none is wanted: photographs come by the page")
        }
        Choice::Folder(folder) => match camera::open(choice, &picture::Settings::default()) {
            Ok(_) => Finding::right("camera", format!("photographs of {}", folder.display())),
            Err(error) => Finding::wrong(
                "camera",
                error,
                "name another folder (camera) in kiosk.toml",
            ),
        },
        Choice::Device(path) => of_camera(&Device::at(path).into(), is_running),
        Choice::Auto => of_first(&camera::found(), is_running),
        Choice::Csi => {
            let mut found = camera::found();
            found.retain(|it| it.choice == Choice::Csi);
            of_first(&found, is_running)
        }
        // Some cameras serve only one at a time, and that may be the kiosk.
        Choice::Http(_) | Choice::Rtsp(_) => {
            Finding::unknown("camera", format!("{choice} is on the network"))
                .advise("the kiosk's page shows whether its pictures come")
        }
    }
}

/// The first camera that can be used, or else the first.
fn of_first(found: &[Found], is_running: bool) -> Finding {
    let is_right = |it: &&Found| it.unusable.is_none() || it.is_in_use && is_running;
    let first = found.iter().find(is_right).or(found.first());
    match first {
        Some(found) => of_camera(found, is_running),
        None => Finding::wrong(
            "camera",
            "there is none",
            "plug one in with USB, or set camera = \"none\" in kiosk.toml",
        ),
    }
}

fn of_camera(found: &Found, is_running: bool) -> Finding {
    let (choice, name) = (&found.choice, &found.name);
    match &found.unusable {
        None => {
            let pictures = found.about.first().map_or("", String::as_str);
            let pictures = pictures.trim_start_matches("* ");
            Finding::right("camera", format!("{choice}: {name}, {pictures}"))
        }
        Some(_) if found.is_in_use && is_running => {
            Finding::right("camera", format!("{choice}: {name}, in use by the kiosk"))
        }
        Some(why) => Finding::wrong(
            "camera",
            format!("{choice}: {why}"),
            "see the section on the camera in TROUBLESHOOTING.md",
        ),
    }
}

/// Examines the display. Nothing is shown on it.
pub(super) fn display(choice: &display::Choice, panel: Option<&Panel>) -> Finding {
    if let Err(error) = display::check(choice, panel) {
        return Finding::wrong(
            "display",
            error,
            "correct display and [panel] in kiosk.toml",
        );
    }
    let frame_buffer = Path::new(framebuffer::DEVICE);
    match (choice, panel) {
        (display::Choice::None, _) => {
            Finding::right("display", "none is wanted: the page shows the screen")
        }
        (display::Choice::FrameBuffer, _) => openable("display", &[frame_buffer]),
        (_, Some(panel)) => {
            let is_spi = matches!(panel.bus, Bus::Spi { .. });
            let mut files = vec![panel.bus.device()];
            if is_spi || panel.reset.is_some() || panel.backlight.is_some() {
                files.push(&panel.gpio);
            }
            openable("display", &files)
        }
        (_, None) if frame_buffer.exists() => openable("display", &[frame_buffer]),
        (_, None) => Finding::right("display", "there is none: the page shows the screen"),
    }
}

/// Examines push buttons, keypad and scanner.
pub(super) fn buttons(settings: &Settings) -> Finding {
    let lines = [settings.confirm, settings.next, settings.new];
    let mut files: Vec<&Path> = Vec::new();
    if lines.iter().any(Option::is_some) {
        files.push(&settings.gpio);
    }
    if let Keypad::Device(path) = &settings.keypad {
        files.push(path);
    }
    let opened = openable("buttons", &files);
    if opened.state != State::Right {
        return opened;
    }
    let mut all = names(&files);
    if settings.keypad == Keypad::Auto {
        match buttons::plugged_in() {
            Ok(plugged_in) => all.extend(plugged_in),
            Err(error) => return Finding::wrong("buttons", error, AS_ITS_USER),
        }
    }
    let found = match settings.keypad {
        _ if !all.is_empty() => all.join(", "),
        Keypad::Auto => "no keypad and no scanner is plugged in".to_owned(),
        Keypad::None | Keypad::Device(_) => "none are wanted".to_owned(),
    };
    Finding::right("buttons", found)
}

/// Whether this user may open these device files. Opening one does nothing to the device, and a kiosk
/// that runs may have it open at the same time.
fn openable(about: &'static str, files: &[&Path]) -> Finding {
    for file in files {
        let Err(error) = OpenOptions::new().read(true).write(true).open(file) else {
            continue;
        };
        let file = file.display();
        let (found, advice) = match error.kind() {
            ErrorKind::NotFound => (
                format!("{file}: no such device"),
                "connect it, switch its bus on (raspi-config, Interface Options), or change \
                 kiosk.toml",
            ),
            ErrorKind::PermissionDenied => {
                (format!("{file}: this user may not open it"), AS_ITS_USER)
            }
            _ => (
                format!("{file}: {error}"),
                "check its wiring and its settings in kiosk.toml",
            ),
        };
        return Finding::wrong(about, found, advice);
    }
    Finding::right(about, names(files).join(", "))
}

fn names(files: &[&Path]) -> Vec<String> {
    let names = files.iter().map(|file| file.display().to_string());
    names.collect()
}
