//! Setting the kiosk up from a phone: for the first time, or again when the owner's password was
//! forgotten.
//!
//! While the wizard is open the screen shows six figures. Anyone who enters them stands in front of
//! the kiosk, and their phone gets a pass. What they enter waits in a draft until the last step is
//! confirmed; only then is it stored, and the wizard closes.

mod code;
mod draft;
mod finish;
mod guard;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use image::RgbImage;
use screens::locale::Message;

use crate::access::secret::{self, Fingerprint, fingerprint};
use crate::access::{Access, Audit, Entry, Event};
use code::Code;

pub(crate) use draft::{Draft, Place, Step};
pub(crate) use finish::Kept;
pub(crate) use guard::{answers_first, is_step};

/// How long the wizard is open once the button was held.
const OPEN: Duration = Duration::from_mins(15);

/// How long a phone has once it has sent the six figures.
pub(crate) const PASS: Duration = Duration::from_mins(30);

/// The wizard: whether it is open, which phone has it, and what was entered so far. Clones are
/// handles of the same one.
///
/// ```
/// use desk::setup::Setup;
///
/// // A kiosk that was set up before.
/// let setup = Setup::new(false);
/// assert_eq!(setup.code(), None);
///
/// // Somebody holds the button for ten seconds.
/// setup.open_again();
/// assert!(setup.is_open());
/// assert_eq!(setup.code().map(|figures| figures.len()), Some(6));
/// setup.close();
/// assert!(!setup.is_open());
/// ```
#[derive(Clone, Default)]
pub struct Setup {
    state: Arc<Mutex<State>>,
    /// Where it is recorded that the button was held.
    audit: Option<Arc<Audit>>,
}

#[derive(Default)]
struct State {
    opened: Opened,
    code: Code,
    pass: Option<Held>,
    draft: Draft,
}

/// Why the wizard is open.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Opened {
    #[default]
    Closed,
    /// The owner has no password yet.
    First,
    /// The button was held; the screen shows the figures until then.
    Again { until: Instant },
}

/// The pass that a phone has.
struct Held {
    pass: Fingerprint,
    until: Instant,
}

/// What a phone sends with each step: the value of its cookie.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Pass(pub(crate) String);

/// Why the six figures were not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// The wizard is not open.
    Closed,
    /// Too soon after wrong figures of the same sender, or of many.
    TooSoon(Duration),
    /// These are other figures.
    Figures,
    /// These are other figures, and the screen shows new ones from now on.
    Renewed,
    /// The figures are right, but another phone has the wizard.
    Taken,
    /// The system has no random numbers.
    NoRandom,
}

impl Setup {
    /// The wizard at the kiosk's start. It is open where the kiosk `is_first` set up: the owner has no
    /// password, and other machines reach the page.
    #[must_use]
    pub fn new(is_first: bool) -> Self {
        let setup = Self::default();
        if is_first {
            setup.open(Opened::First);
        }
        setup
    }

    /// The same wizard, which records beside these passwords that the button was held.
    #[must_use]
    pub fn recorded_by(self, access: &Access) -> Self {
        Self {
            audit: Some(Arc::clone(access.audit())),
            ..self
        }
    }

    /// Opens the wizard for 15 minutes: somebody held the button for ten seconds. A phone that has
    /// entered the figures by then has 30 minutes. In a first run it is open anyway.
    pub fn open_again(&self) {
        if self.is_first() {
            return;
        }
        self.open_again_at(Instant::now());
        tracing::info!(
            "the button was held for ten seconds: for 15 minutes, the figures on the screen set the \
             kiosk up over again"
        );
        self.record();
    }

    fn open_again_at(&self, now: Instant) {
        self.open(Opened::Again { until: now + OPEN });
    }

    /// Records that the button was held. A full disk does not keep the wizard closed.
    fn record(&self) {
        let Some(audit) = &self.audit else { return };
        let entry = Entry::now(Event::SetupBegun, "", String::new(), "");
        if let Err(error) = audit.append(&entry) {
            tracing::error!(%error, "it cannot be recorded that the button was held");
        }
    }

    /// The camera that was tried when the wizard was open before is still in use, and is stored with
    /// what is entered now.
    fn open(&self, opened: Opened) {
        let mut state = self.state();
        let camera = state.draft.camera.take();
        *state = State {
            opened,
            code: Code::new(),
            pass: None,
            draft: Draft {
                camera,
                ..Draft::default()
            },
        };
    }

    /// The six figures that the screen shows; `None` while the wizard is closed.
    #[must_use]
    pub fn code(&self) -> Option<String> {
        self.code_at(Instant::now())
    }

    /// A password that nobody can confirm any more is not kept.
    fn code_at(&self, now: Instant) -> Option<String> {
        let mut state = self.state();
        if !state.is_taken(now) {
            state.draft.forget_password();
        }
        if !state.shows_code(now) {
            return None;
        }
        state.code.figures().map(str::to_owned)
    }

