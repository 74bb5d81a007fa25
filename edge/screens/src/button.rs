//! The buttons below the screen.

use std::error::Error;
use std::fmt;
use std::str::FromStr;

/// What a button does, wherever it is pressed: at the device, on a keypad or on the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Button {
    /// Confirm the breed that is shown.
    Confirm,
    /// Show the next candidate.
    Next,
    /// Start over with a new guest.
    New,
}

/// The error for a text that is not the name of a button.
#[derive(Debug)]
pub struct UnknownButton;

impl fmt::Display for UnknownButton {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("neither confirm, next nor new")
    }
}

impl Error for UnknownButton {}

impl Button {
    /// Its name for programs: `confirm`, `next` or `new`.
    ///
    /// ```
    /// use screens::Button;
    ///
    /// assert_eq!(Button::Next.as_str(), "next");
    /// assert_eq!("new".parse::<Button>()?, Button::New);
    /// # Ok::<(), screens::UnknownButton>(())
    /// ```
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Confirm => "confirm",
            Self::Next => "next",
            Self::New => "new",
        }
    }
}

impl FromStr for Button {
    type Err = UnknownButton;

    fn from_str(text: &str) -> Result<Self, UnknownButton> {
        [Self::Confirm, Self::Next, Self::New]
            .into_iter()
            .find(|button| button.as_str() == text)
            .ok_or(UnknownButton)
    }
}
