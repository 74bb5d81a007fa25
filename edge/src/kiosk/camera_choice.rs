//! The camera that is chosen on the page, while neither `kiosk.toml` nor the command line names one.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use catalogue::Catalogue;
use desk::setup::{CameraChoice, Cameras};
use devices::camera::picture::Settings;
use devices::camera::{self, CameraError, Choice, Switch, Switcher};
use image::RgbImage;
use screens::locale::Message;

/// How long the list of cameras is good: to look for them opens devices and starts a program, and pages
/// that have the list are reloaded.
const LISTED: Duration = Duration::from_secs(10);

/// Opens the camera that was chosen on the page, or the first that can be used.
///
/// # Errors
/// As [`camera::open`].
pub(crate) fn open(catalogue: &Catalogue, picture: &Settings) -> Result<Switch, CameraError> {
    let kept = match catalogue.settings() {
        Ok(settings) => settings.camera,
        Err(error) => {
            tracing::warn!(%error, "which camera was chosen on the page cannot be read");
            None
        }
    };
    if let Some(kept) = kept {
        match parse(&kept).and_then(|choice| Switch::open(&choice, picture)) {
            Ok(camera) => return Ok(camera),
            Err(error) => {
                tracing::warn!(%error, "the camera that was chosen on the page cannot be used");
            }
        }
    }
    Switch::open(&Choice::Auto, picture)
}

/// A choice that can be made on the page. A folder cannot: its photographs are not for everybody who
/// may choose a camera.
pub(crate) fn parse(choice: &str) -> Result<Choice, CameraError> {
    match choice.parse::<Choice>()? {
        Choice::Folder(folder) => Err(CameraError::Missing(folder)),
        choice => Ok(choice),
    }
}

/// The kiosk's camera, as the page sees it.
pub(crate) struct OfPage {
    switcher: Switcher,
    is_fixed: bool,
    listed: Listed,
}

impl OfPage {
    /// The camera that `switcher` switches. It `is_fixed` where the configuration names it.
    pub(crate) fn new(switcher: Switcher, is_fixed: bool) -> Self {
        Self {
            switcher,
            is_fixed,
            listed: Listed::default(),
        }
    }
}

/// The cameras that were found last, and when.
#[derive(Default)]
struct Listed(Mutex<Option<(Instant, Vec<CameraChoice>)>>);

impl Listed {
    /// The cameras that were found in the last few seconds, or else those that `find` finds now. Nobody
    /// looks for them while somebody else does.
    fn at(&self, now: Instant, find: impl FnOnce() -> Vec<CameraChoice>) -> Vec<CameraChoice> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, listed)) = &*kept
            && now.saturating_duration_since(*at) < LISTED
        {
            return listed.clone();
        }
        let found = find();
        *kept = Some((now, found.clone()));
        found
    }
}

/// The cameras that can be chosen now.
fn find() -> Vec<CameraChoice> {
    // The kiosk itself uses one of those that are in use.
    let found = camera::found().into_iter();
    let possible = found.filter(|camera| camera.unusable.is_none() || camera.is_in_use);
    possible
        .map(|camera| {
            let choice = camera.choice.text();
            CameraChoice {
                name: match camera.name.as_str() {
                    "" => choice.clone(),
                    name => format!("{name}, {choice}"),
                },
                choice,
            }
        })
        .collect()
}

impl Cameras for OfPage {
    fn list(&self) -> Vec<CameraChoice> {
        self.listed.at(Instant::now(), find)
    }

    fn current(&self) -> String {
        self.switcher.choice().shown()
    }

    fn is_fixed(&self) -> bool {
        self.is_fixed
    }

    fn choose(&self, choice: &str) -> Result<(), Message> {
        // The page shows addresses without their passwords, and somebody may send one back.
        if choice.contains("***") {
            return Err(Message::new("wrong-camera-password"));
        }
        let chosen = match choice.parse::<Choice>() {
            Ok(Choice::Folder(_)) => return Err(Message::new("wrong-camera-address")),
            Ok(choice) => self.switcher.use_camera(&choice),
            Err(error) => Err(error),
        };
        chosen.map_err(|error| Message::from(&error))
    }

    fn picture(&self) -> Option<RgbImage> {
        self.switcher.picture().map(Arc::unwrap_or_clone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_cameras_is_kept_for_some_seconds() {
        let (listed, start) = (Listed::default(), Instant::now());
        let mut looked = 0;
        for (second, expected) in [(0, 1), (1, 1), (9, 1), (10, 2), (19, 2), (25, 3)] {
            let cameras = listed.at(start + Duration::from_secs(second), || {
                looked += 1;
                vec![CameraChoice {
                    choice: format!("/dev/video{looked}"),
                    name: String::new(),
                }]
            });
            assert_eq!(
                cameras[0].choice,
                format!("/dev/video{expected}"),
                "{second}"
            );
        }
        assert_eq!(looked, 3);
    }

    #[test]
    fn what_is_no_camera_is_refused_and_the_one_in_use_stays() {
        let camera = Switch::open(&Choice::None, &Settings::default()).unwrap();
        let page = OfPage::new(camera.switcher(), false);
        page.choose("http://desk:secret@127.0.0.1:1/").unwrap();
        let shown = page.current();
        assert_eq!(shown, "http://desk:***@127.0.0.1:1/");
        for (choice, expected) in [
            (&*shown, "wrong-camera-password"),
            ("/srv/photographs", "wrong-camera-address"),
            ("ftp://127.0.0.1/", "notice-camera-scheme"),
            ("http:///stream", "notice-camera-no-host"),
        ] {
            assert_eq!(page.choose(choice).unwrap_err().key, expected, "{choice}");
            assert_eq!(page.current(), shown, "{choice}");
        }
        page.choose("http://desk:secret@127.0.0.1:1/").unwrap();
        page.choose("none").unwrap();
        assert_eq!(page.current(), "none");
    }
}