    /// Whether somebody can set the kiosk up, or is about it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.is_open_at(Instant::now())
    }

    pub(crate) fn is_open_at(&self, now: Instant) -> bool {
        let state = self.state();
        state.shows_code(now) || state.is_taken(now)
    }

    /// Whether the owner has no password yet, so that nothing but the wizard answers.
    #[must_use]
    pub fn is_first(&self) -> bool {
        self.state().opened == Opened::First
    }

    /// Closes the wizard and forgets what was entered: all is done, or the owner has a password by
    /// other means.
    pub fn close(&self) {
        *self.state() = State::default();
    }

    /// Gives a phone the wizard for the figures on the screen. Another phone that has it keeps it,
    /// unless this one `takes_over`. What was entered stays, but for the password: the other phone
    /// may be in other hands.
    pub(crate) fn enter(
        &self,
        figures: &str,
        takes_over: bool,
        now: Instant,
    ) -> Result<Pass, Wrong> {
        let mut state = self.state();
        if !state.shows_code(now) {
            return Err(Wrong::Closed);
        }
        state.code.check(figures, now)?;
        if state.is_taken(now) && !takes_over {
            return Err(Wrong::Taken);
        }
        let pass = secret::token().map_err(|error| {
            tracing::error!(%error, "no pass for the set-up can be made");
            Wrong::NoRandom
        })?;
        state.draft.forget_password();
        state.pass = Some(Held {
            pass: fingerprint(&pass),
            until: now + PASS,
        });
        Ok(Pass(pass))
    }

    /// What was entered so far, for the phone with this pass; `None` for any other.
    pub(crate) fn draft(&self, pass: &str, now: Instant) -> Option<Draft> {
        let state = self.state();
        state.is_held_by(pass, now).then(|| state.draft.clone())
    }

    /// Changes what was entered. Returns it as it is then; `None`, and nothing changes, for a phone
    /// without the pass.
    pub(crate) fn change(
        &self,
        pass: &str,
        now: Instant,
        change: impl FnOnce(&mut Draft),
    ) -> Option<Draft> {
        let mut state = self.state();
        if !state.is_held_by(pass, now) {
            return None;
        }
        change(&mut state.draft);
        Some(state.draft.clone())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn shows_code(&self, now: Instant) -> bool {
        match self.opened {
            Opened::Closed => false,
            Opened::First => true,
            Opened::Again { until } => now < until,
        }
    }

    fn is_taken(&self, now: Instant) -> bool {
        (self.pass.as_ref()).is_some_and(|held| now < held.until)
    }

    fn is_held_by(&self, pass: &str, now: Instant) -> bool {
        let held = self.pass.as_ref().filter(|held| now < held.until);
        held.is_some_and(|held| held.pass == fingerprint(pass))
    }
}

impl fmt::Debug for Setup {
    /// Neither the figures nor a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Setup").finish_non_exhaustive()
    }
}

/// The cameras of the kiosk, as far as they are chosen on the page.
///
/// ```
/// use desk::setup::{CameraChoice, Cameras};
/// use image::RgbImage;
/// use screens::locale::Message;
///
/// /// A kiosk with one camera, and no choice.
/// struct Ribbon;
///
/// impl Cameras for Ribbon {
///     fn list(&self) -> Vec<CameraChoice> {
///         vec![CameraChoice { choice: self.current(), name: "Camera Module 3".to_owned() }]
///     }
///     fn current(&self) -> String {
///         "csi".to_owned()
///     }
///     fn is_fixed(&self) -> bool {
///         true
///     }
///     fn choose(&self, _: &str) -> Result<(), Message> {
///         Err(Message::new("setup-camera-fixed"))
///     }
///     fn picture(&self) -> Option<RgbImage> {
///         Some(RgbImage::new(640, 480))
///     }
/// }
///
/// assert_eq!(Ribbon.list()[0].choice, "csi");
/// assert!(Ribbon.choose("auto").is_err());
/// ```
pub trait Cameras: Send + Sync {
    /// The cameras that can be chosen, as of some seconds ago at most. Looking for them may take a few
    /// seconds.
    fn list(&self) -> Vec<CameraChoice>;

    /// The choice in use, as in `kiosk.toml`. The password of an address is not in it.
    fn current(&self) -> String;

    /// Whether `kiosk.toml` or the command line names the camera, so that no other can be chosen.
    fn is_fixed(&self) -> bool;

    /// Uses another camera from now on, until the kiosk ends: what is stored in the settings is used
    /// after that. Opening it may take a few seconds.
    ///
    /// # Errors
    /// Why it cannot be used. The one that was in use stays.
    fn choose(&self, choice: &str) -> Result<(), Message>;

    /// The newest picture, upright and at most as large as a frame; `None` while there is none of the
    /// last few seconds. It may be kept only while somebody asks: then the first answer is `None`.
    fn picture(&self) -> Option<RgbImage>;
}

/// A camera that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CameraChoice {
    /// As in `kiosk.toml`: `auto`, `csi`, `/dev/video0`, an address.
    pub choice: String,
    /// What people call it.
    pub name: String,
}

