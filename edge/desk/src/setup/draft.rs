//! Holds what was entered in the wizard so far, and decides which step is next.

use recognise::Language;

/// A step of the wizard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    /// The six figures.
    Code,
    Language,
    /// The owner's password.
    Password,
    /// The daycare's name and time zone.
    Place,
    Camera,
    /// What is kept, and for how long. Confirming it stores everything.
    Keep,
    Done,
}

/// The daycare's name and time zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) name: String,
    /// `None` for the system's.
    pub(crate) time_zone: Option<String>,
}

/// What was entered so far.
#[derive(Clone, Default)]
pub(crate) struct Draft {
    pub(crate) language: Option<Language>,
    pub(crate) password: Option<String>,
    pub(crate) place: Option<Place>,
    /// The camera that was tried last and could be used; `None` for the one that was in use before.
    pub(crate) camera: Option<String>,
    /// Whether it is the one to stay with.
    pub(crate) has_camera: bool,
}

impl Step {
    /// All of them, in their order.
    pub(crate) const ALL: [Self; 7] = [
        Self::Code,
        Self::Language,
        Self::Password,
        Self::Place,
        Self::Camera,
        Self::Keep,
        Self::Done,
    ];

    /// The address of its page.
    pub(crate) fn address(self) -> &'static str {
        match self {
            Self::Code => "/setup",
            Self::Language => "/setup/language",
            Self::Password => "/setup/password",
            Self::Place => "/setup/place",
            Self::Camera => "/setup/camera",
            Self::Keep => "/setup/keep",
            Self::Done => "/setup/done",
        }
    }

    /// Its place in the order, from 1 on.
    pub(crate) fn number(self) -> usize {
        self as usize + 1
    }

    /// The step before; the figures are not asked for again.
    pub(crate) fn before(self) -> Option<Self> {
        let before = Self::ALL.get((self as usize).checked_sub(1)?).copied();
        before.filter(|step| *step != Self::Code && self != Self::Done)
    }
}

impl Draft {
    /// The first step that nothing was entered for.
    pub(crate) fn next(&self) -> Step {
        if self.language.is_none() {
            Step::Language
        } else if self.password.is_none() {
            Step::Password
        } else if self.place.is_none() {
            Step::Place
        } else if self.has_camera {
            Step::Keep
        } else {
            Step::Camera
        }
    }

    pub(crate) fn forget_password(&mut self) {
        self.password = None;
    }
}