/// No camera, and none to choose: for a desk without a kiosk.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoCameras;

impl Cameras for NoCameras {
    fn list(&self) -> Vec<CameraChoice> {
        Vec::new()
    }

    fn current(&self) -> String {
        "none".to_owned()
    }

    fn is_fixed(&self) -> bool {
        true
    }

    fn choose(&self, _: &str) -> Result<(), Message> {
        Err(Message::new("setup-camera-fixed"))
    }

    fn picture(&self) -> Option<RgbImage> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The figures on the screen.
    fn figures(setup: &Setup) -> String {
        setup.code().unwrap()
    }

    #[test]
    fn after_five_wrong_figures_the_screen_shows_new_ones_and_the_former_are_right_for_a_minute() {
        let setup = Setup::new(true);
        let now = Instant::now();
        let first = figures(&setup);
        let wrong = "no figures";
        let outcomes: Vec<Wrong> = (0..5)
            .map(|_| setup.enter(wrong, false, now).unwrap_err())
            .collect();
        let mut expected = [Wrong::Figures; 5];
        expected[4] = Wrong::Renewed;
        assert_eq!(outcomes, expected);
        assert_ne!(
            setup.code().unwrap(),
            first,
            "one chance in a million to fail"
        );
        let soon = now + Duration::from_secs(59);
        assert!(setup.enter(&first, false, soon).is_ok());
        let late = now + Duration::from_mins(1);
        assert_eq!(setup.enter(&first, true, late), Err(Wrong::Figures));
        let right = figures(&setup);
        let spaced = format!(" {} {}", &right[..3], &right[3..]);
        assert!(setup.enter(&spaced, true, late).is_ok());
    }

    #[test]
    fn the_wizard_opens_with_the_camera_that_was_tried_before() {
        let setup = Setup::new(false);
        let now = Instant::now();
        let enter = |now| {
            setup.open_again_at(now);
            setup.enter(&setup.code().unwrap(), false, now).unwrap()
        };
        let Pass(pass) = enter(now);
        let tried = setup.change(&pass, now, |draft| {
            draft.camera = Some("csi".to_owned());
            draft.password = Some("four words of Anna".to_owned());
        });
        assert!(tried.is_some());
        let Pass(pass) = enter(now);
        let draft = setup.draft(&pass, now).unwrap();
        assert_eq!(draft.camera.as_deref(), Some("csi"), "it is still in use");
        assert_eq!((draft.next(), draft.password), (Step::Language, None));
    }

    #[test]
    fn the_first_phone_keeps_the_wizard_until_its_pass_runs_out_or_another_takes_over() {
        let setup = Setup::new(true);
        let now = Instant::now();
        let right = figures(&setup);
        let Pass(first) = setup.enter(&right, false, now).unwrap();
        let entered = |pass: &str, now| setup.draft(pass, now).map(|draft| draft.next());
        let filled = setup.change(&first, now, |draft| {
            draft.language = Some(recognise::Language::French);
            draft.password = Some("four words of Anna".to_owned());
        });
        assert_eq!(filled.unwrap().next(), Step::Place);

        assert_eq!(setup.enter(&right, false, now), Err(Wrong::Taken));
        let Pass(second) = setup.enter(&right, true, now).unwrap();
        assert_eq!(entered(&first, now), None);
        assert_eq!(
            entered(&second, now),
            Some(Step::Password),
            "the language stays"
        );
        assert!(
            setup
                .change(&first, now, |_| panic!("not its own"))
                .is_none()
        );

        let later = now + PASS;
        assert_eq!(entered(&second, later), None);
        assert!(setup.enter(&right, false, later).is_ok());
    }

    #[test]
    fn the_held_button_opens_it_for_15_minutes_and_a_phone_that_has_begun_may_end() {
        let setup = Setup::new(false);
        assert_eq!((setup.code(), setup.is_open()), (None, false));
        let now = Instant::now();
        assert_eq!(setup.enter("", false, now), Err(Wrong::Closed));
        setup.open_again_at(now);
        assert!(!setup.is_first());
        let right = figures(&setup);
        assert!(!setup.is_open_at(now + OPEN));
        let late = now + OPEN - Duration::from_secs(1);
        let Pass(pass) = setup.enter(&right, false, late).unwrap();
        let end = late + PASS;
        assert!(setup.is_open_at(end - Duration::from_secs(1)));
        assert!(setup.draft(&pass, end - Duration::from_secs(1)).is_some());
        assert_eq!(setup.enter(&right, true, now + OPEN), Err(Wrong::Closed));
        assert!(!setup.is_open_at(end));
        setup.change(&pass, late, |draft| {
            draft.password = Some("four words of Anna".to_owned());
        });
        let has_password = || setup.state().draft.password.is_some();
        assert_eq!(setup.code_at(end - Duration::from_secs(1)), None);
        assert!(has_password());
        assert_eq!(setup.code_at(end), None);
        assert!(!has_password(), "nobody can confirm it any more");
        setup.close();
        assert!(setup.draft(&pass, late).is_none());
    }
}
